"""Places: reference data that everyone reads and administrators write."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.queries import found, load

SQL = load(__file__)

_AFTER = ("after_country", "after_region", "after_city", "after_id")


def create(cursor: Cursor[DictRow], values: dict[str, Any]) -> DictRow:
    """Add a place. Raises Forbidden for all but administrators, Conflict for one that is there."""
    return found(cursor.execute(SQL.create_place, {"values": Jsonb(values)}), "place")


def page(
    cursor: Cursor[DictRow], country_code: str | None, *, after: str | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """Places by country, region and city, and the cursor of the next page (None on the last). Raises Invalid."""
    at = cursors.decode_values(after, str, str, str, UUID) if after else (None,) * 4
    values = {"country_code": country_code, "limit": limit + 1} | dict(zip(_AFTER, at, strict=True))
    rows = cursor.execute(SQL.list_places, values).fetchall()
    places = [row | {"in_region": row["region"] or "", "in_city": row["city"] or ""} for row in rows]
    return cursors.cut(places, limit, "country_code", "in_region", "in_city", "geography_id")


def get(cursor: Cursor[DictRow], geography_id: UUID) -> DictRow:
    """One place. Raises NotFound."""
    return found(cursor.execute(SQL.get_place, {"geography_id": geography_id}), "place")


def update(cursor: Cursor[DictRow], geography_id: UUID, change: dict[str, Any]) -> DictRow:
    """Change the given fields. Raises NotFound unless the caller is an administrator."""
    values = {"geography_id": geography_id, "change": Jsonb(change)}
    return found(cursor.execute(SQL.update_place, values), "place")


def delete(cursor: Cursor[DictRow], geography_id: UUID) -> DictRow:
    """Delete a place. Raises NotFound unless the caller is an administrator."""
    return found(cursor.execute(SQL.delete_place, {"geography_id": geography_id}), "place")
