"""What platforms send: verified before it is read, queued as it came, answered. Nothing here has a database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from tests import lambdas  # isort: skip - the environment that functions read when imported
from ddp import queues
from ddp.errors import Transient
from ddp.providers.social import applications, webhooks
from functions.engagement import messages, webhook

SECRET, BEFORE = b"SECRET-new", b"SECRET-before"
CHANGE = {
    "object": "page",
    "entry": [{"id": "1", "time": 1, "changes": [{"field": "feed", "value": {"post_id": "1_2"}}]}],
}


@pytest.fixture(autouse=True)
def queued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was put into the queue."""
    found: list[str] = []
    monkeypatch.setattr(queues, "send", lambda _, bodies: found.extend(bodies))
    monkeypatch.setattr(applications, "is_on", lambda _: True)
    monkeypatch.setattr(applications, "signing_secrets", lambda _: [SECRET, BEFORE])
    monkeypatch.setattr(applications, "verify_token", lambda platform: f"agreed-{platform}")
    return found


def ask(
    method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, **query: str
) -> dict[str, Any]:
    event = {
        "requestContext": {"http": {"method": method}},
        "rawPath": path,
        "headers": headers or {},
        "queryStringParameters": query or None,
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
    return webhook.handler(event, lambdas.Context())  # type: ignore[arg-type]


def signed(body: bytes, secret: bytes = SECRET) -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret, body, "sha256").hexdigest()}


def of_tiktok(body: bytes, at: float | None = None) -> dict[str, str]:
    stamp = int(at or time.time())
    signature = hmac.new(SECRET, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"tiktok-signature": f"t={stamp},s={signature}"}


def request(user_id: str = "7", secret: bytes = SECRET) -> bytes:
    payload = base64.urlsafe_b64encode(
        json.dumps({"algorithm": "HMAC-SHA256", "user_id": user_id, "issued_at": 1}).encode()
    ).rstrip(b"=")
    signature = base64.urlsafe_b64encode(hmac.new(secret, payload, "sha256").digest()).rstrip(b"=")
    return urlencode({"signed_request": (signature + b"." + payload).decode()}).encode()


@pytest.mark.parametrize("secret", [SECRET, BEFORE])
def test_a_signed_webhook_is_queued_as_it_came(queued: list[str], secret: bytes) -> None:
    body = json.dumps(CHANGE, indent=3).encode()
    assert ask("POST", "/webhooks/meta", body, signed(body, secret))["statusCode"] == 200
    (told,) = messages.read(queued)
    assert (told.source, told.document, told.code) == ("meta", CHANGE, None)


def test_tiktok(queued: list[str]) -> None:
    body = json.dumps({"event": "post.publish.complete", "content": "{}"}).encode()
    assert ask("POST", "/webhooks/tiktok", body, of_tiktok(body))["statusCode"] == 200
    assert messages.read(queued)[0].source == "tiktok"


@pytest.mark.parametrize(
    ("source", "headers"),
    [
        ("meta", {}),
        ("meta", {"x-hub-signature-256": "sha256="}),
        ("meta", signed(b"other")),
        ("meta", signed(b"not json", b"SECRET-foreign")),
        ("meta", {"x-hub-signature-256": "sha256=\N{SNOWMAN}"}),
        ("tiktok", {}),
        ("tiktok", {"tiktok-signature": "t=1,s=2"}),
        ("tiktok", of_tiktok(b"not json", time.time() - 600)),
    ],
)
def test_what_is_not_signed_is_not_read(
    queued: list[str], monkeypatch: pytest.MonkeyPatch, source: str, headers: dict[str, str]
) -> None:
    monkeypatch.setattr(webhooks, "document", lambda _: pytest.fail("it was parsed"))
    assert ask("POST", f"/webhooks/{source}", b"not json", headers)["statusCode"] == 401
    assert queued == []


