"""The HTTP API that all channels share: suppressions and senders."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from functions.sending.routes import senders, suppressions

app = edge.resolver()
for routes in (suppressions, senders):
    app.include_router(routes.router)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context)
