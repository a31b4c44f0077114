"""Recipients of a plan on their way into the ledger, one batch per transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate, chain
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp.channels import Channel
from ddp.queries import load_by_channel, value
from ddp.queries.sending.plans import Plan, Progress

SQL = load_by_channel(__file__)

CHUNK_SIZE = 500

# Address → keyed hash, name, time zone as given, template_data as JSON. "" means none.
Recipients = dict[str, tuple[bytes, str, str, str]]

# Time zone as given → the zone, if one of that name exists, and the earliest time to send.
Times = dict[str, tuple[str | None, datetime]]

# Maximum number of zones to remember. There are about 600 real ones, but a file may hold a million wrong ones.
_REMEMBERED = 2_000


@dataclass(slots=True, kw_only=True)
class Batch:
    """What one transaction takes from a source of recipients.

    `records_read` includes the records of earlier batches. `rejections` are (line, code, reason, value).
    `after_user_id` is the last user that was read from a target audience.
    """

    batch_no: int
    records_read: int
    after_user_id: UUID | None = None
    recipients: Recipients = field(default_factory=dict)
    duplicates: int = 0
    rejections: list[tuple[int, str, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The counts of a batch."""

    planned: int
    suppressed: int
    duplicates: int
    rejected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A user of the platform who belongs to a target audience."""

    user_id: UUID
    address: str
    name: str
    time_zone: str


def add_batch(cursor: Cursor[DictRow], plan: Plan, batch: Batch, progress: Progress, known: Times) -> Counts:
    """Insert a batch into the ledger, and record the progress. Adds the times of new zones to `known`."""
    _learn_times(cursor, plan, {zone for _, _, zone, _ in batch.recipients.values()}, known)
    rejections = list(zip(*batch.rejections, strict=True)) or [(), (), (), ()]
    values = {
        "send_plan_id": plan.send_plan_id,
        "channel_campaign_id": plan.channel_campaign_id,
        "owner": plan.created_by_user_id,
        "chunk_size": CHUNK_SIZE,
        "last_chunk_no": progress.last_chunk_no,
        "batch_no": batch.batch_no,
        "records_read": batch.records_read,
        "after_user_id": batch.after_user_id,
        "given": len(batch.recipients),
        "duplicates": batch.duplicates,
        **dict(zip(("lines", "codes", "reasons", "values"), map(list, rejections), strict=True)),
        **_columns(batch.recipients, known),
    }
    row = cursor.execute(SQL[plan.channel.name].add_batch, values).fetchone()
    assert row is not None  # noqa: S101 - an insert of one row returns it
    return Counts(**row)


def _learn_times(cursor: Cursor[DictRow], plan: Plan, zones: set[str], known: Times) -> None:
    """Times depend on the zone alone, so ask once per zone, not once per recipient."""
    if len(known) > _REMEMBERED:
        known.clear()
    if unknown := zones - known.keys():
        rows = cursor.execute(
            SQL[plan.channel.name].times, {"send_plan_id": plan.send_plan_id, "zones": list(unknown)}
        )
        known.update({row["zone"]: (row["known"], row["not_before"]) for row in rows})


def _columns(recipients: Recipients, known: Times) -> dict[str, Any]:
    """The recipients as arrays, ordered by time, so that a chunk's recipients become due together.

    Recipients with the same time are ordered by address, as the ledger's index is.
    """
    by_time: dict[tuple[str | None, datetime], list[str]] = defaultdict(list)
    for address in sorted(recipients):
        by_time[known[recipients[address][2]]].append(address)
    times = sorted(by_time, key=lambda time: time[1])
    ordered = list(chain.from_iterable(by_time[time] for time in times))
    rows = [recipients[address] for address in ordered]
    return {
        "addresses": ordered,
        "hashes": [row[0] for row in rows],
        "names": [row[1] for row in rows],
        "data": [row[3] for row in rows],
        "zones": [time[0] for time in times],
        "times": [time[1] for time in times],
        "first_places": [1 + n for n in accumulate((len(by_time[time]) for time in times), initial=0)][:-1],
    }


def audience(cursor: Cursor[DictRow], plan: Plan, *, after: UUID | None, limit: int) -> Sequence[Member]:
    """The next users of the plan's target audience, by id."""
    values = {
        "after_user_id": after,
        "by_admin": plan.by_admin,
        "campaign_id": plan.campaign_id,
        "owner": plan.created_by_user_id,
        "criteria": Jsonb(plan.audience.get("criteria") or {}),
        "limit": limit,
    }
    rows: Iterable[DictRow] = cursor.execute(SQL[plan.channel.name].audience, values)
    return [Member(**row) for row in rows]


def store_total(cursor: Cursor[DictRow], plan: Plan, recipients: int) -> None:
    """Show the number of planned recipients on the plan's e-mail or SMS campaign."""
    values = {"channel_campaign_id": plan.channel_campaign_id, "recipients": recipients}
    cursor.execute(SQL[plan.channel.name].store_total, values)


def clear_pending(cursor: Cursor[DictRow], plan: Plan) -> None:
    """Cancel the pending recipients of a plan that was cancelled or has failed."""
    cursor.execute(SQL[plan.channel.name].clear_pending, {"send_plan_id": plan.send_plan_id})


def complete(cursor: Cursor[DictRow], channel: Channel, send_plan_ids: Sequence[UUID]) -> int:
    """Mark those of these plans as complete whose recipients are all settled. Returns how many.

    Call it in a transaction of its own, after the results are committed: of two workers that settle the last recipients
    at the same time, the later one sees both.
    """
    completed: int = value(cursor.execute(SQL[channel.name].complete, {"send_plan_ids": list(send_plan_ids)}))
    return completed
