"""A brand's groups of retailers: members by hand and by rule, and periods without sending."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.errors import NotFound
from ddp.queries import load
from ddp.queries.people import names

SQL = load(__file__)


def create(cursor: Cursor[DictRow], values: Mapping[str, object]) -> DictRow:
    """Create a group: `group_name`, `kind`, `rule`. Raises Forbidden, Conflict for a name that is taken, Invalid."""
    return _one(cursor.execute(SQL.create, {"values": Jsonb(dict(values))}))


def change(cursor: Cursor[DictRow], group_id: UUID, values: Mapping[str, object]) -> DictRow:
    """Change what is given of a group. Raises NotFound, Conflict, Invalid."""
    return _one(cursor.execute(SQL.change, {"group_id": group_id, "values": Jsonb(dict(values))}))


def delete(cursor: Cursor[DictRow], group_id: UUID) -> None:
    """Delete a group. Raises NotFound; Conflict while something is for it."""
    cursor.execute(SQL.delete, {"group_id": group_id})


def get(cursor: Cursor[DictRow], group_id: UUID) -> DictRow:
    """One group. Raises NotFound."""
    return _one(cursor.execute(SQL.get, {"group_id": group_id}))


def page(
    cursor: Cursor[DictRow], *, after: cursors.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """The caller's groups, newest first, and the cursor of the next page (None on the last)."""
    rows = cursor.execute(SQL.list_own, cursors.parameters(after, limit)).fetchall()
    return cursors.split(rows, limit, at="created_at", key="group_id")


def joined(cursor: Cursor[DictRow], *, after: UUID | None, limit: int) -> tuple[list[DictRow], str | None]:
    """The groups that the calling retailer is in, and the cursor of the next page (None on the last)."""
    rows = cursor.execute(SQL.list_joined, {"id": after, "limit": limit + 1}).fetchall()
    return _cut_by_id(rows, limit, "group_id")


def members(
    cursor: Cursor[DictRow], group_id: UUID, *, after: UUID | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """Members that the caller may see, and the cursor of the next page (None on the last)."""
    values = {"group_id": group_id, "id": after, "limit": limit + 1}
    rows = cursor.execute(SQL.list_members, values).fetchall()
    rows, next_cursor = _cut_by_id(rows, limit, "retailer_id")
    names.add(cursor, rows, retailer="retailer_id")
    return rows, next_cursor


def add_member(cursor: Cursor[DictRow], group_id: UUID, retailer_id: UUID) -> DictRow:
    """Add a retailer by hand. Raises NotFound for a group of others, and for somebody who is no active retailer."""
    values = {"group_id": group_id, "retailer_id": retailer_id}
    rows = cursor.execute(SQL.add_member, values).fetchall()
    names.add(cursor, rows, retailer="retailer_id")
    return rows[0]


def remove_member(cursor: Cursor[DictRow], group_id: UUID, retailer_id: UUID) -> None:
    """Take back what was added by hand. Raises NotFound."""
    cursor.execute(SQL.remove_member, {"group_id": group_id, "retailer_id": retailer_id})


def blackouts(
    cursor: Cursor[DictRow], group_id: UUID, *, after: cursors.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """Blackouts, the latest to start first, and the cursor of the next page (None on the last)."""
    values = {"group_id": group_id} | cursors.parameters(after, limit)
    rows = cursor.execute(SQL.list_blackouts, values).fetchall()
    return cursors.split(rows, limit, at="starts_at", key="blackout_id")


def add_blackout(
    cursor: Cursor[DictRow], group_id: UUID, *, starts_at: datetime, ends_at: datetime, reason: str
) -> DictRow:
    """Let members send nothing for a period. Raises NotFound, Invalid."""
    values = {"group_id": group_id, "starts_at": starts_at, "ends_at": ends_at, "reason": reason}
    return _one(cursor.execute(SQL.add_blackout, values))


def remove_blackout(cursor: Cursor[DictRow], group_id: UUID, blackout_id: UUID) -> None:
    """Remove a blackout. Raises NotFound."""
    cursor.execute(SQL.remove_blackout, {"group_id": group_id, "blackout_id": blackout_id})


def _cut_by_id(rows: list[DictRow], limit: int, key: str) -> tuple[list[DictRow], str | None]:
    return rows[:limit], cursors.encode_id(rows[limit - 1][key]) if len(rows) > limit else None


def _one(cursor: Cursor[DictRow]) -> DictRow:
    row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such group of retailers.", code="group-not-found")
    return row
