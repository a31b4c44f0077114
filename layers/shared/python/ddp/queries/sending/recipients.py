"""Recipients of a plan on their way into the ledger, one batch per transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from heapq import merge
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import chunking
from ddp.channels import Channel
from ddp.chunking import Part, Run
from ddp.queries import load_by_channel, value
from ddp.queries.sending.plans import Plan, Progress

SQL = load_by_channel(__file__)


# What a channel tells recipients apart by: of an e-mail, the time zone as given.
Kind = Hashable

# Address → keyed hash, name, kind, template_data as JSON. "" means none.
Recipients = dict[str, tuple[bytes, str, Kind, str]]


Runs = dict[Kind, Run]


# Maximum number of kinds to remember. There are about 600 time zones, but a file may hold a million wrong ones.
_REMEMBERED = 2_000


@dataclass(slots=True, kw_only=True)
class Batch:
    """What one transaction takes from a source of recipients.

    `records_read` includes the records of earlier batches. `rejections` are (line, code, reason, value). `lines` are
    those of the recipients, by address.
    `after_user_id` is the last user that was read from a target audience, or the last message of an earlier send.
    """

    batch_no: int
    records_read: int
    after_user_id: UUID | None = None
    recipients: Recipients = field(default_factory=dict)
    duplicates: int = 0
    rejections: list[tuple[int, str, str, str]] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def reject(self, address: str, code: str, reason: str) -> None:
        """Make a recipient a rejection."""
        del self.recipients[address]
        self.rejections.append((self.lines[address], code, reason, address))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The counts of a batch."""

    planned: int
    suppressed: int
    duplicates: int
    rejected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A user of the platform who belongs to a target audience, or a recipient of an earlier send.

    `member_id` is the user's id, or that of the earlier message. `data` is the JSON text of template_data.
    """

    member_id: UUID
    address: str
    name: str
    time_zone: str
    country: str = ""
    data: str = "{}"


def unknown_kinds(batch: Batch, known: Runs) -> set[Kind]:
    """The kinds of the batch's recipients whose runs are not known yet. Forgets the others if there are too many."""
    if len(known) > _REMEMBERED:
        known.clear()
    return {kind for _, _, kind, _ in batch.recipients.values()} - known.keys()


def add_batch(cursor: Cursor[DictRow], plan: Plan, batch: Batch, progress: Progress, known: Runs) -> Counts:
    """Insert a batch into the ledger, and record the progress. `known` has the runs of all its recipients' kinds."""
    rejections = list(zip(*batch.rejections, strict=True)) or [(), (), (), ()]
    values = {
        "send_plan_id": plan.send_plan_id,
        "channel_campaign_id": plan.channel_campaign_id,
        "owner": plan.created_by_user_id,
        "chunk_size": chunking.chunk_size_of(plan.spread_over),
        "batch_no": batch.batch_no,
        "records_read": batch.records_read,
        "after_user_id": batch.after_user_id,
        "given": len(batch.recipients),
        "duplicates": batch.duplicates,
        "rest_waits": progress.rest_waits,
        **dict(zip(("lines", "codes", "reasons", "values"), map(list, rejections), strict=True)),
        **_columns(batch.recipients, known, progress.last_chunk_no, plan.spread_over),
    }
    row = cursor.execute(SQL[plan.channel.name].add_batch, values).fetchone()
    assert row is not None  # noqa: S101 - an insert of one row returns it
    return Counts(**row)


def _columns(
    recipients: Recipients, known: Runs, last_chunk_no: int, spread_over: timedelta | None
) -> dict[str, Any]:
    """The recipients and their runs as arrays, ordered by lane and time.

    So a chunk's recipients have one bucket and one variant, and become due together. Within a run recipients are
    ordered by address, as the ledger's index is.
    """
    by_kind: dict[Kind, list[str]] = defaultdict(list)
    for address in sorted(recipients):
        by_kind[recipients[address][2]].append(address)
    by_run: dict[Run, list[list[str]]] = defaultdict(list)
    for kind, addresses in by_kind.items():
        by_run[known[kind]].append(addresses)
    runs = sorted(by_run, key=lambda run: (*run.lane, run.not_before))
    ordered = [address for run in runs for address in merge(*by_run[run])]
    rows = [recipients[address] for address in ordered]
    first_places = chunking.first_places([sum(map(len, by_run[run])) for run in runs])
    lanes, last_chunk_no = chunking.lanes_of(
        runs, first_places, len(ordered), last_chunk_no, chunking.chunk_size_of(spread_over)
    )
    parts = [Part(run, place, runs[run - 1].not_before) for run, place in enumerate(first_places, 1)]
    if spread_over is not None:
        parts = list(chunking.spread(parts, [lanes[run.lane] for run in runs], len(ordered), spread_over))
    return {
        "addresses": ordered,
        "hashes": [row[0] for row in rows],
        "names": [row[1] for row in rows],
        "data": [row[3] for row in rows],
        "first_places": [part.first_place for part in parts],
        "part_runs": [part.run for part in parts],
        "part_not_before": [part.not_before for part in parts],
        "lane_places": [lanes[run.lane].first_place for run in runs],
        "lane_chunks": [lanes[run.lane].first_chunk for run in runs],
        "lane_steps": [lanes[run.lane].step for run in runs],
        "last_chunk_no": last_chunk_no,
        **{f"run_{name}": [getattr(run, name) for run in runs] for name in Run._fields},
    }


def audience(cursor: Cursor[DictRow], plan: Plan, *, after: UUID | None, limit: int) -> Sequence[Member]:
    """The next users of the plan's target audience, or of that which its earlier send went to, by id."""
    users = plan.audience.get("users") or plan.audience
    values = {
        "after_user_id": after,
        "by_admin": plan.by_admin,
        "campaign_id": users.get("campaign_id") or plan.campaign_id,
        "owner": plan.created_by_user_id,
        "criteria": Jsonb(users.get("criteria") or {}),
        "limit": limit,
    }
    rows: Iterable[DictRow] = cursor.execute(SQL[plan.channel.name].audience, values)
    return [Member(**row) for row in rows]


def earlier(
    cursor: Cursor[DictRow], plan: Plan, *, after: UUID | None, limit: int, characters: int
) -> Sequence[Member]:
    """The next recipients of the plan's earlier send who belong to its group, by address: at least one, if any is left.

    At most `limit`, and about so many `characters` of template_data.
    """
    values = _group(plan) | {"after": after, "limit": limit, "characters": characters}
    rows: Iterable[DictRow] = cursor.execute(SQL[plan.channel.name].earlier, values)
    return [Member(**row) for row in rows]


def in_group(cursor: Cursor[DictRow], plan: Plan, addresses: Sequence[str]) -> set[str]:
    """Those of these (normalised) addresses that belong to the group of the plan's earlier send."""
    values = _group(plan) | {"addresses": list(addresses)}
    return {row["address"] for row in cursor.execute(SQL[plan.channel.name].in_group, values)}


def earlier_is_gone(cursor: Cursor[DictRow], plan: Plan) -> bool:
    """Whether the recipients of the plan's earlier send have no addresses any more, or lose them now."""
    gone: bool = value(cursor.execute(SQL[plan.channel.name].earlier_is_gone, _group(plan)))
    return gone


def _group(plan: Plan) -> dict[str, Any]:
    return {
        "earlier_id": plan.audience["id"],
        "earlier_plan_id": plan.audience["send_plan_id"],
        "owner": plan.created_by_user_id,
        "who": plan.audience["who"],
    }


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
