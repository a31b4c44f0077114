"""Watch models of brands."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from psycopg import Cursor
from psycopg.errors import ForeignKeyViolation
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.errors import Conflict
from ddp.queries import found, load

SQL = load(__file__)

Scope = Literal["own", "active"]

_LISTS = {"own": SQL.list_own, "active": SQL.list_active}


def create(cursor: Cursor[DictRow], values: dict[str, Any]) -> DictRow:
    """Create a model. Raises Forbidden for viewers and retailers, Conflict for an MPN that is taken."""
    return found(cursor.execute(SQL.create_model, {"values": Jsonb(values)}), "watch model")


def page(
    cursor: Cursor[DictRow],
    scope: Scope,
    *,
    words: str | None,
    brand_id: UUID | None,
    after: cursors.Cursor | None,
    limit: int,
) -> tuple[list[DictRow], str | None]:
    """The models of a scope, the newest first, and the cursor of the next page (None on the last).

    `words` are beginnings of words; `brand_id` counts in the scope `active`.
    """
    values = {"scope": scope, "words": words, "brand_id": brand_id} | cursors.parameters(after, limit)
    rows = cursor.execute(_LISTS[scope] if words is None else SQL.find, values).fetchall()
    return cursors.split(rows, limit, at="created_at", key="model_id")


def get(cursor: Cursor[DictRow], model_id: UUID) -> DictRow:
    """One model. Raises NotFound if it does not exist or is not visible to the caller."""
    return found(cursor.execute(SQL.get_model, {"model_id": model_id}), "watch model")


def update(cursor: Cursor[DictRow], model_id: UUID, change: dict[str, Any]) -> DictRow:
    """Change the given fields. Raises NotFound unless the caller may change the model, Conflict for a taken MPN."""
    values = {"model_id": model_id, "change": Jsonb(change)}
    return found(cursor.execute(SQL.update_model, values), "watch model")


def delete(cursor: Cursor[DictRow], model_id: UUID) -> DictRow:
    """Delete a model. Raises NotFound unless the caller may change it, Conflict if retailers wish for it."""
    try:
        return found(cursor.execute(SQL.delete_model, {"model_id": model_id}), "watch model")
    except ForeignKeyViolation:
        raise Conflict(
            "Retailers wish for this model: set is_active to false instead.", code="model-wished-for"
        ) from None
