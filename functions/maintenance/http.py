"""The HTTP API of maintenance: retention, cleanups and erasures for administrators, and GET /health for everybody."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from functions.maintenance.routes import erasures, health, retention

app = edge.resolver()
for routes in (retention, erasures, health):
    app.include_router(routes.router)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context)
