"""What videos are made of: files.metadata.video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """A live video; `file_path` is its key in the bucket."""

    file_id: UUID
    file_path: str


def take_unread(cursor: Cursor[DictRow]) -> Video | None:
    """The oldest live video that nobody has read, marked as interrupted; None: all are read."""
    row = cursor.execute(SQL.take_unread).fetchone()
    return None if row is None else Video(**row)


def note(cursor: Cursor[DictRow], file_id: UUID, video: Mapping[str, Any]) -> None:
    """Record what the video is made of."""
    cursor.execute(SQL.note_video, {"file_id": file_id, "video": Jsonb(video)})


def put_back(cursor: Cursor[DictRow], file_id: UUID) -> None:
    """Let the video be read again."""
    cursor.execute(SQL.put_back, {"file_id": file_id})
