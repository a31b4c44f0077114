"""What drafts of e-mails need beside what all channels' drafts do: attachments and a verified sender."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load, value

SQL = load(__file__)


def attachments_found(cursor: Cursor[DictRow], file_ids: Sequence[UUID]) -> tuple[int, int]:
    """How many of these are live files of the caller, and their total size in bytes."""
    (row,) = cursor.execute(SQL.attachments_found, {"attachments": list(file_ids)}).fetchall()
    return row["files"], row["bytes"]


def sender_is_verified(cursor: Cursor[DictRow], sender_email: str) -> bool:
    """Whether the caller may send from this address."""
    return bool(value(cursor.execute(SQL.sender_is_verified, {"sender_email": sender_email})))
