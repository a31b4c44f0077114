"""The ledger as the send stage works on it: claim recipients, start calls, record results.

Each function is one statement, in a transaction as service_role that is short and holds no provider call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.channels import Channel
from ddp.outcomes import Outcome
from ddp.queries import load_by_channel, value

SQL = load_by_channel(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A recipient that belongs to this worker until its lease ends.

    Recipients with the same `send_call_id` go to the provider in one call. `address_hash` is the keyed hash under which
    suppressions know the address. `bucket` is the rate that the recipient's message is sent at.
    """

    send_call_id: UUID
    send_plan_id: UUID
    sender_user_id: UUID
    send_id: UUID
    attempt: int
    address: str
    name: str | None
    address_hash: bytes
    template_data: dict[str, Any]
    bucket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of a call for one recipient. `retry_at`, if `outcome` is RETRY: the earliest time; None: at once."""

    send_id: UUID
    attempt: int
    outcome: Outcome
    message_id: str | None = None
    code: str | None = None
    reason: str | None = None
    retry_at: datetime | None = None


def claim(cursor: Cursor[DictRow], channel: Channel, *, limit: int, lease: timedelta) -> list[Claimed]:
    """Claim up to `limit` due recipients of one chunk, of the sender served least recently. If none, see rates.wait."""
    rows = cursor.execute(SQL[channel.name].claim, {"limit": limit, "lease": lease})
    return [Claimed(**row) for row in rows]


def start_calls(
    cursor: Cursor[DictRow], channel: Channel, calls: Sequence[UUID], *, lease: timedelta
) -> dict[UUID, frozenset[UUID]]:
    """The calls that may be made once this is committed, each with the sends that may go.

    The database has settled the others: they were suppressed, paused or cancelled after the claim, or are in quiet
    hours now. `lease` is longer than a call can take.
    """
    rows = cursor.execute(SQL[channel.name].start_calls, {"calls": list(calls), "lease": lease})
    return {row["send_call_id"]: frozenset(row["send_ids"] or ()) for row in rows}


def record(
    cursor: Cursor[DictRow], channel: Channel, calls: Sequence[UUID], results: Sequence[Result]
) -> dict[str, int]:
    """Record the results and end the calls. Returns counts: recorded, accepted, fenced, sent_twice."""
    values = {
        "calls": list(calls),
        "send_ids": [result.send_id for result in results],
        "attempts": [result.attempt for result in results],
        "outcomes": [result.outcome.value for result in results],
        "message_ids": [result.message_id for result in results],
        "codes": [result.code for result in results],
        "reasons": [result.reason for result in results],
        "retry_at": [result.retry_at for result in results],
    }
    counts: dict[str, int] = value(cursor.execute(SQL[channel.name].record, values))
    return counts
