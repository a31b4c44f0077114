"""The HTTP API of social publishing: accounts, posts, platforms."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from functions.social.routes import groups, posts

app = edge.resolver()
for routes in (posts, groups):
    app.include_router(routes.router)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context)
