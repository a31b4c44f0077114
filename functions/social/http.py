"""The HTTP API of social publishing: platforms, accounts and what connects them, budgets, posts."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from functions.social.routes import accounts, budgets, connections, groups, platforms, posts, slots

app = edge.resolver()
for routes in (platforms, connections, accounts, slots, budgets, posts, groups):
    app.include_router(routes.router)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context)
