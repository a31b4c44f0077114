"""Reads events of Amazon SES, as an event destination publishes them through SNS with raw message delivery.

`parse` takes three steps: is it an SES event about a message of ours (NotOurs otherwise), which message and which type
of event, and what the fields of that type say (Malformed where they lack the documented form).

Source: Amazon SES Developer Guide, "Examples of event data that Amazon SES publishes to Amazon SNS".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Literal, NamedTuple

from functions.email.ses.bounces import mailbox_is_missing
from functions.email.ses.links import without_tokens
from functions.sending.reports.fields import (
    ATTEMPTS,
    LAST_ATTEMPT,
    UUID_TEXT,
    Fields,
    Malformed,
    NotOurs,
    first_object,
    optional_text,
    required_object,
    required_text,
    required_time,
    single_text,
)
from functions.sending.reports.machines import is_machine

# Bounce types and the like: single words.
_WORD = 50


# The type of an event, in SES's words.
Kind = Literal[
    "Send",
    "Delivery",
    "Open",
    "Click",
    "Bounce",
    "Complaint",
    "Reject",
    "Rendering Failure",
    "DeliveryDelay",
    "Subscription",
]


class Event(NamedTuple):
    """One event about one attempt to send one message.

    `event_id`: 32 hexadecimal digits; an event that comes again has the same id. `attempt`: 1 to LAST_ATTEMPT, or 0 for
    a test send. `accepted_at`: when SES accepted the message. `detail`: what is kept of the event's fields.
    `is_permanent`: of a bounce. `reason`: of a bounce or a refusal, a sentence. Times: see `fields.required_time`.

    A tuple, since each event needs one: a frozen dataclass takes more than twice as long to make (timeit, Python 3.11).
    """

    event_id: str
    kind: Kind
    send_id: str
    attempt: int
    message_id: str
    occurred_at: str
    accepted_at: str
    detail: Mapping[str, str]
    is_machine: bool
    is_permanent: bool
    reason: str | None


class _Message(NamedTuple):
    """Which attempt of which message an event is about; see Event."""

    send_id: str
    attempt: int
    message_id: str
    accepted_at: str


class _Report(NamedTuple):
    """What the fields of one type of event say.

    `occurred_at`: None where SES writes no time for this type; it is then that of the message. `distinction` tells
    events of the same type, message and time apart. `agent`: the User-Agent of an open or click.
    """

    detail: Mapping[str, str]
    occurred_at: str | None = None
    distinction: str = ""
    agent: str | None = None
    is_permanent: bool = False
    reason: str | None = None


def parse(body: str) -> Event:
    """The event in the body of an SQS message. Raises NotOurs or Malformed, whatever the text."""
    event = _ses_event(body)
    message = _message(event["mail"])
    reader = _READERS.get(event["eventType"])
    if reader is None:
        raise Malformed("eventType is unknown")
    return _event(reader.kind, message, reader.read(required_object(event, reader.member)))


def _ses_event(body: str) -> Fields:
    """A JSON object with the text `eventType` and the object `mail`; raises NotOurs for all else."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):  # also numbers of thousands of digits, and endless nesting
        raise NotOurs("not JSON") from None
    if (
        isinstance(event, dict)
        and isinstance(event.get("eventType"), str)
        and isinstance(event.get("mail"), dict)
    ):
        return event
    raise NotOurs("not an SES event")


def _message(mail: Fields) -> _Message:
    """The message, by the tags that we sent it with; raises NotOurs where it has none of them."""
    tags = mail.get("tags")
    if isinstance(tags, dict) and "ddp_send" in tags:
        send_id, attempt = single_text(tags, "ddp_send"), ATTEMPTS.get(single_text(tags, "ddp_attempt"))
    elif isinstance(tags, dict) and "ddp_test" in tags:
        send_id, attempt = single_text(tags, "ddp_test"), 0
    else:
        raise NotOurs("not tagged as a message of ours")
    if attempt is None:
        raise Malformed(f"ddp_attempt is not a number from 1 to {LAST_ATTEMPT}")
    if not UUID_TEXT.fullmatch(send_id):
        raise Malformed("ddp_send or ddp_test is not a UUID")
    return _Message(send_id, attempt, required_text(mail, "messageId", 255), required_time(mail, "timestamp"))


def _event(kind: Kind, message: _Message, report: _Report) -> Event:
    send_id, attempt, message_id, accepted_at = message
    occurred_at = report.occurred_at or accepted_at
    # Stored events have ids made of exactly this text: with another one, an event that comes again would be new.
    identity = f"{kind}|{send_id}|{attempt}|{message_id}|{occurred_at}|{report.agent}|{report.distinction}"
    # Positional, in the order of Event's fields: keywords would take 4 % of `parse` (instructions, cachegrind).
    return Event(
        blake2b(identity.encode(), digest_size=16).hexdigest(),
        kind,
        send_id,
        attempt,
        message_id,
        occurred_at,
        accepted_at,
        report.detail,
        report.agent is not None and _by_machine(report.agent, occurred_at, accepted_at),
        report.is_permanent,
        report.reason,
    )


