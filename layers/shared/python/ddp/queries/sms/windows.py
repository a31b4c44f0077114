"""Hours at which promotional SMS may go: reference data that everyone reads and administrators write."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.queries import found, load

SQL = load(__file__)

_ORDER = ("country", "region", "valid_from", "days", "opens", "sending_window_id")


def create(cursor: Cursor[DictRow], values: dict[str, Any]) -> DictRow:
    """Add a window. Raises Forbidden for all but administrators, Conflict for one that is there."""
    return found(cursor.execute(SQL.create, {"values": Jsonb(values)}), "sending window")


def page(
    cursor: Cursor[DictRow], filters: dict[str, Any], *, after: str | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """Windows by country, region and day, and the cursor of the next page (None on the last).

    `filters` has country, region and status, each None if it is not asked for. Raises Invalid.
    """
    types = (str, str, date.fromisoformat, str, str, UUID)
    place = cursors.decode_values(after, *types) if after else (None,) * len(types)
    names = ("after_country", "after_region", "after_valid_from", "after_days", "after_opens", "after_id")
    values = filters | dict(zip(names, place, strict=True)) | {"limit": limit + 1}
    return cursors.cut(cursor.execute(SQL.list_windows, values).fetchall(), limit, *_ORDER)


def get(cursor: Cursor[DictRow], sending_window_id: UUID) -> DictRow:
    """One window. Raises NotFound."""
    return found(cursor.execute(SQL.get, {"sending_window_id": sending_window_id}), "sending window")


def update(cursor: Cursor[DictRow], sending_window_id: UUID, change: dict[str, Any]) -> DictRow:
    """Change the given fields. Raises NotFound unless the caller is an administrator."""
    values = {"sending_window_id": sending_window_id, "change": Jsonb(change)}
    return found(cursor.execute(SQL.update, values), "sending window")


def delete(cursor: Cursor[DictRow], sending_window_id: UUID) -> DictRow:
    """Delete a window. Raises NotFound unless the caller is an administrator."""
    return found(cursor.execute(SQL.delete, {"sending_window_id": sending_window_id}), "sending window")


def beside(cursor: Cursor[DictRow], window: DictRow) -> list[DictRow]:
    """The windows of the same place that are valid from the same day on, this one among them if it is there."""
    values = {name: window[name] for name in ("country", "region", "valid_from")}
    return cursor.execute(SQL.beside, values).fetchall()
