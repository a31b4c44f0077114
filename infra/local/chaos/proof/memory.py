"""How much memory each part has, and whether it grows.

A killed part begins again with little: so what is compared is the same in both halves of a run, and the young are left
out.
"""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

import psutil

from infra.local.chaos.victims import environments
from infra.local.postgres.database import server
from infra.local.state import StateDirectory

# Resident memory in the second half, against the first.
MOST_GROWTH = 1.05
# A process younger than this is still growing to its working size.
YOUNG_SECONDS = 20.0
# The shortest run for a verdict: in a shorter one, the first half is that in which caches fill.
LEAST_MINUTES = 30.0
MEGABYTE = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Median memory of a part in each half of the run, in megabytes."""

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
    """Samples of a run, by part."""

    directory: StateDirectory
    samples: defaultdict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))

    def sample(self) -> None:
        """Measure all parts now."""
        now = time.monotonic()
        for part, size in self._sizes():
            self.samples[part].append((now, size / MEGABYTE))

    def growth(self) -> list[Growth]:
        """Each part's halves. Parts without a sample in one of them are left out."""
        times = [at for samples in self.samples.values() for at, _ in samples]
        middle = (min(times) + max(times)) / 2 if times else 0.0
        found = []
        for part, samples in sorted(self.samples.items()):
            halves = [
                [size for at, size in samples if (at > middle) == is_second] for is_second in (False, True)
            ]
            if all(halves):
                first, second = map(median, halves)
                found.append(Growth(part=part, first=first, second=second))
        return found

    def _sizes(self) -> Iterator[tuple[str, float]]:
        """Resident memory of each part in bytes; of PostgreSQL, that of the process that starts all others."""
        state = self.directory.read()
        if state is None:
            return
        yield from _resident("supervisor", state.supervisor.pid)
        for name, part in state.parts.items():
            if name != "postgres":
                yield from _resident(name, part.process.pid)
        if (pid := server(self.directory).pid()) is not None:
            yield from _resident("postgres", pid)
        sizes = [size for each in environments(self.directory) for _, size in _resident("", each.process.pid)]
        if sizes:
            yield "functions, each", median(sizes)


def _resident(name: str, pid: int) -> Iterator[tuple[str, float]]:
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if time.time() - process.create_time() > YOUNG_SECONDS:
            yield name, float(process.memory_info().rss)
