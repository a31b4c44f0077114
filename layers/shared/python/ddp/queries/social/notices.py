"""Notices: what an account should know without asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load, value
from ddp.queries.listing import NEWEST, Asked, Listing
from ddp.queries.social.steps import as_json

SQL = load(__file__)

OWN = Listing(SQL.list_own, key="notice_id", sorts={"updated_at": NEWEST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice. `detail`: ids and words only; lists of it are joined with those of the same day."""

    user_id: UUID
    cause: str
    subject_type: str | None = None
    subject_id: UUID | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def add(cursor: Cursor[DictRow], notices: Sequence[Notice]) -> None:
    """Add notices, last in a transaction. One of the same account, cause, subject and day is counted up."""
    cursor.execute(SQL.add, {"notices": as_json(notices)})


def page(
    cursor: Cursor[DictRow], asked: Asked, *, is_unread: bool | None
) -> tuple[list[DictRow], str | None]:
    """The caller's notices, the latest first, and the cursor of the next page."""
    return OWN.page(cursor, asked, {"is_unread": is_unread})


def unread(cursor: Cursor[DictRow]) -> int:
    """How many of the caller's notices nobody has read."""
    count: int = value(cursor.execute(SQL.unread))
    return count


def read(cursor: Cursor[DictRow], notice_ids: Sequence[UUID]) -> int:
    """Mark own notices as read. Returns how many were unread."""
    count: int = value(cursor.execute(SQL.read, {"notice_ids": list(notice_ids)}))
    return count
