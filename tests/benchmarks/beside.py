"""Reading and writing while something else is under way: how long each statement takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping

from tests.benchmarks.measure import Row, percentile
from tests.database.servers import Database

PAUSE = 0.005  # seconds between two statements of a reader or writer
MOST = 0.25  # seconds that no statement may exceed
TIMES = 2.0  # how many times the p99 of the floor the busy one may be

# {"read": seconds of each statement, …}
Latencies = dict[str, list[float]]


def beside(
    database: Database,
    statements: Mapping[str, bytes],
    values: Mapping[str, object],
    work: Callable[[], object],
) -> Latencies:
    """Repeat each statement, over a connection of its own, while `work` runs."""
    is_over = threading.Event()
    seconds: Latencies = {what: [] for what in statements}
    threads = [
        threading.Thread(target=_repeat, args=(database, statement, values, seconds[what], is_over))
        for what, statement in statements.items()
    ]
    for thread in threads:
        thread.start()
    try:
        work()
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    return seconds


def compared(busy: Latencies, floor: Latencies, quiet: Latencies, work: str) -> Iterator[Row]:
    """A row per kind of statement: its p99 beside `work` against that of the floor, and the longest of all."""
    for what, seconds in busy.items():
        most = max(seconds)
        p99 = percentile(quiet[what], 99)
        yield Row(
            what=f"{what} beside {work}, p99; longest of {len(seconds):,}: {most * 1000:.0f} ms; quiet: p99"
            f" {p99 * 1000:.2f} ms, longest {max(quiet[what]) * 1000:.0f} ms; floor: "
            + ("quiet" if floor is quiet else "beside what only computes"),
            measured=percentile(seconds, 99),
            floor=percentile(floor[what], 99),
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
        while not is_over.is_set():
            began = time.perf_counter()
            connection.execute(statement, values)
            seconds.append(time.perf_counter() - began)
            time.sleep(PAUSE)
