"""Shares of files: with a user, or by a public link."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors
from ddp.errors import NotFound
from ddp.queries import load
from ddp.queries.people import names

SQL = load(__file__)


def create(
    cursor: Cursor[DictRow],
    file_id: UUID,
    *,
    shared_with_user_id: UUID | None,
    token_hash: bytes | None,
    expires_at: datetime,
) -> DictRow:
    """Share one of the caller's live files with a user, or with anyone who has the link.

    `token_hash` is the 32-byte SHA-256 of the link's token; give it or `shared_with_user_id`, not both.
    Raises NotFound, Forbidden, Conflict if the file is in the trash, Invalid.
    """
    values = {
        "file_id": file_id,
        "shared_with_user_id": shared_with_user_id,
        "token_hash": token_hash,
        "expires_at": expires_at,
    }
    return _share(cursor, SQL.share_file, values)


def page(
    cursor: Cursor[DictRow], file_id: UUID, *, after: cursors.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """The caller's shares of a file, newest first, and the cursor of the next page (None on the last)."""
    values = {"file_id": file_id} | cursors.parameters(after, limit)
    rows = cursor.execute(SQL.list_shares, values).fetchall()
    rows, next_cursor = cursors.split(rows, limit, at="created_at", key="share_id")
    names.add(cursor, rows, shared_with="shared_with_user_id")
    return rows, next_cursor


def revoke(cursor: Cursor[DictRow], file_id: UUID, share_id: UUID) -> DictRow:
    """Revoke a share of this file. Raises NotFound."""
    _one(cursor.execute(SQL.share_of_file, {"file_id": file_id, "share_id": share_id}))
    return _share(cursor, SQL.revoke_file_share, {"share_id": share_id})


def open_public(cursor: Cursor[DictRow], token: str, action_type: str) -> DictRow:
    """The file behind a public link; records `action_type` (VIEW or DOWNLOAD).

    Raises NotFound if the link is unknown, expired or revoked, or its file is deleted.
    """
    return _one(cursor.execute(SQL.open_public_share, {"token": token, "action_type": action_type}))


def _share(cursor: Cursor[DictRow], statement: bytes, values: Mapping[str, object]) -> DictRow:
    row = _one(cursor.execute(statement, values))
    names.add(cursor, [row], shared_with="shared_with_user_id")
    return row


def _one(cursor: Cursor[DictRow]) -> DictRow:
    row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such share.")
    return row
