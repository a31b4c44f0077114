"""The HTTP API of campaigns and templates."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from functions.campaigns.routes import campaigns as campaign_routes
from functions.campaigns.routes import expenses as expense_routes
from functions.campaigns.routes import participants as participant_routes
from functions.campaigns.routes import templates as template_routes

app = edge.resolver()
for routes in (campaign_routes, expense_routes, participant_routes, template_routes):
    app.include_router(routes.router)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context)
