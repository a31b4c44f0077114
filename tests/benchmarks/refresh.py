"""Refreshing analytics: a whole fresh seed, then a thousand changes, then recomputing everything."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import psycopg

from ddp.queries import load
from tests.benchmarks.measure import Row, alternate, percentile
from tests.benchmarks.seeded import seeded

FILE_ACTIONS = int(os.environ.get("DDP_BENCH_FILE_ACTIONS", "1_000_000"))
CHANGES, ROUNDS = 1_000, 10
MOST_SECONDS = {"first": 60.0, "changes": 1.0}  # on two cores without other load
SQL = load(__file__)


def rows() -> Iterator[Row]:
    """Seconds of a refresh; the floor of a small one is inserting its facts."""
    reported: dict[str, tuple[int, float]] = {}
    with (
        seeded(
            FILE_ACTIONS, lambda table, rows, seconds: reported.update({table: (rows, seconds)})
        ) as database,
        database.connect() as connection,
    ):
        changes, seconds = reported["changes in analytics"]
        yield Row(
            what=f"first refresh of {FILE_ACTIONS:,} actions: {changes / seconds:,.0f} changes/s"
            + _judgement(seconds, "first"),
            measured=seconds,
            wrong=seconds > MOST_SECONDS["first"],
        )
        yield _changes(connection)
        started = time.perf_counter()
        connection.execute(SQL.recompute)
        yield Row(
            what=f"recompute everything, {FILE_ACTIONS:,} actions included",
            measured=time.perf_counter() - started,
        )


def _changes(connection: psycopg.Connection[Any]) -> Row:
    act, refresh = alternate(
        [
            lambda: connection.execute(SQL.actions, {"rows": CHANGES}),
            lambda: connection.execute(SQL.refresh),
        ],
        rounds=ROUNDS,
    )
    seconds = percentile(refresh, 50)
    return Row(
        what=f"refresh after {CHANGES:,} actions among {FILE_ACTIONS:,}; floor: inserting them"
        + _judgement(seconds, "changes"),
        measured=seconds,
        floor=percentile(act, 50),
        wrong=seconds > MOST_SECONDS["changes"],
    )


def _judgement(seconds: float, what: str) -> str:
    return f", OVER {MOST_SECONDS[what]:.0f} S" if seconds > MOST_SECONDS[what] else ""
