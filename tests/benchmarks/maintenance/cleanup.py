"""A cleanup of three months while others read and write: how long anybody waits, and what the archive takes."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import errors

from ddp import migrator
from ddp.queries import load
from functions.maintenance.portions import Budget
from tests.benchmarks.beside import apart, beside, compared
from tests.benchmarks.measure import Row
from tests.database.servers import DEFAULT, SCHEMA, Database, DatabaseServer

ROWS = int(os.environ.get("DDP_BENCH_OLD_ACTIONS", "1_000_000"))  # in each of three months
VALUES = {"files": ROWS // 5, "retailers": ROWS // 50, "rows": ROWS}
QUIET_SECONDS = 10.0
SQL = load(__file__)
STATEMENTS = {"read": SQL.read, "write": SQL.write}


def rows() -> Iterator[Row]:
    """Latencies beside a cleanup against those of quiet times, the longest step that locks, and the archive's size."""
    server = DatabaseServer(DEFAULT)
    server.start()
    try:
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        _fill(database)
        yield from _measure(database)
        database.close()
    finally:
        server.stop()


def _fill(database: Database) -> None:
    with database.connect("superuser") as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("set work_mem = '256MB'")
        connection.execute("select ddp.ensure_partitions('public.file_actions')")
        connection.execute(SQL.platform, VALUES)
        connection.execute(SQL.files, VALUES)
        connection.execute(SQL.months)
        for ago in (27, 26, 25, 0):
            connection.execute(SQL.actions, VALUES | {"ago": ago})
        connection.execute(SQL.pairs)
        connection.execute(SQL.users)
        connection.execute("vacuum analyze")
        # Else what filling has left to write would be written beside the cleanup.
        connection.execute("checkpoint")


def _measure(database: Database) -> Iterator[Row]:
    worker = database.connect("superuser")
    steps: list[tuple[str, float]] = []
    with apart(worker):
        quiet = beside(database, STATEMENTS, VALUES, lambda: time.sleep(QUIET_SECONDS))
        before = _sizes(worker)
        busy = beside(database, STATEMENTS, VALUES, lambda: steps.extend(_clean(worker)))
    worker.execute("vacuum ddp.file_user_stats, ddp.archived_files, ddp.user_stats")
    after = _sizes(worker)
    yield from compared(busy, quiet, f"a cleanup of 3 x {ROWS:,} actions")
    for kind in ("detach", "drop"):
        longest = max(seconds for name, seconds in steps if name == kind)
        yield Row(
            what=f"longest {kind} of a month", measured=longest, wrong=longest > 0.2 + 0.8 * (kind == "drop")
        )
    removed = before["old"] - after["old"]
    archive = after["files"] - before["files"] + after["counts"]
    grown = sum(after[name] - before[name] for name in ("pairs", "users", "files"))
    yield Row(
        what=f"archive {archive / 1e6:,.0f} MB of {removed / 1e6:,.0f} MB removed ({archive / removed:.1%});"
        f" tables grew by {grown / 1e6:,.0f} MB, the room for the next months' changes included",
        measured=sum(seconds for _, seconds in steps),
        wrong=archive > 0.2 * removed,
    )


def _sizes(connection: psycopg.Connection[Any]) -> dict[str, int]:
    cursor = connection.execute(SQL.sizes)
    (row,) = cursor.fetchall()
    return {column.name: int(value) for column, value in zip(cursor.description or (), row, strict=True)}


def _clean(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, float]]:
    """Take the steps as the worker does; yields what each was and how long it took."""
    budget = Budget(rows=0, seconds=math.inf)
    while True:
        months = connection.execute("select count(*) from ddp.detached_months").fetchone()
        began = time.perf_counter()
        try:
            portion = connection.execute(
                "select removed, worked, is_left from ddp.clean(gen_random_uuid(), 'file_actions', 10000)"
            ).fetchone()
        except errors.LockNotAvailable:
            time.sleep(0.25)
            continue
        assert portion
        _, worked, is_left = portion
        kind = "archive" if worked else "drop" if months == (1,) else "detach"
        took = time.perf_counter() - began
        yield kind, took
        if not is_left:
            return
        budget.rest(took)
