"""Erasures of users and recipients, for administrators."""

from __future__ import annotations

from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors
from ddp.queries import found, load

SQL = load(__file__)

Page = tuple[list[DictRow], str | None]


def request_user(cursor: Cursor[DictRow], user_id: UUID, *, is_dry_run: bool) -> DictRow:
    """Ask for the erasure of a user, known or not. Raises Forbidden, and Conflict for the caller's own account."""
    return _request(
        cursor,
        {"kind": "user", "user_id": user_id, "address": None, "address_hash": None, "is_dry_run": is_dry_run},
    )


def request_recipient(
    cursor: Cursor[DictRow], address: str, address_hash: bytes, *, is_dry_run: bool
) -> DictRow:
    """Ask for the erasure of a recipient, by the normalised address and its keyed hash, known or not."""
    return _request(
        cursor,
        {
            "kind": "recipient",
            "user_id": None,
            "address": address,
            "address_hash": address_hash,
            "is_dry_run": is_dry_run,
        },
    )


def _request(cursor: Cursor[DictRow], values: dict[str, object]) -> DictRow:
    return found(cursor.execute(SQL.request, values), "erasure")


def page(cursor: Cursor[DictRow], *, after: cursors.Cursor | None, limit: int) -> Page:
    """Erasures, the latest first, and the cursor of the next page. Raises Forbidden."""
    rows = cursor.execute(SQL.page, cursors.parameters(after, limit)).fetchall()
    return cursors.split(rows, limit, at="requested_at", key="erasure_id")


def get(cursor: Cursor[DictRow], erasure_id: UUID) -> DictRow:
    """One erasure. Raises NotFound and Forbidden."""
    return found(cursor.execute(SQL.get, {"erasure_id": erasure_id}), "erasure")
