"""Where the owner of a number may be: the time zones that count for it, and its state or province.

A number tells no more than its area code, and a mobile number of most countries not even that. places.csv is generated
(infra/seed/phones.py) and holds, for each country and each such area code, all zones that may be meant.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final, NamedTuple

from functions.sms.phones.numbers import Number


class Place(NamedTuple):
    """A message suits its recipient if it suits in all these IANA time zones."""

    zones: tuple[str, ...]
    # The last part of its ISO 3166-2 code (FL, ON); empty if the number does not tell, or lies in several.
    region: str


def place(number: Number) -> Place:
    """The place of a number: of its area code, or else its whole country."""
    if area := _AREA_CODES.get(number.country):
        found = _PLACES.get((number.country, number.e164[area]))
        if found:
            return found
    return _PLACES[number.country, ""]


def _read(path: Path) -> dict[tuple[str, str], Place]:
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["country"], row["area_code"]): Place(tuple(row["zones"].split()), row["region"])
            for row in csv.DictReader(file)
        }


# Where the area code stands in E.164.
_AREA_CODES: Final = {"US": slice(2, 5), "CA": slice(2, 5), "MX": slice(3, 5), "BR": slice(3, 5)}
_PLACES: Final = _read(Path(__file__).with_suffix(".csv"))
