"""Routes for products: create, list, search, read, change, delete, and many at once by the shop's own ids."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge, idempotency, pagination
from ddp.queries.catalogue import products
from ddp.queries.listing import Asked
from functions.catalogue.given import Mistake, checked
from functions.catalogue.models import products as models

router = edge.router()

NEW_WITHOUT_TITLE = "product_title: A new product needs a title."
GIVEN_TWICE = "external_product_id: The request has this product twice; the first one counts."

Status = Annotated[str | None, Query(max_length=255, description="Only products with this status.")]
Vendor = Annotated[str | None, Query(max_length=255, description="Only products of this vendor.")]
ProductSort = Annotated[
    Literal["created_at", "product_title", "published_at"] | None,
    Query(description="Own products: by `created_at` or `product_title`. Published ones: by `published_at`."),
]
ProductType = Annotated[str | None, Query(max_length=255, description="Only products of this type.")]


@router.post("/products", tags=["Products"], operation_id="createProduct", status_code=201)
def create_product(
    body: models.ProductRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Product]:
    """Create a product.

    Only for brands and admins.
    """
    values = body.model_dump(mode="json")
    return idempotency.once(
        router, idempotency_key, lambda cursor: models.Product(**products.create(cursor, values))
    )


@router.get("/products", tags=["Products"], operation_id="listProducts")
def list_products(
    scope: Annotated[
        Literal["own", "published"],
        Query(description="The caller's products, newest first, or everyone's published ones, latest first."),
    ] = "own",
    q: Annotated[
        str | None,
        Query(
            max_length=200,
            description="Beginnings of words of the title, the vendor or the external id, all of which must match.",
        ),
    ] = None,
    status: Status = None,
    vendor: Vendor = None,
    product_type: ProductType = None,
    tags: Annotated[
        str | None,
        Query(max_length=1000, description="Tags, separated by commas, all of which must be there."),
    ] = None,
    since: pagination.Since = None,
    until: pagination.Until = None,
    sort: ProductSort = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.LongPageCursor = None,
) -> models.Products:
    """List products, or find some by words and tags."""
    wanted = products.Filter(
        status=status,
        vendor=vendor,
        product_type=product_type,
        words=q,
        tags=[tag for tag in map(str.strip, tags.split(",")) if tag] if tags else None,
    )
    asked = Asked(limit=limit, cursor=cursor, sort=sort, order=order, since=since, until=until)
    with edge.as_caller(router) as transaction:
        rows, next_cursor = products.page(transaction, scope, wanted, asked)
    return models.Products.model_validate({"items": rows, "next_cursor": next_cursor})


@router.post("/products/upsert", tags=["Products"], operation_id="upsertProducts")
def upsert_products(body: models.UpsertRequest) -> models.UpsertResult:
    """Create or change up to 1,000 products by the shop's own ids.

    Harmless when repeated: what is as the request says stays as it is. A product that cannot be stored is rejected with
    the reason, and the others are stored. Only for brands and admins.
    """
    seen: set[str] = set()
    results = [_judged(product, seen) for product in body.products]
    valid = [result for result in results if isinstance(result, dict)]
    with edge.as_caller(router) as cursor:
        rows = iter(products.upsert(cursor, valid) if valid else ())
    upserted = [_stored(result, next(rows)) if isinstance(result, dict) else result for result in results]
    counts = Counter(product.outcome for product in upserted)
    return models.UpsertResult(
        created=counts["created"],
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        rejected=counts["rejected"],
        products=upserted,
    )


@router.get("/products/<product_id>", tags=["Products"], operation_id="getProduct")
def get_product(product_id: UUID) -> models.Product:
    """Get a product."""
    with edge.as_caller(router) as cursor:
        return models.Product(**products.get(cursor, product_id))


@router.patch("/products/<product_id>", tags=["Products"], operation_id="updateProduct")
def update_product(product_id: UUID, body: models.ProductChange) -> models.Product:
    """Change the given fields of a product.

    Only for its brand and admins.
    """
    change = body.model_dump(mode="json", exclude_unset=True)
    with edge.as_caller(router) as cursor:
        return models.Product(**products.update(cursor, product_id, change))


@router.delete("/products/<product_id>", tags=["Products"], operation_id="deleteProduct")
def delete_product(product_id: UUID) -> models.Product:
    """Delete a product with its variants.

    Only for its brand and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.Product(**products.delete(cursor, product_id))


def _judged(product: dict[str, Any], seen: set[str]) -> dict[str, Any] | models.Upserted:
    """The product, or why it is rejected. `seen` are the external ids that came before."""
    valid = checked(product)
    if isinstance(valid, Mistake):
        given = product.get("external_product_id")
        return _rejected(given[:255] if isinstance(given, str) else None, valid.reason)
    external_id = valid["external_product_id"]
    if external_id in seen:
        return _rejected(external_id, GIVEN_TWICE)
    seen.add(external_id)
    return valid


def _stored(product: dict[str, Any], row: dict[str, Any]) -> models.Upserted:
    if row["outcome"] == "rejected":
        return _rejected(product["external_product_id"], NEW_WITHOUT_TITLE)
    return models.Upserted(
        external_product_id=product["external_product_id"],
        product_id=row["product_id"],
        outcome=row["outcome"],
        reason=None,
    )


def _rejected(external_id: str | None, reason: str) -> models.Upserted:
    return models.Upserted(
        external_product_id=external_id, product_id=None, outcome="rejected", reason=reason
    )
