"""Routes for brand assets: publish a file to retailers, list, read, withdraw."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge, idempotency, pagination
from ddp.queries.files import brand_assets, files
from ddp.queries.listing import Asked
from functions.uploads import brand_asset_models as models
from functions.uploads.routes import files as file_routes

router = edge.router()


@router.post("/brand-assets", tags=["Brand assets"], operation_id="publishBrandAsset", status_code=201)
def publish(
    body: models.BrandAssetRequest, idempotency_key: idempotency.Key = None
) -> Response[models.BrandAsset]:
    """Publish one of the caller's files to all retailers.

    Only for brands and admins. Publishing the same file again replaces the asset's name, type and metadata.
    """
    values: dict[str, Any] = dict(body)
    return idempotency.once(
        router, idempotency_key, lambda cursor: models.BrandAsset(**brand_assets.publish(cursor, **values))
    )


@router.get("/brand-assets", tags=["Brand assets"], operation_id="listBrandAssets")
def list_brand_assets(
    asset_type: Annotated[str | None, Query(description="Only assets of this type.", max_length=50)] = None,
    is_featured: Annotated[
        bool | None, Query(description="true: only featured assets; false: only others.")
    ] = None,
    since: pagination.Since = None,
    until: pagination.Until = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.BrandAssets:
    """List the brand assets that the caller may see, newest first."""
    asked = Asked(limit=limit, cursor=cursor, order=order, since=since, until=until)
    with edge.as_caller(router) as transaction:
        rows, next_cursor = brand_assets.page(
            transaction, asked, asset_type=asset_type, is_featured=is_featured
        )
    return models.BrandAssets.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/brand-assets/<asset_id>", tags=["Brand assets"], operation_id="getBrandAsset")
def get_brand_asset(asset_id: UUID) -> models.BrandAssetDetail:
    """Get a brand asset with its file and the file's previews."""
    with edge.as_caller(router) as cursor:
        asset = brand_assets.get(cursor, asset_id)
        file = files.get(cursor, asset["file_id"])
    return models.BrandAssetDetail(**asset, file=file_routes.detail(file))


@router.delete("/brand-assets/<asset_id>", tags=["Brand assets"], operation_id="unpublishBrandAsset")
def unpublish(asset_id: UUID) -> models.BrandAsset:
    """Withdraw a brand asset.

    The file itself remains. Only for its publisher and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.BrandAsset(**brand_assets.unpublish(cursor, asset_id))
