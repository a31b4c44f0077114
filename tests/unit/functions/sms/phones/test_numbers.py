"""Phone numbers: what entries of real lists give, and that remembering beginnings never changes an answer."""

from __future__ import annotations

import random
from collections.abc import Iterator

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from functions.sms.phones import numbers
from functions.sms.phones.numbers import REASONS, Kind, Number, NumberError, read
from infra.seed import digit_patterns, phones

pytestmark = pytest.mark.thorough

MOBILE, EITHER = Kind.MOBILE, Kind.MOBILE_OR_LANDLINE


def code(entry: str, country: str = "", default: str = "") -> str | Number:
    """The number, or the code of its rejection."""
    try:
        return read(entry, country, default)
    except NumberError as error:
        return error.code


@pytest.mark.parametrize(
    ("entry", "country", "default", "number"),
    [
        ("+41 79 123 45 67", "", "", ("+41791234567", "CH", MOBILE)),
        ("+41791234567", "GB", "US", ("+41791234567", "CH", MOBILE)),  # the entry's own country comes first
        ("079 123 45 67", "CH", "GB", ("+41791234567", "CH", MOBILE)),
        ("079/123.45.67", "", "ch", ("+41791234567", "CH", MOBILE)),
        ("07400 123456", "uk", "", ("+447400123456", "GB", MOBILE)),
        ("0044 7400 123456", "", "GB", ("+447400123456", "GB", MOBILE)),
        ("447400123456", "", "GB", ("+447400123456", "GB", MOBILE)),
        ("+44 (0)7400 123456", "", "", ("+447400123456", "GB", MOBILE)),
        ("+44 7911 123456", "", "", ("+447911123456", "GG", MOBILE)),  # Guernsey
        ("(201) 555-0123", "US", "", ("+12015550123", "US", EITHER)),
        ("011 44 7400 123456", "US", "", ("+447400123456", "GB", MOBILE)),
        ("tel:+1-201-555-0123", "", "", ("+12015550123", "US", EITHER)),
        ("'+12015550123", "", "", ("+12015550123", "US", EITHER)),
        ("\u202a+44\u00a07400\u2011123456\u202c", "", "", ("+447400123456", "GB", MOBILE)),
        ("\uff10\uff17\uff14\uff10\uff10 \u0661\u0662\u06634\u0665\u0666", "GB", "", ("+447400123456", "GB", MOBILE)),
        ("+54 11 15 2345 6789", "", "", ("+5491123456789", "AR", MOBILE)),
        ("+1 876 555 1234", "", "", ("+18765551234", "JM", MOBILE)),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(
    entry: str, country: str, default: str, number: tuple[str, str, Kind]
) -> None:
    assert read(entry, country, default) == Number(*number)


@pytest.mark.parametrize(
    ("entry", "country", "expected"),
    [
        ("", "GB", "empty"),
        (" \u200b ", "GB", "empty"),
        ("N/A", "US", "not-a-number"),
        ("+44 7400 123456 (mobile)", "", "not-a-number"),
        ("1-800-FLOWERS", "US", "not-a-number"),
        ("+44\x007400123456", "", "not-a-number"),
        ("\ud83d", "GB", "not-a-number"),
        ("1" * 1_000_000, "GB", "not-a-number"),
        ("07400 123456", "", "no-country"),
        ("07400 123456", "Narnia", "no-country"),
        ("0044 7400 123456", "", "no-country"),  # who dials 00, and who dials 011?
        ("555 0123", "US", "too-short"),
        ("+44 7400 1234", "", "too-short"),
        ("+44 7400 123456 78", "", "too-long"),
        ("079 123 45 67 / 044 668 18 00", "CH", "too-long"),
        ("+44 7700 900123", "", "invalid"),  # for films
        ("+999 1234 5678", "", "invalid"),
        ("+44 7400 123456 ext 5", "", "extension"),
        ("+44 7400 123456x5", "", "extension"),
        ("+44 7400 123456#5", "", "extension"),
        ("4.47E+11", "GB", "spreadsheet-number"),
        ("4,474E11", "GB", "spreadsheet-number"),
        ("447400123456.0", "GB", "spreadsheet-number"),
        ("+447400123456,00", "", "spreadsheet-number"),
        ("+44 20 7946 0018", "", "landline"),
        ("+44 56 1234 5678", "", "landline"),  # VOIP
        ("+44 55 1234 5678", "", "landline"),  # UAN
        ("+351 600 110000", "", "landline"),  # voice mail
        ("+44 9012 345678", "", "premium-rate"),
        ("+979 1 2345 6789", "", "premium-rate"),
        ("+1 800 555 1234", "", "toll-free"),
        ("+800 1234 5678", "", "toll-free"),
        ("+49 180 1234567", "", "shared-cost"),
        ("+44 70 1234 5678", "", "personal-number"),
        ("+44 7640 123456", "", "pager"),
        ("+881 6 1234 5678", "", "satellite"),
        ("+870 773 123456", "", "satellite"),
    ],
)
def test_what_gets_no_messages_has_its_reason(entry: str, country: str, expected: str) -> None:
    assert code(entry, country) == expected


def test_each_reason_is_a_sentence() -> None:
    assert all(reason[0].isupper() and reason.endswith(".") for reason in REASONS.values())
    assert NumberError("pager").reason == "This is a pager's number, which gets no SMS: give a mobile number."


def test_the_default_is_not_used_where_the_record_names_an_unknown_country() -> None:
    assert code("07400 123456", "Narnia", "GB") == "no-country"
    assert code("07400 123456", "", "GB") == Number("+447400123456", "GB", MOBILE)


def oracle(entry: str, region: str | None) -> tuple[str, str] | None:
    """E.164 and country of a number that phonenumbers takes for an ordinary or mobile one."""
    try:
        number = phonenumbers.parse(entry, region)
    except phonenumbers.NumberParseException:
        return None
    kind = phonenumbers.number_type(number)
    wanted = kind in {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
    if not wanted or number.extension or number.country_code in numbers.SATELLITE:
        return None
    country = phonenumbers.region_code_for_number(number) or ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164), country


def without_memory(entry: str, region: str) -> str | Number:
    try:
        return numbers._slowly(entry, region, "")
    except NumberError as error:
        return error.code


def entries(count: int) -> Iterator[tuple[str, str]]:
    """Entries and their countries ("" with +): numbers like each country's examples, several of each beginning."""
    chance = random.Random(164)
    kinds = [PhoneNumberType.MOBILE] * 4 + list(range(11))
    examples = [
        number
        for country in sorted(phonenumbers.SUPPORTED_REGIONS)
        for kind in kinds
        if (number := phonenumbers.example_number_for_type(country, kind))
    ]
    for _ in range(count // 5):
        example = chance.choice(examples)
        national = phonenumbers.national_significant_number(example)
        kept = national[: chance.randint(1, len(national))]
        beginning = "".join([kept, *chance.choices("0123456789", k=len(national) - len(kept))])[:-4]
        form = chance.choice(["+{0}{1}", "+{0} {1}", "{1}", "0{1}", "00{0}{1}", "011{0}{1}", "{0}{1}"])
        region = "" if form[0] == "+" else phonenumbers.region_code_for_country_code(example.country_code)
        for tail in chance.choices(range(10_000), k=5):
            yield form.format(example.country_code, f"{beginning}{tail:04}"), region


def differences(count: int) -> list[tuple[str, str, object, object]]:
    found = []
    for entry, region in entries(count):
        number, unremembered = code(entry, region), without_memory(entry, region)
        given = number[:2] if isinstance(number, Number) else None
        if given != (expected := oracle(entry, region or None)) or number != unremembered:
            found.append((entry, region, number, expected))
    return found


def test_numbers_are_what_the_library_says() -> None:
    assert differences(5_000) == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_million_numbers_are_what_the_library_says() -> None:
    assert differences(1_000_000) == []


def test_a_beginning_is_looked_at_once() -> None:
    numbers._by_beginning.cache_clear()
    for tail in range(100_000, 1_000_000, 9_999):
        assert read(f"+44 7400 {tail}") == Number(f"+447400{tail}", "GB", MOBILE)
    assert numbers._by_beginning.cache_info().misses == 1


def test_a_beginning_is_longer_where_more_digits_matter() -> None:
    """Of British numbers that begin with 745, the last six digits decide something."""
    numbers._by_beginning.cache_clear()
    for tail in range(1000, 1100):
        assert read(f"+44 7457 12{tail}") == Number(f"+44745712{tail}", "GB", MOBILE)
    assert numbers._by_beginning.cache_info().misses == 2


def test_beginnings_of_which_the_last_digits_matter_are_not_remembered() -> None:
    """Botswana has 79 10 0, 1, 3 …, but not 79 10 2."""
    assert code("+26779102234") == "invalid"
    assert code("+26779101234") == Number("+26779101234", "BW", MOBILE)


@pytest.mark.parametrize(
    ("entry", "country", "expected"),
    [
        # From Israel (015) to Turkmenistan (993); from Brazil (0012) to St Helena (290, mobiles have five digits).
        ("01599355492", "IL", "too-short"),
        ("001229051234", "BR", Number("+29051234", "SH", MOBILE)),
    ],
)
def test_a_country_code_may_be_among_the_last_digits(entry: str, country: str, expected: object) -> None:
    assert code(entry, country) == expected == without_memory(entry, country)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("7\\d{6}", set()),
        ("7\\d{3}[0-4]\\d{3}", {"7"}),
        ("7(?:\\d{3}[0-4]|1\\d{3})\\d{3}", {"7"}),
        ("(?:7[0-4]|8[5-9])\\d{4,6}", set()),
        ("8001111|8\\d{3}", {"8"}),
    ],
)
def test_which_beginnings_need_their_last_digits(pattern: str, found: set[str]) -> None:
    assert digit_patterns.beginnings_that_need(4, pattern, digits=1, shortest=6) == found


def test_both_sides_mean_the_same_short_numbers() -> None:
    assert (phones.SHORTEST, phones.LEFT_OFF) == (numbers.SHORTEST, numbers.LEFT_OFF)
