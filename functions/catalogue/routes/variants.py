"""Routes for the variants of a product: create, list, read, change, delete."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors, edge, idempotency, pagination
from ddp.queries.catalogue import products, variants
from functions.catalogue.models import products as models

router = edge.router()


@router.post(
    "/products/<product_id>/variants", tags=["Products"], operation_id="createVariant", status_code=201
)
def create_variant(
    product_id: UUID, body: models.VariantRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Variant]:
    """Create a variant of a product.

    Only for the product's brand and admins.
    """
    values = body.model_dump(mode="json")

    def work(cursor: Cursor[DictRow]) -> models.Variant:
        products.get(cursor, product_id)
        return models.Variant(**variants.create(cursor, product_id, values))

    return idempotency.once(router, idempotency_key, work)


@router.get("/products/<product_id>/variants", tags=["Products"], operation_id="listVariants")
def list_variants(
    product_id: UUID, limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.Variants:
    """List the variants of a product, the oldest first."""
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        products.get(transaction, product_id)
        rows, next_cursor = variants.page(transaction, product_id, after=after, limit=limit)
    return models.Variants.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/products/<product_id>/variants/<variant_id>", tags=["Products"], operation_id="getVariant")
def get_variant(product_id: UUID, variant_id: UUID) -> models.Variant:
    """Get a variant of a product."""
    with edge.as_caller(router) as cursor:
        return models.Variant(**variants.get(cursor, product_id, variant_id))


@router.patch("/products/<product_id>/variants/<variant_id>", tags=["Products"], operation_id="updateVariant")
def update_variant(product_id: UUID, variant_id: UUID, body: models.VariantChange) -> models.Variant:
    """Change the given fields of a variant.

    Only for the product's brand and admins.
    """
    change = body.model_dump(mode="json", exclude_unset=True)
    with edge.as_caller(router) as cursor:
        return models.Variant(**variants.update(cursor, product_id, variant_id, change))


@router.delete(
    "/products/<product_id>/variants/<variant_id>", tags=["Products"], operation_id="deleteVariant"
)
def delete_variant(product_id: UUID, variant_id: UUID) -> models.Variant:
    """Delete a variant.

    Only for the product's brand and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.Variant(**variants.delete(cursor, product_id, variant_id))
