"""Webhooks and callbacks: when they are sent, what stands in them, and how they are signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.webhooks import signing
from infra.local.simulators.platforms.world import DAY
from tests.unit.infra.local.simulators.platforms.conftest import Running
from tests.unit.infra.local.simulators.platforms.publishing import VIDEO, account, publish, token
from tests.unit.infra.local.simulators.platforms.taking import Application, taking
from tests.unit.infra.local.simulators.platforms.test_samples import members

pytestmark = pytest.mark.thorough

# Seen by others, who publish it; names and ids are changed.
REACTION = {
    "object": "page",
    "entry": [
        {
            "id": "103149398319188",
            "time": 1608952691,
            "changes": [
                {
                    "value": {
                        "from": {"id": "3550536091656165", "name": "Nicole R."},
                        "post_id": "103149398319188_208770550911373",
                        "created_time": 1608952690,
                        "item": "reaction",
                        "parent_id": "103149398319188_208770550911373",
                        "reaction_type": "love",
                        "verb": "add",
                    },
                    "field": "feed",
                }
            ],
        }
    ],
}
# Reported by others as the form of Instagram's; without a parent.
COMMENT = {
    "object": "instagram",
    "entry": [
        {
            "id": "17841400000000000",
            "time": 1758700000,
            "changes": [
                {
                    "field": "comments",
                    "value": {
                        "from": {"id": "1234567890123456", "username": "commenter"},
                        "media": {"id": "18012345678901234", "media_product_type": "REELS"},
                        "id": "18045678901234567",
                        "text": "Nice",
                    },
                }
            ],
        }
    ],
}
# developers.tiktok.com, webhook events, read on 2026-11-30.
REMOVED = {
    "client_key": "bwo2m45353a6k85",
    "event": "authorization.removed",
    "create_time": 1615338610,
    "user_openid": "act.example12345Example12345Example",
    "content": '{"reason": 1 }',
}


@pytest.fixture
def application() -> Iterator[Application]:
    with taking() as found:
        yield found


def subscribed(running: Running, application: Application, platform: str, **more: str) -> None:
    """The application takes webhooks of Ada's account."""
    running.client.hook(platform, f"{application.url}/{platform}", verify_token="token", **more)
    owner = account(running, platform)
    scopes = "pages_manage_metadata" if platform == "facebook" else "instagram_business_basic"
    answer = running.ask(
        "POST",
        f"graph.{platform}.com/v26.0/{owner}/subscribed_apps",
        fields={
            "access_token": token(running, platform, scopes),
            "subscribed_fields": "feed" if platform == "facebook" else "comments",
        },
    )
    assert answer.status == 200


def changes(application: Application) -> list[dict[str, Any]]:
    return [
        change["value"]
        for _, _, body in application.got
        for entry in json.loads(body)["entry"]
        for change in entry["changes"]
    ]


def test_signatures_are_those_of_published_examples() -> None:
    # Of Meta's documentation of signed requests.
    assert signing.signed_request({"algorithm": "HMAC-SHA256", "0": "payload"}, "secret") == (
        "vlXgu64BQGFSQrY0ZcJBZASMvYvTHu9GQ0YM9rjPSso.eyJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsIjAiOiJwYXlsb2FkIn0"
    )
    # Of GitHub's documentation, whose header has the same form as Meta's.
    assert signing.hub_signature(b"Hello, World!", "It's a Secret to Everybody") == (
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    )
    expected = hmac.new(b"secret", b'1633174587.{"a":1}', hashlib.sha256).hexdigest()
    assert signing.tiktok_signature(b'{"a":1}', "secret", 1633174587.9) == f"t=1633174587,s={expected}"


def test_meta_asks_the_address_before_it_believes_it(running: Running, application: Application) -> None:
    with pytest.raises(ValueError, match="does not repeat the challenge"):
        running.client.hook("facebook", application.url, verify_token="wrong")
    with pytest.raises(ValueError, match="cannot be reached"):
        running.client.hook("instagram", "http://127.0.0.1:1/", verify_token="token")
    with pytest.raises(ValueError, match="400"):
        running.client.hook("twitter", application.url)
    running.client.hook("facebook", application.url, verify_token="token")


