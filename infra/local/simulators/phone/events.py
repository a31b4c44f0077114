"""What the provider reports about a message: the events of AWS's documentation, and when each is published."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from infra.local.simulators.phone.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A messageStatus: its description, whether it is the last, and whether the message is charged then."""

    description: str
    is_final: bool = True
    is_charged: bool = True


STATUSES = {
    "QUEUED": Status(description="Message is queued for delivery", is_final=False),
    "PENDING": Status(description="Message is in progress", is_final=False),
    "SENT": Status(description="Message has been handed to the carrier", is_final=False),
    "SUCCESSFUL": Status(description="Message has been accepted by phone carrier"),
    "DELIVERED": Status(description="Message has been accepted by phone"),
    "INVALID": Status(description="The destination phone number is not valid", is_charged=False),
    "INVALID_MESSAGE": Status(description="The message body is not valid", is_charged=False),
    "UNREACHABLE": Status(description="Phone is currently unreachable or unavailable"),
    "CARRIER_UNREACHABLE": Status(description="Phone carrier is currently unreachable or unavailable"),
    "BLOCKED": Status(description="Phone has blocked SMS", is_charged=False),
    "CARRIER_BLOCKED": Status(description="Phone carrier has blocked this message"),
    "SPAM": Status(description="Phone carrier considers this message to be spam"),
    "UNKNOWN": Status(description="The final status of the message is not known after 72 hours"),
    "TTL_EXPIRED": Status(description="The time to live of the message has expired", is_charged=False),
    "PROTECT_BLOCKED": Status(description="Protect configuration has blocked this message", is_charged=False),
}

# AWS's simulator destinations of each country: success, failure.
SIMULATOR = {
    "AU": ("+61455944038", "+61455944039"),
    "AT": ("+43676800442031", "+43676800442032"),
    "BE": ("+32460213922", "+32460213923"),
    "CL": ("+56229140630", "+56229140631"),
    "CZ": ("+420790542286", "+420790542287"),
    "DK": ("+4525919410", "+4525919215"),
    "EE": ("+37282720792", "+37282720793"),
    "FI": ("+3584573979110", "+3584573979111"),
    "FR": ("+33755512501", "+33755512502"),
    "HK": ("+85257048426", "+85257048854"),
    "HU": ("+36707178770", "+36707178772"),
    "IT": ("+394390009172", "+394390009174"),
    "JE": ("+447937404990", "+447937404992"),
    "LU": ("+352691385880", "+352691385882"),
    "NL": ("+3197008100148", "+3197008100150"),
    "NO": ("+4759449384", "+4759449387"),
    "PL": ("+48732141440", "+48732141442"),
    "PT": ("+351927946948", "+351927946950"),
    "RO": ("+40783900330", "+40783900332"),
    "ES": ("+34683783440", "+34683783442"),
    "SE": ("+46790645100", "+46790645102"),
    "CH": ("+41798075872", "+41798075874"),
    "TW": ("+886903444630", "+886903444632"),
    "GB": ("+447860019066", "+447860019067"),
    "US": ("+14254147755", "+14254147167"),
}
SIMULATED = {
    number: (country, status)
    for country, pair in SIMULATOR.items()
    for number, status in zip(pair, ("SUCCESSFUL", "UNREACHABLE"), strict=True)
}

