"""What functions/sms knows about numbers: two files that `ddp generate` writes from the locked phonenumbers and tzdata.

numbers.txt: beginnings of numbers whose last four or six digits decide whether they are valid, and of what kind.
Numbers that begin otherwise need to be looked at only once for each beginning (functions/sms/phones/numbers.py).

places.csv: where a number's owner may be: for each country its time zones, and for area codes of the countries whose
mobile numbers have them, the zones and the region (a state or province, the last part of its ISO 3166-2 code). The data
of phonenumbers says where each exchange is, which for a mobile number is mostly wrong: here an area code has all zones
of its exchanges.

Sources: phonenumbers (Apache-2.0), tzdata (public domain), pycountry (LGPL-2.1-or-later), and below NANPA's report of
area codes (nationalnanpa.com; the column TIME_ZONE has several letters where an area code has several zones).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import phonenumbers
import pycountry
from phonenumbers.geodata import GEOCODE_DATA
from phonenumbers.phonemetadata import PhoneMetadata
from phonenumbers.tzdata import TIMEZONE_DATA

from infra.seed.digit_patterns import beginnings_that_need
from infra.state import ROOT

FOLDER: Final = ROOT / "functions" / "sms" / "phones"

# As in functions/sms/phones/numbers.py.
LEFT_OFF: Final = (6, 4)
SHORTEST: Final = 3
KINDS: Final = (
    "general_desc", "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip",
    "pager", "uan", "voicemail",
)  # fmt: skip

# Countries of several zones whose mobile numbers begin with an area code: the calling code and the area code's digits.
AREA_CODES: Final = {"US": ("1", 3), "CA": ("1", 3), "MX": ("52", 2), "BR": ("55", 2)}
# Area codes that serve the same places as an older one (overlays), but whose exchanges are too few to show all zones.
OVERLAYS: Final = {
    "236": "250", "257": "250", "364": "270", "367": "418", "448": "850", "458": "541", "581": "418", "672": "250",
    "778": "250", "879": "709", "930": "812", "986": "208",
}  # fmt: skip
# Two zones in NANPA's report, one in phonenumbers: both have counties in the second zone.
SECOND_ZONES: Final = {"915": "America/Chicago", "931": "America/New_York"}
# Regions that phonenumbers spells in its own way.
SPELLED: Final = {
    "Washington State": "Washington",
    "Washington D.C.": "District of Columbia",
    "Washington, D.C.": "District of Columbia",
    "British Colombia": "British Columbia",
}
# Zones are one if their clocks were the same from here on: what was merged stays merged when a law changes.
ALIKE_SINCE: Final = datetime(2020, 1, 1, 12, tzinfo=UTC)
ALIKE_FOR_DAYS: Final = 17 * 365

Row = tuple[str, str, str, str]


def contents() -> dict[Path, str]:
    """The texts by path; the same versions of the libraries give the same texts."""
    return {
        FOLDER / "numbers.txt": "".join(f"{beginning} {last}\n" for beginning, last in last_digits_matter()),
        FOLDER / "places.csv": _csv(("country", "area_code", "region", "zones"), places()),
    }


def last_digits_matter() -> list[tuple[str, int]]:
    """Calling codes, or calling codes with three more digits, and how many last digits of a number matter there."""
    found: dict[str, int] = {}
    for last in LEFT_OFF:  # where four matter, six do
        found |= dict.fromkeys(_shortest(_all_beginnings(last)), last)
    return sorted(found.items())


def _all_beginnings(last: int) -> set[str]:
    return {
        beginning
        for code, countries in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
        for country in countries
        for beginning in _beginnings(str(code), country, last)
    }


def _shortest(found: Collection[str]) -> Iterator[str]:
    """Those that no other of them begins."""
    yield from (each for each in found if not any(each[:length] in found for length in range(1, len(each))))


def _beginnings(code: str, country: str, last: int) -> Iterator[str]:
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(code), country)
    for kind in KINDS:
        pattern = getattr(getattr(metadata, kind), "national_number_pattern", None)
        found = (
            beginnings_that_need(last, pattern, digits=SHORTEST, shortest=SHORTEST + last)
            if pattern
            else set()
        )
        yield from (code + beginning for beginning in found)
        # What a number's digits are without its trunk prefix may depend on this pattern.
        if found and kind == "general_desc":
            yield code


def places() -> list[Row]:
    """Rows (country, area code or empty, region or empty, zones separated by spaces), sorted."""
    rows = {(country, "", "", " ".join(zones)) for country, zones in country_zones().items()}
    for country, (calling_code, digits) in AREA_CODES.items():
        rows.update(_areas(country, calling_code, digits))
    return sorted(rows)


def _areas(country: str, calling_code: str, digits: int) -> Iterator[Row]:
    regions = _regions(country, calling_code)
    for area_code in [f"{number:0{digits}}" for number in range(10**digits)]:
        zones = " ".join(area_zones(country, calling_code, area_code))
        if area_code in regions or (zones and calling_code != "1"):
            yield country, area_code, regions.get(area_code, ""), zones or " ".join(country_zones()[country])


def area_zones(country: str, calling_code: str, area_code: str) -> list[str]:
    """The country's zones that exchanges of an area code lie in."""
    prefix = calling_code + area_code
    exchanges = {zone for beginning in _starting_with(prefix) for zone in TIMEZONE_DATA[beginning]}
    around = next((prefix[:n] for n in range(len(prefix), 0, -1) if prefix[:n] in TIMEZONE_DATA), "")
    zones = exchanges | set(TIMEZONE_DATA[around] if len(around) > len(calling_code) else ())
    if calling_code == "1" and area_code in OVERLAYS:
        zones |= set(area_zones(country, calling_code, OVERLAYS[area_code]))
    if calling_code == "1" and area_code in SECOND_ZONES:
        zones.add(SECOND_ZONES[area_code])
    kept = {_representatives(country).get(zone, "") for zone in zones}
    return [zone for zone in country_zones()[country] if zone in kept]


