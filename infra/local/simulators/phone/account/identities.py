"""The simulated account: origination identities for 20 countries with their rates, and example prices."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

REGION, ACCOUNT = "us-east-1", "000000000000"
CREATED = 1_767_225_600  # seconds since the epoch
SENDER_ID = "SENDER_ID"
POOL = "pool-b1d0c5a2e3f44b6f8a7c9d0e1f2a3b4c"
PROTECT = "protect-0e1f2a3b4c5d6e7f8091a2b3c4d5e6f7"
# Numbers of 0.00001 US dollars in a dollar: all amounts are whole numbers of them.
UNITS = 100_000
# What carriers take per part besides the provider's price, in 0.00001 US dollars; it is part of the prices below.
CARRIER_FEES = {"US": 302, "CA": 767}
PRICES = Path(__file__).with_name("prices.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An origination identity. `kind`: a NumberType of the service, or SENDER_ID. `rate`: message parts per second.

    `registration`: the state of its registration; None if it needs none. `caps`: parts per day by carrier.
    """

    identity: str
    country: str
    kind: str
    rate: int
    types: tuple[str, ...] = ("PROMOTIONAL",)
    is_two_way: bool = False
    is_self_managed: bool = False
    registration: str | None = None
    is_active: bool = True
    is_pooled: bool = False
    caps: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its id: `phone-…` or, of a sender ID, the sender ID with its country."""
        if self.kind == SENDER_ID:
            return f"{self.identity}/{self.country}"
        return f"phone-{self.identity.lstrip('+'):0>32}"

    @property
    def arn(self) -> str:
        """Its ARN."""
        what = "sender-id" if self.kind == SENDER_ID else "phone-number"
        return arn(what, self.name)

    @property
    def registration_id(self) -> str:
        """The id of its registration."""
        return f"registration-{_number_of(self.arn):032x}"

    def limits(self) -> dict[str, Any]:
        """MessagingLimits as the service describes them."""
        return {"RateLimits": {"SMS": self.rate}} | ({"DailyMessageCaps": self.caps} if self.caps else {})


def arn(what: str, name: str) -> str:
    """The ARN of something in the account: `arn("pool", "pool-…")`."""
    return f"arn:aws:sms-voice:{REGION}:{ACCOUNT}:{what}/{name}"


def _number_of(text: str) -> int:
    """A number that depends on the text alone."""
    return int.from_bytes(text.encode()[-16:], "big")


def _two_way(identity: str, country: str, kind: str, rate: int, **more: Any) -> Identity:
    return Identity(
        identity=identity,
        country=country,
        kind=kind,
        rate=rate,
        **{"is_two_way": True, "is_self_managed": True, **more},
    )


def _sender(country: str, identity: str = "AURORA", **more: Any) -> Identity:
    both = ("PROMOTIONAL", "TRANSACTIONAL")
    return Identity(identity=identity, country=country, kind=SENDER_ID, **{"rate": 10, "types": both, **more})


IDENTITIES = (
    _two_way("72345", "US", "SHORT_CODE", 100, registration="COMPLETE", is_pooled=True),
    _two_way("+12065550152", "US", "TEN_DLC", 1, registration="COMPLETE", caps={"T-MOBILE": 2000}),
    # Carriers answer STOP to a toll-free number themselves.
    _two_way("+18445550123", "US", "TOLL_FREE", 3, types=("TRANSACTIONAL",), registration="COMPLETE"),
    _two_way("+18335550199", "US", "TOLL_FREE", 3, registration="REQUIRES_UPDATES", is_active=False),
    _two_way("55123", "CA", "SHORT_CODE", 100, registration="REVIEWING", is_active=False),
    _two_way("+16135550101", "CA", "LONG_CODE", 1),
    _two_way("+447700900123", "GB", "LONG_CODE", 10, is_pooled=True),
    _sender("GB"),
    _two_way("36111", "FR", "SHORT_CODE", 100),
    _two_way("+4915120000123", "DE", "LONG_CODE", 10),
    _two_way("8850", "BE", "SHORT_CODE", 50),
    _two_way("27123", "BR", "SHORT_CODE", 20),
    _two_way("+525550000123", "MX", "LONG_CODE", 10),
    # The provider answers STOP and HELP to this one.
    _two_way("+27600000123", "ZA", "LONG_CODE", 10, is_self_managed=False),
    *(_sender(country) for country in ("CH", "AT", "IT", "ES", "NL", "SE", "JP", "AU")),
    *(_sender(country, registration="COMPLETE") for country in ("SG", "AE")),
    # India asks for the ids of entity and template with each message.
    _sender("IN", "AURORA", registration="COMPLETE"),
)
COUNTRIES = tuple(sorted({each.country for each in IDENTITIES}))


def find(name: str, country: str) -> Identity | None:
    """The identity of a number, id, ARN or sender ID for messages to a country; None if the account has none."""
    named = [each for each in IDENTITIES if name in {each.identity, each.name, each.arn}]
    return next((each for each in named if each.country == country), named[0] if named else None)


def pooled(country: str) -> Identity | None:
    """The pool's identity for a country."""
    return next((each for each in IDENTITIES if each.is_pooled and each.country == country), None)


def default_for(country: str) -> Identity | None:
    """The first active identity for a country."""
    return next((each for each in IDENTITIES if each.is_active and each.country == country), None)


def is_pool(name: str) -> bool:
    """Whether this is the pool's id or ARN."""
    return name in {POOL, arn("pool", POOL)}


def price_of(identity: Identity) -> tuple[int, int]:
    """Price and carrier fee of one part, in 0.00001 US dollars."""
    whole = _PRICES[identity.country, identity.kind.lower()]
    fee = CARRIER_FEES.get(identity.country, 0)
    return whole - fee, fee


def _read_prices() -> dict[tuple[str, str], int]:
    with PRICES.open(newline="") as file:
        return {
            (row["country"], row["kind"]): int(Decimal(row["price_per_part"]) * UNITS)
            for row in csv.DictReader(file)
        }


_PRICES = _read_prices()
