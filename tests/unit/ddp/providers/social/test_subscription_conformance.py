"""How accounts are subscribed to webhooks, against the simulator."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ddp.errors import CredentialsExpired, Transient
from ddp.providers.social import subscriptions
from ddp.providers.social.base import AllQuotaReached, Platform
from tests.unit.ddp.providers.social.connected import Connect, application
from tests.unit.infra.local.simulators.platforms.conftest import Running

pytestmark = pytest.mark.thorough

METAS = [Platform.FACEBOOK, Platform.INSTAGRAM]
each_of_metas = pytest.mark.parametrize("platform", METAS)


@each_of_metas
def test_an_account_is_subscribed_and_says_so(running: Running, connect: Connect, platform: Platform) -> None:
    connected, ours = connect(platform, "mia"), application(platform)
    subscriber = subscriptions.of(platform)
    assert subscriber
    assert subscriber.is_subscribed(ours, connected.account) is False
    for _ in range(2):
        subscriber.subscribe(ours, connected.account)
        assert subscriber.is_subscribed(ours, connected.account) is True
    running.client.unsubscribe(platform, connected.account.external_account_id)
    assert subscriber.is_subscribed(ours, connected.account) is False
    subscriber.subscribe(ours, connected.account)
    for _ in range(2):
        subscriber.unsubscribe(ours, connected.account)
        assert subscriber.is_subscribed(ours, connected.account) is False


@each_of_metas
def test_a_subscription_to_other_fields_is_not_enough(
    running: Running, connect: Connect, platform: Platform
) -> None:
    connected, ours = connect(platform, "mia"), application(platform)
    subscriber = subscriptions.of(platform)
    assert subscriber
    address = f"graph.{platform}.com/v26.0/{connected.account.external_account_id}/subscribed_apps"
    given = {"access_token": connected.account.access_token, "subscribed_fields": "messages"}
    assert running.ask("POST", address, fields=given).status == 200
    assert subscriber.is_subscribed(ours, connected.account) is False


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("error_before", Transient),
        ("drop_before", Transient),
        ("throttle", AllQuotaReached),
        ("token_expired", CredentialsExpired),
    ],
)
@each_of_metas
def test_an_outage_says_nothing_of_a_subscription(
    running: Running, connect: Connect, platform: Platform, fault: str, error: type[Exception]
) -> None:
    connected, ours = connect(platform, "mia"), application(platform)
    subscriber = subscriptions.of(platform)
    assert subscriber
    calls = {
        "subscribe": subscriber.subscribe,
        "subscribed": subscriber.is_subscribed,
        "unsubscribe": subscriber.unsubscribe,
    }
    for operation, call in calls.items():
        running.client.fail(fault, f"{platform}.{operation}")
        with pytest.raises(error) as raised:
            call(ours, connected.account)
        assert type(raised.value) is error


@each_of_metas
def test_a_token_that_ended_subscribes_nothing(
    running: Running, connect: Connect, platform: Platform
) -> None:
    connected = connect(platform, "mia")
    subscriber = subscriptions.of(platform)
    assert subscriber
    ended = replace(connected.account, access_token="SECRET-ended")
    with pytest.raises(CredentialsExpired):
        subscriber.subscribe(application(platform), ended)


@pytest.mark.parametrize("platform", sorted(set(Platform) - set(METAS)))
def test_the_other_platforms_have_no_subscriptions(platform: Platform) -> None:
    assert subscriptions.of(platform) is None
