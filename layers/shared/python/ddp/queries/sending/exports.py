"""Exports: rows of a ledger, or of what a plan rejected, on their way into a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor, ServerCursor
from psycopg.rows import DictRow, tuple_row

from ddp.queries import load

SQL = load(__file__)

_ISO = 'YYYY-MM-DD"T"HH24:MI:SS"Z"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What a pending row of `send_exports` asks for: `kind` recipients (of `statuses`; none: all) or rejections."""

    send_export_id: UUID
    kind: str
    statuses: list[str]
    send_plan_id: UUID
    email_campaign_id: UUID
    created_by_user_id: UUID


def take(cursor: Cursor[DictRow], send_export_id: UUID) -> Export | None:
    """The export, locked until the transaction ends; None where it is settled, or another worker's."""
    row = cursor.execute(SQL.take, {"send_export_id": send_export_id}).fetchone()
    return Export(**row) if row else None


@contextmanager
def rows(cursor: Cursor[DictRow], export: Export) -> Iterator[ServerCursor[tuple[str | None, ...]]]:
    """A server-side cursor over the rows, all values as text; times are in UTC."""
    values: dict[str, Any] = {
        "send_plan_id": export.send_plan_id,
        "email_campaign_id": export.email_campaign_id,
        "owner": export.created_by_user_id,
        "statuses": export.statuses,
        "iso": _ISO,
    }
    statement = SQL.recipients if export.kind == "recipients" else SQL.rejections
    with cursor.connection.cursor(name="export", row_factory=tuple_row) as found:
        found.execute(statement, values)
        yield found


def settle_ready(cursor: Cursor[DictRow], send_export_id: UUID, *, object_key: str, row_count: int) -> None:
    """The file is there."""
    values = {"send_export_id": send_export_id, "object_key": object_key, "row_count": row_count}
    cursor.execute(SQL.settle_ready, values)


def settle_failed(cursor: Cursor[DictRow], send_export_id: UUID, *, reason: str) -> None:
    """There will be no file."""
    cursor.execute(SQL.settle_failed, {"send_export_id": send_export_id, "reason": reason})
