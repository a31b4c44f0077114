"""Sender identities: domains and addresses that users own or claim to own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors
from ddp.errors import NotFound
from ddp.queries import load, value

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An account; `user_id` is None if it is not active."""

    user_id: UUID | None
    is_admin: bool | None


def claim(cursor: Cursor[DictRow], identity: str) -> DictRow:
    """The caller's identity of that name, new or not. Others may have one too. Raises Invalid, TooMany."""
    return _one(cursor.execute(SQL.claim, {"identity": identity}))


def page(cursor: Cursor[DictRow], *, after: str | None, limit: int) -> tuple[list[DictRow], str | None]:
    """Identities that the caller may see, the caller's own first, and the cursor of the next page (None on the last).

    Raises Invalid.
    """
    is_others, identity, row_id = cursors.decode_values(after, bool, str, UUID) if after else (None,) * 3
    values = {"is_others": is_others, "identity": identity, "id": row_id, "limit": limit + 1}
    rows = cursor.execute(SQL.list_identities, values).fetchall()
    return cursors.cut(rows, limit, "is_others", "identity", "sender_identity_id")


def get(cursor: Cursor[DictRow], sender_identity_id: UUID) -> DictRow:
    """One identity that the caller may see. Raises NotFound."""
    return _one(cursor.execute(SQL.get, {"sender_identity_id": sender_identity_id}))


def record(
    cursor: Cursor[DictRow],
    sender_identity_id: UUID,
    *,
    status: str,
    dkim_tokens: Sequence[str],
    published_claims: Sequence[UUID] | None = None,
) -> DictRow:
    """Store what SES and the DNS say now. Raises NotFound unless the caller owns the identity or is an administrator.

    `published_claims`, with a proof by DNS: the claims to the domain whose records are published. All others lose it.
    """
    values = {
        "sender_identity_id": sender_identity_id,
        "status": status,
        "dkim_tokens": list(dkim_tokens),
        "published_claims": None if published_claims is None else list(published_claims),
    }
    return _one(cursor.execute(SQL.record, values))


def is_claimed(cursor: Cursor[DictRow], identity: str) -> bool:
    """Whether the caller has claimed a domain or address of that name."""
    return bool(value(cursor.execute(SQL.is_claimed, {"identity": identity})))


def claimants(cursor: Cursor[DictRow], identity: str) -> list[UUID]:
    """The users who claim a domain or address, proved or not, the earliest first."""
    found: list[UUID] = value(cursor.execute(SQL.claimants, {"identity": identity}))
    return found


def may_send_from(cursor: Cursor[DictRow], address: str) -> bool:
    """Whether the caller may send from an address, because of its domain for example."""
    return bool(value(cursor.execute(SQL.may_send_from, {"address": address})))


def share(cursor: Cursor[DictRow], sender_identity_id: UUID, *, is_shared: bool) -> DictRow:
    """Let everyone send from it, or end that. Raises Forbidden, NotFound."""
    values = {"sender_identity_id": sender_identity_id, "is_shared": is_shared}
    return _one(cursor.execute(SQL.share, values))


def remove(cursor: Cursor[DictRow], sender_identity_id: UUID) -> DictRow:
    """Delete it. Returns the row as it was. Raises NotFound."""
    return _one(cursor.execute(SQL.remove, {"sender_identity_id": sender_identity_id}))


def caller(cursor: Cursor[DictRow]) -> Caller:
    """The account for which the caller acts."""
    return Caller(**_one(cursor.execute(SQL.caller)))


def _one(cursor: Cursor[DictRow]) -> DictRow:
    row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such sender identity.", code="identity-not-found")
    return row
