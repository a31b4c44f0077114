"""A send's progress on a terminal: a bar while it goes on, a table of the ledger at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from infra.cli.campaign_api import SETTLED, WAITING, count

MEANINGS = {
    "pending": "not sent yet",
    "sending": "in a worker's hand",
    "sent": "accepted by the provider",
    "delivered": "taken by the recipient's server",
    "opened": "opened by a person",
    "clicked": "a link was followed",
    "bounced": "refused by the recipient's server",
    "complained": "marked as spam",
    "failed": "refused by the provider",
    "suppressed": "must not be written to",
    "cancelled": "given up before sending",
    "missed": "it would have come too late",
    "unknown": "not known whether the provider accepted it",
}


@contextmanager
def live(console: Console) -> Iterator[Callable[[dict[str, Any]], None]]:
    """A function that shows one more progress. Without a terminal it prints a line when the state changes."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[detail]}"),
        console=console,
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=None, detail="")

        def show(progress: dict[str, Any]) -> None:
            total = progress["recipients"] if progress["planned_at"] else None
            done = count(progress, *SETTLED, "unknown")
            bar.update(
                task, description=progress["summary"], total=total, completed=done, detail=_detail(progress)
            )

        yield show


class _Lines:
    """One line a state."""

    def __init__(self, console: Console) -> None:
        self._console, self._last = console, ""

    def __call__(self, progress: dict[str, Any]) -> None:
        if progress["summary"] != self._last:
            self._last = progress["summary"]
            done = count(progress, *SETTLED, "unknown")
            self._console.print(f"  {self._last}: {done:,} of {progress['recipients']:,} recipients")


def _detail(progress: dict[str, Any]) -> str:
    parts = [f"{progress['rate_per_second']:,.0f}/s"] if progress["rate_per_second"] else []
    if ends := progress["estimated_end_at"]:
        parts.append(f"until about {datetime.fromisoformat(ends).astimezone():%H:%M:%S}")
    if waiting := count(progress, *WAITING):
        parts.append(f"{waiting:,} waiting")
    if progress["unknown"]:
        parts.append(f"[red]{progress['unknown']:,} unknown[/]")
    return ", ".join(parts)


def ledger(progress: dict[str, Any], title: str = "") -> Table:
    """Every recipient in exactly one line, and the sum."""
    table = Table("recipients", "state", "meaning", title=title or None, show_footer=True)
    table.columns[0].justify = "right"
    for status, meaning in MEANINGS.items():
        if number := progress["counts"].get(status, 0):
            table.add_row(f"{number:,}", status, meaning)
    read = f"{progress['records_read']:,} records"
    left_out = f"{progress['duplicates']:,} twice, {progress['rejected']:,} unusable"
    footers = (f"{progress['recipients']:,}", "recipients", f"{read}: {left_out}")
    for column, footer in zip(table.columns, footers, strict=True):
        column.footer = footer
    return table
