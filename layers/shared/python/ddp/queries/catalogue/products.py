"""Products: one by one, and many by the shop's own ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.queries import found, load
from ddp.queries.listing import NEWEST, Asked, Listing, Sort

SQL = load(__file__)

Page = tuple[list[DictRow], str | None]
Scope = Literal["own", "published"]

_BY_TITLE = Sort(type="text", order="asc")
LISTS: Final[Mapping[Scope, Listing]] = {
    "own": Listing(SQL.list_own, key="product_id", sorts={"created_at": NEWEST, "product_title": _BY_TITLE}),
    "published": Listing(SQL.list_published, key="product_id", sorts={"published_at": NEWEST}),
}
_FINDS = {"own": SQL.find_own, "published": SQL.find_published}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which products of a scope; None: any. `words` are beginnings of words, `tags` must all be there."""

    status: str | None = None
    vendor: str | None = None
    product_type: str | None = None
    words: str | None = None
    tags: Sequence[str] | None = None


def create(cursor: Cursor[DictRow], values: dict[str, Any]) -> DictRow:
    """Create a product. Raises Forbidden for viewers and retailers, Conflict for an external id that is taken."""
    return found(cursor.execute(SQL.create_product, {"values": Jsonb(values)}), "product")


def page(cursor: Cursor[DictRow], scope: Scope, wanted: Filter, asked: Asked) -> Page:
    """The products of a scope and the cursor of the next page (None on the last).

    Own ones are usually ordered by when they were created, published ones by when they were published, latest first.
    """
    if wanted.words is None and wanted.tags is None:
        return LISTS[scope].page(cursor, asked, asdict(wanted))
    return _found(cursor, scope, wanted, asked)


def _found(cursor: Cursor[DictRow], scope: Scope, wanted: Filter, asked: Asked) -> Page:
    asked.require_usual("Products found by q or tags")
    after = cursors.decode(asked.cursor) if asked.cursor else None
    values = asdict(wanted) | cursors.parameters(after, asked.limit)
    rows = cursor.execute(_FINDS[scope], values).fetchall()
    return cursors.split(
        rows, asked.limit, at="created_at" if scope == "own" else "published_at", key="product_id"
    )


def get(cursor: Cursor[DictRow], product_id: UUID) -> DictRow:
    """One product. Raises NotFound if it does not exist or is not visible to the caller."""
    return found(cursor.execute(SQL.get_product, {"product_id": product_id}), "product")


def update(cursor: Cursor[DictRow], product_id: UUID, change: dict[str, Any]) -> DictRow:
    """Change the given fields. Raises NotFound unless the caller is an editor of its brand or an admin."""
    return found(
        cursor.execute(SQL.update_product, {"product_id": product_id, "change": Jsonb(change)}), "product"
    )


def delete(cursor: Cursor[DictRow], product_id: UUID) -> DictRow:
    """Delete a product with its variants. Raises NotFound unless the caller may change it."""
    return found(cursor.execute(SQL.delete_product, {"product_id": product_id}), "product")


def upsert(cursor: Cursor[DictRow], products: Sequence[dict[str, Any]]) -> list[DictRow]:
    """Create and change products. Returns product_id and outcome of each, in the same order.

    Raises Forbidden for viewers and retailers, Conflict where somebody else adds one of them at the same time.
    """
    return cursor.execute(SQL.upsert, {"products": Jsonb(list(products))}).fetchall()
