"""Files and the history of actions on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.errors import NotFound
from ddp.queries import load
from ddp.queries.people import names

SQL = load(__file__)

Scope = Literal["own", "deleted", "shared", "assets"]

_LISTS = {
    "own": SQL.list_own,
    "deleted": SQL.list_deleted,
    "shared": SQL.list_shared,
    "assets": SQL.list_assets,
}


def page(
    cursor: Cursor[DictRow],
    scope: Scope,
    *,
    file_type: str | None,
    after: cursors.Cursor | None,
    limit: int,
) -> tuple[list[DictRow], str | None]:
    """The files of a scope, newest first, and the cursor of the next page (None on the last).

    The scope `deleted` is the caller's trash, latest deleted first.
    """
    values = {"file_type": file_type} | cursors.parameters(after, limit)
    rows = cursor.execute(_LISTS[scope], values).fetchall()
    rows, next_cursor = cursors.split(
        rows, limit, at="deleted_at" if scope == "deleted" else "created_at", key="file_id"
    )
    names.add(cursor, rows, created_by="created_by_user_id")
    return rows, next_cursor


def get(cursor: Cursor[DictRow], file_id: UUID) -> DictRow:
    """One file; for its owner and admins a deleted one too. Raises NotFound if it is not visible."""
    return _file(cursor, SQL.get_file, file_id)


def get_live(cursor: Cursor[DictRow], file_id: UUID) -> DictRow:
    """file_name and file_path (the object's key in S3) of a file that is not deleted. Raises NotFound."""
    return _one(cursor.execute(SQL.get_live_file, {"file_id": file_id}))


def record_action(
    cursor: Cursor[DictRow],
    file_id: UUID,
    action_type: str,
    *,
    session_id: UUID | None = None,
    metadata: Mapping[str, object] | None = None,
) -> UUID:
    """Add an action to the file's history and return its id.

    Raises NotFound, Forbidden for an action that only the owner can take, Conflict if the file is deleted, Invalid.
    """
    values = {
        "file_id": file_id,
        "action_type": action_type,
        "session_id": session_id,
        "metadata": Jsonb(dict(metadata or {})),
    }
    action_id: UUID = _one(cursor.execute(SQL.record_action, values))["action_id"]
    return action_id


def soft_delete(cursor: Cursor[DictRow], file_id: UUID) -> DictRow:
    """Move a file of the caller to the trash, or any for an admin. Raises NotFound, Forbidden."""
    return _file(cursor, SQL.soft_delete_file, file_id)


def restore(cursor: Cursor[DictRow], file_id: UUID) -> DictRow:
    """Restore a file of the caller from the trash, or any for an admin.

    Raises NotFound, Forbidden, and Conflict (with file_id) if the owner has a live file with the same content.
    """
    return _file(cursor, SQL.restore_file, file_id)


def _file(cursor: Cursor[DictRow], statement: bytes, file_id: UUID) -> DictRow:
    row = _one(cursor.execute(statement, {"file_id": file_id}))
    names.add(cursor, [row], created_by="created_by_user_id")
    return row


def _one(cursor: Cursor[DictRow]) -> DictRow:
    row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such file.")
    return row
