"""How an account's webhooks are switched on, off and checked."""

from __future__ import annotations

from typing import Any

import pytest

from ddp.errors import CredentialsExpired, Transient
from ddp.providers.social import subscriptions
from ddp.providers.social.base import Application, Platform, Refused
from ddp.providers.social.subscriptions import Subscriber
from tests.unit.ddp.providers.social.measuring.scripted import Platform as Scripted
from tests.unit.ddp.providers.social.measuring.scripted import Script, account, said, sample

OURS = Application(client_id="123456789", client_secret="SECRET-client")
OTHER = Application(client_id="987654321", client_secret="SECRET-client")
PAGE, BUSINESS = account("page"), account("business", "17841405309211844")


def of(platform: Platform) -> Subscriber:
    found = subscriptions.of(platform)
    assert found is not None
    assert found.platform is platform
    return found


def test_only_meta_is_subscribed_to_per_account() -> None:
    assert [platform for platform in Platform if subscriptions.of(platform)] == [
        Platform.FACEBOOK,
        Platform.INSTAGRAM,
    ]
    with pytest.raises(ValueError, match="myspace"):
        subscriptions.of("myspace")


def test_subscriptions_are_made_and_ended(platform: Scripted) -> None:
    platform.says(*[said("instagram/subscribed")] * 4)
    for subscriber, owner in ((of(Platform.FACEBOOK), PAGE), (of(Platform.INSTAGRAM), BUSINESS)):
        subscriber.subscribe(OURS, owner)
        subscriber.unsubscribe(OURS, owner)
    assert [(call.method, call.path) for call in platform.calls] == [
        ("POST", "graph.facebook.com/v26.0/102/subscribed_apps"),
        ("DELETE", "graph.facebook.com/v26.0/102/subscribed_apps"),
        ("POST", "graph.instagram.com/v26.0/17841405309211844/subscribed_apps"),
        ("DELETE", "graph.instagram.com/v26.0/17841405309211844/subscribed_apps"),
    ]
    assert platform.calls[0].fields == {"subscribed_fields": "feed"}
    assert platform.calls[2].fields == {"subscribed_fields": "comments"}
    assert {call.token for call in platform.calls} == {"Bearer SECRET-token"}


@pytest.mark.parametrize(
    ("application", "fields", "expected"),
    [
        (OURS, ["feed", "mention"], True),
        (OURS, ["mention"], False),
        (OURS, [], False),
        (OTHER, ["feed"], False),
    ],
)
def test_a_page_lists_the_applications_and_their_fields(
    platform: Scripted, application: Application, fields: list[str], expected: Any
) -> None:
    (app,) = sample("facebook/subscribed_apps")["data"]
    platform.says(Script(body={"data": [{"id": "1"}, {**app, "subscribed_fields": fields}]}))
    assert of(Platform.FACEBOOK).is_subscribed(application, PAGE) is expected
    assert platform.calls[0].method == "GET"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([], False),
        ([{"id": "5"}], True),
        ([{"subscribed_fields": ["comments"]}], True),
        ([{"subscribed_fields": ["messages"]}], False),
        ([7], False),
    ],
)
def test_an_instagram_account_lists_its_own_subscription(
    platform: Scripted, data: Any, expected: Any
) -> None:
    platform.says(Script(body={"data": data}))
    assert of(Platform.INSTAGRAM).is_subscribed(OURS, BUSINESS) is expected


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Script(status=400, body={"error": {"message": "Expired", "code": 190}}), CredentialsExpired),
        (Script(status=403, body={"error": {"message": "No", "code": 200}}), Refused),
        (Script(status=500, body=b""), Transient),
        (Script(body={}), Transient),
    ],
)
def test_an_outage_is_not_a_lost_subscription(
    platform: Scripted, answer: Script, error: type[Exception]
) -> None:
    platform.says(answer)
    with pytest.raises(error):
        of(Platform.FACEBOOK).is_subscribed(OURS, PAGE)
