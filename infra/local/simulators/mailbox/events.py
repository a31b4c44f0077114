"""The events of a message, as SES publishes them, with the seconds from its acceptance to each."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Any

from infra.local.simulators.mailbox.message import Message

SIMULATOR = "@simulator.amazonses.com"
LINK = re.compile(r"""href=["'](https?://[^"']+)["']""")
PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
# The user agent of Apple's Mail Privacy Protection, which loads pictures before anybody opens the message.
MACHINE = "Mozilla/5.0"
# Seconds from acceptance; the event function counts earlier opens and clicks as a machine's.
QUICKEST_PERSON = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """The recipients' behaviour, as shares from 0 to 1 and seconds. The same seed and message give the same events."""

    bounce: float = 0.0
    soft_bounce: float = 0.0
    complaint: float = 0.0
    delay: float = 0.01
    open: float = 0.4
    machine_open: float = 0.1
    click: float = 0.1
    duplicate: float = 0.03
    deliver_seconds: float = 0.5  # maximum until delivery
    react_seconds: float = 2.0  # maximum from QUICKEST_PERSON until an open, and from an open until a click
    disorder_seconds: float = 1.0  # maximum from an event until it is published
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event: when to publish it (seconds after acceptance), SES's type, and the whole text."""

    after: float
    kind: str
    body: dict[str, Any]


def events_of(message: Message, behaviour: Behaviour) -> list[Event]:
    """All events of a message, in the order of their publication."""
    happened = _rejected(message) if message.failure else _happened(message, behaviour)
    chance = random.Random(f"{behaviour.seed}/{message.tags}/{message.recipients}/disorder")  # noqa: S311 (no secret)
    published = []
    for seconds, kind, detail in happened:
        body = _event(message, kind, seconds, detail)
        times = 1 + (chance.random() < behaviour.duplicate)
        for _ in range(times):
            late = chance.uniform(0, behaviour.disorder_seconds)
            published.append(Event(after=seconds + late, kind=kind, body=body))
    return sorted(published, key=lambda event: event.after)


Happening = tuple[float, str, dict[str, Any]]  # seconds after acceptance, SES's type, details


def _rejected(message: Message) -> Iterator[Happening]:
    yield 0.0, "Rendering Failure", {"templateName": "inline", "errorMessage": message.failure}


def _happened(message: Message, behaviour: Behaviour) -> Iterator[Happening]:
    yield 0.0, "Send", {}
    for recipient in message.recipients:
        address = parseaddr(recipient)[1].lower()
        chance = random.Random(f"{behaviour.seed}/{address}/{message.tags.get('ddp_attempt')}")  # noqa: S311
        yield from _for(address, message, behaviour, chance)


def _for(address: str, message: Message, behaviour: Behaviour, chance: random.Random) -> Iterator[Happening]:
    """Simulator addresses do what their name says, also with a label (`bounce+7@…`); others act by chance."""
    simulated = address.partition("@")[0].partition("+")[0] if address.endswith(SIMULATOR) else None
    delivered = chance.uniform(0, behaviour.deliver_seconds)
    lot = chance.random()
    if simulated == "bounce" or (simulated is None and lot < behaviour.bounce):
        yield delivered, "Bounce", _bounce(address, "Permanent", "General", "5.1.1", "550 5.1.1 user unknown")
    elif simulated == "suppressionlist":
        reason = "Amazon SES did not send the message: the address is on its suppression list"
        yield delivered, "Bounce", _bounce(address, "Permanent", "Suppressed", "5.1.1", reason)
    elif simulated is None and lot < behaviour.bounce + behaviour.soft_bounce:
        yield (
            delivered,
            "Bounce",
            _bounce(address, "Transient", "MailboxFull", "4.2.2", "452 4.2.2 mailbox full"),
        )
    else:
        if simulated is None and chance.random() < behaviour.delay:
            yield delivered / 2, "DeliveryDelay", _delay(address)
        yield delivered, "Delivery", _delivery(address, delivered)
        if simulated == "complaint" or (simulated is None and chance.random() < behaviour.complaint):
            yield delivered + chance.uniform(0, behaviour.react_seconds), "Complaint", _complaint(address)
        elif simulated is None:
            yield from _read(delivered, message, behaviour, chance)


