"""The HTTP API of uploads, files, shares and brand assets."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from ddp.pages.answers import wants_page
from functions.uploads import share_pages
from functions.uploads.routes import brand_assets, files, shares, uploads

app = edge.resolver()
for routes in (uploads, files, shares, brand_assets):
    app.include_router(routes.router)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(share_pages.app if wants_page(event, share_pages.PREFIX) else app, event, context)
