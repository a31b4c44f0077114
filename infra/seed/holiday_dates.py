"""Public holidays: schema/seed/public_holidays.csv, which `ddp generate` writes from the locked package holidays (MIT).

Of every country those that hold for all of it; of the regions that sending_windows.csv closes on holidays, and of
the regions of France, which no number tells, also their own. Raise LAST before its year comes to an end.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Final

import holidays

from functions.maintenance.seed.reference import SEED

FIRST: Final = 2026
LAST: Final = 2028
YEARS: Final = range(FIRST, LAST + 1)

# Alsace and Moselle keep two more days.
EVERYWHERE: Final = {"FR": ("57", "6AE")}

Row = tuple[str, str, str, str]


def contents() -> dict[Path, str]:
    """The text by path; the same version of the library gives the same text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("country", "region", "date", "name"))
    writer.writerows(rows())
    return {SEED / "public_holidays.csv": text.getvalue()}


def rows() -> list[Row]:
    """(country, region or empty, date, name in English where the library has it), sorted."""
    found: dict[tuple[str, str, date], str] = {}
    for country in holidays.list_supported_countries(include_aliases=False):
        for region in ("", *EVERYWHERE.get(country, ())):
            for day, name in _of(country, region):
                found.setdefault((country, "", day), name)
    for country, region in _closed_regions():
        found |= {(country, region, day): name for day, name in _of(country, region)}
    return [(country, region, f"{day}", name) for (country, region, day), name in sorted(found.items())]


def _of(country: str, region: str) -> list[tuple[date, str]]:
    languages = holidays.list_localized_countries(include_aliases=False).get(country, ())
    english = next((language for language in languages if language.startswith("en")), None)
    days = holidays.country_holidays(country, subdiv=region or None, years=YEARS, language=english)
    return sorted(days.items())


def _closed_regions() -> list[tuple[str, str]]:
    """The regions whose windows are closed on holidays."""
    with (SEED / "sending_windows.csv").open(encoding="utf-8", newline="") as file:
        windows = list(csv.DictReader(file))
    return sorted({(w["country"], w["region"]) for w in windows if w["region"] and w["on_holidays"] == "no"})
