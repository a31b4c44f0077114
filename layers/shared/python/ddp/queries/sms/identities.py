"""Origination identities: what SMS come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.errors import Forbidden
from ddp.queries import found, load, value

SQL = load(__file__)

WHAT = "origination identity"


def page(
    cursor: Cursor[DictRow], filters: dict[str, Any], *, after: str | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """Identities that the caller may see, by country, and the cursor of the next page (None on the last).

    `filters` has country, kind, message_type and status, each None if it is not asked for. Raises Invalid.
    """
    country, identity, row_id = cursors.decode_values(after, str, str, UUID) if after else (None,) * 3
    place = {"after_country": country, "after_identity": identity, "after_id": row_id}
    rows = cursor.execute(SQL.list_identities, filters | place | {"limit": limit + 1}).fetchall()
    return cursors.cut(rows, limit, "country", "identity", "origination_identity_id")


def get(cursor: Cursor[DictRow], origination_identity_id: UUID) -> DictRow:
    """One identity that the caller may see. Raises NotFound."""
    return found(cursor.execute(SQL.get, {"id": origination_identity_id}), WHAT)


def assign(cursor: Cursor[DictRow], origination_identity_id: UUID, change: dict[str, Any]) -> DictRow:
    """Change the given fields. Raises Forbidden unless the caller is an administrator, NotFound, Conflict, Invalid."""
    return found(cursor.execute(SQL.assign, {"id": origination_identity_id, "change": Jsonb(change)}), WHAT)


def require_admin(cursor: Cursor[DictRow]) -> None:
    """Raise Forbidden unless the caller is an administrator."""
    if not value(cursor.execute(SQL.is_admin)):
        raise Forbidden("Only administrators take over what the provider lists.", code="not-an-admin")


def begin_sync(cursor: Cursor[DictRow]) -> bool:
    """Whether what the provider lists is to be taken over now, by this worker: a day after that was done."""
    return bool(value(cursor.execute(SQL.begin_sync)))


def sync(cursor: Cursor[DictRow], identities: Sequence[dict[str, Any]]) -> DictRow:
    """Take over what the provider lists: counts found, added, gone. For admins and workers; raises Forbidden."""
    (row,) = cursor.execute(SQL.sync, {"identities": Jsonb(list(identities))}).fetchall()
    return row


def keep_buckets(cursor: Cursor[DictRow]) -> None:
    """Keep the rates of origination identities, and give each day its daily caps anew. For workers."""
    cursor.execute(SQL.keep_buckets)
