"""Where the owner of a number may be."""

from __future__ import annotations

import phonenumbers
import pytest

from functions.sms.phones.numbers import Kind, Number, read
from functions.sms.phones.places import _PLACES, Place, place

EAST, CENTRAL, MOUNTAIN, PACIFIC = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)


@pytest.mark.parametrize(
    ("entry", "zones", "region"),
    [
        ("+1 212 555 0123", {EAST}, "NY"),
        ("+1 202 555 0123", {EAST}, "DC"),
        # Area codes of two zones have both, whatever the exchange says.
        ("+1 850 555 0123", {EAST, CENTRAL}, "FL"),
        ("+1 850 200 0123", {EAST, CENTRAL}, "FL"),
        ("+1 423 555 0123", {EAST, CENTRAL}, "TN"),
        ("+1 915 555 0123", {CENTRAL, MOUNTAIN}, "TX"),
        ("+1 458 555 0123", {MOUNTAIN, PACIFIC}, "OR"),  # serves the same places as 541
        ("+1 480 555 0123", {"America/Phoenix"}, "AZ"),
        ("+1 416 555 0123", {"America/Toronto"}, "ON"),
        ("+1 902 555 0123", {"America/Halifax"}, ""),  # Nova Scotia and Prince Edward Island
        # A country with one zone has that one, where phonenumbers has 42 for a mobile number of Jamaica.
        ("+1 876 555 1234", {"America/Jamaica"}, ""),
        ("+1 787 555 1234", {"America/Puerto_Rico"}, ""),
        ("+41 79 123 45 67", {"Europe/Zurich"}, ""),
        ("+49 151 23456789", {"Europe/Berlin"}, ""),  # Busingen's clocks are the same
        ("+55 11 91234 5678", {"America/Sao_Paulo"}, ""),
        ("+52 998 123 4567", {"America/Cancun", "America/Mexico_City"}, ""),  # 99
        ("+61 412 345 678", 7, ""),
        ("+7 916 123 45 67", 12, ""),
        ("+383 43 201 234", {"Europe/Belgrade"}, ""),
    ],
)
def test_the_place_of_a_number(entry: str, zones: set[str] | int, region: str) -> None:
    found = place(read(entry))
    assert found.region == region
    assert (set(found.zones) if isinstance(zones, set) else len(found.zones)) == zones


def test_an_area_code_that_has_no_place_of_its_own_counts_as_its_country() -> None:
    new = Number("+12995550123", "US", Kind.MOBILE_OR_LANDLINE)
    assert len(place(new).zones) > 7
    assert place(new).region == ""


def test_all_states_and_provinces_have_area_codes() -> None:
    regions = {
        country: {found.region for (of, _), found in _PLACES.items() if of == country}
        for country in ("US", "CA")
    }
    assert len(regions["US"]) == 52  # with the District of Columbia, and none
    assert regions["CA"] == {"", "AB", "BC", "MB", "NB", "NL", "ON", "QC", "SK"}


def test_every_country_that_has_numbers_has_a_place() -> None:
    examples = {
        country: number
        for country in phonenumbers.SUPPORTED_REGIONS
        if (number := phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE))
    }
    assert len(examples) > 200
    for country, number in examples.items():
        e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        assert isinstance(place(read(e164)), Place), country
        assert place(read(e164)).zones, country
