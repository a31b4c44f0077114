"""Requests of Meta to forget a person, through the door that takes them: done once, and never by a replay."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from tests import lambdas  # isort: skip - the environment that functions read when imported
from ddp import db, queues
from ddp.providers.social import applications
from functions.engagement import ingest, webhook
from infra.local.simulators.platforms.webhooks import signing
from tests.database.social.world import World

PERSON, SECRET = "4711", "SECRET-client"
HASH = sha256(PERSON.encode()).digest()
Deliver = Callable[[str], str]


@pytest.fixture
def deliver(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deliver]:
    """Sends a signed request through the door and the queue. Returns the confirmation code of the answer."""
    queued: list[str] = []
    monkeypatch.setenv("DATABASE_URL", world.database.server.url(world.database.name, "ddp_worker"))
    monkeypatch.setattr(queues, "send", lambda _, bodies: queued.extend(bodies))
    monkeypatch.setattr(applications, "is_on", lambda _: True)
    monkeypatch.setattr(applications, "signing_secrets", lambda _: [SECRET.encode()])
    world.query("delete from ddp.social_deletions")
    db.close()

    def delivered(signed_request: str) -> str:
        event: dict[str, Any] = {
            "requestContext": {"http": {"method": "POST"}},
            "rawPath": "/webhooks/meta/deletion",
            "headers": {},
            "body": urlencode({"signed_request": signed_request}),
        }
        answer = webhook.handler(event, lambdas.Context())  # type: ignore[arg-type]
        assert answer["statusCode"] == 200
        records = [{"messageId": "0", "body": queued.pop()}]
        assert ingest.handler({"Records": records}, lambdas.Context()) == {"batchItemFailures": []}  # type: ignore[arg-type]
        return str(json.loads(answer["body"])["confirmation_code"])

    yield delivered
    db.close()


def request(ago: timedelta = timedelta(0)) -> str:
    issued_at = int((datetime.now(UTC) - ago).timestamp())
    payload = {"user_id": PERSON, "algorithm": "HMAC-SHA256", "issued_at": issued_at}
    return signing.signed_request(payload, SECRET)


def forget(world: World) -> None:
    for row in world.query("select code from ddp.social_deletions where done_at is null"):
        with world.working() as cursor:
            cursor.execute("select ddp.forget_social_person(%s)", [row["code"]])


def granted(world: World) -> UUID:
    """An account whose access the person granted."""
    account = world.account()
    world.query("update ddp.social_tokens set external_user_hash = %s where account_id = %s", HASH, account)
    return account


def codes(world: World) -> list[str]:
    return [row["code"] for row in world.query("select code from ddp.social_deletions")]


def has_tokens(world: World, account: UUID) -> bool:
    return bool(world.value("select count(*) from ddp.social_tokens where account_id = %s", account))


def test_the_same_request_again_forgets_nothing_that_was_granted_since(
    world: World, deliver: Deliver
) -> None:
    before, given = granted(world), request(timedelta(hours=1))
    code = deliver(given)
    forget(world)
    assert not has_tokens(world, before)
    since = granted(world)
    assert deliver(given) == code
    forget(world)
    assert codes(world) == [code]
    assert has_tokens(world, since)
    another = deliver(request())
    forget(world)
    assert sorted(codes(world)) == sorted([code, another])
    assert not has_tokens(world, since), "the person asked once more"


@pytest.mark.parametrize(("days", "is_done"), [(29, True), (31, False)])
def test_a_request_whose_first_delivery_may_be_forgotten_does_nothing(
    world: World, deliver: Deliver, days: int, *, is_done: bool
) -> None:
    account = granted(world)
    deliver(request(timedelta(days=days)))
    forget(world)
    assert bool(codes(world)) is is_done
    assert has_tokens(world, account) is not is_done
