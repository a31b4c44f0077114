"""The HTTP API of e-mail: drafts, sends, controls, the ledger, exports, sender identities."""

from __future__ import annotations

import re
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from functions.email.routes import ab_tests, controls, drafts, exports, forecasts, identities, ledger, sends

app = edge.resolver()
for routes in (drafts, ab_tests, forecasts, sends, controls, ledger, exports, identities):
    app.include_router(routes.router)

# 10,000 recipients in the request, or the content of several variants.
LONG_BODIES = re.compile(r"/email-campaigns/[^/]+/(?:send|forecasts?|ab-test)")


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context, long_bodies=LONG_BODIES)
