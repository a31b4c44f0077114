"""Calls that publish something and cannot be taken back, what came of them, and reads of those that ended unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import found as found_row
from ddp.queries import load
from ddp.queries.social.steps import Quota, as_json

SQL = load(__file__)

GO = "go"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call to be made. `price`: US dollars."""

    post_id: UUID
    price: Decimal = Decimal(0)
    quotas: Sequence[Quota] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a call may be made.

    `verdict`: go, with its `call_id`; else lease-ended, not-ready, account-not-active, not-due, missed,
    blackout, not-approved, budget, quota.
    """

    post_id: UUID
    call_id: UUID | None
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult:
    """What came of a call.

    `outcome`: published (`external_id`, `permalink`, `published_at`), failed (refused for good: `code`, `reason`),
    not_accepted (certainly not accepted: tried again `after` seconds), accepted (the platform publishes it in its own
    time, and is asked `after` seconds) or unknown (`code`, `reason`).
    """

    call_id: UUID
    outcome: str
    external_id: str | None = None
    permalink: str | None = None
    published_at: datetime | None = None
    code: str | None = None
    reason: str | None = None
    after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a read of an unconfirmed part found.

    `outcome`: published (`external_id`, `permalink`, `published_at`), absent (proof by id that it is not there; with
    `is_retried` it is ready again, else failed with `code` and `reason`), unsure (nothing that proves anything: asked
    again later) or unaskable (what it is asked with is lost: an accepted post is unconfirmed at once).
    """

    post_id: UUID
    outcome: str
    part_no: int = 0
    external_id: str | None = None
    permalink: str | None = None
    published_at: datetime | None = None
    code: str | None = None
    reason: str | None = None
    is_retried: bool = False


def start(
    cursor: Cursor[DictRow], calls: Sequence[Call], *, worker: UUID, lease: timedelta, part_no: int = 0
) -> list[Verdict]:
    """Start the one call of each post. Commit, then call for those that may go, and for no other."""
    values = {"calls": as_json(calls), "part_no": part_no, "worker": worker, "lease": lease}
    return [Verdict(**row) for row in cursor.execute(SQL.start, values)]


def record(cursor: Cursor[DictRow], results: Sequence[CallResult]) -> Mapping[UUID, str]:
    """Record what came of calls. Returns the status of each post: after a lease was ended only `published` counts."""
    rows = cursor.execute(SQL.record, {"results": as_json(results)})
    return {row["post_id"]: row["status"] for row in rows}


def found(cursor: Cursor[DictRow], results: Sequence[Found], *, worker: UUID) -> Mapping[UUID, str]:
    """Record what reads of unconfirmed posts found. Returns the status of each post."""
    rows = cursor.execute(SQL.found, {"worker": worker, "results": as_json(results)})
    return {row["post_id"]: row["status"] for row in rows}


def budget(cursor: Cursor[DictRow], post_id: UUID) -> DictRow:
    """`month`, `monthly_budget` (None: none is set) and `left` (US dollars) of whoever pays for the post.

    `is_seen_by_others`: whether others than the payer see why the post failed.
    """
    return found_row(cursor.execute(SQL.budget, {"post_id": post_id}), "post")


def full(cursor: Cursor[DictRow], quotas: Sequence[Quota]) -> Quota | None:
    """The one of these quotas that is used up, and is so for longest; None: none is by now."""
    row = cursor.execute(SQL.full, {"quotas": as_json(quotas)}).fetchone()
    return quotas[row["place"] - 1] if row else None
