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
    "delivered": "accepted by the recipient's server, or by the phone or its carrier",
    "opened": "opened by a person",
    "clicked": "a link was clicked",
    "bounced": "refused by the recipient's server",
    "complained": "marked as spam",
    "failed": "refused by the provider",
    "suppressed": "on the suppression list",
    "cancelled": "the send was cancelled, or failed, first",
    "missed": "would have arrived too late, or the recipient has had too many",
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
    if opens := progress.get("next_window_at"):
        parts.append(f"waits until {datetime.fromisoformat(opens).astimezone():%Y-%m-%d %H:%M}")
    if spread := progress.get("spread_until"):
        parts.append(f"spread until {datetime.fromisoformat(spread).astimezone():%Y-%m-%d %H:%M}")
    if waiting := count(progress, *WAITING):
        parts.append(f"{waiting:,} waiting")
    if since := progress.get("stalled_since"):
        parts.append(f"[red]stalled since {datetime.fromisoformat(since).astimezone():%H:%M:%S}[/]")
    if progress["unknown"]:
        parts.append(f"[red]{progress['unknown']:,} unknown[/]")
    return ", ".join(parts)


def _money(progress: dict[str, Any]) -> str:
    """What a send of SMS takes and costs."""
    estimated = f"${progress['estimated']}" if progress["estimated"] else "not known yet"
    cap = f", at most ${progress['cap']}" if progress["cap"] else ""
    return (
        f"{progress['parts']:,} parts; estimated {estimated}, reserved ${progress['reserved']}, "
        f"charged ${progress['charged']}{cap}"
    )


def _meaning(progress: dict[str, Any], status: str, meaning: str) -> str:
    """What a state means; of the missed, how many a frequency cap held back."""
    capped = progress.get("missed_by_cap") if status == "missed" else 0
    return f"{meaning} ({capped:,} by a frequency cap)" if capped else meaning


def variants(progress: dict[str, Any]) -> Table | None:
    """A table of the variants that a send tests, with what was decided; None: it tests nothing."""
    test = progress.get("ab_test")
    if test is None:
        return None
    hits = {"clicks": "clicked", "conversions": "converted"}[test["metric"]]
    table = Table("variant", "recipients", "delivered", hits, "", title="A/B test", caption=test["words"])
    for column in table.columns[1:4]:
        column.justify = "right"
    for each in test["variants"]:
        rate = f"{100 * each[hits] / each['delivered']:.1f} %" if each["delivered"] else ""
        wins = "  the rest gets it" if each["variant"] == test["winner"] else ""
        table.add_row(
            each["variant"],
            f"{each['recipients']:,}",
            f"{each['delivered']:,}",
            f"{each[hits]:,}",
            rate + wins,
        )
    if test["waiting_count"]:
        table.add_row("", f"{test['waiting_count']:,}", "", "", "wait")
    return table


def ledger(progress: dict[str, Any], title: str = "") -> Table:
    """A table of recipients by state, with the total."""
    table = Table("recipients", "state", "meaning", title=title or None, show_footer=True)
    table.columns[0].justify = "right"
    for status, meaning in MEANINGS.items():
        if number := progress["counts"].get(status, 0):
            table.add_row(f"{number:,}", status, _meaning(progress, status, meaning))
    read = f"{progress['records_read']:,} records"
    left_out = f"{progress['duplicates']:,} duplicates, {progress['rejected']:,} unusable"
    footers = (f"{progress['recipient_count']:,}", "recipients", f"{read}: {left_out}")
    if "parts" in progress:
        footers = (*footers[:2], f"{footers[2]}; {_money(progress)}")
    for column, footer in zip(table.columns, footers, strict=True):
        column.footer = footer
    return table
