"""What a benchmark measures and how it is shown."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table: measured seconds, seconds of the floor, and the maximum ratio of the two.

    `measured`: 0 if nothing could be measured; `what` says why.
    `wrong`: the target is missed whatever the ratio is; `what` says why.
    """

    what: str
    measured: float
    floor: float | None = None
    target: float | None = None
    wrong: bool = False

    @property
    def ratio(self) -> float | None:
        return self.measured / self.floor if self.floor else None

    @property
    def missed(self) -> bool:
        return self.wrong or (self.ratio is not None and self.target is not None and self.ratio > self.target)

    def cells(self) -> tuple[str, ...]:
        """The row's texts; a missed target is marked."""
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else ""
        target = f"≤ {self.target}{'  MISSED' if self.missed else ''}" if self.target else ""
        floor = f"{self.floor * 1000:,.2f} ms" if self.floor else ""
        measured = f"{self.measured * 1000:,.2f} ms" if self.measured else ""
        return self.what, measured, floor, ratio, target


def alternate(calls: Sequence[Callable[[], object]], *, rounds: int) -> list[list[float]]:
    """Seconds of each call, round by round. Calls alternate, so that a noisy moment affects all of them alike."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, seconds in zip(calls, taken, strict=True):
            start = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
    return taken


def percentile(seconds: Sequence[float], percent: int) -> float:
    """The percent-th percentile."""
    return statistics.quantiles(seconds, n=100)[percent - 1]


def processor_seconds(process_id: int) -> float:
    """The processor time that a process has used so far: without the time in which others had the processor."""
    return int(Path(f"/proc/{process_id}/schedstat").read_text().split()[0]) / 1e9


def peak_megabytes() -> float:
    """The peak memory of this process since its program was started, in MB (MiB).

    Not ru_maxrss: a new program inherits that from the process that started it.
    """
    (line,) = (
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")
    )
    return int(line.split()[1]) / 1024
