"""What follows from the windows of a place: days on which nothing goes, and hours that two windows have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# A row of sending_windows, its times as HH:MM.
Window = Mapping[str, Any]


def notes(changed: Window, windows: Sequence[Window]) -> list[str]:
    """Sentences about the windows that hold in the place of `changed` from the same day on."""
    place = _place(changed)
    if not windows:
        day = changed["valid_from"]
        return [f"{place} has no window from {day} on: its earlier ones hold, or those of the wider place."]
    return [*_gaps(place, windows), *_overlaps(windows)]


def _place(window: Window) -> str:
    country, region = window["country"], window["region"]
    if country == "*":
        return "Every country without windows"
    return f"{country}-{region}" if region else str(country)


def _gaps(place: str, windows: Sequence[Window]) -> Iterator[str]:
    open_days = {day for window in windows for day in window["days"]}
    if closed := [f"{name}s" for number, name in enumerate(_DAYS, 1) if str(number) not in open_days]:
        yield f"{place} has no window on {', '.join(closed)}: no promotional SMS go then."
    if not any(window["on_holidays"] for window in windows):
        yield f"{place} has no window on public holidays: no promotional SMS go then."


def _overlaps(windows: Sequence[Window]) -> Iterator[str]:
    for one, other in combinations(windows, 2):
        common = sorted(set(one["days"]) & set(other["days"]))
        if common and one["opens"] < other["closes"] and other["opens"] < one["closes"]:
            days = ", ".join(f"{_DAYS[int(day) - 1]}s" for day in common)
            yield (
                f"On {days}, {one['opens']} to {one['closes']} and {other['opens']} to {other['closes']} overlap:"
                " messages go whenever one of them is open."
            )
