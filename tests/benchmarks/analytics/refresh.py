"""Refreshing analytics after few and many changes, against recomputing everything; and who waits beside it.

Refreshes are measured in the processor time of their server process, so that a busy machine changes no ratio.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import psycopg

from ddp.queries import load
from tests.benchmarks.beside import apart, beside, compared
from tests.benchmarks.measure import Row, processor_seconds
from tests.benchmarks.seeded import seeded
from tests.database.servers import Database

FILE_ACTIONS = int(os.environ.get("DDP_BENCH_FILE_ACTIONS", "1_000_000"))
ASSETS, RETAILERS = FILE_ACTIONS // 5, FILE_ACTIONS // 50
ROUNDS = 5
PORTION = 60.0  # seconds that a portion may take
QUIET_SECONDS = 15.0
SQL = load(__file__)
STATEMENTS = {"read": SQL.read, "write": SQL.write}
VALUES = {"rows": ASSETS, "assets": ASSETS, "retailers": RETAILERS}


def rows() -> Iterator[Row]:
    """Processor seconds of refreshing what changed; the floor is what it is compared with."""
    reported: dict[str, tuple[int, float]] = {}
    with (
        seeded(
            FILE_ACTIONS, lambda table, rows, seconds: reported.update({table: (rows, seconds)})
        ) as database,
        database.connect() as connection,
    ):
        changes, seconds = reported["changes in analytics"]
        yield Row(
            what=f"first refresh of {FILE_ACTIONS:,} actions, on the clock: {changes / seconds:,.0f} changes/s",
            measured=seconds,
        )
        few = _one_download(connection)
        yield from _grow(database, connection)
        many = _one_download(connection)
        yield Row(what=f"one download, {ASSETS:,} assets; floor: 700", measured=many, floor=few, target=1.5)
        yield from _changes(connection)


def _changes(connection: psycopg.Connection[Any]) -> Iterator[Row]:
    """Refreshes after a thousandth and a hundredth, and recomputing everything."""
    thousandth = _after(connection, FILE_ACTIONS // 1000)
    hundredth = _after(connection, FILE_ACTIONS // 100)
    connection.execute(SQL.recompute)
    slices = _portions(connection)
    whole = sum(portion.processor for portion in slices)
    yield Row(what="refresh after 1 % new; floor: recomputing", measured=hundredth, floor=whole, target=0.03)
    yield Row(
        what="refresh after 0.1 % new; floor: after 1 %", measured=thousandth, floor=hundredth, target=0.25
    )
    yield _longest(slices, "slices of recomputing")


def _grow(database: Database, connection: psycopg.Connection[Any]) -> Iterator[Row]:
    """Add retailers and assets, each downloaded: a backlog, which drains in portions while others read and write."""
    for statement in (SQL.retailers, SQL.files, SQL.assets):
        connection.execute(statement, VALUES | {"rows": RETAILERS if statement is SQL.retailers else ASSETS})
    connection.execute("vacuum analyze")
    portions: list[Portion] = []
    with apart(connection):
        quiet = beside(database, STATEMENTS, VALUES, lambda: time.sleep(QUIET_SECONDS))
        connection.execute(SQL.downloads, VALUES)
        busy = beside(database, STATEMENTS, VALUES, lambda: portions.extend(_portions(connection)))
    connection.execute("vacuum analyze")
    yield _longest(portions, f"portions of a backlog of {ASSETS:,} new assets")
    yield from compared(busy, quiet, f"{len(portions)} portions")


def _longest(portions: list[Portion], what: str) -> Row:
    clock = max(portion.clock for portion in portions)
    return Row(
        what=f"longest of {len(portions)} {what}; {clock:.0f} s on the clock; floor: {PORTION:.0f} s",
        measured=max(portion.processor for portion in portions),
        floor=PORTION,
        target=1.0,
    )


def _one_download(connection: psycopg.Connection[Any]) -> float:
    """Processor seconds of a refresh after one download."""
    return median(_refreshed(connection, SQL.download, 1) for _ in range(20))


def _after(connection: psycopg.Connection[Any], changes: int) -> float:
    """Processor seconds of a refresh after so many actions."""
    return median(_refreshed(connection, SQL.actions, changes) for _ in range(ROUNDS))


def _refreshed(connection: psycopg.Connection[Any], change: bytes, rows: int) -> float:
    connection.execute(change, VALUES | {"rows": rows})
    return sum(portion.processor for portion in _portions(connection))


@dataclass(frozen=True, slots=True)
class Portion:
    """How many seconds it took: on the clock, and of processor time."""

    clock: float
    processor: float


def _portions(connection: psycopg.Connection[Any]) -> list[Portion]:
    """Take portions until nothing is left."""
    server = connection.info.backend_pid
    portions: list[Portion] = []
    is_drained = False
    while not is_drained:
        began, used = time.perf_counter(), processor_seconds(server)
        _, is_drained = connection.execute(SQL.portion).fetchone() or (0, True)
        portions.append(Portion(time.perf_counter() - began, processor_seconds(server) - used))
    return portions
