"""The HTTP API of e-mail: drafts, sending and what became of it, sender identities, suppressions, senders."""

from __future__ import annotations

import re
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from functions.email.routes import controls as control_routes
from functions.email.routes import drafts as draft_routes
from functions.email.routes import exports as export_routes
from functions.email.routes import identities as identity_routes
from functions.email.routes import ledger as ledger_routes
from functions.email.routes import sends as send_routes
from functions.sending.routes import senders as sender_routes
from functions.sending.routes import suppressions as suppression_routes

app = edge.resolver()
for routes in (
    draft_routes,
    send_routes,
    control_routes,
    ledger_routes,
    export_routes,
    identity_routes,
    suppression_routes,
    sender_routes,
):
    app.include_router(routes.router)

# 10,000 recipients in the request.
LONG_BODIES = re.compile(r"/email-campaigns/[^/]+/send")


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context, long_bodies=LONG_BODIES)
