"""What is done each minute about e-mail: leases that ended, what is complete, and work that nobody was told of."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp.queries import load

SQL = load(__file__)


def reconcile(cursor: Cursor[DictRow], *, price_per_thousand: Decimal) -> dict[str, Any]:
    """End leases, retry by policy, derive completion; counts, and what alarms look at."""
    counts: dict[str, Any] = _value(
        cursor.execute(SQL.reconcile, {"price_per_thousand": price_per_thousand}), "counts"
    )
    return counts


def pause_unhealthy_senders(cursor: Cursor[DictRow]) -> list[dict[str, str]]:
    """Pause senders whose bounces or complaints are over the thresholds; user_id, pause_code, pause_reason of each."""
    return list(cursor.execute(SQL.pause_unhealthy_senders))


def waiting_work(cursor: Cursor[DictRow], *, limit: int) -> dict[str, list[Any]]:
    """Ids of plans, chunks (at most `limit`), test sends and exports of which no queue has a message."""
    work: dict[str, list[Any]] = _value(cursor.execute(SQL.waiting_work, {"limit": limit}), "work")
    return work


def mark_queued(cursor: Cursor[DictRow], work: dict[str, list[Any]]) -> None:
    """The queues have taken messages about this work."""
    cursor.execute(SQL.mark_queued, {"work": Jsonb(work)})


def _value(cursor: Cursor[DictRow], name: str) -> Any:
    row = cursor.fetchone()
    assert row is not None  # noqa: S101 - a function call always returns its row
    return row[name]
