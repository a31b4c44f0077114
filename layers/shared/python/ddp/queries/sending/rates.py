"""The rate of a bucket: the provider's quota, throttling, and how long to wait for tokens."""

from __future__ import annotations

from datetime import timedelta

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.channels import Channel
from ddp.queries import load, value

SQL = load(__file__)


def wait(cursor: Cursor[DictRow], channel: Channel) -> float | None:
    """Seconds until a claim may succeed (at most 300); None if nothing is due soon."""
    seconds: float | None = value(cursor.execute(SQL.wait, {"channel": channel.name}))
    return seconds


def slow_down(cursor: Cursor[DictRow], bucket: str) -> None:
    """Halve the bucket's rate for a while, because the provider throttles."""
    cursor.execute(SQL.slow_down, {"bucket": bucket})


def stop(
    cursor: Cursor[DictRow], channel: Channel, *, seconds: float, code: str | None, reason: str | None
) -> None:
    """Send nothing of the channel for a while: the provider takes nothing from the account, and says why."""
    values = {"channel": channel.name, "seconds": seconds, "code": code, "reason": reason}
    cursor.execute(SQL.stop, values)


def quota_is_stale(cursor: Cursor[DictRow], channel: Channel, bucket: str, *, after: timedelta) -> bool:
    """Whether this caller has to ask the provider for its quota now; other callers are told no."""
    values = {"bucket": bucket, "channel": channel.name, "after": after}
    return bool(value(cursor.execute(SQL.quota_is_stale, values)))


def store_quota(cursor: Cursor[DictRow], bucket: str, *, per_second: float, daily_left: float | None) -> None:
    """Store the provider's quota: units per second, and those left for 24 hours (None: no limit)."""
    cursor.execute(SQL.store_quota, {"bucket": bucket, "per_second": per_second, "daily_left": daily_left})