def test_too_large_is_refused_before_it_is_verified(
    queued: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(webhook._VERIFY, "meta", lambda *_: pytest.fail("it was verified"))
    body = b" " * (webhooks.BODY_BYTES + 1)
    assert ask("POST", "/webhooks/meta", body, signed(body))["statusCode"] == 413
    assert queued == []


def test_a_signed_body_that_is_no_json(queued: list[str]) -> None:
    for body in (b"{", b"\xff", b"[" * 100_000, b"NaN"):
        assert ask("POST", "/webhooks/meta", body, signed(body))["statusCode"] == 400
    assert queued == []


def test_a_long_webhook_is_cut_between_its_entries(queued: list[str]) -> None:
    entries = [{"id": str(n), "changes": [], "pad": "x" * 900} for n in range(900)]
    body = json.dumps({"object": "page", "entry": entries}).encode()
    assert ask("POST", "/webhooks/meta", body, signed(body))["statusCode"] == 200
    assert len(queued) > 1
    assert max(map(len, queued)) < 262_144
    assert [entry for told in messages.read(queued) for entry in told.document["entry"]] == entries


@pytest.mark.parametrize("name", ["changes", "messaging"])
@pytest.mark.parametrize("root", [dict, list])
def test_a_long_entry_is_cut_between_its_changes(queued: list[str], name: str, root: type) -> None:
    changes = [{"field": "feed", "value": {"post_id": f"1_{n}", "message": "x" * 900}} for n in range(900)]
    document: Any = {"object": "page", "entry": [{"id": "1", "time": 1, name: changes}]}
    body = json.dumps(document if root is dict else [document]).encode()
    assert ask("POST", "/webhooks/meta", body, signed(body))["statusCode"] == 200
    assert max(map(len, queued)) < 262_144
    documents = [told.document for told in messages.read(queued)]
    parts = documents if root is dict else [one for (one,) in documents]
    entries = [entry for part in parts for entry in part["entry"]]
    assert {(entry["id"], entry["time"]) for entry in entries} == {("1", 1)}
    assert [change for entry in entries for change in entry[name]] == changes


def test_what_cannot_be_cut_is_left_out_alone(queued: list[str]) -> None:
    changes = [{"value": {"post_id": "1_1"}}, {"value": {"message": "x" * 300_000}}]
    body = json.dumps({"object": "page", "entry": [{"id": "1", "changes": changes}]}).encode()
    assert ask("POST", "/webhooks/meta", body, signed(body))["statusCode"] == 200
    (told,) = messages.read(queued)
    assert told.document["entry"] == [{"id": "1", "changes": changes[:1]}]


def test_a_message_is_measured_in_bytes_and_has_no_character_that_queues_refuse(queued: list[str]) -> None:
    entries = [{"id": str(n), "changes": [], "text": "\N{SNOWMAN}\uffff" * 400} for n in range(150)]
    body = json.dumps({"object": "page", "entry": entries}, ensure_ascii=False).encode()
    assert ask("POST", "/webhooks/meta", body, signed(body))["statusCode"] == 200
    assert max(len(message.encode()) for message in queued) < 262_144
    assert "".join(queued).isascii()
    assert [entry for told in messages.read(queued) for entry in told.document["entry"]] == entries


def test_meta_asks_whether_the_address_is_ours() -> None:
    given = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "agreed-instagram"}
    answer = ask("GET", "/webhooks/meta", **given)
    assert (answer["statusCode"], answer["body"]) == (200, "1158201444")
    for wrong in ({"hub.verify_token": "x"}, {"hub.mode": "unsubscribe"}, {"hub.verify_token": ""}):
        assert ask("GET", "/webhooks/meta", **(given | wrong))["statusCode"] == 401


