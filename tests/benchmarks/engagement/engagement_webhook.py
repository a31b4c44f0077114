"""A webhook through its handler, the queue stubbed; floor: HMAC of the body and reading its JSON."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from tests import lambdas  # first: the environment that functions read when imported
from tests.benchmarks.measure import Row, alternate

# Changes in one request: one, and a batch as Meta makes them.
SIZES = (1, 10, 100)
CALLS, ROUNDS = 400, 15
SECRET = b"secret-of-the-application"
TARGET = 2.0


def rows() -> Iterator[Row]:
    """Requests of several sizes."""
    from ddp import queues
    from ddp.providers.social import applications

    queues.send = lambda *_: None  # type: ignore[assignment]
    applications.SECRETS = {"facebook": "x", "instagram": "x"}
    applications._secret = lambda _: {"client_secret": SECRET.decode()}  # type: ignore[assignment]
    for size in SIZES:
        body = json.dumps({"object": "page", "entry": [_entry(n) for n in range(size)]}).encode()
        floor, handled = alternate([_floor(body), _handle(body)], rounds=ROUNDS)
        measured, least = median(handled) / CALLS, median(floor) / CALLS
        yield Row(
            what=f"a webhook of {size} changes ({len(body):,} bytes): {least / measured:.2f} of the floor",
            measured=measured,
            floor=least,
            target=TARGET,
        )


def _entry(number: int) -> dict[str, Any]:
    value = {
        "from": {"id": str(10**15 + number), "name": "Ada Lovelace"},
        "post_id": f"1000_{number}",
        "created_time": 1_796_000_000,
        "item": "comment",
        "comment_id": f"{number}_1",
        "message": "What a watch, and what a strap! Where can I have it, and in which colours? " * 2,
        "verb": "add",
    }
    return {"id": "1000", "time": 1_796_000_000, "changes": [{"field": "feed", "value": value}]}


def _signed(body: bytes) -> str:
    return "sha256=" + hmac.new(SECRET, body, "sha256").hexdigest()


def _floor(body: bytes) -> Callable[[], object]:
    given = _signed(body)

    def call() -> None:
        for _ in range(CALLS):
            if not hmac.compare_digest(hmac.digest(SECRET, body, "sha256").hex(), given[7:]):
                raise RuntimeError("the signature is wrong")
            json.loads(body)

    return call


def _handle(body: bytes) -> Callable[[], object]:
    from functions.engagement import webhook

    event = {
        "requestContext": {"http": {"method": "POST"}},
        "rawPath": "/webhooks/meta",
        "headers": {"content-type": "application/json", "x-hub-signature-256": _signed(body)},
        "body": body.decode(),
        "isBase64Encoded": False,
    }
    context = lambdas.Context()

    def call() -> None:
        for _ in range(CALLS):
            if webhook.handler(event, context)["statusCode"] != 200:  # type: ignore[arg-type]
                raise RuntimeError("the webhook was refused")

    return call
