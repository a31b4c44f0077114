"""The HTTP API of campaigns and templates."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from functions.campaigns.routes import campaigns, expenses, participants, templates

app = edge.resolver()
for routes in (campaigns, expenses, participants, templates):
    app.include_router(routes.router)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context)
