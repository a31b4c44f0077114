"""Routes for watch models: create, list, search, read, change, delete."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import cursors, edge, idempotency, pagination
from ddp.queries.catalogue import watch_models
from functions.catalogue.models import wishes as models

router = edge.router()


@router.post("/watch-models", tags=["Watch models"], operation_id="createWatchModel", status_code=201)
def create_model(
    body: models.WatchModelRequest, idempotency_key: idempotency.Key = None
) -> Response[models.WatchModel]:
    """Create a watch model.

    Only for brands and admins.
    """
    values = body.model_dump(mode="json")
    return idempotency.once(
        router, idempotency_key, lambda cursor: models.WatchModel(**watch_models.create(cursor, values))
    )


@router.get("/watch-models", tags=["Watch models"], operation_id="listWatchModels")
def list_models(
    scope: Annotated[
        Literal["own", "active"], Query(description="The caller's models, or everyone's active ones.")
    ] = "active",
    q: Annotated[
        str | None,
        Query(max_length=200, description="Beginnings of words of the name, the collection or the MPN."),
    ] = None,
    brand_id: Annotated[
        UUID | None, Query(description="Only models of this brand; with scope `active`.")
    ] = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.WatchModels:
    """List watch models, newest first."""
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = watch_models.page(
            transaction, scope, words=q, brand_id=brand_id, after=after, limit=limit
        )
    return models.WatchModels.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/watch-models/<model_id>", tags=["Watch models"], operation_id="getWatchModel")
def get_model(model_id: UUID) -> models.WatchModel:
    """Get a watch model."""
    with edge.as_caller(router) as cursor:
        return models.WatchModel(**watch_models.get(cursor, model_id))


@router.patch("/watch-models/<model_id>", tags=["Watch models"], operation_id="updateWatchModel")
def update_model(model_id: UUID, body: models.WatchModelChange) -> models.WatchModel:
    """Change the given fields of a watch model.

    Only for its brand and admins.
    """
    change = body.model_dump(mode="json", exclude_unset=True)
    with edge.as_caller(router) as cursor:
        return models.WatchModel(**watch_models.update(cursor, model_id, change))


@router.delete("/watch-models/<model_id>", tags=["Watch models"], operation_id="deleteWatchModel")
def delete_model(model_id: UUID) -> models.WatchModel:
    """Delete a watch model that no retailer wishes for.

    Only for its brand and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.WatchModel(**watch_models.delete(cursor, model_id))
