"""Signatures and events of webhooks, from what Meta's and TikTok's documentation shows."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ddp.providers.social import webhooks
from ddp.providers.social.base import Platform
from ddp.providers.social.webhooks import EventKind, meta, tiktok
from tests.unit.ddp.providers.social.measuring.scripted import SAMPLES, sample

OLD, NEW, FOREIGN = b"SECRET-old", b"SECRET-new", b"SECRET-foreign"
BOTH = [OLD, NEW]
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
BODY = json.dumps(sample("facebook/webhook_comment")).encode()


def of_meta(body: bytes, secret: bytes = NEW, **_: Any) -> dict[str, str]:
    return {"X-Hub-Signature-256": f"sha256={hmac.digest(secret, body, 'sha256').hex()}"}


def of_tiktok(body: bytes, secret: bytes = NEW, at: int = AT) -> dict[str, str]:
    signed = hmac.digest(secret, f"{at}.".encode() + body, "sha256").hex()
    return {"TikTok-Signature": f"t={at},s={signed}"}


Verify = Callable[[bytes, Mapping[str, str], Sequence[bytes], datetime], bool]
Sign = Callable[..., dict[str, str]]
both = pytest.mark.parametrize(("verify", "sign"), [(meta.verify, of_meta), (tiktok.verify, of_tiktok)])


@both
@pytest.mark.parametrize("secret", BOTH)
def test_each_of_two_secrets_signs(verify: Verify, sign: Sign, secret: bytes) -> None:
    assert verify(BODY, sign(BODY, secret), BOTH, NOW)
    lower = {name.lower(): value for name, value in sign(BODY, secret).items()}
    assert verify(BODY, lower, BOTH, NOW)


@both
def test_nothing_else_does(verify: Verify, sign: Sign) -> None:
    headers = sign(BODY)
    ((name, value),) = headers.items()
    assert not verify(BODY, sign(BODY, FOREIGN), BOTH, NOW)
    assert not verify(BODY + b" ", headers, BOTH, NOW)
    assert not verify(b"", headers, BOTH, NOW)
    assert not verify(BODY, {}, BOTH, NOW)
    assert not verify(BODY, headers, [], NOW)
    assert not verify(BODY, sign(BODY, b""), [b"", NEW], NOW)
    for wrong in (
        "",
        value[:-1],
        value + "0",
        value[:-1] + "é",
        value[:-1] + "\udcff",
        value.replace("=", "", 1),
    ):
        assert not verify(BODY, {name: wrong}, BOTH, NOW), wrong


@both
def test_signatures_are_compared_as_bytes_in_constant_time(
    verify: Verify, sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Any, Any]] = []

    def compare(left: Any, right: Any) -> bool:
        seen.append((left, right))
        return False

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert not verify(BODY, sign(BODY), BOTH, NOW)
    assert len(seen) == len(BOTH)
    assert {type(each) for pair in seen for each in pair} == {bytes}


def test_an_older_signature_of_meta_is_not_enough() -> None:
    signed = hmac.digest(NEW, BODY, "sha1").hex()
    assert not meta.verify(BODY, {"X-Hub-Signature": f"sha1={signed}"}, BOTH, NOW)
    assert not meta.verify(BODY, {"X-Hub-Signature-256": f"sha1={signed}"}, BOTH, NOW)
    assert not meta.verify(BODY, {"X-Hub-Signature-256": hmac.digest(NEW, BODY, "sha256").hex()}, BOTH, NOW)


@pytest.mark.parametrize(
    ("seconds", "is_timely"), [(0, True), (300, True), (301, False), (-300, True), (-301, False)]
)
def test_tiktoks_time_is_within_five_minutes(seconds: int, *, is_timely: bool) -> None:
    assert tiktok.verify(BODY, of_tiktok(BODY), BOTH, NOW + timedelta(seconds=seconds)) is is_timely


def test_the_form_of_tiktoks_header_is_as_in_its_sample() -> None:
    ((_, value),) = sample("tiktok/signature").items()
    ((_, ours),) = of_tiktok(BODY).items()
    assert [part.partition("=")[0] for part in value.split(",")] == ["t", "s"]
    assert len(value) == len(ours)


@pytest.mark.parametrize(
    "header", ["t=", "t=x,s=y", "s=00", "t=٣,s=00", f"t={'9' * 400},s=00", "t=-1,s=00", ",,,", "=", "t=1,t=2"]
)
def test_a_header_of_tiktok_without_a_time_is_refused(header: str) -> None:
    assert not tiktok.verify(BODY, {"TikTok-Signature": header}, BOTH, NOW)


def test_a_signed_request_with_its_published_secret() -> None:
    given = json.loads((SAMPLES / "facebook/signed_request.json").read_text())
    secret = given["secret"].encode()
    assert meta.signed_request(given["signed_request"], [OLD, secret]) == given["body"]
    assert meta.signed_request(given["signed_request"], BOTH) is None


def signed(told: Any, secret: bytes = NEW) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=")
    signature = base64.urlsafe_b64encode(hmac.digest(secret, payload, "sha256")).rstrip(b"=")
    return f"{signature.decode()}.{payload.decode()}"


def test_a_data_deletion_request_names_the_person() -> None:
    told = meta.signed_request(signed(sample("facebook/data_deletion")), BOTH)
    assert told is not None
    event = meta.removal(told, EventKind.DELETION_REQUESTED, Platform.FACEBOOK)
    assert (event.external_user_id, event.kind) == ("218471", EventKind.DELETION_REQUESTED)
    assert event.occurred_at == datetime.fromtimestamp(1291836800, UTC)
    other = meta.removal(told, EventKind.ACCESS_REVOKED, Platform.FACEBOOK)
    assert other.digest != event.digest
    elsewhere = meta.removal(told, EventKind.DELETION_REQUESTED, Platform.INSTAGRAM)
    assert elsewhere.digest != event.digest, "one of the two would be taken for a replay of the other"


@pytest.mark.parametrize(
    "value",
    [
        "", ".", "a", "a.b.c", "é.é", "\udcff.", "x" * 1_000_000, f"{'x' * 20}.{'y' * 20}",
        signed({"algorithm": "none", "user_id": "1"}), signed({"user_id": "1"}), signed([1]), signed("x"),
        signed({"algorithm": "HMAC-SHA256", "user_id": "1"}, FOREIGN),
        signed({"algorithm": "HMAC-SHA256", "user_id": "1"}).replace(".", "!.", 1),
        signed({"algorithm": "HMAC-SHA256", "user_id": "1"}) + "AA",
    ],
)  # fmt: skip
def test_other_signed_requests_say_nothing(value: str) -> None:
    assert meta.signed_request(value, BOTH) is None


@pytest.mark.parametrize("name", ["facebook/webhook_reaction", "facebook/webhook_comment"])
def test_a_change_of_a_page_names_its_post(name: str) -> None:
    (event,) = meta.entries(sample(name))
    assert (event.platform, event.kind) == (Platform.FACEBOOK, EventKind.POST_CHANGED)
    assert (event.external_account_id, event.external_post_id) == ("102", "102_201")
    assert event.external_user_id == "1067280970047460"
    assert event.occurred_at == datetime.fromtimestamp(1520544814, UTC)
    assert event.raw["object"] == "page"
    assert event.raw["changes"] == sample(name)["entry"][0]["changes"]


@pytest.mark.parametrize("name", ["instagram/webhook_comment", "instagram/webhook_comment_of_login"])
def test_a_comment_on_instagram_names_its_medium(name: str) -> None:
    (event,) = meta.entries(sample(name))
    assert (event.platform, event.kind) == (Platform.INSTAGRAM, EventKind.POST_CHANGED)
    assert (event.external_account_id, event.external_post_id) == ("17841405309211844", "17900000000000001")
    assert event.external_user_id == "232323232"
    assert event.occurred_at == datetime.fromtimestamp(1569262486, UTC)


def test_what_is_about_no_post_is_kept_as_other() -> None:
    (photos,) = meta.entries(sample("facebook/webhook_photos"))
    assert (photos.kind, photos.external_post_id) == (EventKind.OTHER, None)
    (revoked,) = meta.entries(sample("facebook/webhook_permission_revoked"))
    assert (revoked.kind, revoked.external_user_id) == (EventKind.ACCESS_REVOKED, "10210299214172187")


def test_every_change_is_an_event_of_its_own_and_known_again() -> None:
    document = sample("facebook/webhook_comment")
    (entry,) = document["entry"]
    like = sample("facebook/webhook_reaction")["entry"][0]["changes"][0]
    together = {"object": "page", "entry": [{**entry, "changes": [*entry["changes"], like]}]}
    events = meta.entries(together)
    assert len({event.digest for event in events}) == 2
    (again,) = meta.entries(json.loads(json.dumps(document, sort_keys=True, indent=1)))
    assert again.digest == events[0].digest
    assert len(again.digest) == 32
    later = {**document, "entry": [{**entry, "time": entry["time"] + 1}]}
    assert meta.entries(later)[0].digest != again.digest


@pytest.mark.parametrize(
    ("name", "kind", "post_id"),
    [
        ("publicly_available", EventKind.POST_PUBLISHED, "7080213458555737986"),
        ("no_longer_publicaly_available", EventKind.POST_WITHDRAWN, "7080213458555737986"),
        ("complete", EventKind.POST_PUBLISHED, None),
        ("failed", EventKind.POST_FAILED, None),
    ],
)
def test_tiktoks_events_of_posts(name: str, kind: EventKind, post_id: str | None) -> None:
    (event,) = tiktok.entries(sample(f"tiktok/webhook_{name}"))
    assert (event.platform, event.kind, event.external_post_id) == (Platform.TIKTOK, kind, post_id)
    assert event.external_publish_id == "v_pub_file~v2.123456789"
    assert event.external_account_id == "act.example12345Example12345Example"
    assert event.occurred_at == datetime.fromtimestamp(1615338610, UTC)


def test_tiktoks_other_events() -> None:
    (removed,) = tiktok.entries(sample("tiktok/webhook_authorization_removed"))
    assert (removed.kind, removed.external_post_id) == (EventKind.ACCESS_REVOKED, None)
    (failed,) = tiktok.entries(sample("tiktok/webhook_video_upload_failed"))
    assert (failed.kind, failed.external_publish_id) == (EventKind.OTHER, None)


@pytest.mark.parametrize(
    "content", ["{", "[1]", "7", "null", '{"post_id": [1]}', "[" * 100_000, "\udcff", 5, None, []]
)
def test_content_that_cannot_be_read_leaves_the_event(content: Any) -> None:
    given = {**sample("tiktok/webhook_publicly_available"), "content": content}
    (event,) = tiktok.entries(given)
    assert (event.kind, event.external_post_id) == (EventKind.POST_PUBLISHED, None)
    json.dumps(event.raw).encode()


HOSTILE: list[Any] = [
    None, 7, "x", [], [[]], [None], {}, {"entry": None}, {"entry": 7}, {"entry": [None, 7, [], {}]},
    {"object": [], "entry": [{"id": {}, "time": "x", "changes": 7}]},
    {"object": "page", "entry": [{"changes": [None, 7, [], {}, {"field": "feed", "value": 7}]}]},
    {"object": "page", "entry": [{"id": True, "time": 1e400, "changes": [{"field": [], "value": {"from": 7}}]}]},
    {"object": "page", "entry": [{"id": 10**30, "time": 10**30, "changes": [{"field": "feed"}]}]},
    {"object": "page", "entry": [{"id": "x" * 300, "time": -5, "changes": [{"value": {"post_id": "a\x00b"}}]}]},
    {"object": "instagram", "entry": [{"field": "comments", "value": {"media": [], "media_id": {}}}]},
    {"event": 7}, {"event": []}, {"event": "x", "create_time": 10**18, "user_openid": "é", "content": {"post_id": 1.5}},
]  # fmt: skip


@pytest.mark.parametrize("document", HOSTILE)
def test_hostile_documents_give_events_without_ids_or_none(document: Any) -> None:
    for event in [*meta.entries(document), *tiktok.entries(document)]:
        assert (event.external_account_id, event.external_post_id, event.external_user_id) == (
            None,
            None,
            None,
        )
        assert event.occurred_at is None
        assert len(event.digest) == 32


def test_what_is_kept_can_be_stored_as_jsonb() -> None:
    texts = r'["\u0000", "\ud83d", "\ud83d\ude00", "\\u0000"]'
    body = r'{"object": "page", "entry": [{"id": "1", "a\u0000": ' + texts + "}]}"
    (event,) = meta.entries(webhooks.document(body.encode()))
    kept = json.dumps(event.raw, ensure_ascii=False)
    assert "\0" not in kept
    kept.encode()
    assert event.raw["a\ufffd"] == ["\ufffd", "?", "😀", "\\u0000"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"{",
        b"\xff\xfe{}",
        "[1]".encode("utf-16"),
        b"[" * 1_000_000,
        b"NaN",
        b"[Infinity]",
        b"9" * 9_000,
    ],
)
def test_a_body_that_is_not_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        webhooks.document(body)


def test_a_body_as_large_as_allowed_is_read() -> None:
    changes = [
        {"field": "feed", "value": {"post_id": f"102_{number}", "item": "like"}} for number in range(15_000)
    ]
    body = json.dumps({"object": "page", "entry": [{"id": "102", "time": 1, "changes": changes}]}).encode()
    assert 0.9 * webhooks.BODY_BYTES < len(body) < webhooks.BODY_BYTES * 1.2
    events = meta.entries(webhooks.document(body))
    assert len({event.digest for event in events}) == 15_000
