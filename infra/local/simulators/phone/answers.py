"""What people answer: published to the two-way topic, unless provider or carrier answers STOP and HELP itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import uuid4

from infra.local.simulators.event_store import WaitingEvent
from infra.local.simulators.phone.account import identities
from infra.local.simulators.phone.account.identities import Identity
from infra.local.simulators.phone.message import Direction, Message, count_parts, encoding_of
from infra.local.simulators.phone.phone import Phone
from infra.local.simulators.phone.sending import country_of, e164
from infra.local.simulators.phone.topics import INBOUND, TWO_WAY

# The provider's words. It compares whole messages, whatever their case.
STOP_WORDS = frozenset(
    ["ARRET", "CANCEL", "END", "OPT-OUT", "OPTOUT", "QUIT", "REMOVE", "STOP", "TD", "UNSUBSCRIBE"]
)
HELP_WORDS = frozenset(["HELP"])
START_WORDS = frozenset(["START", "UNSTOP"])

_STOPPED = "You have been unsubscribed and will receive no more messages."
_HELP = "This number sends messages of Aurora Watches. Reply STOP to unsubscribe."
_CARRIER_STOPPED = (
    'NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this number. '
    'Text back "unstop" to receive messages again.'
)
_CARRIER_STARTED = 'NETWORK MSG: You have replied "unstop" and will begin receiving messages again.'


class NotAnswerable(ValueError):
    """Nobody can answer to this identity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An answer that arrived. `is_published`: whether the topic gets it; `reply`: of provider or carrier, or empty."""

    message_id: str
    is_published: bool
    reply: str


def receive(phone: Phone, *, sender: str, identity: str, body: str) -> Received:
    """A phone (`sender`, E.164) answers to an identity of the account. Raises NotAnswerable, or SmsError."""
    sender = e164(sender)
    country, _ = country_of(sender)
    found = identities.find(identity, country)
    if not found or not found.is_two_way:
        raise NotAnswerable(f"Nobody can answer to {identity}: it is not a two-way number of the account.")
    reply, is_published = _handled(phone, sender, found, body.strip().upper())
    now, message_id = phone.clock(), str(uuid4())
    previous = phone.store.last_sent(sender, found.identity)
    body_json = {
        "originationNumber": sender,
        "destinationNumber": found.identity,
        "messageKeyword": _keyword(found, body),
        "messageBody": body,
        "inboundMessageId": message_id,
        **({"previousPublishedMessageId": previous} if previous else {}),
    }
    event = WaitingEvent(due=now, configuration_set=TWO_WAY, kind=INBOUND, body=json.dumps(body_json))
    written = [_message(sender, country, found, "in", body, now, message_id)]
    if reply:
        written.append(_message(sender, country, found, "auto", reply, now, str(uuid4())))
    phone.store.add(written, [event] * phone.behaviour.copies(message_id) if is_published else ())
    phone.publisher.wake()
    return Received(message_id=message_id, is_published=is_published, reply=reply)


def _handled(phone: Phone, sender: str, identity: Identity, text: str) -> tuple[str, bool]:
    """The reply of carrier or provider, and whether the account hears of the message."""
    if identity.kind == "TOLL_FREE" and text in STOP_WORDS | START_WORDS:
        is_stop = text in STOP_WORDS
        phone.store.block_at_carrier(sender, identity.identity, is_blocked=is_stop)
        return _CARRIER_STOPPED if is_stop else _CARRIER_STARTED, identity.is_self_managed
    if identity.is_self_managed:
        return "", True
    if text in STOP_WORDS:
        phone.store.opt_out(sender, phone.clock(), by_end_user=True)
        return _STOPPED, False
    return (_HELP, False) if text in HELP_WORDS else ("", True)


def _keyword(identity: Identity, body: str) -> str:
    """The registered keyword that the message begins with, else that of the number."""
    first = (body.split() or [""])[0].upper()
    return (
        first
        if first in STOP_WORDS | HELP_WORDS | START_WORDS
        else f"KEYWORD_{identity.identity.lstrip('+')}"
    )


def _message(
    sender: str, country: str, identity: Identity, direction: Direction, body: str, at: float, message_id: str
) -> Message:
    return Message(
        message_id=message_id,
        at=at,
        phone=sender,
        country=country,
        identity=identity.identity,
        direction=direction,
        body=body,
        encoding=encoding_of(body),
        parts=count_parts(body),
    )
