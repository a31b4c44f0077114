"""Wishes of retailers for watch models, and their sums by region for brands."""

from __future__ import annotations

from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors
from ddp.queries import found, load

SQL = load(__file__)

Page = tuple[list[DictRow], str | None]


def page(cursor: Cursor[DictRow], *, after: cursors.Cursor | None, limit: int) -> Page:
    """The acting retailer's wishes, the newest first, and the cursor of the next page (None on the last)."""
    rows = cursor.execute(SQL.list_own, cursors.parameters(after, limit)).fetchall()
    return cursors.split(rows, limit, at="created_at", key="wish_id")


def put(cursor: Cursor[DictRow], model_id: UUID, wish_count: int) -> DictRow:
    """Set how many of a model the retailer wishes for. Raises NotFound for a model that the retailer does not see.

    Raises Forbidden for viewers and for whoever is not a retailer.
    """
    found(cursor.execute(SQL.put, {"model_id": model_id, "wish_count": wish_count}), "watch model")
    return found(cursor.execute(SQL.get, {"model_id": model_id}), "wish")


def remove(cursor: Cursor[DictRow], model_id: UUID) -> DictRow:
    """Remove the wish for a model. Raises NotFound if there is none, or the caller is a viewer."""
    return found(cursor.execute(SQL.remove, {"model_id": model_id}), "wish")


def regional(cursor: Cursor[DictRow], region: str | None, *, after: str | None, limit: int) -> Page:
    """The acting brand's models by region and rank, and the cursor of the next page.

    Raises Invalid for a region that is not in `geography`.
    """
    at = cursors.decode_values(after, str, int, UUID) if after else (None, None, None)
    keys = dict(zip(("after_region", "after_rank", "after_id"), at, strict=True))
    rows = cursor.execute(SQL.list_regional, {"region": region, "limit": limit + 1} | keys).fetchall()
    return cursors.cut(rows, limit, "region", "rank_in_region", "regional_wish_id")
