"""The HTTP API of engagement: what came back from posts and accounts, over time."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from ddp.pages.answers import wants_page
from functions.engagement import deletion_page
from functions.engagement.routes import deletions, figures

app = edge.resolver()
for routes in (figures, deletions):
    app.include_router(routes.router)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(deletion_page.app if wants_page(event, deletion_page.PREFIX) else app, event, context)
