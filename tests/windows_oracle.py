"""When a message may go, in plain Python: what the database's function for sending windows is compared with.

The data are schema/seed/sending_windows.csv and public_holidays.csv. A message suits if it suits in all candidate time
zones, by the windows of the recipient's region, or of the country where the region has none.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from infra.state import ROOT

SEED = ROOT / "schema" / "seed"

# Windows of a country whose region is not known, or has none of its own.
ANY_REGION = "*"
# Windows of all countries that have none of their own.
ANY_COUNTRY = "*"
# No chain of closed days is as long.
HORIZON_DAYS = 14


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of certain weekdays (1 is Monday) by the recipient's clock; `closes` is not part of it."""

    days: frozenset[int]
    opens: time
    closes: time
    on_holidays: bool
    valid_from: date


Windows = Mapping[tuple[str, str], Sequence[Window]]
Holidays = Collection[tuple[str, str, date]]


def earliest(
    at: datetime, zones: Sequence[str], country: str, region: str, windows: Windows, holidays: Holidays
) -> datetime | None:
    """The first time from `at` on that suits in all zones; if there is none, that suits by the country's own windows in
    the most western and the most eastern zone; None if there is still none.
    """
    found = _first(at, zones, of_place(windows, country, region), _days_off(holidays, country, region))
    if found is not None:
        return found
    by_offset = sorted(zones, key=lambda zone: at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta())
    extremes = (by_offset[0], by_offset[-1])
    return _first(at, extremes, of_place(windows, country, None), _days_off(holidays, country, ""))


def of_place(windows: Windows, country: str, region: str | None) -> Sequence[Window]:
    """The windows that hold in a place; with None those of the country as a whole."""
    keys = [(country, ""), (ANY_COUNTRY, "")]
    if region is not None:
        keys = [*([(country, region)] if region else []), (country, ANY_REGION), *keys]
    return next(windows[key] for key in keys if key in windows)


def suits(at: datetime, zone: str, windows: Iterable[Window], days_off: Collection[date]) -> bool:
    """Whether a window is open in this zone."""
    local = at.astimezone(ZoneInfo(zone))
    return any(
        window.opens <= local.time() < window.closes
        for window in _of_day(windows, local.date())
        if window.on_holidays or local.date() not in days_off
    )


def _first(
    at: datetime, zones: Sequence[str], windows: Sequence[Window], days_off: Collection[date]
) -> datetime | None:
    """A time that suits is `at` itself, or the opening of a window in one of the zones."""
    openings = {
        opening
        for zone in zones
        for day in range(-1, HORIZON_DAYS)
        for opening in _openings(at.astimezone(ZoneInfo(zone)).date() + timedelta(days=day), zone, windows)
    }
    times = sorted(each for each in {at, *openings} if each >= at)
    return next((each for each in times if all(suits(each, zone, windows, days_off) for zone in zones)), None)


def _openings(day: date, zone: str, windows: Iterable[Window]) -> list[datetime]:
    local = [datetime.combine(day, window.opens, ZoneInfo(zone)) for window in _of_day(windows, day)]
    return [each.astimezone(UTC) for each in local]


def _of_day(windows: Iterable[Window], day: date) -> list[Window]:
    """The windows of a weekday in the newest edition that is valid on that day."""
    valid = [window for window in windows if window.valid_from <= day]
    newest = max((window.valid_from for window in valid), default=date.min)
    return [each for each in valid if each.valid_from == newest and day.isoweekday() in each.days]


def _days_off(holidays: Holidays, country: str, region: str) -> set[date]:
    return {day for of, where, day in holidays if of == country and where in {"", region}}


@cache
def shipped_windows() -> Windows:
    """The windows in the repository, by country and region."""
    found: dict[tuple[str, str], list[Window]] = {}
    for row in _rows("sending_windows.csv"):
        window = Window(
            frozenset(map(int, row["days"])),
            time.fromisoformat(row["opens"]),
            time.fromisoformat(row["closes"]),
            row["on_holidays"] == "yes",
            date.fromisoformat(row["valid_from"]) if row["valid_from"] else date.min,
        )
        found.setdefault((row["country"], row["region"]), []).append(window)
    return found


@cache
def shipped_holidays() -> Holidays:
    """The public holidays in the repository: country, region (empty for all of it), date."""
    rows = _rows("public_holidays.csv")
    return frozenset((row["country"], row["region"], date.fromisoformat(row["date"])) for row in rows)


def _rows(name: str) -> list[dict[str, str]]:
    with (SEED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
