"""Reads events of AWS End User Messaging about SMS, as an event destination publishes them through SNS (raw delivery).

Source: AWS End User Messaging SMS User Guide, "Event types for SMS". An event has no id: it is a hash of what makes it
what it is. Every event has the id that SendTextMessage returned: so each proves that its attempt was accepted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, NamedTuple, TypeGuard

from functions.sending.reports.fields import (
    ATTEMPTS,
    LAST_ATTEMPT,
    UUID_TEXT,
    Fields,
    Malformed,
    NotOurs,
    optional_text,
    required_text,
)


class Kind(NamedTuple):
    """What an event of one type says of its attempt.

    `status` of the ledger; of failures, `code` and the sentence that people read. `is_last_word`: no later event is
    expected, whatever `isFinal` says. `is_unreachable`: several in a row mean that nobody can be reached there.
    """

    status: str
    code: str | None = None
    sentence: str | None = None
    is_last_word: bool = True
    is_unreachable: bool = False


def _failed(code: str, sentence: str, *, is_unreachable: bool = False) -> Kind:
    return Kind("failed", code, sentence, is_unreachable=is_unreachable)


# By the type's name without TEXT_. SUCCESSFUL and DELIVERED are used interchangeably, depending on the country.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "QUEUED": Kind("sent", is_last_word=False),
        "PENDING": Kind("sent", is_last_word=False),
        "SENT": Kind("sent", is_last_word=False),
        "SUCCESSFUL": Kind("delivered"),
        "DELIVERED": Kind("delivered"),
        # The carrier reported nothing within 72 hours. The sentence is ddp.sms_sentence()'s.
        "UNKNOWN": Kind("sent"),
        "INVALID": _failed("invalid-number", "The number does not exist."),
        "UNREACHABLE": _failed(
            "unreachable", "The phone was switched off or out of reach.", is_unreachable=True
        ),
        "CARRIER_UNREACHABLE": _failed(
            "carrier-unreachable", "The carrier of the number could not be reached.", is_unreachable=True
        ),
        "BLOCKED": _failed("blocked", "The phone does not accept messages of this kind.", is_unreachable=True),
        "CARRIER_BLOCKED": _failed("carrier-blocked", "The carrier refused the message."),
        "SPAM": _failed("spam", "The carrier refused the message as spam."),
        "INVALID_MESSAGE": _failed("invalid-message", "The provider found the text invalid."),
        "TTL_EXPIRED": _failed("expired", "It could not be delivered before it became too late."),
        "PROTECT_BLOCKED": _failed(
            "protect-blocked", "The provider's protect configuration blocks messages to this country."
        ),
    }
)  # fmt: skip

# US dollars that no message costs: an amount from there on is a mistake, and must not reach a budget.
_TOO_DEAR = 1000
_CENT_FRACTION = Decimal("0.00001")
# Milliseconds since 1970 of the years that PostgreSQL and Python both have.
_LAST_TIME = 253_402_300_799_000

# Identity, carrier code and the like.
_WORD = 50

_DECODER = json.JSONDecoder(parse_float=Decimal)


class Event(NamedTuple):
    """One event about one attempt to send one message.

    `event_id`: 32 hexadecimal digits; an event that comes again has the same id. `kind`: a key of KINDS. `attempt`:
    1 to LAST_ATTEMPT, or 0 for a test send. `accepted_at`: when the provider accepted the message, as far as the event
    tells. `charge`: US dollars for all parts, carrier fee included; None: not known yet. `detail`: what is kept of the
    event's fields. Times are ISO 8601 texts in UTC, to the millisecond, which sort as the times do.
    """

    event_id: str
    kind: str
    send_id: str
    attempt: int
    message_id: str
    occurred_at: str
    accepted_at: str
    is_last_word: bool
    charge: Decimal | None
    detail: Mapping[str, Any]
    is_machine: bool = False


def parse(body: str) -> Event:
    """The event in the body of an SQS message. Raises NotOurs or Malformed, whatever the text."""
    said = _sms_event(body)
    send_id, attempt = _attempt(said["context"])
    name = said["eventType"].removeprefix("TEXT_")
    kind = KINDS.get(name)
    if kind is None:
        raise Malformed("eventType is unknown")
    is_final = _is_final(said)
    message_id, occurred_at = required_text(said, "messageId", 255), _time(said, "eventTimestamp")
    price, fee = _amount(said, "totalMessagePrice"), _amount(said, "totalCarrierFee")
    detail = {
        "description": optional_text(said, "messageStatusDescription"),
        "identity": optional_text(said, "originationPhoneNumber", _WORD),
        "country": optional_text(said, "isoCountryCode", _WORD),
        "mcc": optional_text(said, "mcc", _WORD),
        "mnc": optional_text(said, "mnc", _WORD),
        "encoding": optional_text(said, "messageEncoding", _WORD),
        "parts": _parts(said),
        "price": None if price is None else float(price),
        "fee": None if fee is None else float(fee),
        "is_final": is_final,
    }
    # Stored events have ids made of exactly this text: with another one, an event that comes again would be new.
    identity = f"{name}|{send_id}|{attempt}|{message_id}|{occurred_at}|{price}|{fee}|{is_final}"
    return Event(
        event_id=blake2b(identity.encode(), digest_size=16).hexdigest(),
        kind=name,
        send_id=send_id,
        attempt=attempt,
        message_id=message_id,
        occurred_at=occurred_at,
        accepted_at=_time(said, "messageRequestTimestamp")
        if said.get("messageRequestTimestamp")
        else occurred_at,
        is_last_word=kind.is_last_word or is_final,
        charge=_charge(price, fee, is_last_word=kind.is_last_word or is_final),
        detail=detail,
    )


def _sms_event(body: str) -> Fields:
    """A JSON object with the text `eventType` and the object `context`; raises NotOurs for all else."""
    try:
        said = _DECODER.decode(body)
    except (ValueError, RecursionError):  # also numbers of thousands of digits, and endless nesting
        raise NotOurs("not JSON") from None
    if isinstance(said, dict) and isinstance(said.get("eventType"), str):
        if isinstance(said.get("context"), dict):
            return said
        raise NotOurs("not tagged as a message of ours")
    raise NotOurs("not an SMS event")


def _attempt(context: Fields) -> tuple[str, int]:
    """The message and the attempt, by the context that we sent it with; raises NotOurs where it has none of ours."""
    if "ddp_test" in context:
        return _id(context, "ddp_test"), 0
    if "ddp_send" not in context:
        raise NotOurs("not tagged as a message of ours")
    send_id, attempt = _id(context, "ddp_send"), context.get("ddp_attempt")
    if not isinstance(attempt, str) or attempt not in ATTEMPTS:
        raise Malformed(f"ddp_attempt is not a number from 1 to {LAST_ATTEMPT}")
    return send_id, ATTEMPTS[attempt]


def _id(context: Fields, name: str) -> str:
    send_id = context[name]
    if not isinstance(send_id, str) or not UUID_TEXT.fullmatch(send_id):
        raise Malformed(f"{name} is not a UUID")
    return send_id


def _time(said: Fields, name: str) -> str:
    milliseconds = said.get(name)
    if not _is_integer(milliseconds) or not 0 <= milliseconds <= _LAST_TIME:
        raise Malformed(f"{name} is not a time in milliseconds")
    return f"{_second(milliseconds // 1000)}.{milliseconds % 1000:03}Z"


@lru_cache(10_000)  # thousands of events are of the same second
def _second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def _is_final(said: Fields) -> bool:
    value = said.get("isFinal")
    if value is not None and not isinstance(value, bool):
        raise Malformed("isFinal is not true or false")
    return bool(value)


def _parts(said: Fields) -> int | None:
    parts = said.get("totalMessageParts")
    if parts is None or (_is_integer(parts) and 0 <= parts <= LAST_ATTEMPT * 100):
        return parts
    raise Malformed("totalMessageParts is not a number of parts")


def _amount(said: Fields, name: str) -> Decimal | None:
    amount = said.get(name)
    if amount is None:
        return None
    if not _is_integer(amount) and not isinstance(amount, Decimal):
        raise Malformed(f"{name} is not a number")
    if not 0 <= amount < _TOO_DEAR:
        raise Malformed(f"{name} is not the price of a message")
    return Decimal(amount).quantize(_CENT_FRACTION, ROUND_HALF_UP)


def _charge(price: Decimal | None, fee: Decimal | None, *, is_last_word: bool) -> Decimal | None:
    """What was charged. Nothing, while more events may come, only means that the price is not known yet."""
    if price is None:
        return None
    charge = price + (fee or 0)
    return charge if charge or is_last_word else None


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
