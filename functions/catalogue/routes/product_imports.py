"""Routes for imports of products from CSV files: ask for one, list, read, and see the rejected lines."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge, idempotency, pagination, settings
from ddp.queries.catalogue import imports
from ddp.queries.listing import Asked
from functions.catalogue import messages
from functions.catalogue.models import imports as models

QUEUE_URL = settings.required("DDP_CATALOGUE_IMPORT_PRODUCTS_QUEUE_URL")

router = edge.router()


@router.post(
    "/product-imports", tags=["Product imports"], operation_id="createProductImport", status_code=202
)
def create_import(
    body: models.ProductImportRequest, idempotency_key: idempotency.Key = None
) -> Response[models.ProductImportSummary]:
    """Import products from one of the caller's CSV files.

    Products are found by their external ids, and created or changed. Lines that cannot be used are rejected with the
    reason. Only for brands and admins.
    """

    def work(cursor: Cursor[DictRow]) -> DictRow:
        return imports.request(cursor, body.file_id)

    done = idempotency.perform(
        router, idempotency_key, work, lambda row: models.ProductImportSummary(**row), status=202
    )
    if done.result is not None:
        messages.tell(QUEUE_URL, done.result["product_import_id"])
    return done.answer


@router.get("/product-imports", tags=["Product imports"], operation_id="listProductImports")
def list_imports(
    status: Annotated[models.ImportStatus | None, Query(description="Only imports with this status.")] = None,
    since: pagination.Since = None,
    until: pagination.Until = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.ProductImports:
    """List the caller's imports, newest first."""
    asked = Asked(limit=limit, cursor=cursor, order=order, since=since, until=until)
    with edge.as_caller(router) as transaction:
        rows, next_cursor = imports.page(transaction, asked, status=status)
    return models.ProductImports.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/product-imports/<product_import_id>", tags=["Product imports"], operation_id="getProductImport")
def get_import(product_import_id: UUID) -> models.ProductImport:
    """Get an import: how far it is, or what became of it."""
    with edge.as_caller(router) as cursor:
        return models.ProductImport(**imports.get(cursor, product_import_id))


@router.get(
    "/product-imports/<product_import_id>/rejections",
    tags=["Product imports"],
    operation_id="listRejectedLines",
)
def list_rejections(
    product_import_id: UUID, limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.RejectedLines:
    """List the lines of the file that were rejected, in its order."""
    with edge.as_caller(router) as transaction:
        imports.get(transaction, product_import_id)
        rows, next_cursor = imports.rejections(transaction, product_import_id, after=cursor, limit=limit)
    return models.RejectedLines.model_validate({"items": rows, "next_cursor": next_cursor})
