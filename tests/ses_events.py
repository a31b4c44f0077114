"""Events of SES for tests: the samples in events/email, adapted to any message, and SQS batches of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from tests import lambdas

# When SES accepted the message, in every sample.
ACCEPTED_AT = "2026-10-12T08:00:00.512Z"

PARTS = {"Rendering Failure": "failure", "DeliveryDelay": "deliveryDelay"}


@cache
def _sample(name: str) -> str:
    return lambdas.sample(f"email/event_{name}")["Records"][0]["body"]


def event(
    name: str,
    send: UUID | str,
    attempt: int = 1,
    *,
    at: str | None = None,
    accepted_at: str | None = None,
    **part: object,
) -> str:
    """A sample's body, about another message; `part` replaces fields of the event's type, null included."""
    body: dict[str, Any] = json.loads(_sample(name))
    mail = body["mail"]
    mail["tags"] |= {"ddp_send": [str(send)], "ddp_attempt": [str(attempt)]}
    mail["messageId"] = f"message-{send}-{attempt}"
    mail["timestamp"] = accepted_at or mail["timestamp"]
    said = body[PARTS.get(body["eventType"], body["eventType"].lower())]
    said |= part
    if at:
        said["timestamp"] = at
    return json.dumps(body)


def test_event(name: str, test_send: UUID) -> str:
    """A sample's body, about a test send."""
    body = json.loads(_sample(name))
    body["mail"]["tags"] = {"ddp_test": [str(test_send)]}
    return json.dumps(body)


test_event.__test__ = False  # type: ignore[attr-defined]  # pytest collects by name


def batch(bodies: Iterable[str]) -> dict[str, Any]:
    """An SQS batch. The n-th message, counted from 0, has the id `message-n`."""
    record = lambdas.sample("email/event_send")["Records"][0]
    return {
        "Records": [record | {"messageId": f"message-{n}", "body": body} for n, body in enumerate(bodies)]
    }