def _by_machine(agent: str, occurred_at: str, accepted_at: str) -> bool:
    return is_machine(agent, datetime.fromisoformat(occurred_at), datetime.fromisoformat(accepted_at))


def _send(_: Fields) -> _Report:
    return _Report(detail={})


def _delivery(delivery: Fields) -> _Report:
    return _Report(
        occurred_at=required_time(delivery, "timestamp"),
        detail={"response": optional_text(delivery, "smtpResponse")},
    )


def _open(opened: Fields) -> _Report:
    agent = optional_text(opened, "userAgent")
    return _Report(
        occurred_at=required_time(opened, "timestamp"),
        detail={"agent": agent},
        distinction=optional_text(opened, "ipAddress"),
        agent=agent,
    )


def _click(click: Fields) -> _Report:
    agent, link = optional_text(click, "userAgent"), optional_text(click, "link")
    return _Report(
        occurred_at=required_time(click, "timestamp"),
        detail={"agent": agent, "link": without_tokens(link)},
        distinction=f"{optional_text(click, 'ipAddress')}|{link}",
        agent=agent,
    )


def _bounce(bounce: Fields) -> _Report:
    type_ = required_text(bounce, "bounceType", _WORD)
    subtype = optional_text(bounce, "bounceSubType", _WORD)
    recipient = first_object(bounce, "bouncedRecipients")
    status, words = optional_text(recipient, "status"), optional_text(recipient, "diagnosticCode")
    diagnosis = words or status
    is_missing = mailbox_is_missing(type_, subtype, status, words)
    # ddp.suppress_after_bounces() reads `type` and `mailbox`.
    mailbox = {"mailbox": "missing"} if is_missing else {}
    return _Report(
        occurred_at=required_time(bounce, "timestamp"),
        detail={"type": type_, "subtype": subtype, "diagnosis": diagnosis} | mailbox,
        distinction=f"{type_}|{subtype}|{optional_text(bounce, 'feedbackId')}",
        is_permanent=type_ == "Permanent",
        reason=f"{type_} ({subtype}): {diagnosis}" if diagnosis else f"{type_} ({subtype})",
    )


def _complaint(complaint: Fields) -> _Report:
    return _Report(
        occurred_at=required_time(complaint, "timestamp"),
        detail={
            "type": optional_text(complaint, "complaintFeedbackType", _WORD),
            "subtype": optional_text(complaint, "complaintSubType", _WORD),
            "reporter": optional_text(complaint, "userAgent"),
        },
        distinction=optional_text(complaint, "feedbackId"),
    )


def _reject(reject: Fields) -> _Report:
    reason = optional_text(reject, "reason") or "no reason given"
    return _Report(detail={"reason": reason}, reason=f"The provider refused the message: {reason}")


def _rendering_failure(failure: Fields) -> _Report:
    error = optional_text(failure, "errorMessage") or "no reason given"
    return _Report(detail={"error": error}, reason=f"The provider could not make the message: {error}")


def _delivery_delay(delay: Fields) -> _Report:
    recipient = first_object(delay, "delayedRecipients")
    return _Report(
        occurred_at=required_time(delay, "timestamp"),
        detail={
            "type": optional_text(delay, "delayType", _WORD),
            "diagnosis": optional_text(recipient, "diagnosticCode"),
        },
    )


def _subscription(subscription: Fields) -> _Report:
    return _Report(
        occurred_at=required_time(subscription, "timestamp"),
        detail={"source": optional_text(subscription, "source")},
    )


class _Reader(NamedTuple):
    """Which member of an event has the fields of its type, and what reads them."""

    kind: Kind
    member: str
    read: Callable[[Fields], _Report]


_READERS: Mapping[str, _Reader] = {
    reader.kind: reader
    for reader in (
        _Reader("Send", "send", _send),
        _Reader("Delivery", "delivery", _delivery),
        _Reader("Open", "open", _open),
        _Reader("Click", "click", _click),
        _Reader("Bounce", "bounce", _bounce),
        _Reader("Complaint", "complaint", _complaint),
        _Reader("Reject", "reject", _reject),
        _Reader("Rendering Failure", "failure", _rendering_failure),
        _Reader("DeliveryDelay", "deliveryDelay", _delivery_delay),
        _Reader("Subscription", "subscription", _subscription),
    )
}
