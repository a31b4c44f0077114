"""Planning SMS to a CSV file's numbers; floor: COPY and INSERT … SELECT of the same file into the same table.

The numbers are scattered over all that their countries have, half of them in the United States, so that hardly two
begin alike. A text that is the same for all is rendered once for each country, a personal one for each recipient.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TextIO

from ddp.channels import SMS
from tests.benchmarks.measure import Row
from tests.benchmarks.planning.planning import RECIPIENTS, Planned, Planning

# Beginnings of numbers, and how many digits follow: all such numbers exist.
BEGINNINGS = {
    "GB": (("+4475", 8), ("+44774", 7), ("+44785", 7)),
    "FR": (("+336", 8),),
    "DE": (("+49151", 8), ("+49170", 7)),
    "ES": (("+346", 8),),
    "IT": (("+39347", 7), ("+39333", 7)),
    "NL": (("+316", 8),),
    "PL": (("+4860", 7), ("+48790", 6)),
    "SE": (("+4670", 7),),
}
COUNTRIES = ("US", *BEGINNINGS)
PLANS = (
    Planned(what="plan", content="Our sale ends on Sunday: 20 % off all watches.", target=0.5),
    Planned(
        what="plan, personalised,",
        content="Dear {{ name }}, your order {{ order_number }} waits for you in {{ city | upcase }}.",
        target=0.25,
    ),
)


def rows() -> Iterator[Row]:
    """Seconds and memory of the planner, for a text that is the same for all and for a personal one."""
    yield from Planning(channel=SMS, heading="phone", write=_write, plans=PLANS, countries=COUNTRIES).rows()


def _write(lines: TextIO) -> None:
    """Write different numbers in no particular order."""
    from tests import lambdas  # noqa: F401  # the environment that functions read when imported

    random, written = Random(1), set[str]()
    places = _area_codes()
    while len(written) < RECIPIENTS:
        if len(written) % 2:
            number = f"+1{random.choice(places)}{random.randrange(200, 1000)}{random.randrange(10_000):04}"
        else:
            beginning, digits = random.choice(BEGINNINGS[random.choice(COUNTRIES[1:])])
            number = f"{beginning}{random.randrange(10**digits):0{digits}}"
        if number not in written and _exists(number):
            n = len(written)
            written.add(number)
            lines.write(f"{number},Person {n},Town {n % 300},{n}\n")


def _area_codes() -> list[str]:
    from functions.sms.phones import places

    return sorted({code for country, code in places._PLACES if country == "US" and code})


def _exists(number: str) -> bool:
    from functions.sms.phones.numbers import NumberError, read

    try:
        return read(number).country in COUNTRIES
    except NumberError:
        return False
