"""How a run went: the sums, what was done to the platform, and what did not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from infra.local.chaos.happened import Happened
from infra.local.chaos.proof.memory import LEAST_MINUTES, Growth
from infra.local.chaos.proof.sums import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long, by which luck, and whether what waits afterwards is in a hurry (settling.py)."""

    minutes: float
    seed: str
    is_hurried: bool = False

    @property
    def judges_memory(self) -> bool:
        """Whether the run is long enough for a verdict about memory."""
        return self.minutes >= LEAST_MINUTES

    @property
    def killing_minutes(self) -> float:
        """For how long processes are killed. The rest of a long run is for memory, which no killed process shows."""
        return self.minutes * (2 / 3 if self.judges_memory else 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a run went."""

    plan: Plan
    lines: Sequence[Line]
    happened: Happened
    waiting: dict[str, int]  # what had not come to rest, by kind
    growth: Sequence[Growth]
    settled_seconds: float

    @property
    def wrong(self) -> list[str]:
        """What did not hold, a sentence each; empty if all did."""
        broken = [
            f"{line.what}: {line.lost} lost, {line.twice} twice, {line.undeclared} not what the ledger says"
            for line in self.lines
            if not line.holds
        ]
        if self.waiting:
            kinds = ", ".join(f"{number} {kind}" for kind, number in self.waiting.items())
            broken.append(f"did not come to rest: {kinds}")
        grown = [
            f"{each.part}: memory {each.ratio:.2f} of what it was, while nothing was killed"
            for each in self.growth
            if self.plan.judges_memory and not each.holds
        ]
        return [*broken, *grown, *self.happened.breaches, *self.happened.trouble]


def print_sums(course: Course, console: Console) -> None:
    """Print the sums, and what did not hold."""
    table = Table("", "all", "out", "unknown", "unsent", "due", "twice", "lost", title="\nThe sums")
    for column in table.columns[1:]:
        column.justify = "right"
    for line in course.lines:
        numbers = (line.all, line.out, line.unknown, line.unsent, line.due, line.twice, line.lost)
        table.add_row(line.what, *(f"{number:,}" for number in numbers))
    console.print(table)
    happened = course.happened
    console.print(
        f"{happened.killed.total()} kills of {len(happened.killed)} kinds,"
        f" {happened.accidents.total()} accidents at providers,"
        f" {happened.refused.total()} hostile requests refused, {len(happened.breaches)} let in;"
        f" at rest {course.settled_seconds:.0f} s after the fire."
    )
    for each in course.growth:
        console.print(
            f"  {each.part:<16} {each.first:6.1f} MB, then {each.second:6.1f} MB ({each.ratio:.2f})"
        )
    for sentence in course.wrong:
        console.print(f"did not hold: {sentence}", style="red", markup=False)
