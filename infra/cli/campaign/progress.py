"""The progress of a send on a terminal: a bar while it runs, and the ledger as a table at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from infra.cli.campaign.api import SETTLED, WAITING, count

# Seconds without a line, where there is no terminal.
SILENCE = 10.0

MEANINGS = {
    "pending": "not sent yet",
    "sending": "a worker is sending it",
    "sent": "accepted by the provider",
    "delivered": "accepted by the recipient's server",
    "opened": "opened by a person",
    "clicked": "a link was clicked",
    "bounced": "refused by the recipient's server",
    "complained": "marked as spam",
    "failed": "refused by the provider",
    "suppressed": "on the suppression list",
    "cancelled": "the send was cancelled, or failed, first",
    "missed": "would have arrived too late",
    "unknown": "unclear whether the provider accepted it",
}


@contextmanager
def live(console: Console) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Yield a function that shows a progress. Without a terminal, it prints lines; see _Lines."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    with _bar(console) as bar:
        task = bar.add_task("", total=None, detail="")

        def show(progress: dict[str, Any]) -> None:
            total = progress["recipient_count"] if progress["planned_at"] else None
            text = {"description": progress["summary"], "detail": _detail(progress)}
            bar.update(task, total=total, completed=_done(progress), **text)

        yield show


def _bar(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[detail]}"),
        console=console,
        transient=True,
    )


class _Lines:
    """Prints one line for each new summary, and one when SILENCE has passed."""

    def __init__(self, console: Console) -> None:
        self._console, self._last, self._printed_at = console, "", 0.0

    def __call__(self, progress: dict[str, Any]) -> None:
        if progress["summary"] != self._last or time.monotonic() - self._printed_at >= SILENCE:
            self._last, self._printed_at = progress["summary"], time.monotonic()
            self._console.print(
                f"  {self._last}: {_done(progress):,} of {progress['recipient_count']:,} recipients"
            )


def _done(progress: dict[str, Any]) -> int:
    return count(progress, *SETTLED, "unknown")


def _detail(progress: dict[str, Any]) -> str:
    parts = [f"{progress['rate_per_second']:,.0f}/s"] if progress["rate_per_second"] else []
    if ends := progress["estimated_end_at"]:
        parts.append(f"until about {datetime.fromisoformat(ends).astimezone():%H:%M:%S}")
    if waiting := count(progress, *WAITING):
        parts.append(f"{waiting:,} waiting")
    if since := progress.get("stalled_since"):
        parts.append(f"[red]stalled since {datetime.fromisoformat(since).astimezone():%H:%M:%S}[/]")
    if progress["unknown"]:
        parts.append(f"[red]{progress['unknown']:,} unknown[/]")
    return ", ".join(parts)


def ledger(progress: dict[str, Any], title: str = "") -> Table:
    """A table of recipients by state, with the total."""
    table = Table("recipients", "state", "meaning", title=title or None, show_footer=True)
    table.columns[0].justify = "right"
    for status, meaning in MEANINGS.items():
        if number := progress["counts"].get(status, 0):
            table.add_row(f"{number:,}", status, meaning)
    read = f"{progress['records_read']:,} records"
    left_out = f"{progress['duplicates']:,} duplicates, {progress['rejected']:,} unusable"
    footers = (f"{progress['recipient_count']:,}", "recipients", f"{read}: {left_out}")
    for column, footer in zip(table.columns, footers, strict=True):
        column.footer = footer
    return table
