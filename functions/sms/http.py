"""The HTTP API of SMS: campaigns, what they are sent from and cost, windows, consents, answers."""

from __future__ import annotations

import re
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from functions.sms.routes import (
    ab_tests,
    consents,
    controls,
    drafts,
    exports,
    forecasts,
    identities,
    inbound_messages,
    ledger,
    prices,
    sends,
    windows,
)

app = edge.resolver()
for routes in (
    drafts,
    ab_tests,
    forecasts,
    sends,
    controls,
    ledger,
    exports,
    identities,
    prices,
    windows,
    consents,
    inbound_messages,
):
    app.include_router(routes.router)

# 10,000 recipients in the request, or thousands of prices or consents.
LONG_BODIES = re.compile(
    r"/sms-campaigns/[^/]+/(?:send|forecasts?|preview|ab-test)|/sms-prices|/phone-consents"
)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context, long_bodies=LONG_BODIES)
