"""The ledger of e-mail as the sender works on it: claim, start calls, record what they came to.

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

from ddp.outcomes import Outcome
from ddp.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """One message that is this worker's until its lease ends. Those of one `send_call_id` go in one provider call."""

    send_call_id: UUID
    send_plan_id: UUID
    email_campaign_id: UUID
    sender_user_id: UUID
    chunk_no: int
    email_send_id: UUID
    attempt: int
    recipient_email: str
    recipient_name: str | None
    recipient_hash: bytes
    template_data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one message. `retry_at` (of RETRY): not before then; None: at once."""

    email_send_id: UUID
    attempt: int
    outcome: Outcome
    message_id: str | None = None
    code: str | None = None
    reason: str | None = None
    retry_at: datetime | None = None


def claim(cursor: Cursor[DictRow], bucket: str, *, limit: int, lease: timedelta) -> list[Claimed]:
    """Up to `limit` due messages of one chunk, of the sender served least recently; none: see `wait`."""
    rows = cursor.execute(SQL.claim, {"bucket": bucket, "limit": limit, "lease": lease})
    return [Claimed(**row) for row in rows]


def wait(cursor: Cursor[DictRow], bucket: str) -> float | None:
    """Seconds until there may be something to claim (at most 300); None: nothing is due soon."""
    row = cursor.execute(SQL.wait, {"bucket": bucket}).fetchone()
    return None if row is None else row["seconds"]


def start_calls(cursor: Cursor[DictRow], calls: Sequence[UUID], *, lease: timedelta) -> set[UUID]:
    """The calls that may be made once this is committed; `lease` is longer than a call can take."""
    rows = cursor.execute(SQL.start_calls, {"calls": list(calls), "lease": lease})
    return {row["send_call_id"] for row in rows}


def record(cursor: Cursor[DictRow], calls: Sequence[UUID], results: Sequence[Result]) -> dict[str, int]:
    """Record what calls came to, and end them; counts of recorded, accepted, fenced and sent_twice."""
    values = {
        "calls": list(calls),
        "send_ids": [r.email_send_id for r in results],
        "attempts": [r.attempt for r in results],
        "outcomes": [r.outcome.value for r in results],
        "message_ids": [r.message_id for r in results],
        "codes": [r.code for r in results],
        "reasons": [r.reason for r in results],
        "retry_at": [r.retry_at for r in results],
    }
    row = cursor.execute(SQL.record, values).fetchone()
    assert row is not None  # noqa: S101 - a function call always returns its row
    counts: dict[str, int] = row["counts"]
    return counts


def throttled(cursor: Cursor[DictRow], bucket: str) -> None:
    """The provider throttles: slow down."""
    cursor.execute(SQL.throttled, {"bucket": bucket})


def quota_is_stale(cursor: Cursor[DictRow], bucket: str, *, after: timedelta) -> bool:
    """Whether this caller, and no other, is to ask the provider for its quota now."""
    row = cursor.execute(SQL.quota_is_stale, {"bucket": bucket, "after": after}).fetchone()
    assert row is not None  # noqa: S101 - a function call always returns its row
    return bool(row["is_stale"])


def store_quota(cursor: Cursor[DictRow], bucket: str, *, per_second: float, daily_left: float | None) -> None:
    """What the provider allows a second, and what its 24-hour quota leaves (None: no limit)."""
    cursor.execute(SQL.store_quota, {"bucket": bucket, "per_second": per_second, "daily_left": daily_left})
