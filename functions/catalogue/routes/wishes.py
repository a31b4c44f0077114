"""Routes for wishes: a retailer's list, and a brand's ranks by region."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import cursors, edge, pagination
from ddp.queries.catalogue import wishes
from functions.catalogue.models import wishes as models

router = edge.router()


@router.get("/wish-list", tags=["Wish lists"], operation_id="listWishes")
def list_wishes(limit: pagination.Limit = 50, cursor: pagination.PageCursor = None) -> models.Wishes:
    """List the caller's wishes, newest first."""
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = wishes.page(transaction, after=after, limit=limit)
    return models.Wishes.model_validate({"items": rows, "next_cursor": next_cursor})


@router.put("/wish-list/<model_id>", tags=["Wish lists"], operation_id="putWish")
def put_wish(model_id: UUID, body: models.WishRequest) -> models.Wish:
    """Set how many of a watch model the caller wishes for.

    Only for retailers. Brands see sums by region, and never who wishes.
    """
    with edge.as_caller(router) as cursor:
        return models.Wish(**wishes.put(cursor, model_id, body.wish_count))


@router.delete("/wish-list/<model_id>", tags=["Wish lists"], operation_id="removeWish")
def remove_wish(model_id: UUID) -> models.WishRemoved:
    """Remove the caller's wish for a watch model."""
    with edge.as_caller(router) as cursor:
        return models.WishRemoved(**wishes.remove(cursor, model_id))


@router.get("/regional-wish-lists", tags=["Wish lists"], operation_id="listRegionalWishes")
def list_regional_wishes(
    region: Annotated[
        str | None, Query(description="Only this region, in any spelling.", max_length=50)
    ] = None,
    limit: pagination.Limit = 50,
    cursor: pagination.LongPageCursor = None,
) -> models.RegionalWishes:
    """List how often retailers wish for the caller's models, by region and rank."""
    with edge.as_caller(router) as transaction:
        rows, next_cursor = wishes.regional(transaction, region, after=cursor, limit=limit)
    return models.RegionalWishes.model_validate({"items": rows, "next_cursor": next_cursor})
