"""The data about sending windows, and the oracle that the database is compared with."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta

import pytest

from functions.sms.phones.places import _PLACES
from tests.windows_oracle import (
    Window,
    _days_off,
    _rows,
    earliest,
    of_place,
    shipped_holidays,
    shipped_windows,
    suits,
)

pytestmark = pytest.mark.thorough

NEW_YORK, CHICAGO, DENVER = "America/New_York", "America/Chicago", "America/Denver"


def when(text: str, zones: str, country: str, region: str = "") -> str:
    found = earliest(
        datetime.fromisoformat(text), zones.split(), country, region, shipped_windows(), shipped_holidays()
    )
    assert found is not None
    return f"{found.astimezone(UTC):%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("at", "zones", "country", "region", "expected"),
    [
        # Now suits.
        ("2027-01-12T15:07Z", "Europe/London", "GB", "", "2027-01-12T15:07"),
        ("2027-01-12T20:00Z", "Europe/London", "GB", "", "2027-01-13T09:00"),  # the end is not part of it
        ("2027-01-12T08:59Z", "Europe/London", "GB", "", "2027-01-12T09:00"),
        # The clocks change: 8 o'clock comes an hour earlier in spring, later in autumn.
        ("2027-03-13T05:00Z", NEW_YORK, "US", "FL", "2027-03-13T13:00"),
        ("2027-03-14T05:00Z", NEW_YORK, "US", "FL", "2027-03-14T12:00"),
        ("2026-11-01T03:00Z", NEW_YORK, "US", "FL", "2026-11-01T13:00"),
        # Texas on Sunday from noon, on Monday from 9.
        ("2027-06-06T05:00Z", CHICAGO, "US", "TX", "2027-06-06T17:00"),
        ("2027-06-07T05:00Z", CHICAGO, "US", "TX", "2027-06-07T14:00"),
        # Two candidates: Florida's 8-20 in both.
        ("2027-06-07T05:00Z", f"{NEW_YORK} {CHICAGO}", "US", "FL", "2027-06-07T13:00"),
        ("2027-06-08T00:30Z", f"{NEW_YORK} {CHICAGO}", "US", "FL", "2027-06-08T13:00"),
        # A state that is not read, and no state: 11-20.
        ("2027-06-07T05:00Z", DENVER, "US", "CO", "2027-06-07T17:00"),
        ("2027-06-07T05:00Z", DENVER, "US", "", "2027-06-07T17:00"),
        # Never in France on Sundays and holidays: Saturday 1 May, Sunday, Monday.
        ("2027-04-30T19:00Z", "Europe/Paris", "FR", "", "2027-05-03T06:00"),
        ("2027-12-25T10:00Z", "Europe/Paris", "FR", "", "2027-12-27T07:00"),
        # India's window has a date.
        ("2027-01-12T03:00Z", "Asia/Kolkata", "IN", "", "2027-01-12T04:30"),
        # One hour a day suits both ends of Russia.
        ("2027-01-12T00:00Z", "Europe/Kaliningrad Asia/Kamchatka", "RU", "", "2027-01-12T07:00"),
        ("2027-01-12T08:00Z", "Europe/Kaliningrad Asia/Kamchatka", "RU", "", "2027-01-13T07:00"),
    ],
)  # fmt: skip
def test_the_earliest_time(at: str, zones: str, country: str, region: str, expected: str) -> None:
    assert when(at, zones, country, region) == expected


def test_the_earliest_time_is_what_a_look_at_each_quarter_of_an_hour_finds() -> None:
    chance = random.Random(8)
    windows, holidays = shipped_windows(), shipped_holidays()
    countries = ["US", "US", "US", "CA", "FR", "IN", "RU", "BR", "MX", "AU", "GB", "JM", "NP"]
    places = [(key[0], found) for key, found in _PLACES.items() if key[0] in countries]
    for _ in range(150):
        country, found = chance.choice(places)
        at = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(minutes=15 * chance.randrange(50_000))
        rules, days_off = of_place(windows, country, found.region), _days_off(holidays, country, found.region)
        quarters = (at + timedelta(minutes=15 * n) for n in range(96 * 6))
        expected = next(q for q in quarters if all(suits(q, zone, rules, days_off) for zone in found.zones))
        assert earliest(at, found.zones, country, found.region, windows, holidays) == expected


def test_every_place_has_a_time_that_suits() -> None:
    at = datetime(2027, 5, 1, 12, tzinfo=UTC)
    windows, holidays = shipped_windows(), shipped_holidays()
    places = {(country, found) for (country, _), found in _PLACES.items()}
    assert [
        (country, found)
        for country, found in sorted(places)
        if earliest(at, found.zones, country, found.region, windows, holidays) is None
    ] == []


def test_where_no_hour_suits_the_countrys_window_counts_in_the_outermost_zones() -> None:
    def window(opens: int, closes: int) -> Window:
        return Window(
            frozenset(range(1, 8)), time(opens), time(closes), on_holidays=True, valid_from=date.min
        )

    windows = {("US", "XX"): [window(11, 13)], ("US", ""): [window(8, 21)]}
    zones = [CHICAGO, "America/Los_Angeles", NEW_YORK, DENVER]
    at = datetime(2027, 1, 12, 2, tzinfo=UTC)  # 21 in New York, 18 in Los Angeles
    assert earliest(at, zones, "US", "XX", windows, ()) == datetime(2027, 1, 12, 16, tzinfo=UTC)
    assert earliest(at, zones, "US", "XX", windows | {("US", ""): [window(8, 10)]}, ()) is None


ROWS = _rows("sending_windows.csv")


def test_windows_are_whole_and_have_a_source() -> None:
    for row in ROWS:
        assert re.fullmatch(r"[A-Z]{2}|\*", row["country"]), row
        assert re.fullmatch(r"[A-Z]{2}|\*|", row["region"]), row
        assert re.fullmatch("1?2?3?4?5?6?7?", row["days"]), row
        assert time.fromisoformat(row["opens"]) < time.fromisoformat(row["closes"]), row
        assert row["on_holidays"] in {"yes", "no"}, row
        assert row["status"] in {"law", "custom", "unchecked"}, row
        assert row["source"], row


def test_windows_of_one_day_do_not_overlap() -> None:
    seen: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for row in ROWS:
        for day in row["days"]:
            seen[row["country"], row["region"], row["valid_from"], day].append(row["opens"])
    assert [key for key, openings in seen.items() if len(openings) > 1] == []


def test_no_state_has_hours_that_the_federal_window_does_not_allow() -> None:
    states = [row for row in ROWS if row["country"] == "US"]
    assert all(row["opens"] >= "08:00" and row["closes"] <= "21:00" for row in states)
    unchecked = [row for row in states if row["status"] == "unchecked"]
    assert all(row["opens"] >= "11:00" and row["closes"] <= "20:00" for row in unchecked)


def test_a_place_that_closes_on_holidays_has_some_in_each_year() -> None:
    years = {day.year for _, _, day in shipped_holidays()}
    assert len(years) >= 2
    for row in ROWS:
        if row["on_holidays"] == "no":
            off = _days_off(shipped_holidays(), row["country"], row["region"])
            assert {day.year for day in off} == years, row
    assert date(2027, 7, 14) in _days_off(shipped_holidays(), "RE", "")
