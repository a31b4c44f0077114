"""Planning e-mail to a CSV file's recipients; floor: COPY and INSERT … SELECT of the same file into the same table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from ddp.channels import EMAIL
from tests.benchmarks.measure import Row
from tests.benchmarks.planning.planning import RECIPIENTS, Planned, Planning

PLANS = (Planned(what="plan", content="<p>Hello {{ name }}</p>", target=0.6, is_spread=True),)


def rows() -> Iterator[Row]:
    """Seconds and memory of the planner."""
    yield from PLANNING.rows()


def write(lines: TextIO) -> None:
    """Write addresses in no particular order, as in real lists."""
    for n in range(RECIPIENTS):
        scattered = n * 7_919 % 1_000_003 if RECIPIENTS <= 1_000_003 else n
        lines.write(f"person{scattered}.{n % 97}@mail{n % 5000}.example.com,Person {n},Town {n % 300},{n}\n")


PLANNING = Planning(channel=EMAIL, heading="email", write=write, plans=PLANS)
