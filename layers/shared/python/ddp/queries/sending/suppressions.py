"""Suppressions as a sender sees them and sets them by hand. Recipients' links are in email/subscriptions.py."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors
from ddp.queries import load, value

SQL = load(__file__)


def suppress(cursor: Cursor[DictRow], address_hash: bytes) -> UUID:
    """Stop the caller's messages to this address. Returns the suppression's id, new or not."""
    suppression_id: UUID = value(cursor.execute(SQL.suppress, {"address_hash": address_hash}))
    return suppression_id


def check(cursor: Cursor[DictRow], address_hash: bytes) -> dict[str, Any]:
    """Return is_suppressed, and suppression_id, reason and since of the caller's own suppression (else None)."""
    outcome: dict[str, Any] = value(cursor.execute(SQL.check_address, {"address_hash": address_hash}))
    return outcome


def page(
    cursor: Cursor[DictRow], *, after: cursors.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """The caller's suppressions, newest first, and the cursor of the next page."""
    rows = cursor.execute(SQL.list_own, cursors.parameters(after, limit)).fetchall()
    return cursors.split(rows, limit, at="created_at", key="suppression_id")


def remove(cursor: Cursor[DictRow], suppression_id: UUID) -> None:
    """Remove a suppression of the caller. Raises NotFound, and Conflict for one that only the recipient can lift."""
    cursor.execute(SQL.remove, {"suppression_id": suppression_id})
