"""Reading and writing while something else is under way: how long each statement takes.

The work's server process and those that write and vacuum for all have a processor of their own, where the machine has
two or more; readers, writers and their server processes share another, in quiet times too. Otherwise the kernel lets
the work go on for some milliseconds before it wakes a reader, whatever the work is, and a machine of two cores would
measure that instead of locks.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import psutil
import psycopg

from tests.benchmarks.measure import Row, percentile
from tests.database.servers import Database

PAUSE = 0.005  # seconds between two statements of a reader or writer
MOST = 0.25  # seconds that no statement may exceed
TIMES = 2.0  # how many times the p99 of the floor the busy one may be

# {"read": seconds of each statement, …}
Latencies = dict[str, list[float]]


@contextmanager
def apart(worker: psycopg.Connection[Any]) -> Iterator[None]:
    """Meanwhile the worker's server process and the server's own have the last processor, this thread the first."""
    processors = sorted(os.sched_getaffinity(0))
    own = worker.execute("select pid from pg_stat_activity where backend_type <> 'client backend'").fetchall()
    # Children of the postmaster, such as later vacuums, begin on its processors.
    postmaster = psutil.Process(worker.info.backend_pid).ppid()
    for process in (worker.info.backend_pid, postmaster, *(pid for (pid,) in own)):
        with suppress(ProcessLookupError):  # a vacuum that has ended
            os.sched_setaffinity(process, {processors[-1]})
    os.sched_setaffinity(0, {processors[0]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, set(processors))


def beside(
    database: Database,
    statements: Mapping[str, bytes],
    values: Mapping[str, object],
    work: Callable[[], object],
) -> Latencies:
    """Repeat each statement, over a connection of its own on this thread's processors, while `work` runs."""
    is_over = threading.Event()
    seconds: Latencies = {what: [] for what in statements}
    with ThreadPoolExecutor(len(statements)) as threads:
        repeated = [
            threads.submit(_repeat, database, statement, values, seconds[what], is_over)
            for what, statement in statements.items()
        ]
        try:
            work()
        finally:
            is_over.set()
    for each in repeated:
        each.result()  # a statement that failed is no quick one
    return seconds


def compared(busy: Latencies, quiet: Latencies, work: str) -> Iterator[Row]:
    """A row per kind of statement: its p99 beside `work` against that of quiet times, and the longest of all."""
    for what, seconds in busy.items():
        most = max(seconds)
        yield Row(
            what=f"{what} beside {work}, p99; longest of {len(seconds):,}: {most * 1000:.0f} ms; quiet:"
            f" longest {max(quiet[what]) * 1000:.0f} ms; floor: quiet",
            measured=percentile(seconds, 99),
            floor=percentile(quiet[what], 99),
            target=TIMES,
            wrong=most > MOST,
        )


def _repeat(
    database: Database,
    statement: bytes,
    values: Mapping[str, object],
    seconds: list[float],
    is_over: threading.Event,
) -> None:
    with database.connect("superuser") as connection:
        os.sched_setaffinity(connection.info.backend_pid, os.sched_getaffinity(0))
        while not is_over.is_set():
            began = time.perf_counter()
            connection.execute(statement, values)
            seconds.append(time.perf_counter() - began)
            time.sleep(PAUSE)
