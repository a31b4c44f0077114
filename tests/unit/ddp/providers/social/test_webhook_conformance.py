"""What is read of webhooks, against the simulator, which sends them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from ddp.providers.social import subscriptions, webhooks
from ddp.providers.social.base import Platform, PostType
from ddp.providers.social.webhooks import Event, EventKind, meta, tiktok
from infra.local.simulators.platforms.oauth import client_secret
from tests.unit.ddp.providers.social.connected import Connect, Connected, application
from tests.unit.ddp.providers.social.measured import Measured
from tests.unit.infra.local.simulators.platforms.conftest import Running
from tests.unit.infra.local.simulators.platforms.taking import Application, taking

pytestmark = pytest.mark.thorough

READING: dict[Platform, Any] = {Platform.FACEBOOK: meta, Platform.INSTAGRAM: meta, Platform.TIKTOK: tiktok}
ACCOUNTS = {Platform.FACEBOOK: "page", Platform.INSTAGRAM: "business", Platform.TIKTOK: "creator"}
NEW = b"a secret that is not used yet"
each_sender = pytest.mark.parametrize("platform", list(READING))
each_of_metas = pytest.mark.parametrize("platform", [Platform.FACEBOOK, Platform.INSTAGRAM])


@pytest.fixture
def taker() -> Iterator[Application]:
    with taking() as found:
        yield found


def listen(running: Running, taker: Application, platform: Platform, connected: Connected) -> None:
    """The account's webhooks arrive at the taker; those about what was before are forgotten."""
    addresses = {
        "deauthorise_url": f"{taker.url}/deauthorise",
        "deletion_url": f"{taker.url}/deletion",
    }
    running.client.hook(platform, f"{taker.url}/{platform}", verify_token="token", **addresses)
    if subscriber := subscriptions.of(platform):
        subscriber.subscribe(application(platform), connected.account)
    running.client.send_webhooks()
    taker.got.clear()


def secret(platform: Platform) -> bytes:
    return client_secret(platform).encode()


def now(running: Running) -> datetime:
    return datetime.fromtimestamp(running.clock.now, UTC)


def events(running: Running, taker: Application, platform: Platform) -> list[Event]:
    """All events that arrived, each proved to be the platform's."""
    found = []
    for path, headers, body in taker.got:
        assert path == f"/{platform}"
        assert READING[platform].verify(body, headers, [NEW, secret(platform)], now(running))
        found += READING[platform].entries(webhooks.document(body))
    return found


@each_sender
def test_a_signature_is_known_and_no_other_body_secret_or_time(
    running: Running, connect: Connect, taker: Application, platform: Platform
) -> None:
    measured = Measured(connected=connect(platform), kind_of_account=ACCOUNTS[platform])
    listen(running, taker, platform, measured.connected)
    (post,) = measured.publish_many(1)
    running.client.adjust(platform, post.external_id, "comment", 1)
    running.client.send_webhooks()
    _, headers, body = taker.got[0]

    def verify(content: bytes, given: dict[str, str], *secrets: bytes, late: float = 0) -> bool:
        at = now(running) + timedelta(seconds=late)
        return bool(READING[platform].verify(content, given, secrets, at))

    own = secret(platform)
    assert verify(body, headers, own)
    assert verify(body, headers, NEW, own)
    assert verify(body, {name.lower(): value for name, value in headers.items()}, own)
    assert not verify(body, headers, NEW)
    assert not verify(body, headers)
    assert not verify(body + b" ", headers, own)
    assert not verify(body, {}, own)
    assert verify(body, headers, own, late=301) is (platform is not Platform.TIKTOK)
    assert verify(body, headers, own, late=299)


@pytest.mark.parametrize(
    ("platform", "post_type"),
    [
        (Platform.FACEBOOK, PostType.TEXT),
        (Platform.FACEBOOK, PostType.IMAGE),
        (Platform.FACEBOOK, PostType.VIDEO),
        (Platform.FACEBOOK, PostType.REEL),
        (Platform.INSTAGRAM, PostType.IMAGE),
        (Platform.INSTAGRAM, PostType.REEL),
    ],
)
def test_a_change_names_the_account_and_the_stored_post(
    running: Running, connect: Connect, taker: Application, platform: Platform, post_type: PostType
) -> None:
    measured = Measured(connected=connect(platform), kind_of_account=ACCOUNTS[platform])
    listen(running, taker, platform, measured.connected)
    post = measured.publish(post_type)
    running.client.adjust(platform, post.external_id, "comment", 2)
    if platform is Platform.FACEBOOK:
        for kind in ("like", "reaction", "share"):
            running.client.adjust(platform, post.external_id, kind, 1)
    running.client.send_webhooks()
    found = events(running, taker, platform)
    assert len(found) == (5 if platform is Platform.FACEBOOK else 2)
    assert {each.kind for each in found} == {EventKind.POST_CHANGED}
    assert {each.platform for each in found} == {platform}
    assert {each.external_account_id for each in found} == {measured.account.external_account_id}
    # Facebook names a video by its story: the page's id, and the stored id.
    owner = f"{measured.account.external_account_id}_"
    of_page = {post.external_id if "_" in post.external_id else f"{owner}{post.external_id}"}
    assert {each.external_post_id for each in found} == (
        of_page if platform is Platform.FACEBOOK else {post.external_id}
    )
    assert all(each.external_user_id for each in found)
    assert len({each.digest for each in found}) == len(found)
    assert all(each.occurred_at == now(running) for each in found)
    if platform is Platform.FACEBOOK:
        taker.got.clear()
        running.client.remove(platform, post.external_id)
        running.client.send_webhooks()
        (removed,) = events(running, taker, platform)
        assert removed.kind is EventKind.POST_CHANGED
        assert {removed.external_post_id} == of_page