@cache
def _starting_with(prefix: str) -> tuple[str, ...]:
    return tuple(beginning for beginning in TIMEZONE_DATA if beginning.startswith(prefix))


def _regions(country: str, calling_code: str) -> dict[str, str]:
    """The region of each of the country's area codes in the North American plan; empty where it has several."""
    if calling_code != "1":
        return {}
    subdivisions = (each for each in pycountry.subdivisions if each.country_code == country)
    codes = {each.name: each.code.partition("-")[2] for each in subdivisions}
    places = {
        beginning[1:]: {_region(part, codes) for part in names["en"].split("/")}
        for beginning, names in GEOCODE_DATA.items()
        if len(beginning) == 4 and beginning[0] == "1" and "en" in names
    }
    return {
        area_code: next(iter(regions)) if len(regions) == 1 else ""
        for area_code, regions in places.items()
        if regions != {""}
    }


def _region(name: str, codes: Mapping[str, str]) -> str:
    """The code of a region that phonenumbers names (Ohio; Chicago, IL); empty if it is not one of `codes`."""
    last = name.rpartition(", ")[2]
    return last if last in codes.values() else codes.get(SPELLED.get(name, name), "")


@cache
def country_zones() -> Mapping[str, list[str]]:
    """The time zones of each country, only one of those that are alike."""
    countries = dict.fromkeys(country for country, _zone in _zone_table())
    # Kosovo, Ascension, Tristan da Cunha.
    others = {
        country: _named_by_phonenumbers(country) for country in phonenumbers.SUPPORTED_REGIONS - {*countries}
    }
    return others | {
        country: list(dict.fromkeys(_representatives(country).values())) for country in countries
    }


@cache
def _representatives(country: str) -> Mapping[str, str]:
    """For each zone of a country the one that stands for all that are like it: the one that phonenumbers names, too."""
    zones = [zone for of, zone in _zone_table() if of == country]
    zones.sort(key=lambda zone: zone not in _named_by_phonenumbers(country))
    if len(zones) == 1:
        return {zones[0]: zones[0]}
    first: dict[bytes, str] = {}
    return {zone: first.setdefault(_clock(zone), zone) for zone in zones}


def _named_by_phonenumbers(country: str) -> list[str]:
    return list(TIMEZONE_DATA.get(str(phonenumbers.country_code_for_region(country)), ()))


def _clock(zone: str) -> bytes:
    """Offsets at noon UTC of every third day, in quarters of an hour."""
    clock = ZoneInfo(zone)
    days = (ALIKE_SINCE + timedelta(days=day) for day in range(0, ALIKE_FOR_DAYS, 3))
    offsets = (day.astimezone(clock).utcoffset() or timedelta() for day in days)
    return bytes(int(offset / timedelta(minutes=15)) + 100 for offset in offsets)


@cache
def _zone_table() -> list[tuple[str, str]]:
    """(country, zone) of each line of IANA's zone.tab, in its order."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    lines = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return [(country, zone) for country, _coordinates, zone, *_comment in lines]


def _csv(header: Iterable[str], rows: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