def test_a_page_that_installed_the_application_tells_of_its_feed(
    running: Running, application: Application
) -> None:
    post = publish(running, "facebook")
    running.clock.now += DAY
    running.client.hook("facebook", f"{application.url}/facebook", verify_token="token")
    assert running.client.send_webhooks() == {"written": 0, "taken": 0}
    subscribed(running, application, "facebook")
    written = running.client.send_webhooks()
    assert written["taken"] == written["written"] > 0
    path, headers, body = application.got[0]
    sample, own = json.loads(body), members(REACTION)["entry"][0]["changes"][0]["value"]
    assert path == "/facebook"
    assert members(sample["entry"][0]["changes"][0]["value"]) == own
    assert sample["object"] == "page"
    assert headers["X-Hub-Signature-256"] == signing.hub_signature(body, "SECRET-client-facebook")
    assert {each["post_id"] for each in changes(application)} == {post}
    assert {each["item"] for each in changes(application)} == {"reaction", "comment", "share"}
    application.got.clear()
    assert running.client.send_webhooks() == {"written": 0, "taken": 0}
    running.client.adjust("facebook", post, "like", -2)
    running.client.send_webhooks()
    assert [(each["item"], each["verb"]) for each in changes(application)] == [("reaction", "remove")] * 2
    application.got.clear()
    running.client.remove("facebook", post)
    running.client.send_webhooks()
    assert [(each["item"], each["verb"]) for each in changes(application)] == [("post", "remove")]


def test_instagram_tells_of_comments_only(running: Running, application: Application) -> None:
    post = publish(running, "instagram")
    subscribed(running, application, "instagram", secret="another")
    running.client.adjust("instagram", post, "comment", 2)
    running.client.adjust("instagram", post, "like", 2)
    running.client.send_webhooks()
    [(_, headers, body)] = application.got
    assert members(json.loads(body)) == members(COMMENT)
    assert len(changes(application)) == 2
    assert headers["X-Hub-Signature-256"] == signing.hub_signature(body, "another")


def test_tiktok_tells_what_becomes_of_a_post(running: Running, application: Application) -> None:
    post = publish(running, "tiktok", media=[VIDEO])
    publish(running, "tiktok", 2, failed="picture_size_check_failed")
    running.client.hook("tiktok", f"{application.url}/tiktok")
    running.client.send_webhooks()
    events = {
        json.loads(body)["event"]: json.loads(json.loads(body)["content"]) for _, _, body in application.got
    }
    known = {"publish_id": post, "publish_type": "DIRECT_PUBLISH"}
    assert events["post.publish.complete"] == known
    assert events["post.publish.publicly_available"] == known | {"post_id": "731"}
    assert events["post.publish.failed"]["reason"] == "picture_size_check_failed"
    application.got.clear()
    running.client.remove("tiktok", "731", by="platform")
    running.client.revoke("tiktok")
    running.client.send_webhooks()
    bodies = [json.loads(body) for _, _, body in application.got]
    assert [each["event"] for each in bodies] == [
        "authorization.removed",
        "post.publish.no_longer_publicaly_available",
    ]
    assert members(bodies[0]) == members(REMOVED)
    assert bodies[0]["user_openid"] == account(running, "tiktok")
    _, headers, body = application.got[0]
    signature = {name.lower(): value for name, value in headers.items()}["tiktok-signature"]
    assert signature == signing.tiktok_signature(body, "SECRET-client-tiktok", running.clock.now)


def test_tiktok_tells_the_public_id_when_moderation_has_ended(
    running: Running, application: Application
) -> None:
    running.client.change(processing_seconds={"moderation": 60.0})
    post = publish(running, "tiktok", media=[VIDEO])
    running.client.hook("tiktok", f"{application.url}/tiktok")

    def told() -> list[str]:
        application.got.clear()
        running.client.send_webhooks()
        return [json.loads(body)["event"] for _, _, body in application.got]

    def status() -> dict[str, Any]:
        answer = running.ask(
            "POST",
            "open.tiktokapis.com/v2/post/publish/status/fetch/",
            json={"publish_id": post},
            headers={"Authorization": f"Bearer {token(running, 'tiktok', 'video.publish')}"},
        )
        return dict(answer.json()["data"])

    assert told() == ["post.publish.complete"]
    assert (status()["status"], status().get("publicaly_available_post_id")) == ("PUBLISH_COMPLETE", None)
    running.clock.now += 61
    assert told() == ["post.publish.publicly_available"]
    assert status()["publicaly_available_post_id"] == [731]


