"""The ledger as the send stage works on it: claim recipients, start calls, record results.

Each function is one statement, in a transaction as service_role that is short and holds no provider call.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow, tuple_row

from ddp.channels import Channel
from ddp.outcomes import Outcome
from ddp.queries import load_by_channel, value
from ddp.queries.arrays import array, uuids

SQL = load_by_channel(__file__)


# Tuples, because a worker makes thousands of them per second: a dataclass takes three times as long.
class Claimed(NamedTuple):
    """A recipient that belongs to this worker until its lease ends. Its fields are the columns of `claim`, in order.

    Recipients with the same `send_call_id` go to the provider in one call. `address_hash` is the keyed hash under which
    suppressions know the address. `bucket` is the rate that the recipient's message is sent at. `hold` says why nobody
    else claims from the sender until this worker frees it (`trial`, `slow`, `alone`: see ddp.claim_email_sends).
    `details` are of the channel: see ddp.sms_details, and have the variant of a plan that tests some; None for e-mail
    without one.
    """

    send_call_id: UUID
    send_plan_id: UUID
    sender_user_id: UUID
    send_id: UUID
    attempt: int
    address: str
    name: str | None
    address_hash: bytes
    bucket: str
    hold: str | None
    details: dict[str, Any] | None
    template_data: dict[str, Any]

    @property
    def variant(self) -> int | None:
        """The variant that the recipient gets: 1 is A. None: the plan tests nothing."""
        return self.details.get("variant") if self.details else None


class Result(NamedTuple):
    """The result of a call for one recipient. `retry_at`, if `outcome` is RETRY: the earliest time; None: at once."""

    send_id: UUID
    attempt: int
    outcome: Outcome
    message_id: str | None = None
    code: str | None = None
    reason: str | None = None
    retry_at: datetime | None = None


def claim(
    cursor: Cursor[DictRow],
    channel: Channel,
    *,
    limit: int,
    lease: timedelta,
    worker: UUID | None = None,
    is_idle: bool = True,
) -> list[Claimed]:
    """Claim up to `limit` due recipients of one chunk, of the sender served least recently. If none, see rates.wait.

    `worker` holds senders whose content asks for it; None: no sender is held. `is_idle`: it has no other recipients
    whose calls have not started.
    """
    values = {"limit": limit, "lease": lease, "worker": worker, "is_idle": is_idle}
    with cursor.connection.cursor(row_factory=tuple_row) as of_tuples:
        of_tuples.execute(SQL[channel.name].claim, values, binary=True)
        claimed = of_tuples.fetchall()
    # One JSON array is read five times as fast as each value by itself.
    details, template_data = (
        json.loads(f"[{','.join([row[place] or 'null' for row in claimed])}]") for place in (-2, -1)
    )
    return [
        Claimed._make((*row[:-2], *of_row))
        for row, *of_row in zip(claimed, details, template_data, strict=True)
    ]


def start_calls(
    cursor: Cursor[DictRow], channel: Channel, calls: Sequence[UUID], *, lease: timedelta
) -> dict[UUID, list[UUID]]:
    """The calls that may be made once this is committed, each with the sends that may go.

    The database has settled the others: they were suppressed, paused or cancelled after the claim, or are in quiet
    hours now. `lease` is longer than a call can take.
    """
    rows = cursor.execute(SQL[channel.name].start_calls, {"calls": list(calls), "lease": lease}, binary=True)
    return {row["send_call_id"]: row["send_ids"] or [] for row in rows}


def renew(cursor: Cursor[DictRow], channel: Channel, calls: Sequence[UUID], *, lease: timedelta) -> None:
    """Renew the leases of calls that have not ended."""
    cursor.execute(SQL[channel.name].renew, {"calls": list(calls), "lease": lease})


def record(
    cursor: Cursor[DictRow], channel: Channel, calls: Sequence[UUID], results: Sequence[Result]
) -> dict[str, int]:
    """Record the results and end the calls. Returns counts: recorded, accepted, fenced, sent_twice."""
    columns = zip(*results, strict=True) if results else [()] * len(Result._fields)
    send_ids, attempts, outcomes, message_ids, codes, reasons, retry_at = columns
    values = {
        "calls": list(calls),
        "send_ids": uuids([send_id.hex for send_id in send_ids]),
        "attempts": array(attempts),
        "outcomes": array(outcomes),
        "message_ids": array(message_ids),
        "codes": array(codes),
        "reasons": array(reasons),
        "retry_at": array(retry_at),
    }
    counts: dict[str, int] = value(cursor.execute(SQL[channel.name].record, values))
    return counts
