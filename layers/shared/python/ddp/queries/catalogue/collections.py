"""Collections of files, and the order of their files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.errors import NotFound
from ddp.queries import found, load

SQL = load(__file__)

Page = tuple[list[DictRow], str | None]
Scope = Literal["own", "public"]

_LISTS = {"own": SQL.list_own, "public": SQL.list_public}


def create(cursor: Cursor[DictRow], values: dict[str, Any]) -> DictRow:
    """Create a collection of the acting account. Raises Forbidden for viewers."""
    return found(cursor.execute(SQL.create_collection, {"values": Jsonb(values)}), "collection")


def page(cursor: Cursor[DictRow], scope: Scope, *, after: cursors.Cursor | None, limit: int) -> Page:
    """The collections of a scope, the newest first, and the cursor of the next page (None on the last)."""
    rows = cursor.execute(_LISTS[scope], cursors.parameters(after, limit)).fetchall()
    return cursors.split(rows, limit, at="created_at", key="collection_id")


def get(cursor: Cursor[DictRow], collection_id: UUID) -> DictRow:
    """One collection. Raises NotFound if it does not exist or is not visible to the caller."""
    return found(cursor.execute(SQL.get_collection, {"collection_id": collection_id}), "collection")


def update(cursor: Cursor[DictRow], collection_id: UUID, change: dict[str, Any]) -> DictRow:
    """Change the given fields. Raises NotFound unless the caller is its creator's editor or an admin."""
    values = {"collection_id": collection_id, "change": Jsonb(change)}
    return found(cursor.execute(SQL.update_collection, values), "collection")


def delete(cursor: Cursor[DictRow], collection_id: UUID) -> DictRow:
    """Delete a collection; its files remain. Raises NotFound unless the caller may change it."""
    return found(cursor.execute(SQL.delete_collection, {"collection_id": collection_id}), "collection")


def add_files(cursor: Cursor[DictRow], collection_id: UUID, file_ids: Sequence[UUID]) -> int:
    """Add files at the end. Returns how many were not there yet.

    Raises NotFound unless the caller may change the collection, and, with the ids as `missing`, for files that the
    caller does not see.
    """
    values = {"collection_id": collection_id, "file_ids": list(file_ids)}
    found(cursor.execute(SQL.lock_collection, values), "collection")
    if missing := [str(row["file_id"]) for row in cursor.execute(SQL.missing_files, values)]:
        detail = "Some of these files do not exist, or are not shared with you."
        raise NotFound(detail, code="file-not-found", extra={"missing": missing})
    return cursor.execute(SQL.add_files, values).rowcount


def order_files(cursor: Cursor[DictRow], collection_id: UUID, file_ids: Sequence[UUID]) -> int:
    """Put these files first. Returns how many moved. Raises NotFound unless the caller may change the collection."""
    values = {"collection_id": collection_id, "file_ids": list(file_ids)}
    found(cursor.execute(SQL.lock_collection, values), "collection")
    return cursor.execute(SQL.order_files, values).rowcount


def files(cursor: Cursor[DictRow], collection_id: UUID, *, after: str | None, limit: int) -> Page:
    """The files that the caller may see, in their order, and the cursor of the next page. Raises Invalid."""
    at, file_id = cursors.decode_values(after, int, UUID) if after else (None, None)
    values = {"collection_id": collection_id, "at": at, "id": file_id, "limit": limit + 1}
    rows = cursor.execute(SQL.list_files, values).fetchall()
    return cursors.cut(rows, limit, "sort_order", "file_id")


def remove_file(cursor: Cursor[DictRow], collection_id: UUID, file_id: UUID) -> DictRow:
    """Take a file out of a collection. Raises NotFound if it is not in it, or the caller may not change it."""
    values = {"collection_id": collection_id, "file_id": file_id}
    return found(cursor.execute(SQL.remove_file, values), "file in this collection")