def _read(
    delivered: float, message: Message, behaviour: Behaviour, chance: random.Random
) -> Iterator[Happening]:
    if chance.random() < behaviour.machine_open:
        yield delivered + 0.1, "Open", {"ipAddress": "66.102.8.1", "userAgent": MACHINE}
    if chance.random() >= behaviour.open:
        return
    opened = max(delivered, QUICKEST_PERSON) + chance.uniform(0, behaviour.react_seconds)
    yield opened, "Open", {"ipAddress": "192.0.2.1", "userAgent": PERSON}
    links = [link for link in LINK.findall(message.html) if "/unsubscribe/" not in link]
    if links and chance.random() * behaviour.open < behaviour.click:
        clicked = opened + chance.uniform(0, behaviour.react_seconds)
        detail = {"ipAddress": "192.0.2.1", "userAgent": PERSON, "link": links[0], "linkTags": None}
        yield clicked, "Click", detail


def _bounce(address: str, kind: str, sub_kind: str, status: str, diagnosis: str) -> dict[str, Any]:
    recipient = {
        "emailAddress": address,
        "action": "failed",
        "status": status,
        "diagnosticCode": f"smtp; {diagnosis}",
    }
    return {
        "bounceType": kind,
        "bounceSubType": sub_kind,
        "bouncedRecipients": [recipient],
        "feedbackId": f"mailbox-{address}",
        "reportingMTA": "dns; mailbox.invalid",
    }


def _delivery(address: str, seconds: float) -> dict[str, Any]:
    return {
        "processingTimeMillis": int(seconds * 1000),
        "recipients": [address],
        "smtpResponse": "250 2.6.0 Message received",
        "remoteMtaIp": "127.0.2.0",
        "reportingMTA": "mailbox.invalid",
    }


def _delay(address: str) -> dict[str, Any]:
    recipient = {"emailAddress": address, "status": "4.4.1", "diagnosticCode": "smtp; 421 4.4.1 try later"}
    return {"delayType": "TransientCommunicationFailure", "delayedRecipients": [recipient]}


def _complaint(address: str) -> dict[str, Any]:
    return {
        "complainedRecipients": [{"emailAddress": address}],
        "complaintFeedbackType": "abuse",
        "feedbackId": f"mailbox-{address}",
        "userAgent": "mailbox",
    }


# The field of an event that holds its details, where it is not the type in lower case.
MEMBER = {"DeliveryDelay": "deliveryDelay", "Rendering Failure": "failure"}
# Types without a time of their own.
WITHOUT_TIME = {"Send", "Rendering Failure"}


def _event(message: Message, kind: str, seconds: float, detail: dict[str, Any]) -> dict[str, Any]:
    own = detail if kind in WITHOUT_TIME else {**detail, "timestamp": _time(message.accepted_at + seconds)}
    return {"eventType": kind, "mail": _mail(message), MEMBER.get(kind, kind.lower()): own}


def _mail(message: Message) -> dict[str, Any]:
    headers = [{"name": name, "value": value} for name, value in message.all_headers()]
    tags = {
        "ses:source-ip": ["127.0.0.1"],
        "ses:from-domain": [parseaddr(message.source)[1].rpartition("@")[2]],
    }
    if message.configuration_set:
        tags["ses:configuration-set"] = [message.configuration_set]
    return {
        "timestamp": _time(message.accepted_at),
        "source": message.source,
        "sendingAccountId": "000000000000",
        "messageId": message.message_id,
        "destination": list(message.recipients),
        "headersTruncated": False,
        "headers": headers,
        "commonHeaders": {
            "from": [message.source],
            "to": list(message.to),
            "messageId": message.message_id,
            "subject": message.subject,
        },
        "tags": tags | {name: [value] for name, value in message.tags.items()},
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
