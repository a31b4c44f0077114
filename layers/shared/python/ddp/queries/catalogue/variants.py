"""Variants of products."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.queries import found, load

SQL = load(__file__)


def create(cursor: Cursor[DictRow], product_id: UUID, values: dict[str, Any]) -> DictRow:
    """Create a variant. Raises Forbidden unless the caller may change the product, Conflict for a taken external id."""
    given = {"product_id": product_id, "values": Jsonb(values)}
    return found(cursor.execute(SQL.create_variant, given), "variant")


def page(
    cursor: Cursor[DictRow], product_id: UUID, *, after: cursors.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """A product's variants, the oldest first, and the cursor of the next page (None on the last)."""
    values = {"product_id": product_id} | cursors.parameters(after, limit)
    rows = cursor.execute(SQL.list_variants, values).fetchall()
    return cursors.split(rows, limit, at="created_at", key="variant_id")


def get(cursor: Cursor[DictRow], product_id: UUID, variant_id: UUID) -> DictRow:
    """One variant. Raises NotFound if it does not exist or its product is not visible to the caller."""
    values = {"product_id": product_id, "variant_id": variant_id}
    return found(cursor.execute(SQL.get_variant, values), "variant")


def update(cursor: Cursor[DictRow], product_id: UUID, variant_id: UUID, change: dict[str, Any]) -> DictRow:
    """Change the given fields. Raises NotFound unless the caller may change the product."""
    values = {"product_id": product_id, "variant_id": variant_id, "change": Jsonb(change)}
    return found(cursor.execute(SQL.update_variant, values), "variant")


def delete(cursor: Cursor[DictRow], product_id: UUID, variant_id: UUID) -> DictRow:
    """Delete a variant. Raises NotFound unless the caller may change the product."""
    values = {"product_id": product_id, "variant_id": variant_id}
    return found(cursor.execute(SQL.delete_variant, values), "variant")