def test_a_person_asks_to_be_forgotten(queued: list[str]) -> None:
    answer = ask("POST", "/webhooks/meta/deletion", request())
    assert answer["statusCode"] == 200
    page = json.loads(answer["body"])
    assert page["url"] == f"{lambdas.PUBLIC_URL}/social-deletions/{page['confirmation_code']}"
    (told,) = messages.read(queued)
    assert (told.code, told.document["user_id"]) == (page["confirmation_code"], "7")


def test_a_confirmation_code_is_of_one_request_and_cannot_be_guessed() -> None:
    def code(body: bytes) -> str:
        found = json.loads(ask("POST", "/webhooks/meta/deletion", body)["body"])["confirmation_code"]
        assert 32 <= len(found) <= 64
        return str(found)

    assert code(request()) == code(request())
    others = [request("8"), request(secret=BEFORE)]
    assert len({code(request()), *map(code, others)}) == 3
    # The last character of a signature in base64 has bits without a meaning.
    signature, _, payload = parse_qs(request().decode())["signed_request"][0].partition(".")
    spelled = signature[:-1] + chr(ord(signature[-1]) + 1)
    assert base64.urlsafe_b64decode(spelled + "=") == base64.urlsafe_b64decode(signature + "=")
    assert code(urlencode({"signed_request": f"{spelled}.{payload}"}).encode()) == code(request())


def test_a_person_removes_the_application(queued: list[str]) -> None:
    assert ask("POST", "/webhooks/meta/deauthorise", request())["statusCode"] == 200
    assert messages.read(queued)[0].code == ""


@pytest.mark.parametrize("body", [b"", b"signed_request=x.y", b"\xff\xfe", request(secret=b"SECRET-foreign")])
def test_a_forged_request_forgets_nobody(queued: list[str], body: bytes) -> None:
    for action in ("deletion", "deauthorise"):
        assert ask("POST", f"/webhooks/meta/{action}", body)["statusCode"] in {400, 401}
    assert queued == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/webhooks/myspace", 404),
        ("GET", "/webhooks/tiktok", 405),
        ("PUT", "/webhooks/meta", 405),
        ("POST", "/webhooks/tiktok/deletion", 404),
        ("POST", "/webhooks/meta/deletion/x", 404),
        ("GET", "/webhooks", 404),
    ],
)
def test_other_addresses(method: str, path: str, status: int) -> None:
    assert ask(method, path)["statusCode"] == status


def test_a_queue_that_is_away_lets_the_platform_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise Transient("away")

    monkeypatch.setattr(queues, "send", away)
    body = json.dumps(CHANGE).encode()
    assert ask("POST", "/webhooks/meta", body, signed(body))["statusCode"] == 503


DOORS = {
    "a webhook of Meta": lambda: ask("POST", "/webhooks/meta", b"{}", signed(b"{}")),
    "a webhook of TikTok": lambda: ask("POST", "/webhooks/tiktok", b"{}", of_tiktok(b"{}")),
    "the challenge": lambda: ask(
        "GET", "/webhooks/meta", **{"hub.mode": "subscribe", "hub.verify_token": "agreed-facebook"}
    ),
    "removal": lambda: ask("POST", "/webhooks/meta/deauthorise", request()),
    "deletion": lambda: ask("POST", "/webhooks/meta/deletion", request()),
}


@pytest.mark.parametrize("door", DOORS)
def test_only_a_comparison_of_bytes_in_constant_time_opens_a_door(
    monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    """Each secret is right, and none is believed: a comparison beside this one would let it in."""
    assert DOORS[door]()["statusCode"] == 200
    compared: list[Any] = []

    def compare(*given: Any) -> bool:
        compared.append(given)
        return False

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert DOORS[door]()["statusCode"] == 401
    assert len(compared) == 2, "both secrets are tried"
    assert {type(each) for pair in compared for each in pair} == {bytes}


def test_it_needs_no_database() -> None:
    assert "functions.engagement.webhook" in sys.modules
    source = Path(str(webhook.__file__)).read_text()
    assert "ddp import db" not in source
