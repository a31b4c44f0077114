"""The HTTP API of uploads, files, shares and brand assets."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from functions.uploads.routes import brand_assets as brand_asset_routes
from functions.uploads.routes import files as file_routes
from functions.uploads.routes import shares as share_routes
from functions.uploads.routes import uploads as upload_routes

app = edge.resolver()
for routes in (upload_routes, file_routes, share_routes, brand_asset_routes):
    app.include_router(routes.router)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context)
