"""What the columns of a file of products hold, recognised by its first line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ddp.csv_files.reading import REASONS, plain, shown
from functions.catalogue.given import Mistake, checked

# Usual headings, as `reading.plain` writes them; the first that a file has counts.
PRODUCT = {
    "external_product_id": ("externalproductid", "productid", "handle", "id"),
    "product_title": ("producttitle", "title", "productname", "name"),
    "product_description": ("productdescription", "description", "bodyhtml", "body"),
    "product_type": ("producttype", "type"),
    "vendor": ("vendor", "brand", "manufacturer"),
    "published_at": ("publishedat",),
    "status": ("status", "productstatus"),
    "tags": ("tags",),
}
VARIANT = {
    "external_variant_id": ("externalvariantid", "variantid"),
    "variant_title": ("varianttitle", "variantname", "variant"),
    "sku": ("sku", "variantsku"),
    "price": ("price", "variantprice"),
    "compare_at_price": ("compareatprice", "variantcompareatprice"),
    "inventory_quantity": ("inventoryquantity", "variantinventoryqty", "quantity", "stock"),
    "weight": ("weight", "variantweight"),
}
# Headings that are noted because nothing is imported from them, and how much of each.
IGNORED, IGNORED_LENGTH = 50, 100


class Rejection(NamedTuple):
    """A record from which nothing can be stored: its line in the file (from 1), and why."""

    line: int
    code: str
    reason: str
    value: str


class Given(NamedTuple):
    """A usable record: its line, the product as ddp.upsert_products() takes it, and its size in characters."""

    line: int
    product: dict[str, Any]
    size: int


# None: a blank line.
Entry = Given | Rejection | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds what: the index and the field."""

    product: tuple[tuple[int, str], ...]
    variant: tuple[tuple[int, str], ...]
    ignored: tuple[str, ...]
    width: int

    def entry(self, line: int, fields: Sequence[str]) -> Entry:
        """The entry of a record's fields."""
        if not any(fields):
            return None
        if any(fields[self.width :]):
            return rejection(line, "too-many-columns", fields[0])
        product: dict[str, Any] = _given(self.product, fields)
        if "external_product_id" not in product:
            return Rejection(line, "no-product-id", "The line has no id of a product.", shown(fields[0]))
        if "tags" in product:
            product["tags"] = [tag for tag in map(str.strip, product["tags"].split(",")) if tag]
        if variant := _given(self.variant, fields):
            if not variant.setdefault("external_variant_id", variant.get("sku", "")):
                reason = "The line has a variant without an id or a SKU."
                return Rejection(line, "no-variant-id", reason, shown(fields[0]))
            product["variants"] = [variant]
        valid = checked(product)
        if isinstance(valid, Mistake):
            return Rejection(line, "invalid-value", valid.reason.removeprefix("variants.0."), valid.value)
        return Given(line, valid, sum(map(len, fields)))


def columns_of(first: Sequence[str]) -> Columns | None:
    """The columns of a file with this first record; None if none of them holds ids of products."""
    names: dict[str, int] = {}
    for index, title in enumerate(first):
        names.setdefault(plain(title), index)
    product, variant = _places(names, PRODUCT), _places(names, VARIANT)
    if "external_product_id" not in dict(product).values():
        return None
    known = {index for index, _ in (*product, *variant)}
    ignored = [
        shown(title.strip()[:IGNORED_LENGTH])
        for index, title in enumerate(first)
        if title.strip() and index not in known
    ]
    return Columns(product=product, variant=variant, ignored=tuple(ignored[:IGNORED]), width=len(first))


def rejection(line: int, code: str, value: str) -> Rejection:
    """A rejection of a record that could not be read, with the sentence for its code."""
    return Rejection(line, code, REASONS[code], shown(value))


def _places(names: dict[str, int], usual: dict[str, tuple[str, ...]]) -> tuple[tuple[int, str], ...]:
    """The index of each field that a file has."""
    found = (
        (next((names[name] for name in names_ if name in names), None), field)
        for field, names_ in usual.items()
    )
    return tuple((index, field) for index, field in found if index is not None)


def _given(places: tuple[tuple[int, str], ...], fields: Sequence[str]) -> dict[str, str]:
    """The values that are not empty, by field."""
    width = len(fields)
    return {field: value for index, field in places if index < width and (value := fields[index].strip())}
