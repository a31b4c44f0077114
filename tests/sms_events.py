"""Events of AWS End User Messaging for tests: its documented sample, adapted to any message, and SQS batches."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from tests import lambdas

# When the provider accepted the message and when the event happened, in the sample: milliseconds since 1970.
ACCEPTED_AT = 1791792000512
AT = 1791792001903

FINAL = frozenset(
    {
        "SUCCESSFUL", "DELIVERED", "UNKNOWN", "INVALID", "UNREACHABLE", "CARRIER_UNREACHABLE", "BLOCKED",
        "CARRIER_BLOCKED", "SPAM", "INVALID_MESSAGE", "TTL_EXPIRED", "PROTECT_BLOCKED",
    }
)  # fmt: skip


def sample() -> dict[str, Any]:
    """The body of the sample, a TEXT_SUCCESSFUL."""
    return json.loads(lambdas.sample("sms/event_successful")["Records"][0]["body"])


def event(kind: str, send: UUID | str, attempt: int = 1, **fields: object) -> str:
    """The sample's body, about another message and of another type; `fields` replaces fields, None included."""
    name = kind if kind.startswith("TEXT_") else f"TEXT_{kind}"
    body = sample() | {
        "eventType": name,
        "isFinal": name.removeprefix("TEXT_") in FINAL,
        "messageId": f"message-{send}-{attempt}",
        "messageStatus": name.removeprefix("TEXT_"),
        "context": {"ddp_send": str(send), "ddp_attempt": str(attempt)},
    }
    return json.dumps(body | fields)


def batch(bodies: Iterable[str]) -> dict[str, Any]:
    """An SQS batch. The n-th message, counted from 0, has the id `message-n`."""
    record = lambdas.sample("sms/event_successful")["Records"][0]
    return {
        "Records": [record | {"messageId": f"message-{n}", "body": body} for n, body in enumerate(bodies)]
    }
