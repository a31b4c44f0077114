"""How much memory each part has, and whether it grows.

A process that is killed every few minutes never shows that it grows. So in the last third of a long run nothing is
killed (fire.py), and each process is compared with itself: what it had in the first half of that time, and in the
second.
"""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

import psutil

from infra.local.chaos.victims import environments
from infra.local.postgres.database import server
from infra.local.state import StateDirectory

# Memory in the second half, against the first.
MOST_GROWTH = 1.05
# A process younger than this is still growing to its working size.
YOUNG_SECONDS = 20.0
# The share of the time without kills in which processes that have just been started fill their caches.
WARM_UP = 0.25
# The shortest run for a verdict: in a shorter one, caches still fill.
LEAST_MINUTES = 30.0
MEGABYTE = 1e6

# A time (of time.monotonic) and megabytes.
Reading = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Memory of a part in each half of the time without kills, in megabytes: medians, summed up over its processes."""

    part: str
    first: float
    second: float

    @property
    def ratio(self) -> float:
        """The second half against the first."""
        return self.second / self.first

    @property
    def holds(self) -> bool:
        """Whether it does not grow."""
        return self.ratio <= MOST_GROWTH


@dataclass(slots=True)
class Memory:
    """Readings of a run, by part and process (number, when it started)."""

    directory: StateDirectory
    readings: defaultdict[tuple[str, tuple[int, float]], list[Reading]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def sample(self) -> None:
        """Measure all parts now."""
        now = time.monotonic()
        for part, process, size in self._sizes():
            self.readings[part, process].append((now, size / MEGABYTE))

    def growth(self, calm_since: float) -> list[Growth]:
        """How each part grew since nothing was killed any more.

        Only processes that were there in both halves count; a part without one is left out.
        """
        times = [at for readings in self.readings.values() for at, _ in readings if at >= calm_since]
        if not times:
            return []
        begin = calm_since + WARM_UP * (max(times) - calm_since)
        middle = (begin + max(times)) / 2
        halves: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
        for (part, _), readings in self.readings.items():
            first, second = _between(readings, begin, middle), _between(readings, middle, max(times))
            if first and second:
                halves[part].append((median(first), median(second)))
        return [
            Growth(part=part, first=sum(a for a, _ in pairs), second=sum(b for _, b in pairs))
            for part, pairs in sorted(halves.items())
        ]

    def _sizes(self) -> Iterator[tuple[str, tuple[int, float], float]]:
        """Part, process and memory in bytes: resident, and of PostgreSQL what its processes do not share."""
        state = self.directory.read()
        if state is None:
            return
        yield from _resident("supervisor", state.supervisor.pid)
        for name, part in state.parts.items():
            if name != "postgres":
                yield from _resident(name, part.process.pid)
        if (pid := server(self.directory).pid()) is not None:
            yield from _with_children("postgres", pid)
        for each in environments(self.directory):
            yield from _resident(each.function, each.process.pid)


def _between(readings: Sequence[Reading], begin: float, end: float) -> list[float]:
    return [size for at, size in readings if begin < at <= end]


def _resident(name: str, pid: int) -> Iterator[tuple[str, tuple[int, float], float]]:
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if time.time() - process.create_time() > YOUNG_SECONDS:
            yield name, (pid, process.create_time()), float(process.memory_info().rss)


def _with_children(name: str, pid: int) -> Iterator[tuple[str, tuple[int, float], float]]:
    """The sum over a server and the processes that it has started, under the server's own number.

    Without the pages that they share with each other, such as shared buffers, which would count once for each.
    """
    with contextlib.suppress(psutil.NoSuchProcess):
        parent, total = psutil.Process(pid), 0.0
        if time.time() - parent.create_time() <= YOUNG_SECONDS:
            return
        for process in (parent, *parent.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):  # a connection that has just ended
                total += float(process.memory_full_info().uss)
        yield name, (pid, parent.create_time()), total
