"""Sender identities: domains and addresses that users own or claim to own."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.errors import NotFound
from ddp.queries import load

SQL = load(__file__)


def claim(cursor: Cursor[DictRow], identity: str) -> DictRow:
    """The caller's identity of that name, new or not. Raises Invalid, TooMany; Conflict if another user has it."""
    return _one(cursor.execute(SQL.claim, {"identity": identity}))


def visible(cursor: Cursor[DictRow]) -> list[DictRow]:
    """Identities that the caller may see, the caller's own first; at most 500."""
    return cursor.execute(SQL.list_identities).fetchall()


def get(cursor: Cursor[DictRow], sender_identity_id: UUID) -> DictRow:
    """One identity that the caller may see. Raises NotFound."""
    return _one(cursor.execute(SQL.get, {"sender_identity_id": sender_identity_id}))


def record(
    cursor: Cursor[DictRow], sender_identity_id: UUID, *, status: str, dkim_tokens: Sequence[str]
) -> DictRow:
    """Store what SES says now. Raises NotFound unless the caller owns the identity or is an administrator."""
    values = {
        "sender_identity_id": sender_identity_id,
        "status": status,
        "dkim_tokens": list(dkim_tokens),
    }
    return _one(cursor.execute(SQL.record, values))


def share(cursor: Cursor[DictRow], sender_identity_id: UUID, *, is_shared: bool) -> DictRow:
    """Let everyone send from it, or end that. Raises Forbidden, NotFound."""
    values = {"sender_identity_id": sender_identity_id, "is_shared": is_shared}
    return _one(cursor.execute(SQL.share, values))


def remove(cursor: Cursor[DictRow], sender_identity_id: UUID) -> DictRow:
    """Delete it. Returns the row as it was. Raises NotFound."""
    return _one(cursor.execute(SQL.remove, {"sender_identity_id": sender_identity_id}))


def caller_is_admin(cursor: Cursor[DictRow]) -> bool:
    """Whether the caller is an administrator."""
    return bool(_one(cursor.execute(SQL.caller_type))["user_type"] == "admin")


def _one(cursor: Cursor[DictRow]) -> DictRow:
    row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such sender identity.", code="identity-not-found")
    return row
