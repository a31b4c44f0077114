"""Phone numbers as people write them: the one form of a number, its country and kind, or why no SMS goes to it.

The library phonenumbers decides. It needs about 0.1 ms for a number, and what it says seldom depends on the last six
digits and hardly ever on the last four, so a number costs that only if none with the same beginning was read before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult

from ddp.addresses import AddressError

# Longer entries hold something else.
LONGEST: Final = 100
# Beginnings of numbers that are remembered; 100,000 take about 40 MB.
REMEMBERED: Final = 100_000
# How many digits a beginning leaves off: six where they decide nothing, else four.
LEFT_OFF: Final = (6, 4)
# Digits without the country code that a beginning has at least: of shorter numbers nothing is remembered.
SHORTEST: Final = 3


class Kind(StrEnum):
    """Kinds of number that messages go to."""

    MOBILE = "mobile"
    # All ordinary numbers of the United States and Canada: nothing tells which are mobile.
    MOBILE_OR_LANDLINE = "mobile-or-landline"


class Number(NamedTuple):
    """A number that can get messages. A tuple, because there may be millions."""

    e164: str
    # ISO 3166-1, two letters.
    country: str
    kind: Kind


REASONS: Final[Mapping[str, str]] = {
    "empty": "The number is missing.",
    "not-a-number": "The entry is not a phone number: it has letters or signs that no number has.",
    "no-country": "The number has no country code, and no country is given for it (two letters, such as GB).",
    "too-short": "The number has too few digits; perhaps the area code is missing.",
    "too-long": "The number has too many digits; perhaps the entry holds two numbers.",
    "invalid": "No number of this country begins like this or has this length.",
    "extension": "The number has an extension, which messages cannot reach.",
    "spreadsheet-number": "A spreadsheet has turned the number into another one, such as 4.47E+11 or 447911123456.0. "
    "Format the column as text, enter the numbers again, and export the file again.",
    "landline": "This is a landline, internet, company or voicemail number, which gets no SMS: give a mobile number.",
    "premium-rate": "This is a premium-rate number, which gets no SMS: give a mobile number.",
    "toll-free": "This is a toll-free number, which gets no SMS: give a mobile number.",
    "shared-cost": "This is a shared-cost number, which gets no SMS: give a mobile number.",
    "personal-number": "The number is a personal number, whose calls are forwarded; messages are not.",
    "pager": "This is a pager's number, which gets no SMS: give a mobile number.",
    "satellite": "The number belongs to a satellite or another international network.",
}


class NumberError(AddressError):
    """The entry is not the number of somebody who can get messages; `code` is a key of REASONS."""

    def __init__(self, code: str) -> None:
        super().__init__(code, REASONS)


def read(entry: str, country: str = "", default: str = "") -> Number:
    """The number in an entry. Raises NumberError.

    `country` is the country of the entry's record, `default` that of the whole list, both ISO 3166-1 with two letters
    and empty if not given. A number with + and its country code needs neither.
    """
    digits = entry.translate(_PUNCTUATION)
    if not _PLAIN(digits) or entry.endswith((".0", ".00")):
        return _slowly(entry, country, default)
    region = "" if digits[0] == "+" else _region(country.strip() or default)
    for last in LEFT_OFF:
        beginning = _by_beginning(digits[:-last], region, last)
        if isinstance(beginning, str):
            raise NumberError(beginning)
        if beginning is not None:
            return Number(beginning.e164 + digits[-last:], beginning.country, beginning.kind)
    return _judged(_parsed(digits, region))


def _slowly(entry: str, country: str, default: str) -> Number:
    """Read an entry that is not just digits and ordinary punctuation, or is short."""
    text = _INVISIBLE.sub("", entry).strip().removeprefix("tel:")
    if not text:
        raise NumberError("empty")
    if _SPREADSHEET(text):
        raise NumberError("spreadsheet-number")
    if len(text) > LONGEST or _CONTROL.search(text):
        raise NumberError("not-a-number")
    region = "" if text.startswith("+") else _region(country.strip() or default)
    if any(letter.isalpha() for letter in text):
        raise NumberError("extension" if _has_extension(text, region) else "not-a-number")
    return _judged(_parsed(text, region))


def _has_extension(text: str, region: str) -> bool:
    """Whether letters announce an extension: elsewhere the library takes them for keys, and "(mobile)" for 662453."""
    try:
        return bool(_parsed(text, region).extension)
    except NumberError:
        return False


@lru_cache(REMEMBERED)
def _by_beginning(digits: str, region: str, last: int) -> Number | str | None:
    """What holds for all numbers that begin with these digits and have so many more: a number without these last
    digits, the code of an error, or None if they matter.
    """
    try:
        number = _parsed(digits + "0" * last, region)
    except NumberError:
        return None  # perhaps the country code, after a prefix for calls abroad, is among the last digits
    if _needs_all_digits(number, last):
        return None
    try:
        judged = _judged(number)
    except NumberError as error:
        return error.code
    return judged._replace(e164=judged.e164[:-last])


def _needs_all_digits(number: phonenumbers.PhoneNumber, last: int) -> bool:
    national = phonenumbers.national_significant_number(number)
    digits, matter = f"{number.country_code}{national}", _LAST_DIGITS_MATTER[last]
    return len(national) < SHORTEST + last or any(digits[:length] in matter for length in range(1, 7))


def _parsed(text: str, region: str) -> phonenumbers.PhoneNumber:
    try:
        return phonenumbers.parse(text, region or None)
    except NumberParseException as error:
        without_country = not region and not text.startswith("+")
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE and without_country:
            raise NumberError("no-country") from error
        raise NumberError(_UNREADABLE[error.error_type]) from error


def _judged(number: phonenumbers.PhoneNumber) -> Number:
    if number.extension:
        raise NumberError("extension")
    if wrong := _LENGTHS.get(phonenumbers.is_possible_number_with_reason(number)):
        raise NumberError(wrong)
    if number.country_code in SATELLITE:
        raise NumberError("satellite")
    kind = phonenumbers.number_type(number)
    if wrong := _REFUSED.get(kind):
        raise NumberError(wrong)
    return Number(
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        phonenumbers.region_code_for_number(number) or "",
        Kind.MOBILE if kind == PhoneNumberType.MOBILE else Kind.MOBILE_OR_LANDLINE,
    )


@lru_cache(1_000)
def _region(country: str) -> str:
    """The country as the library knows it; empty if it does not."""
    code = country.strip().upper()
    code = "GB" if code == "UK" else code
    return code if code in phonenumbers.SUPPORTED_REGIONS else ""


# Inmarsat, the satellite networks, and two codes of international networks, most of them for satellites or machines.
SATELLITE: Final = frozenset({870, 881, 882, 883})


def _read(path: Path) -> Mapping[int, frozenset[str]]:
    lines = [line.split() for line in path.read_text().splitlines()]
    return {last: frozenset(beginning for beginning, n in lines if int(n) <= last) for last in LEFT_OFF}


# Generated: beginnings of numbers, and how many last digits decide something after them.
_LAST_DIGITS_MATTER: Final = _read(Path(__file__).with_suffix(".txt"))
_PUNCTUATION: Final = dict.fromkeys(map(ord, " \t\r\n\u00a0-.()/"))
_PLAIN: Final = re.compile(r"\+?[0-9]{10,16}").fullmatch
_SPREADSHEET: Final = re.compile(r"\+?\d+(?:[.,]\d+)?E\+?\d+|\+?\d{7,}[.,]0{1,2}", re.IGNORECASE).fullmatch
# Marks of direction and other signs that are copied along with numbers.
_INVISIBLE: Final = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_UNREADABLE: Final = {
    NumberParseException.INVALID_COUNTRY_CODE: "invalid",
    NumberParseException.NOT_A_NUMBER: "not-a-number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "too-short",
    NumberParseException.TOO_SHORT_NSN: "too-short",
    NumberParseException.TOO_LONG: "too-long",
}
_LENGTHS: Final = {
    ValidationResult.TOO_SHORT: "too-short",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "too-short",
    ValidationResult.TOO_LONG: "too-long",
    ValidationResult.INVALID_LENGTH: "invalid",
    ValidationResult.INVALID_COUNTRY_CODE: "invalid",
}
_REFUSED: Final = {
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.VOIP: "landline",
    PhoneNumberType.UAN: "landline",
    PhoneNumberType.VOICEMAIL: "landline",
    PhoneNumberType.PREMIUM_RATE: "premium-rate",
    PhoneNumberType.TOLL_FREE: "toll-free",
    PhoneNumberType.SHARED_COST: "shared-cost",
    PhoneNumberType.PERSONAL_NUMBER: "personal-number",
    PhoneNumberType.PAGER: "pager",
    # What is_valid_number() refuses.
    PhoneNumberType.UNKNOWN: "invalid",
}