# Mobile country code, network code and name of one carrier.
CARRIERS = {
    "US": ("310", "800", "T-Mobile USA Inc."),
    "FR": ("208", "01", "Orange"),
    "GB": ("234", "10", "O2"),
    "ES": ("214", "05", "Movistar"),
    "JP": ("440", "54", "KDDI"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How carriers and phones behave, as shares from 0 to 1 and seconds. Seed and message determine the events.

    `outcomes`: weights of the last status. `dearer`: the share of messages that cost `dearer_by` times their price.
    """

    outcomes: dict[str, float] = field(default_factory=lambda: {"DELIVERED": 0.8, "SUCCESSFUL": 0.2})
    queued: float = 0.05
    pending: float = 0.05
    sent: float = 0.05
    successful_first: float = 0.3  # SUCCESSFUL, then DELIVERED
    duplicate: float = 0.03
    dearer: float = 0.0
    dearer_by: float = 1.5
    deliver_seconds: float = 0.5  # maximum until the last status
    disorder_seconds: float = 1.0  # maximum from an event until it is published
    seed: int = 0

    def __post_init__(self) -> None:
        if unknown := set(self.outcomes) - set(STATUSES):
            raise ValueError(f"no status of the provider: {', '.join(sorted(unknown))}")

    def copies(self, name: str) -> int:
        """How often something of this name is published: once or twice."""
        return 1 + (random.Random(f"{self.seed}/{name}/copies").random() < self.duplicate)  # noqa: S311 (no secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event: when it happens and when it is published (seconds since the epoch), and its status."""

    at: float
    published_at: float
    status: str


def events_of(message: Message, behaviour: Behaviour, *, life: float, is_number: bool) -> list[Event]:
    """The events of an accepted message, in the order of their publication.

    `life`: seconds that it is valid for. `is_number`: whether there can be such a phone number.
    """
    chance = random.Random(f"{behaviour.seed}/{message.phone}/{message.send}/{message.attempt}")  # noqa: S311 (no secret)
    published = []
    for seconds, status in _happening(message, behaviour, chance, life=life, is_number=is_number):
        at = message.at + seconds
        for _ in range(1 + (chance.random() < behaviour.duplicate)):
            late = chance.uniform(0, behaviour.disorder_seconds)
            published.append(Event(at=at, published_at=at + late, status=status))
    return sorted(published, key=lambda event: event.published_at)


def _happening(
    message: Message, behaviour: Behaviour, chance: random.Random, *, life: float, is_number: bool
) -> Iterator[tuple[float, str]]:
    """Seconds after acceptance, and status."""
    seconds = chance.uniform(0, behaviour.deliver_seconds)
    weights = behaviour.outcomes
    last = chance.choices(list(weights), list(weights.values()))[0]
    if message.phone in SIMULATED:
        last = SIMULATED[message.phone][1]
    elif not is_number:
        last = "INVALID"
    elif seconds > life:
        seconds, last = life, "TTL_EXPIRED"
    shares = (("QUEUED", behaviour.queued), ("PENDING", behaviour.pending), ("SENT", behaviour.sent))
    for place, (status, share) in enumerate(shares, start=1):
        if chance.random() < share:
            yield seconds * place / 4, status
    if last == "DELIVERED" and chance.random() < behaviour.successful_first:
        yield seconds * 0.9, "SUCCESSFUL"
    yield seconds, last


def charges(message: Message, behaviour: Behaviour, *, price: int, fee: int, last: str) -> tuple[int, int]:
    """Price and carrier fee of all parts that are charged in the end; both per part before."""
    if not STATUSES[last].is_charged:
        return 0, 0
    chance = random.Random(f"{behaviour.seed}/{message.phone}/{message.send}/dearer")  # noqa: S311 (no secret)
    factor = behaviour.dearer_by if chance.random() < behaviour.dearer else 1
    return round(price * message.parts * factor), round(fee * message.parts * factor)


def body_of(
    message: Message, event: Event, context: dict[str, str], *, protect: str | None
) -> dict[str, Any]:
    """The event's JSON. `message` has the charges of its end."""
    status = STATUSES[event.status]
    mcc, mnc, carrier = CARRIERS.get(message.country, (None, None, None))
    is_charged = status.is_charged
    fields: dict[str, Any] = {
        "eventType": f"TEXT_{event.status}",
        "eventVersion": "1.0",
        "eventTimestamp": int(event.at * 1000),
        "isFinal": status.is_final,
        "originationPhoneNumber": message.identity,
        "destinationPhoneNumber": message.phone,
        "isoCountryCode": message.country,
        "isInternationalSend": False,
        "mcc": mcc,
        "mnc": mnc,
        "carrierName": carrier,
        "messageId": message.message_id,
        "messageRequestTimestamp": int(message.at * 1000),
        "messageEncoding": message.encoding,
        "messageType": message.message_type,
        "messageStatus": event.status,
        "messageStatusDescription": status.description,
        "context": context or None,
        "totalMessageParts": message.parts,
        "totalMessagePrice": message.price / 100_000 if is_charged else 0.0,
        "totalCarrierFee": message.fee / 100_000 if is_charged else 0.0,
        "protectConfiguration": {
            "protectConfigurationId": protect,
            "protectStatus": "BLOCK" if event.status == "PROTECT_BLOCKED" else "ALLOW",
        }
        if protect
        else None,
    }
    return {name: value for name, value in fields.items() if value is not None}
