"""The HTTP API that all channels share: suppressions, senders and their frequency caps."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from functions.sending.routes import frequency_caps, senders, suppressions

app = edge.resolver()
for routes in (suppressions, senders, frequency_caps):
    app.include_router(routes.router)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context)
