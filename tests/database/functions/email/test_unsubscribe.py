"""Unsubscribe links on the real database: what GET and POST do, for whom, and what can be undone."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import unescape
from typing import Any
from uuid import UUID

import pytest

from ddp import keys
from ddp.links import signed_ids, unsubscribe
from tests import lambdas
from tests.database.functions.email.ledger import Ledger
from tests.database.platform import Platform
from tests.ses_events import event

ONE_CLICK = "List-Unsubscribe=One-Click"
MULTIPART = "multipart/form-data; boundary=----x"


@pytest.fixture
def ledger(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    keys.derive.cache_clear()
    monkeypatch.setattr(keys, "_secret", lambda: b"a secret of more than 32 characters")
    ledger = Ledger(platform)
    yield ledger
    ledger.connection.close()


def token(ledger: Ledger, send: UUID, address: str, user: str = "brand") -> str:
    return unsubscribe.token(send)


def leave_everything(ledger: Ledger, link: str) -> dict[str, Any]:
    """Unsubscribe from everything, and say so again on the page that asks."""
    return ledger.post(link, "action=unsubscribe&scope=everything&confirmed=yes")


def multipart(*fields: tuple[str, str]) -> str:
    parts = [f'------x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields]
    return "".join(parts) + "------x--\r\n"


def title(answer: dict[str, Any]) -> str:
    return unescape(answer["body"].partition("<h1>")[2].partition("</h1>")[0])


def unsubscribed_at(ledger: Ledger, send: UUID) -> object:
    return ledger.query("select unsubscribed_at from email_sends where email_send_id = %s", send)[0][0]


def test_looking_changes_nothing(ledger: Ledger) -> None:
    """Because mail scanners follow links."""
    send = ledger.send(address="look@x")
    for _ in range(3):
        answer = ledger.ask("GET", token(ledger, send, "look@x"))
        assert (answer["statusCode"], title(answer)) == (200, "Unsubscribe")
    assert ledger.suppressions("look@x") == set()
    assert unsubscribed_at(ledger, send) is None


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (ONE_CLICK, "application/x-www-form-urlencoded"),
        (ONE_CLICK, "application/x-www-form-urlencoded; charset=UTF-8"),
        (ONE_CLICK, ""),
        (multipart(("List-Unsubscribe", "One-Click")), MULTIPART),
        (multipart(("a", "b"), ("List-Unsubscribe", "One-Click")), MULTIPART.upper().replace("X", "x")),
    ],
)
def test_one_click(ledger: Ledger, body: str, content_type: str) -> None:
    """RFC 8058: answers 200 without a redirect, also when repeated; only for this sender."""
    send = ledger.send(address="click@x")
    for _ in range(2):
        answer = ledger.post(token(ledger, send, "click@x"), body, content_type)
        assert answer["statusCode"] == 200
        assert "Location" not in answer["headers"]
    assert ledger.suppressions("click@x") == {("brand", "unsubscribe")}
    assert unsubscribed_at(ledger, send) is not None


@pytest.mark.parametrize("charset", ["nonsense", "hex", "idna", "undefined"])
def test_a_charset_that_is_none_makes_no_form(ledger: Ledger, charset: str) -> None:
    send = ledger.send(address="charset@x")
    body = multipart(("List-Unsubscribe", "One-Click")).replace(
        'name="List-Unsubscribe"', f'name="List-Unsubscribe"\r\nContent-Type: text/plain; charset={charset}'
    )
    assert ledger.post(token(ledger, send, "charset@x"), body, MULTIPART)["statusCode"] == 400
    assert ledger.suppressions("charset@x") == set()


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data;a*", "multipart/form-data; boundary="]
)
def test_a_multipart_form_without_a_boundary_is_no_form(ledger: Ledger, content_type: str) -> None:
    send = ledger.send(address="boundary@x")
    assert ledger.post(token(ledger, send, "boundary@x"), ONE_CLICK, content_type)["statusCode"] == 400


def test_one_click_in_base64_as_the_gateway_passes_it(ledger: Ledger) -> None:
    send = ledger.send(address="base64@x")
    from functions.email import unsubscribe as function

    ledger.platform.login("ddp_worker")
    posted = lambdas.http_event(
        "POST", f"/unsubscribe/{token(ledger, send, 'base64@x')}", headers={"content-type": MULTIPART}
    )
    posted["body"] = base64.b64encode(multipart(("List-Unsubscribe", "One-Click")).encode()).decode()
    posted["isBase64Encoded"] = True
    assert function.handler(posted, lambdas.Context())["statusCode"] == 200
    assert ledger.suppressions("base64@x") == {("brand", "unsubscribe")}


def test_preferences_and_back(ledger: Ledger) -> None:
    send = ledger.send(address="back@x")
    link = token(ledger, send, "back@x")
    steps = [
        ("action=unsubscribe&scope=sender", "You are unsubscribed", {("brand", "unsubscribe")}),
        (
            "action=unsubscribe&scope=everything&confirmed=yes",
            "You are unsubscribed from everything",
            {("brand", "unsubscribe"), ("everyone", "unsubscribe")},
        ),
        ("action=resubscribe&scope=everything", "You are unsubscribed", {("brand", "unsubscribe")}),
        ("action=resubscribe&scope=sender", "Unsubscribe", set()),
        ("action=resubscribe&scope=sender", "Unsubscribe", set()),
        (
            "action=unsubscribe&scope=everything&confirmed=yes",
            "You are unsubscribed from everything",
            {("everyone", "unsubscribe")},
        ),
    ]
    for body, heading, suppressions in steps:
        answer = ledger.post(link, body)
        assert (answer["statusCode"], title(answer)) == (200, heading)
        assert title(ledger.ask("GET", link)) == heading
        assert ledger.suppressions("back@x") == suppressions
        assert (unsubscribed_at(ledger, send) is not None) == bool(suppressions)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("", ""),
        ("x", ""),
        ("List-Unsubscribe=Two-Clicks", ""),
        ("action=unsubscribe", ""),
        ("action=unsubscribe&scope=universe", ""),
        ("scope=sender", ""),
        ("action=delete&scope=sender", ""),
        ("&".join(f"a{n}=1" for n in range(1000)) + "&" + ONE_CLICK, ""),
        (ONE_CLICK + "&a=" + "x" * 20_000, ""),
        ('{"List-Unsubscribe": "One-Click"}', "application/json"),
        (multipart(("List-Unsubscribe", "One-Click")), "multipart/form-data"),
        (multipart(("List-Unsubscribe", "One-Click")), "multipart/form-data; boundary=other"),
        ("------x\r\n\r\nOne-Click", MULTIPART),
        ("\x00" * 100, MULTIPART),
    ],
)
def test_forms_that_say_nothing(ledger: Ledger, body: str, content_type: str) -> None:
    send = ledger.send(address="nothing@x")
    answer = ledger.post(token(ledger, send, "nothing@x"), body, content_type)
    assert answer["statusCode"] == 400
    assert 'role="alert"' in answer["body"]
    assert ledger.suppressions("nothing@x") == set()


def test_links_that_are_none_look_all_alike(ledger: Ledger) -> None:
    send = ledger.send(address="none@x")
    good = token(ledger, send, "none@x")
    of_nobody = unsubscribe.token(UUID(int=5))
    broken = [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good[:40],
        good + "A",
        "x",
        "%00",
        of_nobody,
        "A" * 5000,
    ]
    answers = [ledger.ask("GET", t) for t in broken] + [ledger.post(t, ONE_CLICK) for t in broken]
    assert {(a["statusCode"], a["body"]) for a in answers} == {(404, answers[0]["body"])}
    assert title(answers[0]) == "This link does not work"
    assert ledger.suppressions("none@x") == set()


def test_a_link_is_for_its_own_sender_and_address(ledger: Ledger) -> None:
    """Two tenants write to one address; messages of the other are not marked."""
    ours, theirs = ledger.send("brand", address="shared@x"), ledger.send("rival", address="shared@x")
    ledger.post(token(ledger, ours, "shared@x"), ONE_CLICK)
    assert ledger.suppressions("shared@x") == {("brand", "unsubscribe")}
    assert unsubscribed_at(ledger, theirs) is None
    assert title(ledger.ask("GET", token(ledger, theirs, "shared@x", "rival"))) == "Unsubscribe"


def test_what_binds_more_is_not_taken_back(ledger: Ledger) -> None:
    send = ledger.send(address="angry@x")
    link = token(ledger, send, "angry@x")
    leave_everything(ledger, link)
    ledger.deliver(event("complaint", send))
    assert ledger.suppressions("angry@x") == {("everyone", "unsubscribe"), ("everyone", "complaint")}
    ledger.post(link, "action=resubscribe&scope=everything")
    assert ledger.suppressions("angry@x") == {("everyone", "complaint")}
    assert title(ledger.ask("GET", link)) == "You get no e-mails from this sender"


def test_a_link_does_not_lift_what_another_senders_link_did(ledger: Ledger) -> None:
    """A sender that reads the link in its own message gets no power over what the recipient told others."""
    theirs, ours = ledger.send("rival", address="all@x"), ledger.send("brand", address="all@x")
    leave_everything(ledger, token(ledger, theirs, "all@x", "rival"))
    link = token(ledger, ours, "all@x")
    leave_everything(ledger, link)
    ledger.post(link, "action=resubscribe&scope=everything")
    assert ledger.suppressions("all@x") == {("everyone", "unsubscribe")}
    assert "resubscribe" not in ledger.ask("GET", link)["body"], "nothing that this link can undo"


def test_a_link_does_not_lift_what_another_message_of_the_same_sender_did(ledger: Ledger) -> None:
    first, second = ledger.send(address="twice@x"), ledger.send(address="twice@x")
    ledger.post(token(ledger, first, "twice@x"), ONE_CLICK)
    ledger.post(token(ledger, second, "twice@x"), ONE_CLICK)
    ledger.post(token(ledger, second, "twice@x"), "action=resubscribe&scope=sender")
    assert ledger.suppressions("twice@x") == {("brand", "unsubscribe")}
    ledger.post(token(ledger, first, "twice@x"), "action=resubscribe&scope=sender")
    assert ledger.suppressions("twice@x") == set()


@pytest.mark.parametrize("kind", ["bounce_permanent", "complaint"])
def test_unsubscribing_and_back_erases_no_bounce_or_complaint(ledger: Ledger, kind: str) -> None:
    """It did: the stronger reason overwrote the row, which was then deleted."""
    send = ledger.send(address=f"{kind}@x")
    ledger.deliver(event(kind, send))
    (before,) = ledger.suppressions(f"{kind}@x")
    link = token(ledger, send, f"{kind}@x")
    leave_everything(ledger, link)
    assert ledger.suppressions(f"{kind}@x") == {before, ("everyone", "unsubscribe")}
    ledger.post(link, "action=resubscribe&scope=everything")
    assert ledger.suppressions(f"{kind}@x") == {before}


def test_a_link_of_a_test_message_does_nothing(ledger: Ledger) -> None:
    send = ledger.send(address="test@x")
    ledger.post(token(ledger, send, "test@x"), ONE_CLICK)
    for answer in (ledger.ask("GET", unsubscribe.TEST), ledger.post(unsubscribe.TEST, ONE_CLICK)):
        assert (answer["statusCode"], title(answer)) == (200, "This was a test message")
        assert "<form" not in answer["body"]
    assert ledger.suppressions("test@x") == {("brand", "unsubscribe")}


def old_token(ledger: Ledger, send: UUID, address: str, user: str = "brand") -> str:
    """A token as in messages of earlier releases: with the sender's id and the recipient's hash."""
    said = b"\1" + ledger.platform.users[user].bytes + ledger.hash(address) + send.bytes
    return base64.urlsafe_b64encode(said + signed_ids.mac(keys.UNSUBSCRIBE, said)).decode()


def test_links_in_messages_sent_before_still_work(ledger: Ledger) -> None:
    send = ledger.send(address="old@x")
    link = old_token(ledger, send, "old@x")
    assert title(ledger.post(link, ONE_CLICK)) == "You are unsubscribed"
    assert ledger.suppressions("old@x") == {("brand", "unsubscribe")}
    assert title(ledger.post(link, "action=resubscribe&scope=sender")) == "Unsubscribe"
    assert ledger.suppressions("old@x") == set()


def test_they_can_do_no_more_than_new_ones(ledger: Ledger) -> None:
    theirs, ours = ledger.send("rival", address="older@x"), ledger.send("brand", address="older@x")
    leave_everything(ledger, token(ledger, theirs, "older@x"))
    link = old_token(ledger, ours, "older@x")
    leave_everything(ledger, link)
    ledger.post(link, "action=resubscribe&scope=everything")
    assert ledger.suppressions("older@x") == {("everyone", "unsubscribe")}
    assert ledger.ask("GET", old_token(ledger, UUID(int=9), "older@x"))["statusCode"] == 404, "a test message"


def test_the_release_before_calls_functions_with_no_more_power(ledger: Ledger) -> None:
    send, owner = ledger.send(address="before@x"), ledger.platform.users["brand"]
    values = [owner, ledger.hash("before@x"), send]
    with ledger.platform.database.as_worker() as connection:
        connection.execute("select ddp.unsubscribe(%s, %s, %s, false)", values)
        row = connection.execute("select * from ddp.subscription(%s, %s, %s)", values).fetchone()
        assert row == ("Lakeside Jewellers", True, False, False)
        connection.execute("select ddp.resubscribe(%s, %s, %s, false)", values)
        other = [ledger.platform.users["rival"], ledger.hash("other@x"), send]
        connection.execute("select ddp.unsubscribe(%s, %s, %s, false)", other)
    assert ledger.suppressions("before@x") == {("brand", "unsubscribe")}, (
        "of the message, whatever else is said"
    )
    assert ledger.suppressions("other@x") == set()


def test_everything_asks_once_more(ledger: Ledger) -> None:
    send = ledger.send(address="sure@x")
    link = token(ledger, send, "sure@x")
    asked = ledger.post(link, "action=unsubscribe&scope=everything")
    assert (asked["statusCode"], title(asked)) == (200, "Unsubscribe from everything?")
    assert ledger.suppressions("sure@x") == set()
    assert title(leave_everything(ledger, link)) == "You are unsubscribed from everything"
    assert ledger.suppressions("sure@x") == {("everyone", "unsubscribe")}


def test_an_unsubscription_outlives_what_a_sender_wrote_down_and_lifts(ledger: Ledger) -> None:
    send = ledger.send(address="manual@x")
    with ledger.platform.database.as_worker() as connection:
        connection.execute(
            "select ddp.suppress_addresses('email', array[%s]::bytea[], array[%s]::uuid[], '{manual}', '{null}')",
            [ledger.hash("manual@x"), ledger.platform.users["brand"]],
        )
    ledger.post(token(ledger, send, "manual@x"), ONE_CLICK)
    assert ledger.suppressions("manual@x") == {("brand", "manual"), ("brand", "unsubscribe")}
    ledger.deliver(event("bounce_permanent", ledger.send(address="manual@x")))
    assert ("everyone", "hard_bounce") in ledger.suppressions("manual@x")


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "A & B\u202e", "  "]
)
def test_names_are_text(ledger: Ledger, name: str) -> None:
    ledger.campaign("brand", sender_name=name)
    send = ledger.send(address="name@x")
    page = ledger.ask("GET", token(ledger, send, "name@x"))["body"]
    assert "<script" not in page
    assert "<img" not in page
    assert f"<bdi>{'brand' if not name.strip() else ''}" in page
    if name.strip():
        assert name in unescape(page)


def test_headers(ledger: Ledger) -> None:
    send = ledger.send(address="headers@x")
    link = token(ledger, send, "headers@x")
    answers = [
        ledger.ask("GET", link),
        ledger.post(link, ONE_CLICK),
        ledger.ask("GET", "x"),
        ledger.ask("GET", "x/y"),
    ]
    for answer in answers:
        headers = answer["headers"]
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


def test_without_a_database_mail_programs_try_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    from ddp import db
    from functions.email import unsubscribe as function

    link = token(ledger, ledger.send(address="later@x"), "later@x")
    monkeypatch.setattr(db, "_PATIENCE", 0.1)
    db.close()
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    answer = function.handler(
        lambdas.http_event("POST", f"/unsubscribe/{link}", ONE_CLICK), lambdas.Context()
    )
    assert (answer["statusCode"], title(answer)) == (503, "This did not work")
    assert answer["headers"]["Retry-After"] == "120"


@pytest.mark.parametrize(
    "path", sorted((lambdas.EVENTS / "email").glob("unsubscribe_*.json")), ids=lambda path: path.stem
)
def test_every_sample_reaches_its_stage(ledger: Ledger, path: Any) -> None:
    from functions.email import unsubscribe as function

    ledger.platform.login("ddp_worker")
    posted = lambdas.sample(f"email/{path.stem}")
    assert function.handler(posted, lambdas.Context())["statusCode"] == 404, "signed with another key"
    link = token(ledger, ledger.send(address="sample@x"), "sample@x")
    posted["rawPath"] = posted["requestContext"]["http"]["path"] = f"/unsubscribe/{link}"
    assert function.handler(posted, lambdas.Context())["statusCode"] == 200
