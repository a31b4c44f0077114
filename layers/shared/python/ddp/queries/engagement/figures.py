"""What people see of the numbers of posts: histories, days, top posts, best times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import found, load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Of which kinds, and from when until before when."""

    metrics: Sequence[str]
    since: datetime
    until: datetime


def post(cursor: Cursor[DictRow], post_id: UUID) -> DictRow:
    """A post that the caller sees. Raises NotFound."""
    return found(cursor.execute(SQL.post, {"post_id": post_id}), "post")


def account(cursor: Cursor[DictRow], account_id: UUID) -> DictRow:
    """An account that the caller sees: account_id, time_zone. Raises NotFound."""
    return found(cursor.execute(SQL.account, {"account_id": account_id}), "account")


def polls(cursor: Cursor[DictRow], post_id: UUID) -> list[DictRow]:
    """When the post was and will be read, by kind of reading."""
    return cursor.execute(SQL.polls, {"post_id": post_id}).fetchall()


def history(
    cursor: Cursor[DictRow], post_id: UUID, asked: Asked, *, interval: str, limit: int
) -> list[DictRow]:
    """The last count of each kind in each interval (reading, hour or day): at, metric, count."""
    values = {
        "post_id": post_id,
        "metrics": list(asked.metrics),
        "since": asked.since,
        "until": asked.until,
        "interval": interval,
        "unit": "day" if interval == "reading" else interval,
        "limit": limit,
    }
    return cursor.execute(SQL.history, values).fetchall()


def days(
    cursor: Cursor[DictRow], account_id: UUID, metrics: Sequence[str], *, since: date, until: date
) -> list[DictRow]:
    """What the account's posts gained on each UTC day: day, metric, gained."""
    values = {"account_id": account_id, "metrics": list(metrics), "since": since, "until": until}
    return cursor.execute(SQL.days, values).fetchall()


def top(
    cursor: Cursor[DictRow], account_id: UUID, *, since: datetime, until: datetime, limit: int
) -> list[DictRow]:
    """The posts with the most engagement, of those published in a time."""
    values = {"account_id": account_id, "since": since, "until": until, "limit": limit}
    return cursor.execute(SQL.top, values).fetchall()


def best_times(cursor: Cursor[DictRow], account_id: UUID, *, time_zone: str) -> list[DictRow]:
    """Hours of the week, the best first: weekday (1 is Monday), hour, posts, relative (1 is the median).

    Each has all_posts, those that were compared, and unread_posts, those that could not be. There is always one row.
    """
    return cursor.execute(SQL.best_times, {"account_id": account_id, "time_zone": time_zone}).fetchall()


def measure(cursor: Cursor[DictRow], post_id: UUID) -> None:
    """Let an own post be read now. Raises NotFound, Conflict, TooManyRequests."""
    cursor.execute(SQL.measure, {"post_id": post_id})


def deletion(cursor: Cursor[DictRow], code: str) -> DictRow:
    """What became of a request to forget a person: requested_at, done_at. Raises NotFound."""
    return found(cursor.execute(SQL.deletion, {"code": code}), "request")


def set_read_budget(cursor: Cursor[DictRow], user_id: UUID, monthly_budget: Decimal | None) -> None:
    """Set how many US dollars reading the user's posts may cost in a month (UTC). For administrators."""
    cursor.execute(SQL.set_read_budget, {"user_id": user_id, "monthly_budget": monthly_budget})
