"""Reconciliation, each minute: ended leases, completion, and work that no queue has a hint about."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp.channels import EMAIL, Channel
from ddp.queries import load_by_channel, value

SQL = load_by_channel(__file__)

# Ids of `plans`, `forecasts` and `exports`; `chunks` are send_plan_id, chunk_no and sender_user_id.
Work = dict[str, list[Any]]

Counts = dict[str, Any]


def note_deaths(cursor: Cursor[DictRow], channel: Channel) -> Counts:
    """Count the workers that died composing. Returns how many plans are suspected."""
    counts: Counts = value(cursor.execute(SQL[channel.name].note_deaths))
    return counts


def set_aside(cursor: Cursor[DictRow], channel: Channel) -> Counts:
    """Fail plans with which workers keep dying. Returns how many."""
    counts: Counts = value(cursor.execute(SQL[channel.name].set_aside))
    return counts


def end_leases(cursor: Cursor[DictRow], channel: Channel) -> Counts:
    """End the calls of workers that died. Returns how many recipients were released, and how many are unknown."""
    counts: Counts = value(cursor.execute(SQL[channel.name].end_leases))
    return counts


def retry_silent(cursor: Cursor[DictRow], channel: Channel) -> Counts:
    """Retry unknown results of plans with that policy. Returns the count `retried`."""
    counts: Counts = value(cursor.execute(SQL[channel.name].retry_silent))
    return counts


def tell_buckets(cursor: Cursor[DictRow], channel: Channel) -> Counts:
    """Let claims look at every sender that has something due, whoever forgot to say so."""
    cursor.execute(SQL[channel.name].tell_buckets)
    return {}


def complete(cursor: Cursor[DictRow], channel: Channel) -> Counts:
    """Clear cancelled plans and complete plans. Returns the count, and the figures that alarms watch."""
    counts: Counts = value(cursor.execute(SQL[channel.name].complete))
    return counts


# What reconciliation does, in this order. Each is a transaction of its own, as a worker's are: together they would lock
# in another order than workers do.
STEPS = (note_deaths, set_aside, end_leases, retry_silent, tell_buckets, complete)


def gauges(cursor: Cursor[DictRow], channel: Channel) -> Counts:
    """What the dashboard shows: recipients `unsettled`, `tokens_left`, and `quota_left` if the provider limits it."""
    counts: Counts = value(cursor.execute(SQL[channel.name].gauges))
    return counts


def book_costs(cursor: Cursor[DictRow], channel: Channel, *, price_per_thousand: Decimal | None) -> int:
    """Book what completed plans cost. `price_per_thousand`: of e-mails; None for SMS, whose prices are on their rows.

    Returns the number of expenses.
    """
    values = {"price_per_thousand": price_per_thousand}
    booked: int = value(cursor.execute(SQL[channel.name].book_costs, values))
    return booked


def pause_unhealthy_senders(cursor: Cursor[DictRow]) -> list[dict[str, str]]:
    """Pause senders with too many bounces or complaints. Returns user_id, pause_code and pause_reason of each."""
    return list(cursor.execute(SQL[EMAIL.name].pause_unhealthy_senders))


def waiting_work(cursor: Cursor[DictRow], channel: Channel, *, limit: int) -> Work:
    """Work that no queue has a hint about; at most `limit` chunks."""
    work: Work = value(cursor.execute(SQL[channel.name].waiting_work, {"limit": limit}))
    return work


def mark_queued(cursor: Cursor[DictRow], channel: Channel, work: Work) -> None:
    """Record that the queues have hints about this work."""
    cursor.execute(SQL[channel.name].mark_queued, {"work": Jsonb(work)})
