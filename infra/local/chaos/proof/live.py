"""The live table: what was killed, recipients settled, posts out, twice, lost, unknown. Lines without a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from infra.local.chaos.happened import Happened

# Seconds without a line, where there is no terminal.
SILENCE = 10.0
# The names of victims that are shown; the report has all.
MOST_NAMES = 12


@dataclass(slots=True, kw_only=True)
class Now:
    """Numbers of this moment. `twice` is by the providers' lists; `lost`: taken from a tenant, and not there."""

    recipients: int = 0
    settled: int = 0
    unknown: int = 0
    posts: int = 0
    twice: int = 0
    lost: int = 0


class Show:
    """Shows what happens."""

    def __init__(self, console: Console, happened: Happened, live: Live | None) -> None:
        self._console, self._happened, self._live = console, happened, live
        self._printed_at = 0.0
        self.phase, self.now = "", Now()

    def __call__(self) -> None:
        """Show the numbers as they are now."""
        if self._live is not None:
            self._live.update(self._picture())
        elif time.monotonic() - self._printed_at >= SILENCE:
            self._printed_at = time.monotonic()
            self._console.print(f"  {self.phase}: {self._line()}", markup=False, soft_wrap=True)

    def _line(self) -> str:
        now, killed = self.now, sum(self._happened.killed.values())
        return (
            f"{killed} killed, {now.settled:,} of {now.recipients:,} recipients settled, {now.posts} posts out,"
            f" twice {now.twice}, lost {now.lost}, unknown {now.unknown}"
        )

    def _picture(self) -> RenderableType:
        now, happened = self.now, self._happened
        numbers = Table.grid(padding=(0, 2))
        numbers.add_column(style="bold", justify="right")
        numbers.add_column()
        for value, name in (
            (f"{now.settled:,} of {now.recipients:,}", "recipients settled"),
            (f"{now.posts:,}", "posts out"),
            (_zero(now.twice), "twice"),
            (_zero(now.lost), "lost"),
            (f"{now.unknown:,}", "unknown, and said to be"),
            (f"{sum(happened.accidents.values()):,}", "accidents at providers"),
            (f"{sum(happened.refused.values()):,}", "hostile requests refused"),
            (_zero(len(happened.breaches)), "hostile requests let in"),
        ):
            numbers.add_row(value, name)
        victims = Table.grid(padding=(0, 2))
        for name, times in happened.killed.most_common(MOST_NAMES):
            victims.add_row(f"[bold]{times}[/]", name)
        both = Table.grid(padding=(0, 6))
        both.add_row("[bold]now[/]", f"[bold]killed: {sum(happened.killed.values())}[/]")
        both.add_row(numbers, victims)
        return Group(Text(f"\n{self.phase}", style="bold"), both)


def _zero(number: int) -> str:
    return f"[green]{number}[/]" if number == 0 else f"[red]{number}[/]"


@contextmanager
def showing(console: Console, happened: Happened) -> Iterator[Show]:
    """A live table as long as the block runs, on a terminal."""
    if not console.is_terminal:
        yield Show(console, happened, None)
        return
    with Live(console=console, refresh_per_second=2, transient=True) as live:
        yield Show(console, happened, live)
