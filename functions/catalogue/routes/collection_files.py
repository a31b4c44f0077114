"""Routes for the files of a collection: add, list, order, remove."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from ddp import edge, idempotency, pagination
from ddp.queries.catalogue import collections
from functions.catalogue.models import collections as models

router = edge.router()


@router.post(
    "/collections/<collection_id>/files",
    tags=["Collections"],
    operation_id="addCollectionFiles",
    status_code=201,
)
def add_files(
    collection_id: UUID, body: models.CollectionFilesRequest, idempotency_key: idempotency.Key = None
) -> Response[models.CollectionFilesAdded]:
    """Add files at the end of a collection.

    Files that are in it keep their places. Only for its creator and admins.
    """
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.CollectionFilesAdded(
            added=collections.add_files(cursor, collection_id, body.file_ids)
        ),
    )


@router.get("/collections/<collection_id>/files", tags=["Collections"], operation_id="listCollectionFiles")
def list_files(
    collection_id: UUID, limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.CollectionFiles:
    """List the files of a collection that the caller may see, in their order."""
    with edge.as_caller(router) as transaction:
        collections.get(transaction, collection_id)
        rows, next_cursor = collections.files(transaction, collection_id, after=cursor, limit=limit)
    return models.CollectionFiles.model_validate({"items": rows, "next_cursor": next_cursor})


@router.put("/collections/<collection_id>/files", tags=["Collections"], operation_id="orderCollectionFiles")
def order_files(collection_id: UUID, body: models.CollectionOrderRequest) -> models.CollectionOrder:
    """Put files of a collection first, in the given order; the others follow.

    Only for its creator and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.CollectionOrder(moved=collections.order_files(cursor, collection_id, body.file_ids))


@router.delete(
    "/collections/<collection_id>/files/<file_id>", tags=["Collections"], operation_id="removeCollectionFile"
)
def remove_file(collection_id: UUID, file_id: UUID) -> models.CollectionFileRemoved:
    """Take a file out of a collection.

    The file itself remains. Only for the collection's creator and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.CollectionFileRemoved(**collections.remove_file(cursor, collection_id, file_id))
