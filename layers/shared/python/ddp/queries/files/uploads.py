"""Uploads: from the request until the verified object goes live or is rejected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp.errors import NotFound
from ddp.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One row of `uploads`. `storage_upload_id` is S3's id of a multipart upload, once it was started."""

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
    """A new pending upload of the acting user; raises Conflict (with file_id) where that content is live already."""
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
    """The upload; raises NotFound where there is none that the caller may see."""
    return _one(cursor.execute(SQL.get_upload, {"upload_id": upload_id}))


def start_multipart(cursor: Cursor[DictRow], upload_id: UUID, storage_upload_id: str) -> str:
    """Remember S3's multipart upload; returns the id that won where two requests started one at once."""
    values = {"upload_id": upload_id, "storage_upload_id": storage_upload_id}
    row = cursor.execute(SQL.start_multipart_upload, values).fetchone()
    assert row is not None  # noqa: S101 - a function call always returns its row
    winner: str = row["storage_upload_id"]
    return winner


def abort(cursor: Cursor[DictRow], upload_id: UUID) -> Upload:
    """Give the upload up; raises Conflict where it is settled otherwise."""
    return _one(cursor.execute(SQL.abort_upload, {"upload_id": upload_id}))


def settle_live(
    cursor: Cursor[DictRow],
    upload_id: UUID,
    *,
    file_path: str,
    image_width: int | None,
    image_height: int | None,
    thumbnail_widths: Sequence[int],
) -> str:
    """Make the file live, once; returns the state that holds now (rejected, where its content was live already)."""
    values = {
        "upload_id": upload_id,
        "file_path": file_path,
        "image_width": image_width,
        "image_height": image_height,
        "thumbnail_widths": list(thumbnail_widths),
        "metadata": Jsonb({}),
    }
    return _state(cursor.execute(SQL.settle_upload_live, values))


def settle_rejected(cursor: Cursor[DictRow], upload_id: UUID, *, code: str, reason: str) -> str:
    """Reject the upload, once; returns the state that holds now."""
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
