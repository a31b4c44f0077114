"""Files and what is done with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import pagination
from ddp.errors import NotFound
from ddp.queries import load

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
    after: pagination.Cursor | None,
    limit: int,
) -> tuple[list[DictRow], str | None]:
    """The files of a scope, newest first (the trash: latest deleted first), and the cursor of the next page."""
    values = {"file_type": file_type} | pagination.parameters(after, limit)
    rows = cursor.execute(_LISTS[scope], values).fetchall()
    return pagination.split(
        rows, limit, at="deleted_at" if scope == "deleted" else "created_at", key="file_id"
    )


def get(cursor: Cursor[DictRow], file_id: UUID) -> DictRow:
    """One file, deleted ones of the caller's own included; raises NotFound where it is not visible."""
    return _one(cursor.execute(SQL.get_file, {"file_id": file_id}))


def get_live(cursor: Cursor[DictRow], file_id: UUID) -> DictRow:
    """file_name and file_path (the object's key) of a file that is not deleted; raises NotFound."""
    return _one(cursor.execute(SQL.get_live_file, {"file_id": file_id}))


def record_action(
    cursor: Cursor[DictRow],
    file_id: UUID,
    action_type: str,
    *,
    session_id: UUID | None = None,
    metadata: Mapping[str, object] | None = None,
) -> UUID:
    """Add to the file's history; raises NotFound, or Forbidden for what only the owner can have done."""
    values = {
        "file_id": file_id,
        "action_type": action_type,
        "session_id": session_id,
        "metadata": Jsonb(dict(metadata or {})),
    }
    action_id: UUID = _one(cursor.execute(SQL.record_action, values))["action_id"]
    return action_id


def soft_delete(cursor: Cursor[DictRow], file_id: UUID) -> DictRow:
    """Put an own file into the trash; raises NotFound."""
    return _one(cursor.execute(SQL.soft_delete_file, {"file_id": file_id}))


def restore(cursor: Cursor[DictRow], file_id: UUID) -> DictRow:
    """Take an own file out of the trash; raises NotFound, or Conflict where its content is live again."""
    return _one(cursor.execute(SQL.restore_file, {"file_id": file_id}))


def _one(cursor: Cursor[DictRow]) -> DictRow:
    row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such file.")
    return row
