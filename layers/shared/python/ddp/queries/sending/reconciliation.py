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

# Ids of `plans` and `exports`; `chunks` are send_plan_id, chunk_no and sender_user_id.
Work = dict[str, list[Any]]


def reconcile(cursor: Cursor[DictRow], channel: Channel) -> dict[str, Any]:
    """End leases, retry by policy, complete plans. Returns counts and the figures that alarms watch."""
    counts: dict[str, Any] = value(cursor.execute(SQL[channel.name].reconcile))
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
