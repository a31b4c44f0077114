"""Reads two-way messages, as AWS End User Messaging publishes them through SNS with raw message delivery.

Source: AWS End User Messaging SMS User Guide, "Two-way SMS messaging" (the fields of the JSON; it has no time).
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, Final

from ddp.addresses import phone_hash
from ddp.queries.sms.inbound_messages import Inbound
from functions.sending.reports.fields import Malformed, NotOurs
from functions.sms.answers.keywords import MOST_CHARACTERS, answer

_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_IDENTITY: Final = re.compile(r"[A-Za-z0-9 _&+-]{1,20}")
_LONGEST_ID: Final = 100
# What PostgreSQL does not store.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def parse(record: dict[str, Any]) -> Inbound:
    """The message in an SQS record. Raises NotOurs or Malformed, whatever the text."""
    message = _two_way_message(record["body"])
    phone = _field(message, "originationNumber", _NUMBER)
    body = _body(message)
    # Where the text is missing, the provider's own reading of it is all there is.
    asked = body if body is not None else _optional(message, "messageKeyword") or ""
    return Inbound(
        provider_id=_id(message),
        received_at=_arrived_at(record),
        identity=_field(message, "destinationNumber", _IDENTITY),
        phone=phone,
        phone_hash=phone_hash(phone),
        body=body,
        verdict=answer(asked).value,
        answered=_optional(message, "previousPublishedMessageId"),
    )


def _two_way_message(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):  # also numbers of thousands of digits, and endless nesting
        raise NotOurs("not JSON") from None
    if not isinstance(message, dict):
        raise NotOurs("not a JSON object")
    if message.get("Type") == "Notification" and "Message" in message:
        raise Malformed("in SNS's envelope: the subscription must deliver raw messages")
    if "inboundMessageId" not in message and "originationNumber" not in message:
        raise NotOurs("not a two-way message")
    return message


def _field(message: dict[str, Any], name: str, form: re.Pattern[str]) -> str:
    text = message.get(name)
    if not isinstance(text, str) or not form.fullmatch(text):
        raise Malformed(f"{name} is missing, or not of its form")
    return text


def _id(message: dict[str, Any]) -> str:
    text = message.get("inboundMessageId")
    if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_ID or _UNSTORABLE.search(text):
        raise Malformed("inboundMessageId is missing, or not of its form")
    return text


def _body(message: dict[str, Any]) -> str | None:
    """The beginning of the text; what cannot be stored is replaced."""
    body = message.get("messageBody")
    if body is None:
        return None
    if not isinstance(body, str):
        raise Malformed("messageBody is not a text")
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", body[:MOST_CHARACTERS])


def _optional(message: dict[str, Any], name: str) -> str | None:
    text = message.get(name)
    return _UNSTORABLE.sub("", text[:255]) if isinstance(text, str) else None


def _arrived_at(record: dict[str, Any]) -> datetime:
    """When the queue got it, by SQS's clock."""
    sent = record.get("attributes", {}).get("SentTimestamp")
    return datetime.fromtimestamp(int(sent) / 1000, UTC) if sent else datetime.now(UTC)
