"""When an SMS may go: the database answers as plain Python does, with the shipped windows and holidays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from functions.maintenance.seed import reference
from functions.sms.phones.numbers import Kind, Number
from functions.sms.phones.places import place
from tests.database.servers import Database, DatabaseServer
from tests.windows_oracle import earliest, shipped_holidays, shipped_windows

ASK = """
select ddp.clock_allowed_from((0, %(country)s, %(region)s, %(zones)s)::ddp.clocks, %(at)s) as at
"""
# A year with clock changes, holidays, and the beginning of India's present hours.
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
# What tells a place: an area code where there are such, else any number.
NUMBERS = {
    "US": (
        "+12125550123", "+13055550123", "+12055550123", "+14235550123", "+19075550123", "+18085550123",
        "+12145550123",
    ),
    "CA": ("+14165550123", "+17095550123"),
    "FR": ("+33612345678",), "GB": ("+447911123456",), "IN": ("+919812345678",), "RU": ("+79161234567",),
    "AU": ("+61412345678",), "JM": ("+18765550123",), "NP": ("+9779812345678",), "BR": ("+5511961234567",),
    "RE": ("+262692123456",), "CL": ("+56961234567",),
}  # fmt: skip


@pytest.fixture(scope="module")
def windows(server: DatabaseServer, template: Database) -> Any:
    """A database with the shipped windows and holidays."""
    database = server.create(template=template.name)
    with database.connect() as connection:
        with connection.transaction():
            reference.load(connection)
        yield connection
    server.drop(database)


def places(random: Random, count: int) -> list[tuple[str, str, list[str], datetime]]:
    """Countries, regions, zones and times."""
    found = []
    for _ in range(count):
        country = random.choice(list(NUMBERS))
        zones, region = place(Number(random.choice(NUMBERS[country]), country, Kind.MOBILE))
        at = FIRST + timedelta(seconds=random.randrange(365 * 86_400))
        found.append((country, region, list(zones), at))
    return found


def compare(connection: Any, random: Random, count: int) -> None:
    for country, region, zones, at in places(random, count):
        values = {"country": country, "region": region, "zones": zones, "at": at}
        (said,) = connection.execute(ASK, values).fetchone()
        expected = earliest(at, zones, country, region, shipped_windows(), shipped_holidays())
        assert said == (expected or at + timedelta(days=14)), values


def test_times_equal_those_of_plain_python(windows: Any) -> None:
    compare(windows, Random(1), 400)


@pytest.mark.slow
def test_many_times_equal_those_of_plain_python(windows: Any) -> None:
    compare(windows, Random(2), 20_000)


def test_no_hour_that_suits_all_leads_to_the_outermost_zones(windows: Any) -> None:
    zones = ["Pacific/Kiritimati", "Europe/Paris", "Pacific/Honolulu"]
    at = datetime(2026, 6, 3, 12, tzinfo=UTC)
    values = {"country": "US", "region": "", "zones": zones, "at": at}
    (said,) = windows.execute(ASK, values).fetchone()
    expected = earliest(at, zones, "US", "", shipped_windows(), shipped_holidays())
    assert said == (expected or at + timedelta(days=14))
