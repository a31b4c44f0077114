"""Requests and responses about products and their variants."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator

from ddp.fields import WHOLE, Change, Digits, Json, Request, Text, Time
from ddp.pagination import NextCursor
from functions.catalogue.models.common import Line50, Line255, Line500, Named

# Products of one upsert, and variants of one product in it.
PRODUCTS, VARIANTS = 1000, 200
# Characters of all tags of a product as the database writes them.
TAGS_LENGTH = 10_000

Description = Annotated[Text, Field(max_length=50_000)]
Price = Annotated[Decimal, Digits(total=12, places=2, least=0)]
Weight = Annotated[Decimal, Digits(total=10, places=3, least=0)]
UpsertOutcome = Literal["created", "changed", "unchanged", "rejected"]
# A CSV file has text.
Inventory = Annotated[int, Field(ge=-2_147_483_648, le=2_147_483_647)]
StrictInventory = Annotated[Inventory, WHOLE]


def _few_tags(tags: list[str]) -> list[str]:
    # At worst each is quoted and followed by a comma.
    if sum(len(tag) + tag.count('"') + tag.count("\\") + 3 for tag in tags) + 2 > TAGS_LENGTH:
        raise ValueError(f"may have at most {TAGS_LENGTH:,} characters together")
    return tags


Tags = Annotated[list[Line255], Field(max_length=1000), AfterValidator(_few_tags)]


class ProductRequest(Request):
    """A product to create. Everyone signed in sees it from `published_at` on."""

    product_title: Line500 = Field(examples=["Diver 300"])
    external_product_id: Line255 | None = Field(
        None, description="The shop's own id, unique in the account. It never changes."
    )
    product_description: Description | None = None
    product_type: Line255 | None = None
    vendor: Line255 | None = None
    published_at: Time | None = None
    status: Line50 = Field("draft", description="The shop's own word, such as `active`.")
    tags: Tags = Field([])
    metadata: Json = Field({}, description="Free-form JSON object, stored as given.")


class ProductChange(Change):
    """The fields to change. Omitted fields keep their values."""

    product_title: Line500 = ""
    product_description: Description | None = None
    product_type: Line255 | None = None
    vendor: Line255 | None = None
    published_at: Time | None = None
    status: Line50 = ""
    tags: Tags = Field([])
    metadata: Json = Field({})


class ProductSummary(BaseModel):
    """A product in a list."""

    product_id: UUID
    external_product_id: str | None
    product_title: str
    product_type: str | None
    vendor: str | None
    status: str
    published_at: datetime | None
    brand: Named
    created_at: datetime
    updated_at: datetime


class Product(ProductSummary):
    """A product."""

    product_description: str | None
    tags: list[str]
    metadata: dict[str, Any]


class Products(BaseModel):
    """A page of products, without their descriptions, tags and metadata: get a product for these."""

    items: list[ProductSummary]
    next_cursor: NextCursor


class VariantRequest(Request):
    """A variant to create."""

    variant_title: Line500 = Field(examples=["Blue dial"])
    external_variant_id: Line255 | None = Field(
        None, description="The shop's own id, unique in the product. It never changes."
    )
    sku: Line255 | None = None
    price: Price | None = None
    compare_at_price: Price | None = None
    inventory_quantity: StrictInventory = Field(0, description="Below zero: sold more than there was.")
    weight: Weight | None = None
    metadata: Json = Field({})


class VariantChange(Change):
    """The fields to change. Omitted fields keep their values."""

    variant_title: Line500 = ""
    sku: Line255 | None = None
    price: Price | None = None
    compare_at_price: Price | None = None
    inventory_quantity: StrictInventory = 0
    weight: Weight | None = None
    metadata: Json = Field({})


class VariantSummary(BaseModel):
    """A variant in a list."""

    variant_id: UUID
    product_id: UUID
    external_variant_id: str | None
    variant_title: str
    sku: str | None
    price: Decimal | None
    compare_at_price: Decimal | None
    inventory_quantity: int
    weight: Decimal | None
    created_at: datetime
    updated_at: datetime


class Variant(VariantSummary):
    """A variant of a product."""

    metadata: dict[str, Any]


class Variants(BaseModel):
    """A page of a product's variants, the oldest first, without their metadata."""

    items: list[VariantSummary]
    next_cursor: NextCursor


class GivenVariant(Request):
    """A variant as a shop gives it. What is not given stays as it is; a new one is named after its sku or id."""

    external_variant_id: Line255
    variant_title: Line500 = ""
    sku: Line255 | None = None
    price: Price | None = None
    compare_at_price: Price | None = None
    inventory_quantity: Inventory = 0
    weight: Weight | None = None
    metadata: Json = Field(default_factory=dict)


class GivenProduct(Request):
    """A product as a shop gives it. What is not given stays as it is; a new one needs a title."""

    external_product_id: Line255
    product_title: Line500 = ""
    product_description: Description | None = None
    product_type: Line255 | None = None
    vendor: Line255 | None = None
    published_at: Time | None = None
    status: Line50 = ""
    tags: Tags = Field(default_factory=list)
    metadata: Json = Field(default_factory=dict)
    variants: list[GivenVariant] = Field(default_factory=list, max_length=VARIANTS)

    @model_validator(mode="after")
    def _require_each_variant_once(self) -> Self:
        if len(self.variants) < 2:
            return self
        counts = Counter(variant.external_variant_id for variant in self.variants)
        if twice := [name for name, count in counts.items() if count > 1]:
            raise ValueError(f"variants: give {twice[0][:50]} once")
        return self


class UpsertRequest(Request):
    """Products to create or change. A mistake in one of them does not keep the others from being stored."""

    products: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=PRODUCTS,
        description="Each with `external_product_id`, and any of the fields of a product; `variants` likewise with "
        "`external_variant_id`. What is not given stays as it is, and a new product needs `product_title`.",
        examples=[[{"external_product_id": "gid-1", "product_title": "Diver 300", "variants": []}]],
    )


class Upserted(BaseModel):
    """What became of one product."""

    external_product_id: str | None
    product_id: UUID | None
    outcome: UpsertOutcome
    reason: str | None = Field(description="Why it was rejected.")


class UpsertResult(BaseModel):
    """What became of each product, in the order of the request."""

    created: int
    changed: int
    unchanged: int
    rejected: int
    products: list[Upserted]
