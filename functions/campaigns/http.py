"""The HTTP API of campaigns, their kits, approvals and co-op funds, of groups of retailers, and of templates."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from functions.campaigns.routes import (
    approvals,
    campaigns,
    expenses,
    fund_claims,
    funds,
    items,
    participants,
    retailer_groups,
    templates,
)

app = edge.resolver()
for routes in (
    campaigns,
    expenses,
    participants,
    items,
    approvals,
    funds,
    fund_claims,
    retailer_groups,
    templates,
):
    app.include_router(routes.router)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context)
