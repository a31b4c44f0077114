"""The generated data about numbers and holidays are what the locked libraries say."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from infra.cli import generated
from infra.seed import holiday_dates, phones

pytestmark = pytest.mark.thorough


def test_holidays_are_up_to_date() -> None:
    assert generated.stale(holiday_dates.contents()) == []


def test_places_are_up_to_date() -> None:
    with (phones.FOLDER / "places.csv").open(encoding="utf-8", newline="") as file:
        assert [tuple(row) for row in csv.reader(file)][1:] == phones.places()


@pytest.mark.slow
def test_beginnings_of_numbers_are_up_to_date() -> None:
    assert generated.stale(phones.contents()) == []


def test_holidays_of_all_of_france_are_those_of_any_of_its_regions() -> None:
    days = {(country, region, day) for country, region, day, _name in holiday_dates.rows()}
    assert ("FR", "", f"{date(2027, 3, 26)}") in days  # Good Friday, in Alsace
    assert ("US", "AL", f"{date(2027, 4, 26)}") in days  # Confederate Memorial Day
    assert ("US", "", f"{date(2027, 4, 26)}") not in days
