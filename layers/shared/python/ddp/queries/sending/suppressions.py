"""Suppressions as a sender sees them and sets them by hand. Recipients' links are in email/subscriptions.py."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load, value
from ddp.queries.listing import NEWEST, Asked, Listing

SQL = load(__file__)

OWN = Listing(SQL.list_own, key="suppression_id", sorts={"created_at": NEWEST})


def suppress(cursor: Cursor[DictRow], address_hash: bytes, channel: str) -> UUID:
    """Stop the caller's messages to this address or number. Returns the suppression's id, new or not."""
    values = {"address_hash": address_hash, "channel": channel}
    suppression_id: UUID = value(cursor.execute(SQL.suppress, values))
    return suppression_id


def check(cursor: Cursor[DictRow], address_hash: bytes, channel: str) -> dict[str, Any]:
    """Return is_suppressed, and suppression_id, reason and since of the caller's own suppression (else None)."""
    values = {"address_hash": address_hash, "channel": channel}
    outcome: dict[str, Any] = value(cursor.execute(SQL.check_address, values))
    return outcome


def page(
    cursor: Cursor[DictRow], asked: Asked, *, channel: str | None, reason: str | None
) -> tuple[list[DictRow], str | None]:
    """The caller's suppressions, newest first, and the cursor of the next page."""
    return OWN.page(cursor, asked, {"channel": channel, "reason": reason})


def remove(cursor: Cursor[DictRow], suppression_id: UUID) -> None:
    """Remove a suppression of the caller. Raises NotFound, and Conflict for one that only the recipient can lift."""
    cursor.execute(SQL.remove, {"suppression_id": suppression_id})