def test_tiktok_tells_what_became_of_a_post_by_both_of_its_ids(
    running: Running, connect: Connect, taker: Application
) -> None:
    connected = connect(Platform.TIKTOK)
    listen(running, taker, Platform.TIKTOK, connected)
    measured = Measured(connected=connected, kind_of_account="creator")
    post = measured.publish()
    running.client.send_webhooks()
    found = events(running, taker, Platform.TIKTOK)
    assert {each.kind for each in found} == {EventKind.POST_PUBLISHED}
    assert {each.external_account_id for each in found} == {measured.account.external_account_id}
    assert {each.external_post_id for each in found} == {None, post.external_id}
    (publish_id,) = {each.external_publish_id for each in found}
    assert publish_id in {json.loads(each)["publish_id"] for each in connected.saved}
    taker.got.clear()
    running.client.remove("tiktok", post.external_id, by="platform")
    running.client.send_webhooks()
    (changed,) = events(running, taker, Platform.TIKTOK)
    assert (changed.kind, changed.external_post_id) == (EventKind.POST_WITHDRAWN, post.external_id)


def test_tiktok_tells_both_ids_of_a_post_that_was_published_before_moderation_ended(
    running: Running, connect: Connect, taker: Application
) -> None:
    connected = connect(Platform.TIKTOK)
    listen(running, taker, Platform.TIKTOK, connected)
    running.client.change(processing_seconds={"moderation": 60.0})
    measured = Measured(connected=connected, kind_of_account="creator")
    post = measured.publish()
    assert not post.external_id.isdigit()
    running.client.send_webhooks()
    taker.got.clear()
    running.clock.now += 61
    running.client.send_webhooks()
    (told,) = events(running, taker, Platform.TIKTOK)
    assert (told.kind, told.external_publish_id) == (EventKind.POST_PUBLISHED, post.external_id)
    assert told.external_post_id
    assert told.external_post_id.isdigit()


def test_tiktok_tells_that_a_post_failed(running: Running, connect: Connect, taker: Application) -> None:
    connected = connect(Platform.TIKTOK)
    listen(running, taker, Platform.TIKTOK, connected)
    Measured(connected=connected, kind_of_account="creator").publish_many(1, failed="frame_rate_check_failed")
    running.client.send_webhooks()
    (failed,) = events(running, taker, Platform.TIKTOK)
    assert (failed.kind, failed.external_post_id) == (EventKind.POST_FAILED, None)
    assert failed.external_publish_id


@each_sender
def test_a_replay_has_the_digests_of_the_first_delivery(
    running: Running, connect: Connect, taker: Application, platform: Platform
) -> None:
    measured = Measured(connected=connect(platform), kind_of_account=ACCOUNTS[platform])
    listen(running, taker, platform, measured.connected)
    running.client.change(webhooks={"repeated": 1.0, "late_seconds": 600.0})
    posts = measured.publish_many(12)
    for post in posts:
        running.client.adjust(platform, post.external_id, "comment", 2)
    running.client.send_webhooks()
    first = {each["number"] for each in running.client.webhooks(platform)}
    running.clock.now += 700
    running.client.send_webhooks()  # signed anew, in another order
    bodies = [body for _, _, body in taker.got]
    assert len(bodies) == 2 * len(set(bodies))
    found = [each.digest for each in events(running, taker, platform)]
    assert len(found) == 2 * len(set(found))
    assert all(len(each) == 32 for each in found)
    assert all(found.count(each) == 2 for each in found)
    taker.got.clear()
    assert running.client.send_again(max(first)) == 200
    assert {each.digest for each in events(running, taker, platform)} <= set(found)


@each_of_metas
def test_removal_of_the_application_and_requests_for_deletion_are_signed(
    running: Running, connect: Connect, taker: Application, platform: Platform
) -> None:
    connected = connect(platform, "eve")
    listen(running, taker, platform, connected)
    running.client.revoke(platform, "eve")
    running.client.send_webhooks()
    assert running.client.forget(platform, "eve")["status"] == 200
    kinds = {"/deauthorise": EventKind.ACCESS_REVOKED, "/deletion": EventKind.DELETION_REQUESTED}
    assert [path for path, _, _ in taker.got] == list(kinds)
    persons = set()
    for path, _, body in taker.got:
        (value,) = parse_qs(body.decode())["signed_request"]
        told = meta.signed_request(value, [NEW, secret(platform)])
        assert told
        assert meta.signed_request(value, [NEW]) is None
        event = meta.removal(told, kinds[path], platform)
        assert (event.platform, event.kind, event.occurred_at) == (platform, kinds[path], now(running))
        persons.add(event.external_user_id)
    assert len(persons) == 1
    assert None not in persons


def test_tiktok_tells_whose_access_was_removed(
    running: Running, connect: Connect, taker: Application
) -> None:
    connected = connect(Platform.TIKTOK, "eve")
    listen(running, taker, Platform.TIKTOK, connected)
    running.client.revoke("tiktok", "eve")
    running.client.send_webhooks()
    (event,) = events(running, taker, Platform.TIKTOK)
    assert event.kind is EventKind.ACCESS_REVOKED
    assert event.external_account_id == connected.account.external_account_id
