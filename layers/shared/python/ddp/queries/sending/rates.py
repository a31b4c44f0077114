"""The rate of a bucket: the provider's quota, throttling, and how long to wait for tokens."""

from __future__ import annotations

from datetime import timedelta

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load, value

SQL = load(__file__)


def wait(cursor: Cursor[DictRow], bucket: str) -> float | None:
    """Seconds until a claim may succeed (at most 300); None if nothing is due soon."""
    seconds: float | None = value(cursor.execute(SQL.wait, {"bucket": bucket}))
    return seconds


def slow_down(cursor: Cursor[DictRow], bucket: str) -> None:
    """Halve the bucket's rate for a while, because the provider throttles."""
    cursor.execute(SQL.slow_down, {"bucket": bucket})


def quota_is_stale(cursor: Cursor[DictRow], bucket: str, *, after: timedelta) -> bool:
    """Whether this caller has to ask the provider for its quota now; other callers are told no."""
    return bool(value(cursor.execute(SQL.quota_is_stale, {"bucket": bucket, "after": after})))


def store_quota(cursor: Cursor[DictRow], bucket: str, *, per_second: float, daily_left: float | None) -> None:
    """Store the provider's quota: recipients per second, and those left for 24 hours (None: no limit)."""
    cursor.execute(SQL.store_quota, {"bucket": bucket, "per_second": per_second, "daily_left": daily_left})
