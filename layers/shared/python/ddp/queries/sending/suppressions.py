"""Suppressions as their sender sees them and sets them by hand; workers' are in suppressions.py."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import pagination
from ddp.queries import load

SQL = load(__file__)


def suppress(cursor: Cursor[DictRow], address_hash: bytes) -> UUID:
    """Write to this address no more; the suppression's id, new or not."""
    suppression_id: UUID = _value(
        cursor.execute(SQL.suppress, {"address_hash": address_hash}), "suppression_id"
    )
    return suppression_id


def check(cursor: Cursor[DictRow], address_hash: bytes) -> dict[str, Any]:
    """is_suppressed, and of an own suppression suppression_id, reason and since."""
    outcome: dict[str, Any] = _value(
        cursor.execute(SQL.check_address, {"address_hash": address_hash}), "outcome"
    )
    return outcome


def page(
    cursor: Cursor[DictRow], *, after: pagination.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """Own suppressions, newest first, and the cursor of the next page."""
    rows = cursor.execute(SQL.list_own, pagination.parameters(after, limit)).fetchall()
    return pagination.split(rows, limit, at="created_at", key="suppression_id")


def remove(cursor: Cursor[DictRow], suppression_id: UUID) -> None:
    """Take one back; raises NotFound, Conflict for what only the recipient can take back."""
    cursor.execute(SQL.remove, {"suppression_id": suppression_id})


def _value(cursor: Cursor[DictRow], column: str) -> Any:
    row = cursor.fetchone()
    assert row is not None  # noqa: S101 - a function call always returns its row
    return row[column]
