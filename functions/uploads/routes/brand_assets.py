"""Routes for brand assets: publish a file to retailers, list, read, change its terms, withdraw; accept its licence."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import cursors, edge, idempotency, pagination
from ddp.fields import Time
from ddp.queries.files import asset_uses, brand_assets, files, hosting, licences
from ddp.queries.listing import Asked
from functions.uploads import brand_asset_models as models
from functions.uploads.hosting import revoking
from functions.uploads.routes import files as file_routes

router = edge.router()


@router.post("/brand-assets", tags=["Brand assets"], operation_id="publishBrandAsset", status_code=201)
def publish(
    body: models.BrandAssetRequest, idempotency_key: idempotency.Key = None
) -> Response[models.BrandAsset]:
    """Publish one of the caller's files to all retailers.

    Only for brands and admins. Publishing the same file again replaces the asset's name, type and metadata; of
    its terms (dates, licence) those that are given.
    """
    values: dict[str, Any] = body.model_dump(exclude=models.TERMS) | {"terms": body.terms()}
    return idempotency.once(
        router, idempotency_key, lambda cursor: models.BrandAsset(**brand_assets.publish(cursor, **values))
    )


@router.get("/brand-assets", tags=["Brand assets"], operation_id="listBrandAssets")
def list_brand_assets(
    asset_type: Annotated[str | None, Query(description="Only assets of this type.", max_length=50)] = None,
    is_featured: Annotated[
        bool | None, Query(description="true: only featured assets; false: only others.")
    ] = None,
    ends_before: Annotated[
        Time | None,
        Query(description="Only assets that end before this time, the next one first, each with its `uses`."),
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
        if ends_before:
            rows, next_cursor = brand_assets.page_of_ending(
                transaction, asked, ends_before=ends_before, asset_type=asset_type, is_featured=is_featured
            )
            used = asset_uses.uses(transaction, [row["file_id"] for row in rows])
            rows = [row | {"uses": used.get(row["file_id"], [])} for row in rows]
        else:
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
        licence = licences.of_asset(cursor, asset_id)
    shown = models.LicenceOfAsset(**licence) if licence else None
    return models.BrandAssetDetail(**asset, file=file_routes.detail(file), licence=shown)


@router.patch("/brand-assets/<asset_id>", tags=["Brand assets"], operation_id="changeBrandAsset")
def change_terms(asset_id: UUID, body: models.BrandAssetChange) -> models.BrandAsset:
    """Change when a brand asset is available, and its licence.

    Who accepted another version of the licence accepts the new one before the next download. Only for its publisher
    and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.BrandAsset(**brand_assets.change_terms(cursor, asset_id, body.terms()))


@router.post(
    "/brand-assets/<asset_id>/licence/acceptances",
    tags=["Brand assets"],
    operation_id="acceptLicence",
    status_code=201,
)
def accept_licence(
    asset_id: UUID, body: models.LicenceAcceptanceRequest, idempotency_key: idempotency.Key = None
) -> Response[models.LicenceAcceptance]:
    """Accept the licence of a brand asset for the caller's account.

    An account accepts each version once, before its first download. Refused (409, `licence-changed`) if the licence
    is now of another version. Harmless when repeated.
    """
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.LicenceAcceptance(**licences.accept(cursor, asset_id, body.licence_version)),
    )


@router.get(
    "/brand-assets/<asset_id>/licence/acceptances",
    tags=["Brand assets"],
    operation_id="listLicenceAcceptances",
)
def list_acceptances(
    asset_id: UUID, limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.LicenceAcceptances:
    """List who accepted which version of the licence, the latest first.

    The publisher sees all; others see their own account's.
    """
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = licences.page(transaction, asset_id, after=after, limit=limit)
    return models.LicenceAcceptances.model_validate({"items": rows, "next_cursor": next_cursor})


@router.delete("/brand-assets/<asset_id>", tags=["Brand assets"], operation_id="unpublishBrandAsset")
def unpublish(asset_id: UUID) -> models.BrandAsset:
    """Withdraw a brand asset.

    The file itself remains. Only for its publisher and admins.
    """
    with edge.as_caller(router) as cursor:
        before = hosting.url_of_asset(cursor, asset_id)
        asset = models.BrandAsset(**brand_assets.unpublish(cursor, asset_id))
        after = hosting.url_of_asset(cursor, asset_id)
    if after is None:  # its owner may host it all the same
        revoking.remove(before)
    return asset
