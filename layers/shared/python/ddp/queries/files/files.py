"""Files and the history of actions on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp.errors import NotFound
from ddp.queries import load
from ddp.queries.listing import NEWEST, Asked, Listing, Sort
from ddp.queries.people import names

SQL = load(__file__)

Scope = Literal["own", "deleted", "shared", "assets"]

_BY_NAME = Sort(type="text", order="asc")
_BY_SIZE = Sort(type="bigint", order="desc")
_OWN = {"created_at": NEWEST, "file_name": _BY_NAME, "file_size": _BY_SIZE}
LISTS: Final[Mapping[Scope, Listing]] = {
    "own": Listing(SQL.list_own, key="file_id", sorts=_OWN),
    "deleted": Listing(SQL.list_deleted, key="file_id", sorts={"deleted_at": NEWEST}),
    "shared": Listing(SQL.list_shared, key="file_id", sorts={"created_at": NEWEST}),
    "assets": Listing(SQL.list_assets, key="file_id", sorts={"created_at": NEWEST}),
}


def page(
    cursor: Cursor[DictRow],
    scope: Scope,
    asked: Asked,
    *,
    file_type: str | None,
) -> tuple[list[DictRow], str | None]:
    """The files of a scope, newest first unless asked otherwise, and the cursor of the next page (None on the last).

    The scope `deleted` is the caller's trash, latest deleted first.
    """
    rows, next_cursor = LISTS[scope].page(cursor, asked, {"file_type": file_type})
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
