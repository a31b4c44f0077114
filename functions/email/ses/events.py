"""Events of Amazon SES, as its event destination publishes them through SNS (raw delivery), in our own words.

Source of the form: Amazon SES Developer Guide, "Examples of event data that Amazon SES publishes to Amazon SNS".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b
from json.encoder import (
    encode_basestring_ascii as _json_text,
)  # json.dumps takes four times as long for a few texts
from typing import Any, NamedTuple

from functions.email.ses.machines import is_machine

# Attempts are bits of an integer column.
LAST_ATTEMPT = 31

# Characters of what others wrote that are kept.
_LONGEST = 1000

# How SES writes times: in UTC and to the millisecond, so that what is earlier comes first among the texts too.
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# PostgreSQL's jsonb takes neither NUL nor half of a surrogate pair.
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
# Whoever has the link can undo what its owner wished: the sender, who reads events, must not have it.
_UNSUBSCRIBE = re.compile(r"(/unsubscribe/)[A-Za-z0-9_=-]+")


class NotOurs(ValueError):
    """No event of SES about a message of ours; the text says why, without quoting it."""


class Event(NamedTuple):
    """One event: what happened (`kind`, SES's word), when, to which attempt of which message.

    A tuple: it is made in a third of the time that a frozen dataclass takes, a hundred thousand times.

    `attempt` 0 is a test send. `accepted_at` is when SES took the message; `reason` of a bounce or a refusal;
    `is_permanent` of a bounce: the address does not exist. `detail` is JSON text of what is kept of it.

    Times are texts in SES's own form (_TIME): they compare as times do, and PostgreSQL reads them; to make a text of a
    datetime again would take as long as a sixth of all the rest.
    """

    event_id: str
    kind: str
    send_id: str
    attempt: int
    message_id: str
    occurred_at: str
    accepted_at: str
    detail: str
    is_machine: bool = False
    is_permanent: bool = False
    reason: str | None = None


class _Said(NamedTuple):
    """What one kind of event says beyond all others; `identity` tells two of the same instant apart.

    The names in `detail` are ours: they need no quoting.
    """

    at: str
    detail: dict[str, str]
    identity: str = ""
    agent: str | None = None
    is_permanent: bool = False
    reason: str | None = None


def parse(body: str) -> Event:
    """The event in an SQS message; raises NotOurs for everything else, hostile text included."""
    try:
        event = json.loads(body)
        mail = event["mail"]
        send_id, attempt = _tags(mail["tags"])
        kind = event["eventType"]
        said = _KINDS[kind](event, mail)
        return _event(kind, send_id, attempt, mail, said)
    except NotOurs:
        raise
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        IndexError,
        RecursionError,
        OverflowError,
    ) as error:
        raise NotOurs(f"not an event of SES about a message of ours: {type(error).__name__}") from None


def _event(kind: str, send_id: str, attempt: int, mail: dict[str, Any], said: _Said) -> Event:
    message_id = _text(mail["messageId"], 255)
    (occurred_at, at), (accepted_at, accepted) = _time(said.at), _time(mail["timestamp"])
    identity = f"{kind}|{send_id}|{attempt}|{message_id}|{said.at}|{said.agent}|{said.identity}"
    return Event(
        blake2b(identity.encode("utf-8", "replace"), digest_size=16).hexdigest(),
        kind,
        send_id,
        attempt,
        message_id,
        occurred_at,
        accepted_at,
        "{" + ",".join([f'"{name}":{_json_text(text)}' for name, text in said.detail.items()]) + "}",
        said.agent is not None and is_machine(said.agent, at, accepted),
        said.is_permanent,
        said.reason,
    )


def _tags(tags: dict[str, Any]) -> tuple[str, int]:
    """The message's id and attempt; attempt 0 for a test send."""
    if "ddp_send" in tags:
        (send_id,), (attempt,) = tags["ddp_send"], tags["ddp_attempt"]
        number = int(attempt)
        if not 1 <= number <= LAST_ATTEMPT:
            raise NotOurs("an attempt that there is not")
    elif "ddp_test" in tags:
        (send_id,), number = tags["ddp_test"], 0
    else:
        raise NotOurs("not tagged as a message of ours")
    if not _UUID.fullmatch(send_id):
        raise NotOurs("tagged with what is no id of ours")
    return send_id, number


def _time(text: str) -> tuple[str, datetime]:
    """A time in SES's form, and as a datetime; of other forms, what is beyond the millisecond is cut."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise NotOurs("a time without its zone")
    if not _TIME.fullmatch(text):
        text = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return text, at


def _text(value: Any, longest: int = _LONGEST) -> str:
    """What others wrote, cut, and as PostgreSQL can keep it."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else str(value)
    if not text.isascii() or "\x00" in text:
        text = _UNSTORABLE.sub("\ufffd", text)
    return text[:longest]


def _send(_: dict[str, Any], mail: dict[str, Any]) -> _Said:
    return _Said(mail["timestamp"], {})


def _delivery(event: dict[str, Any], _: dict[str, Any]) -> _Said:
    delivery = event["delivery"]
    return _Said(delivery["timestamp"], {"response": _text(delivery.get("smtpResponse"))})


def _open(event: dict[str, Any], _: dict[str, Any]) -> _Said:
    opened = event["open"]
    agent = _text(opened.get("userAgent"))
    return _Said(opened["timestamp"], {"agent": agent}, str(opened.get("ipAddress")), agent)


def _click(event: dict[str, Any], _: dict[str, Any]) -> _Said:
    click = event["click"]
    agent, link = _text(click.get("userAgent")), _UNSUBSCRIBE.sub(r"\1…", _text(click.get("link")))
    return _Said(
        click["timestamp"],
        {"agent": agent, "link": link},
        f"{click.get('ipAddress')}|{click.get('link')}",
        agent,
    )


def _bounce(event: dict[str, Any], _: dict[str, Any]) -> _Said:
    bounce = event["bounce"]
    kind, subkind = _text(bounce["bounceType"], 50), _text(bounce.get("bounceSubType"), 50)
    recipient = (bounce.get("bouncedRecipients") or [{}])[0]
    diagnosis = _text(recipient.get("diagnosticCode") or recipient.get("status"))
    return _Said(
        bounce["timestamp"],
        {"type": kind, "subtype": subkind, "diagnosis": diagnosis},
        f"{kind}|{subkind}|{bounce.get('feedbackId')}",
        is_permanent=kind == "Permanent",
        reason=f"{kind} ({subkind}): {diagnosis}" if diagnosis else f"{kind} ({subkind})",
    )


def _complaint(event: dict[str, Any], _: dict[str, Any]) -> _Said:
    complaint = event["complaint"]
    detail = {
        "type": _text(complaint.get("complaintFeedbackType"), 50),
        "subtype": _text(complaint.get("complaintSubType"), 50),
        "reporter": _text(complaint.get("userAgent")),
    }
    return _Said(complaint["timestamp"], detail, _text(complaint.get("feedbackId")))


def _reject(event: dict[str, Any], mail: dict[str, Any]) -> _Said:
    reason = _text(event["reject"].get("reason")) or "no reason given"
    return _Said(mail["timestamp"], {"reason": reason}, reason=f"The provider refused the message: {reason}")


def _rendering_failure(event: dict[str, Any], mail: dict[str, Any]) -> _Said:
    error = _text(event["failure"].get("errorMessage")) or "no reason given"
    return _Said(
        mail["timestamp"], {"error": error}, reason=f"The provider could not make the message: {error}"
    )


def _delay(event: dict[str, Any], _: dict[str, Any]) -> _Said:
    delay = event["deliveryDelay"]
    recipient = (delay.get("delayedRecipients") or [{}])[0]
    return _Said(
        delay["timestamp"],
        {"type": _text(delay.get("delayType"), 50), "diagnosis": _text(recipient.get("diagnosticCode"))},
    )


def _subscription(event: dict[str, Any], _: dict[str, Any]) -> _Said:
    return _Said(event["subscription"]["timestamp"], {"source": _text(event["subscription"].get("source"))})


_KINDS: dict[str, Callable[[dict[str, Any], dict[str, Any]], _Said]] = {
    "Send": _send,
    "Delivery": _delivery,
    "Open": _open,
    "Click": _click,
    "Bounce": _bounce,
    "Complaint": _complaint,
    "Reject": _reject,
    "Rendering Failure": _rendering_failure,
    "DeliveryDelay": _delay,
    "Subscription": _subscription,
}
