"""The demo's list of phones: 500 entries in 20 countries, with the usual errors."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Final

import phonenumbers
from phonenumbers import PhoneNumberType

from infra.local.demo.recipients import FIRST, LAST, MODELS
from infra.local.simulators.phone.account.identities import COUNTRIES
from infra.local.simulators.phone.events import SIMULATED

ENTRIES: Final = 500
# What cannot be texted: a landline, what a spreadsheet made of a number, and so on.
UNUSABLE: Final = ("+442079460018", "4.47E+11", "+1202555", "no number", "+33891123456")
# The account's Canadian number sends one part per second.
CANADIANS: Final = 10
# In the United States and Canada, numbers do not tell mobile ones from others.
_MOBILE: Final = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phones:
    """Recipients as a request takes them, in random order, and how many of them are in each country."""

    recipients: list[dict[str, Any]]
    by_country: dict[str, int]

    @property
    def usable(self) -> int:
        """How many recipients have a number of a phone."""
        return sum(self.by_country.values())


def phones(run: str) -> Phones:
    """500 recipients. Each run has numbers of its own, because who has written STOP gets nothing more."""
    chance = random.Random(run)  # noqa: S311 (a demo)
    left = ENTRIES - len(UNUSABLE) - CANADIANS
    others = [country for country in COUNTRIES if country != "CA"]
    each, more = divmod(left, len(others))
    by_country = {country: each + (place < more) for place, country in enumerate(others)} | {"CA": CANADIANS}
    found = [number for country, count in by_country.items() for number in mobiles(country, count, chance)]
    entries = [*found, *UNUSABLE]
    chance.shuffle(entries)
    recipients = [
        {
            "phone": entry,
            "name": chance.choice(FIRST),
            "template_data": {"surname": chance.choice(LAST), "model": chance.choice(MODELS)},
        }
        for entry in entries
    ]
    return Phones(recipients=recipients, by_country=by_country)


def mobiles(country: str, count: int, chance: random.Random) -> set[str]:
    """Different numbers that begin as the example of the country's mobile numbers does; nobody is called."""
    example = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    if example is None:
        raise ValueError(f"phonenumbers has no mobile number of {country}.")
    beginning = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)[:-5]
    found: set[str] = set()
    while len(found) < count:
        number = f"{beginning}{chance.randrange(100_000):05}"
        if number not in SIMULATED and _is_usable(number, country):
            found.add(number)
    return found


def _is_usable(number: str, country: str) -> bool:
    parsed = phonenumbers.parse(number)
    is_mobile = phonenumbers.number_type(parsed) in _MOBILE
    return is_mobile and phonenumbers.region_code_for_number(parsed) == country