def test_tiktok_tells_that_the_application_gave_its_access_back(
    running: Running, application: Application
) -> None:
    running.client.hook("tiktok", f"{application.url}/tiktok")
    form = {
        "client_key": "ddp-on-tiktok",
        "client_secret": "SECRET-client-tiktok",
        "token": token(running, "tiktok", "video.list"),
    }
    running.ask("POST", "open.tiktokapis.com/v2/oauth/revoke/", fields=form, encode_multipart=False)
    running.client.send_webhooks()
    [(_, _, body)] = application.got
    assert json.loads(json.loads(body)["content"]) == {"reason": 5}


def test_webhooks_are_lost_repeated_and_late_by_the_seed(running: Running, application: Application) -> None:
    subscribed(running, application, "facebook")
    running.client.change(webhooks={"lost": 0.3, "repeated": 0.3, "late_seconds": 600.0})
    for number in range(30):
        running.client.adjust("facebook", publish(running, "facebook", number), "like", 3)
    running.client.send_webhooks()
    for number in range(30):
        running.clock.now += 1
        running.client.adjust("facebook", f"{account(running, 'facebook')}_{number}", "comment", 1)
        running.client.send_webhooks()
    early = len(application.got)
    running.clock.now += 700
    running.client.send_webhooks()
    all_of_them = running.client.webhooks("facebook")
    lost = [each for each in all_of_them if each["status"] == "lost"]
    sent = [each for each in all_of_them if each["status"] == "200"]
    bodies = [body.decode() for _, _, body in application.got]
    assert lost
    assert not {each["body"] for each in lost} & set(bodies)
    assert len(set(bodies)) < len(bodies) == len(sent)
    assert early < len(bodies)
    assert bodies != [each["body"] for each in sent]
    assert sorted(bodies) == sorted(each["body"] for each in sent)


def test_a_webhook_that_is_not_taken_is_sent_again_later(running: Running, application: Application) -> None:
    publish(running, "tiktok", media=[VIDEO], info={"title": "x", "privacy_level": "SELF_ONLY"})
    running.client.hook("tiktok", f"{application.url}/tiktok")
    application.status = 500
    assert running.client.send_webhooks() == {"written": 1, "taken": 0}
    assert running.client.send_webhooks() == {"written": 0, "taken": 0}
    assert len(application.got) == 1
    application.status = 200
    running.clock.now += 2
    assert running.client.send_webhooks()["taken"] == 1
    [request] = running.client.webhooks()
    assert (request["tries"], request["status"]) == (2, "200")
    running.clock.now += 3_600
    assert running.client.send_again(request["number"]) == 200
    assert application.got[-1][2] == application.got[-2][2]
    assert application.got[-1][1]["TikTok-Signature"] == application.got[-2][1]["TikTok-Signature"]


def test_meta_says_that_access_was_taken_away_and_asks_for_deletion(
    running: Running, application: Application
) -> None:
    addresses = {name: f"{application.url}/{name}" for name in ("deauthorise_url", "deletion_url")}
    subscribed(running, application, "facebook", **addresses)
    given = token(running, "facebook", "pages_show_list")
    running.client.revoke("facebook")
    running.client.send_webhooks()
    answer = running.client.forget("facebook")
    assert answer["status"] == 200
    assert json.loads(answer["body"])["confirmation_code"] == "c"
    assert [path for path, _, _ in application.got] == ["/deauthorise_url", "/deletion_url"]
    for _, headers, body in application.got:
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        signature, _, payload = parse_qs(body.decode())["signed_request"][0].partition(".")
        right = hmac.digest(b"SECRET-client-facebook", payload.encode(), "sha256")
        assert base64.urlsafe_b64decode(signature + "=") == right
        value = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert value["user_id"] == account(running, "facebook", 0)
        assert value["algorithm"] == "HMAC-SHA256"
    assert running.ask("GET", "graph.facebook.com/v26.0/me", fields={"access_token": given}).status == 400
    publish(running, "facebook")
    running.clock.now += DAY
    assert running.client.send_webhooks()["written"] == 0


def test_a_comment_that_the_application_wrote_is_told_too(running: Running, application: Application) -> None:
    post = publish(running, "facebook")
    subscribed(running, application, "facebook")
    running.client.send_webhooks()
    application.got.clear()
    running.world.store.put(
        Object(
            id="c",
            platform="facebook",
            kind="comment",
            owner=post,
            at=running.clock.now,
            body={"message": "x"},
        )
    )
    running.client.send_webhooks()
    assert [each["item"] for each in changes(application)] == ["comment"]
