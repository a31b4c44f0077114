"""Freshness in steady load: the age of an action when statistics include it, with a refresh begun each minute."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg

from ddp.queries import load
from tests.benchmarks.measure import Row, percentile
from tests.benchmarks.seeded import seeded

FILE_ACTIONS = int(os.environ.get("DDP_BENCH_FILE_ACTIONS", "200_000"))
# Actions per second, written ten times per second.
RATE = 200
RUNS, MINUTE = 4, 60.0
TARGET = 90.0
SQL = load(__file__)


def rows() -> Iterator[Row]:
    """The 95th percentile of ages, in seconds; the floor is what is allowed."""
    with seeded(FILE_ACTIONS) as database, database.connect() as writer, database.connect() as reader:
        load_ = Load(writer)
        ages, longest = load_.during(reader)
        yield Row(
            what=f"age of {len(ages) * RATE // 10:,} actions, {RATE}/s, {RUNS} minutes, p95; floor: 90 s",
            measured=percentile(ages, 95),
            floor=TARGET,
            target=1.0,
            wrong=len(ages) != len(load_.committed),
        )
        yield Row(what="the longest refresh of these", measured=longest, floor=MINUTE, target=1.0)


class Load:
    """Writes batches of actions, and knows when each was committed."""

    def __init__(self, writer: psycopg.Connection[Any]) -> None:
        self._writer = writer
        self._is_over = threading.Event()
        self.committed: list[float] = []

    def during(self, reader: psycopg.Connection[Any]) -> tuple[list[float], float]:
        """Refresh each minute while batches are written. Returns the batches' ages, and the longest refresh."""
        before, ages, longest = _visible(reader), list[float](), 0.0
        thread = threading.Thread(target=self._write)
        thread.start()
        began = time.monotonic()
        try:
            for run in range(1, RUNS + 1):
                time.sleep(max(began + run * MINUTE - time.monotonic(), 0))
                if run == RUNS:
                    self._stop(thread)
                seconds = _refresh(reader)
                longest, now = max(longest, seconds), time.monotonic()
                ages += [now - at for at in self.committed[len(ages) : _visible(reader) - before]]
        finally:
            self._stop(thread)
        return ages, longest

    def _stop(self, thread: threading.Thread) -> None:
        self._is_over.set()
        thread.join()

    def _write(self) -> None:
        while not self._is_over.wait(0.1):
            self._writer.execute(SQL.batch, {"rows": RATE // 10 - 1})
            self.committed.append(time.monotonic())


def _refresh(connection: psycopg.Connection[Any]) -> float:
    """Portions until nothing is left, as the worker takes them. Returns seconds."""
    began, is_drained = time.monotonic(), False
    while not is_drained:
        _, is_drained = connection.execute(SQL.portion).fetchone() or (0, True)
    return time.monotonic() - began


def _visible(connection: psycopg.Connection[Any]) -> int:
    """How many batches statistics include."""
    return int((connection.execute(SQL.visible).fetchone() or (0,))[0])
