"""Files of figures, from the request to the last row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.queries import found, load, value
from ddp.queries.leases import LEASE

SQL = load(__file__)


def request(cursor: Cursor[DictRow], name: str, file_format: str, asked: dict[str, Any]) -> DictRow:
    """Request a file of a list. Raises TooMany."""
    values = {"list": name, "format": file_format, "request": Jsonb(asked)}
    return found(cursor.execute(SQL.request, values), "export")


def page(
    cursor: Cursor[DictRow], *, after: cursors.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """The acting account's exports, newest first, and the cursor of the next page (None on the last)."""
    rows = cursor.execute(SQL.page, cursors.parameters(after, limit)).fetchall()
    return cursors.split(rows, limit, at="created_at", key="analytics_export_id")


def get(cursor: Cursor[DictRow], export_id: UUID) -> DictRow:
    """One export. Raises NotFound."""
    return found(cursor.execute(SQL.get, {"id": export_id}), "export")


def begin(cursor: Cursor[DictRow], export_id: UUID) -> int | None:
    """Count an attempt to write the file; returns which it is. None: it is settled, or another worker has it."""
    attempt: int | None = value(cursor.execute(SQL.begin, {"id": export_id}))
    return attempt


def take(cursor: Cursor[DictRow], export_id: UUID) -> DictRow | None:
    """The export, locked until the transaction ends; None if it is settled or another worker has it.

    Raises Forbidden if the person who asked is no longer a member of the account.
    """
    cursor.execute(SQL.limit_silence, {"silence": f"{LEASE.seconds}s"})
    cursor.execute(SQL.require_membership)
    return cursor.execute(SQL.take, {"id": export_id}).fetchone()


def put_off(cursor: Cursor[DictRow], export_id: UUID, *, delay: timedelta) -> None:
    """Note that a message about the export comes after `delay`."""
    cursor.execute(SQL.put_off, {"id": export_id, "delay": delay})


def settle_ready(cursor: Cursor[DictRow], export_id: UUID, *, row_count: int) -> None:
    """Mark the export as ready."""
    cursor.execute(SQL.settle, {"id": export_id, "row_count": row_count, "reason": None})


def settle_failed(cursor: Cursor[DictRow], export_id: UUID, *, reason: str) -> None:
    """Mark the export as failed."""
    cursor.execute(SQL.settle, {"id": export_id, "row_count": None, "reason": reason})


def waiting(cursor: Cursor[DictRow]) -> list[DictRow]:
    """Exports that nobody is at work on, noted as queued: id, account and person. For workers."""
    return cursor.execute(SQL.waiting).fetchall()


def unbegun_seconds(cursor: Cursor[DictRow]) -> float:
    """For how many seconds the oldest export has waited that no worker has begun; 0 if there is none. For workers."""
    seconds: float = value(cursor.execute(SQL.unbegun_seconds))
    return seconds
