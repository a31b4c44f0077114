"""Statistics at an operator's request: how fresh they are, a refresh, and deriving them again (`ddp analytics`).

Work stops after the seconds given: the worker that refreshes each minute goes on with it.
"""

from __future__ import annotations

import time

from psycopg.rows import dict_row

from ddp.migrator.connection import Connection, session
from ddp.queries.analytics import refreshing
from functions.maintenance.commands import Answer


def status(url: str) -> Answer:
    """How fresh statistics are, what waits, and the last runs."""
    with session(url) as connection:
        return Answer(lines=_status(connection))


def refresh(url: str, *, seconds: float) -> Answer:
    """Take portions until nothing is left."""
    with session(url) as connection:
        taken = _work(connection, seconds)
        return Answer(lines=(f"{taken:,} changes added.", *_status(connection)))


def recompute(url: str, *, seconds: float) -> Answer:
    """Begin deriving everything from the facts again, and work on it."""
    with session(url) as connection:
        slices = refreshing.start_recompute(connection.cursor(row_factory=dict_row))
        taken = _work(connection, seconds)
        return Answer(lines=(f"{slices} slices, {taken:,} changes counted.", *_status(connection)))


def _work(connection: Connection, seconds: float) -> int:
    """Each statement is a transaction of its own."""
    until, taken = time.monotonic() + seconds, 0
    cursor = connection.cursor(row_factory=dict_row)
    run_id = refreshing.begin(cursor)
    while time.monotonic() < until:
        portion = refreshing.take_portion(cursor, run_id)
        taken += portion.taken or 0
        if portion.is_drained:
            break
        if portion.taken is None:
            time.sleep(1)  # another refresh is at work
    refreshing.end(cursor, run_id)
    return taken


def _status(connection: Connection) -> tuple[str, ...]:
    cursor = connection.cursor(row_factory=dict_row)
    fresh = refreshing.freshness(cursor)
    waiting = refreshing.waiting(cursor)
    return (
        f"as of {fresh.as_of:%Y-%m-%d %H:%M:%S %Z}, {fresh.seconds:.0f} s ago"
        if fresh.as_of
        else "never refreshed",
        f"{waiting.changes:,} changes wait",
        *(
            [f"recomputing: {waiting.slices} of {waiting.all_slices or 'all'} slices are left"]
            if waiting.slices
            else []
        ),
        *(
            f"run of {run.began:%H:%M:%S}: {run.taken:,} changes, {run.result}"
            for run in refreshing.runs(cursor)
        ),
    )
