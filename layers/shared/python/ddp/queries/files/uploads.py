"""Uploads: from the request until the file is live or the upload is rejected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp.errors import NotFound
from ddp.queries import load
from ddp.queries.listing import NEWEST, Asked, Listing

SQL = load(__file__)

OWN = Listing(SQL.list_own, key="upload_id", sorts={"created_at": NEWEST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One row of `uploads`.

    Sizes are in bytes; `content_sha256` is 32 bytes. `storage_upload_id` is S3's id of a multipart upload, None until
    it is started. `file_id` is reserved for the file, which exists once `state` is live.
    """

    upload_id: UUID
    file_id: UUID
    state: str
    method: str
    part_size: int | None
    file_name: str
    content_type: str
    file_type: str
    file_size: int
    content_sha256: bytes
    storage_upload_id: str | None
    rejection_code: str | None
    rejection_reason: str | None
    duplicate_of_file_id: UUID | None
    expires_at: datetime
    created_at: datetime
    settled_at: datetime | None


def request(
    cursor: Cursor[DictRow],
    *,
    file_name: str,
    content_type: str,
    file_size: int,
    content_sha256: bytes,
    method: str,
    part_size: int | None,
    expires_at: datetime,
) -> Upload:
    """Create a pending upload of the caller.

    Raises Conflict (with file_id) if the caller has a live file with this content, TooMany with too much in progress,
    Invalid.
    """
    values = {
        "file_name": file_name,
        "content_type": content_type,
        "file_size": file_size,
        "content_sha256": content_sha256,
        "method": method,
        "part_size": part_size,
        "expires_at": expires_at,
    }
    return _one(cursor.execute(SQL.request_upload, values))


def get(cursor: Cursor[DictRow], upload_id: UUID) -> Upload:
    """One upload. Raises NotFound if it does not exist or is not visible to the caller."""
    return _one(cursor.execute(SQL.get_upload, {"upload_id": upload_id}))


def page(cursor: Cursor[DictRow], asked: Asked, *, status: str | None) -> tuple[list[Upload], str | None]:
    """The account's uploads, newest first, and the cursor of the next page. `status`: a state, or `expired`."""
    rows, next_cursor = OWN.page(cursor, asked, {"status": status})
    return [Upload(**row) for row in rows], next_cursor


def start_multipart(cursor: Cursor[DictRow], upload_id: UUID, storage_upload_id: str) -> str:
    """Store S3's id of a multipart upload and return the stored id.

    The first id is kept: if another is returned, the caller must abort its own. Raises NotFound, Conflict.
    """
    values = {"upload_id": upload_id, "storage_upload_id": storage_upload_id}
    row = cursor.execute(SQL.start_multipart_upload, values).fetchone()
    assert row is not None  # noqa: S101 - a function call always returns its row
    winner: str = row["storage_upload_id"]
    return winner


def abort(cursor: Cursor[DictRow], upload_id: UUID) -> Upload:
    """Abort an upload. Raises NotFound, and Conflict if it is live or rejected."""
    return _one(cursor.execute(SQL.abort_upload, {"upload_id": upload_id}))


def settle_live(
    cursor: Cursor[DictRow],
    upload_id: UUID,
    *,
    file_path: str,
    image_width: int | None,
    image_height: int | None,
    thumbnail_widths: Sequence[int],
    metadata: Mapping[str, Any],
) -> str:
    """Make the file live, unless the upload is already settled; return the resulting state.

    That is `rejected` if the owner now has another live file with this content. Dimensions and widths are in pixels.
    Raises NotFound.
    """
    values = {
        "upload_id": upload_id,
        "file_path": file_path,
        "image_width": image_width,
        "image_height": image_height,
        "thumbnail_widths": list(thumbnail_widths),
        "metadata": Jsonb(metadata),
    }
    return _state(cursor.execute(SQL.settle_upload_live, values))


def settle_rejected(cursor: Cursor[DictRow], upload_id: UUID, *, code: str, reason: str) -> str:
    """Reject the upload, unless it is already settled; return the resulting state. Raises NotFound."""
    values = {"upload_id": upload_id, "code": code, "reason": reason}
    return _state(cursor.execute(SQL.settle_upload_rejected, values))


def _one(cursor: Cursor[DictRow]) -> Upload:
    row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such upload.")
    return Upload(**row)


def _state(cursor: Cursor[DictRow]) -> str:
    row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such upload.")
    state: str = row["state"]
    return state
