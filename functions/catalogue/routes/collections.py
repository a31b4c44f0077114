"""Routes for collections: create, list, read, change, publish, delete."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import cursors, edge, idempotency, pagination
from ddp.queries.catalogue import collections
from functions.catalogue.models import collections as models

router = edge.router()


@router.post("/collections", tags=["Collections"], operation_id="createCollection", status_code=201)
def create_collection(
    body: models.CollectionRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Collection]:
    """Create a collection of files."""
    values = body.model_dump(mode="json")
    return idempotency.once(
        router, idempotency_key, lambda cursor: models.Collection(**collections.create(cursor, values))
    )


@router.get("/collections", tags=["Collections"], operation_id="listCollections")
def list_collections(
    scope: Annotated[
        Literal["own", "public"], Query(description="The caller's collections, or everyone's public ones.")
    ] = "own",
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.Collections:
    """List collections, newest first."""
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = collections.page(transaction, scope, after=after, limit=limit)
    return models.Collections.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/collections/<collection_id>", tags=["Collections"], operation_id="getCollection")
def get_collection(collection_id: UUID) -> models.Collection:
    """Get a collection."""
    with edge.as_caller(router) as cursor:
        return models.Collection(**collections.get(cursor, collection_id))


@router.patch("/collections/<collection_id>", tags=["Collections"], operation_id="updateCollection")
def update_collection(collection_id: UUID, body: models.CollectionChange) -> models.Collection:
    """Change the given fields of a collection; `is_public` publishes or withdraws it.

    Only for its creator and admins.
    """
    change = body.model_dump(mode="json", exclude_unset=True)
    with edge.as_caller(router) as cursor:
        return models.Collection(**collections.update(cursor, collection_id, change))


@router.delete("/collections/<collection_id>", tags=["Collections"], operation_id="deleteCollection")
def delete_collection(collection_id: UUID) -> models.Collection:
    """Delete a collection.

    Its files remain. Only for its creator and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.Collection(**collections.delete(cursor, collection_id))
