"""Readings of published posts: claimed, paid, recorded and ended."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load, value

SQL = load(__file__)

# How far ahead of its time a reading may be made, so that calls read many posts at once.
WITHIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A reading that a worker has claimed: of which post, and with which account (its token is ciphertext).

    `kind`: counters or insights. `paid_on`: the UTC day that is paid.
    """

    post_id: UUID
    kind: str
    paid_on: date | None
    account_id: UUID
    user_id: UUID
    platform: str
    external_account_id: str | None
    account_kind: str | None
    account_handle: str
    scopes: Sequence[str]
    access_token_encrypted: str | None
    external_post_id: str
    post_type: str
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What came of a reading.

    `outcome`: measured; skipped (passed over, with a `reason`); failed (not this time, with a `reason`); gone (the
    platform says that there is no such post). `next_at`: None: no more.
    """

    post_id: UUID
    kind: str
    outcome: str
    next_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What one call read: by post, then by engagement type. `read_at`: before the call."""

    kind: str
    read_at: datetime
    by_post: Mapping[UUID, Mapping[str, int]]


def claim(cursor: Cursor[DictRow], *, limit: int, worker: UUID, lease: timedelta) -> list[Poll]:
    """Claim readings that are due."""
    values = {"limit": limit, "worker": worker, "lease": lease, "within": WITHIN}
    return [Poll(**row) for row in cursor.execute(SQL.claim, values)]


def end(
    cursor: Cursor[DictRow], results: Sequence[PollResult], *, counts: Sequence[Counts], worker: UUID
) -> int:
    """End readings that the worker still has, and record their counts where they changed. Returns how many ended."""
    measurements = [
        {
            "post_id": post_id,
            "kind": read.kind,
            "engagement_type": engagement_type,
            "engagement_count": count,
            "recorded_at": read.read_at,
        }
        for read in counts
        for post_id, by_type in read.by_post.items()
        for engagement_type, count in by_type.items()
    ]
    values = {
        "worker": worker,
        "results": json.dumps([asdict(result) for result in results], default=str),
        "measurements": json.dumps(measurements, default=str),
    }
    ended: int = value(cursor.execute(SQL.end, values))
    return ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """The id by which a platform knows a post from now on, and the one that it had."""

    post_id: UUID
    publish_id: str
    external_id: str


def name(cursor: Cursor[DictRow], names: Sequence[Name]) -> None:
    """Give posts their ids; they are read by them soon."""
    cursor.execute(SQL.name, {"names": json.dumps([asdict(one) for one in names], default=str)})


def retire(cursor: Cursor[DictRow], platform: str, metrics: Mapping[str, str]) -> list[str]:
    """Switch metrics off that the platform no longer knows. Returns those that were on."""
    values = {"platform": platform, "metrics": json.dumps(metrics)}
    return [row["metric"] for row in cursor.execute(SQL.retire, values)]


def retired(cursor: Cursor[DictRow]) -> Mapping[str, set[str]]:
    """The metrics that are switched off, by platform."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in cursor.execute(SQL.retired):
        found[row["platform"]].add(row["metric"])
    return found


def wait(cursor: Cursor[DictRow], platform: str, until: datetime) -> None:
    """Note that the application's quota of a platform is used up until then."""
    cursor.execute(SQL.wait, {"platform": platform, "until": until})


def waiting(cursor: Cursor[DictRow]) -> dict[str, datetime]:
    """The platforms that are not asked for numbers now, and until when."""
    return {row["platform"]: row["until"] for row in cursor.execute(SQL.waiting)}


def pay(
    cursor: Cursor[DictRow], user_id: UUID, kind: str, post_ids: Sequence[UUID], *, price: Decimal
) -> set[UUID]:
    """Charge the user's budget for reading these posts today. Returns those that may be read."""
    values = {"user_id": user_id, "kind": kind, "post_ids": list(post_ids), "price": price}
    return set(value(cursor.execute(SQL.pay, values)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Posts that a worker has claimed, paid on `day`, and certainly not read."""

    user_id: UUID
    worker: UUID
    kind: str
    post_ids: list[UUID]
    price: Decimal
    day: date


def refund(cursor: Cursor[DictRow], unread: Unread) -> None:
    """Give back what was paid for them."""
    cursor.execute(SQL.refund, asdict(unread))


def figures(cursor: Cursor[DictRow]) -> dict[str, Any]:
    """What alarms watch: see ddp.engagement_figures()."""
    found: dict[str, Any] = value(cursor.execute(SQL.figures))
    return found
