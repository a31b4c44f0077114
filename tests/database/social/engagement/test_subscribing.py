"""Accounts whose events platforms send: subscribed soon after connection, asked about daily, lost with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from tests import lambdas  # noqa: F401 # isort: skip - the environment that functions read when imported
from ddp import db
from ddp.errors import Transient
from ddp.providers import kms
from ddp.providers.social import applications, subscriptions
from ddp.providers.social.base import Account, Refused
from ddp.queries.social import accounts
from ddp.queries.social.accounts import Connected
from functions.engagement import subscribing
from tests.database.social.world import World


@dataclass(slots=True)
class Meta:
    """Remembers who is subscribed."""

    subscribed: set[str] = field(default_factory=set)
    asked: int = 0
    error: Exception | None = None

    def is_subscribed(self, application: Any, account: Account) -> bool:
        self.asked += 1
        if self.error:
            raise self.error
        return account.external_account_id in self.subscribed

    def subscribe(self, application: Any, account: Account) -> None:
        self.subscribed.add(account.external_account_id)


@pytest.fixture
def meta(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Meta]:
    made = Meta()
    monkeypatch.setenv("DATABASE_URL", world.database.server.url(world.database.name, "ddp_worker"))
    monkeypatch.setattr(kms, "decrypt", lambda ciphertext, owner_id, purpose: ciphertext)
    monkeypatch.setattr(subscriptions, "of", lambda platform: made if platform == "facebook" else None)
    monkeypatch.setattr(applications, "is_on", lambda _: True)
    monkeypatch.setattr(applications, "of", lambda _: None)
    db.close()
    yield made
    db.close()


def row(world: World, account: UUID) -> dict[str, Any]:
    return world.query("select * from ddp.social_subscriptions where account_id = %s", account)[0]


def test_a_connected_account_is_subscribed_and_asked_about_daily(
    world: World, meta: Meta, account: UUID
) -> None:
    world.account(platform="twitter")
    assert subscribing.subscribe_some() == 1
    assert row(world, account)["status"] == "active"
    assert len(meta.subscribed) == 1
    assert subscribing.subscribe_some() == 0
    world.query("update ddp.social_subscriptions set checked_at = now() - interval '25 hours'")
    meta.subscribed.clear()
    subscribing.check()
    assert len(meta.subscribed) == 1, "the platform had ended it: it is subscribed again"


def test_an_account_that_is_connected_again_is_subscribed_within_a_minute(
    world: World, meta: Meta, account: UUID
) -> None:
    subscribing.subscribe_some()
    world.query("update social_accounts set status = 'reconnect' where account_id = %s", account)
    meta.subscribed.clear()
    again = Connected(
        account_id=account,
        external_account_id=world.value("select external_account_id from social_accounts"),
        account_kind="page",
        account_handle="shop",
        account_name="Shop",
        access_token_encrypted="access",
        access_expires_at=None,
    )
    with world.acting(world.owner_of(account)) as cursor:
        accounts.connect(cursor, "facebook", [again])
    assert subscribing.subscribe_some() == 1
    assert len(meta.subscribed) == 1


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [(Refused("permission", "No right."), "lost", "No right."), (Transient("500"), "wanted", None)],
)
def test_what_the_platform_refuses_is_lost_and_what_it_does_not_say_is_not(
    world: World, meta: Meta, account: UUID, error: Exception, status: str, reason: str | None
) -> None:
    meta.error = error
    subscribing.subscribe_some()
    found = row(world, account)
    assert (found["status"], found["reason"]) == (status, reason)


def test_a_disconnected_account_is_forgotten_and_subscribed_again_when_it_is_back(
    world: World, meta: Meta, account: UUID
) -> None:
    subscribing.subscribe_some()
    with world.acting(world.owner_of(account)) as cursor:
        cursor.execute("select public.disconnect_social_account(%s, 'hold')", [account])
    assert world.query("select * from ddp.social_subscriptions") == []
    assert subscribing.subscribe_some() == 0
    world.query("update social_accounts set status = 'active' where account_id = %s", account)
    assert subscribing.subscribe_some() == 1
