"""The files of reference data in schema/seed, which `ddp generate` writes from the locked libraries.

geography.csv: one row per country (ISO 3166-1), region (first level of ISO 3166-2) and place that names a time zone of
the country (IANA's zone.tab, with its coordinates). Countries with one time zone have it in all their rows.
region_aliases.tsv, written by hand, adds what else people call a country or region.
devices.csv: what the user agents in user_agents.tsv say about their devices.

Sources: pycountry (ISO codes of Debian's iso-codes, LGPL-2.1-or-later), tzdata (public domain), ua-parser (Apache-2.0).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from importlib.resources import files
from operator import itemgetter
from pathlib import Path
from typing import Final

import pycountry
import ua_parser

from functions.maintenance.seed.reference import SEED
from functions.people.devices import kind

GEOGRAPHY: Final = (
    "country_code",
    "country_name",
    "region",
    "city",
    "latitude",
    "longitude",
    "timezone",
    "aliases",
)
DEVICES: Final = (
    "device_type",
    "device_brand",
    "device_model",
    "operating_system",
    "browser",
    "screen_resolution",
    "user_agent",
)
Cells = tuple[str, ...]


def contents() -> dict[Path, str]:
    """The texts by path; the same versions of the libraries give the same texts."""
    return {
        SEED / "geography.csv": _csv(GEOGRAPHY, with_aliases(geography(), SEED / "region_aliases.tsv")),
        SEED / "devices.csv": _csv(DEVICES, devices(SEED / "user_agents.tsv")),
    }


def geography() -> list[Cells]:
    """Countries, regions and places, sorted. An empty cell is a null."""
    names = {c.alpha_2: getattr(c, "common_name", c.name) for c in pycountry.countries}
    places = [place for place in _places() if place[0] in names]
    zones: dict[str, set[str]] = {code: set() for code in names}
    for code, _city, _latitude, _longitude, zone in places:
        zones[code].add(zone)
    only = {code: next(iter(found)) if len(found) == 1 else "" for code, found in zones.items()}
    rows = {
        *((code, name, "", "", "", "", only[code]) for code, name in names.items()),
        *((code, names[code], region, "", "", "", only[code]) for code, region in _regions()),
        *((code, names[code], "", city, *where) for code, city, *where in places),
    }
    return sorted(rows, key=itemgetter(0, 2, 3))


def with_aliases(rows: Iterable[Cells], aliases: Path) -> Iterator[Cells]:
    """The rows with a last cell: other names, as a PostgreSQL array, from lines of country, region, name.

    Raises ValueError for a name of what is not in the rows, which a new version of the library may have renamed.
    """
    lines = [line.split("\t") for line in aliases.read_text(encoding="utf-8").splitlines()]
    left = {(code, region) for code, region, _name in lines}
    for row in rows:
        named = [name for code, region, name in lines if (code, region, "") == (row[0], row[2], row[3])]
        left.discard((row[0], row[2]))
        yield (*row, "{" + ",".join(f'"{name}"' for name in named) + "}")
    if left:
        raise ValueError(f"{aliases.name} names what is not in ISO 3166: {sorted(left)}")


def _regions() -> Iterator[tuple[str, str]]:
    return ((region.country_code, region.name) for region in pycountry.subdivisions if not region.parent_code)


def _places() -> Iterator[Cells]:
    """(country, city, latitude, longitude, time zone) for each line of zone.tab."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if not line.startswith("#"):
            code, coordinates, zone, *_comment = line.split("\t")
            latitude, longitude = re.findall(r"[+-]\d+", coordinates)
            yield (
                code,
                zone.rpartition("/")[2].replace("_", " "),
                _degrees(latitude, 2),
                _degrees(longitude, 3),
                zone,
            )


def _degrees(angle: str, digits: int) -> str:
    """Convert ISO 6709 ±DD[D]MM[SS] to decimal degrees."""
    sign, whole, rest = angle[0], angle[1 : 1 + digits], angle[1 + digits :]
    value = int(whole) + int(rest[:2]) / 60 + int(rest[2:] or 0) / 3600
    return f"{'-' if sign == '-' else ''}{value:.6f}"


def devices(user_agents: Path) -> list[Cells]:
    """One row per line (`screen<TAB>user agent`) of the file, in its order."""
    lines = user_agents.read_text(encoding="utf-8").splitlines()
    return [(*describe(agent), screen, agent) for screen, agent in (line.split("\t") for line in lines)]


def describe(user_agent: str) -> Cells:
    """Type, brand, model, operating system and browser; empty if the user agent does not name it."""
    found = ua_parser.parse(user_agent).with_defaults()
    system = " ".join(part for part in (found.os.family, found.os.major) if part)
    brand, model = found.device.brand or "", found.device.model or ""
    return kind(user_agent, found.os.family), brand, model, system, found.user_agent.family


def _csv(header: Cells, rows: Iterable[Cells]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
