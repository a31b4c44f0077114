"""Exports: files of recipients, or of the records that a plan rejected; from the request to the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Cursor, ServerCursor
from psycopg.rows import DictRow, tuple_row

from ddp import cursors
from ddp.channels import EMAIL, Channel
from ddp.errors import NotFound
from ddp.queries import load_by_channel
from ddp.queries.leases import LEASE

SQL_BY_CHANNEL = load_by_channel(__file__)
# Of the table of exports, which is one for all channels.
SQL = SQL_BY_CHANNEL[EMAIL.name]

_ISO = 'YYYY-MM-DD"T"HH24:MI:SS"Z"'

# As long as a lease: so long a worker may wait for S3 between two portions.
_SILENCE = f"{LEASE.seconds}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A pending row of `send_exports`. `kind`: recipients (with one of `statuses`; if empty, all) or rejections."""

    send_export_id: UUID
    channel: str
    kind: str
    statuses: list[str]
    send_plan_id: UUID
    channel_campaign_id: UUID
    created_by_user_id: UUID


def request(
    cursor: Cursor[DictRow], channel: Channel, channel_campaign_id: UUID, kind: str, statuses: Sequence[str]
) -> DictRow:
    """Request a file. Raises NotFound, Forbidden, Conflict, TooMany."""
    values = {"channel_campaign_id": channel_campaign_id, "kind": kind, "statuses": list(statuses)}
    row = cursor.execute(SQL_BY_CHANNEL[channel.name].request, values).fetchone()
    assert row is not None  # noqa: S101 - the function returns a row or raises
    return row


def page(
    cursor: Cursor[DictRow],
    channel: Channel,
    channel_campaign_id: UUID,
    *,
    after: cursors.Cursor | None,
    limit: int,
) -> tuple[list[DictRow], str | None]:
    """The exports that the caller may see, newest first, and the cursor of the next page (None on the last)."""
    values = {"channel_campaign_id": channel_campaign_id} | cursors.parameters(after, limit)
    rows = cursor.execute(SQL_BY_CHANNEL[channel.name].page, values).fetchall()
    return cursors.split(rows, limit, at="created_at", key="send_export_id")


def get(
    cursor: Cursor[DictRow], channel: Channel, channel_campaign_id: UUID, send_export_id: UUID
) -> DictRow:
    """One export with its object_key. Raises NotFound."""
    values = {"channel_campaign_id": channel_campaign_id, "send_export_id": send_export_id}
    row = cursor.execute(SQL_BY_CHANNEL[channel.name].get, values).fetchone()
    if row is None:
        raise NotFound("There is no such export.")
    return row


def begin(cursor: Cursor[DictRow], send_export_id: UUID) -> int | None:
    """Count an attempt to write the file; returns which it is. None: it is settled, or another worker has it."""
    row = cursor.execute(SQL.begin, {"send_export_id": send_export_id}).fetchone()
    return None if row is None else row["attempts"]


def put_off(cursor: Cursor[DictRow], send_export_id: UUID, *, delay: timedelta) -> None:
    """Note that a message about the export comes after `delay`."""
    cursor.execute(SQL.put_off, {"send_export_id": send_export_id, "delay": delay})


def take(cursor: Cursor[DictRow], send_export_id: UUID) -> Export | None:
    """The export, locked until the transaction ends; None if it is settled or another worker has it.

    The lock says that somebody is at work, and a worker that dies loses it with its connection.
    """
    cursor.execute(SQL.limit_silence, {"silence": _SILENCE})
    row = cursor.execute(SQL.take, {"send_export_id": send_export_id}).fetchone()
    return Export(**row) if row else None


@contextmanager
def rows(cursor: Cursor[DictRow], export: Export) -> Iterator[ServerCursor[tuple[str | None, ...]]]:
    """A server-side cursor over the rows of an export, all values as text, times in UTC."""
    values: dict[str, Any] = {
        "send_plan_id": export.send_plan_id,
        "channel_campaign_id": export.channel_campaign_id,
        "owner": export.created_by_user_id,
        "statuses": export.statuses,
        "iso": _ISO,
    }
    sql = SQL_BY_CHANNEL[export.channel]
    statement = sql.recipients if export.kind == "recipients" else sql.rejections
    with cursor.connection.cursor(name="export", row_factory=tuple_row) as found:
        found.execute(statement, values)
        yield found


def settle_ready(cursor: Cursor[DictRow], send_export_id: UUID, *, object_key: str, row_count: int) -> None:
    """Mark the export as ready."""
    values = {"send_export_id": send_export_id, "object_key": object_key, "row_count": row_count}
    cursor.execute(SQL.settle_ready, values)


def settle_failed(cursor: Cursor[DictRow], send_export_id: UUID, *, reason: str) -> None:
    """Mark the export as failed."""
    cursor.execute(SQL.settle_failed, {"send_export_id": send_export_id, "reason": reason})
