"""Events of SES: what is read from each type, and which are foreign or malformed."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from functions.email.ses import events as ses_events
from functions.email.ses.events import NotOurs, parse
from functions.sending.reports.fields import Malformed
from tests import lambdas
from tests.ses_events import event

SEND = "5b1c2f0e-6d7a-4c39-9a53-0f4f6f1f2a10"
SAMPLES = sorted(path.stem for path in (lambdas.EVENTS / "email").glob("event_*.json"))


def body(name: str) -> str:
    return lambdas.sample(f"email/{name}")["Records"][0]["body"]


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "event_not_ours"])
def test_every_kind_is_read(name: str) -> None:
    said = json.loads(body(name))
    read = parse(body(name))
    assert read.kind == said["eventType"]
    assert (read.send_id, read.attempt) == (
        (SEND, 1) if "test" not in name else (said["mail"]["tags"]["ddp_test"][0], 0)
    )
    assert read.accepted_at == "2026-10-12T08:00:00.512Z"
    assert read.message_id == said["mail"]["messageId"]
    assert read.occurred_at >= read.accepted_at
    assert all(isinstance(text, str) for text in read.detail.values())


def test_there_is_a_sample_of_every_kind() -> None:
    assert {json.loads(body(n))["eventType"] for n in SAMPLES if n != "event_not_ours"} == set(
        ses_events._READERS
    )


@pytest.mark.parametrize(
    ("name", "is_machine"),
    [
        ("open", False),
        ("open_machine", True),
        ("click", False),
        ("click_machine", True),
        ("complaint", False),
    ],
)
def test_machines(name: str, is_machine: bool) -> None:
    assert parse(body(f"event_{name}")).is_machine is is_machine


@pytest.mark.parametrize(
    ("name", "is_permanent", "reason"),
    [
        ("bounce_permanent", True, "Permanent (General): smtp; 550 5.1.1 user unknown"),
        ("bounce_transient", False, "Transient (MailboxFull): smtp; 452 4.2.2 mailbox full"),
        ("bounce_undetermined", False, "Undetermined (Undetermined): smtp; 554 no reason"),
        ("reject", False, "The provider refused the message: Bad content"),
        (
            "rendering_failure",
            False,
            "The provider could not make the message: Attribute 'h' is not present in the rendering data.",
        ),
    ],
)
def test_why(name: str, is_permanent: bool, reason: str) -> None:
    read = parse(body(f"event_{name}"))
    assert (read.is_permanent, read.reason) == (is_permanent, reason)


def test_the_same_event_has_the_same_id_and_any_other_another() -> None:
    bodies = [event(name[6:], SEND) for name in SAMPLES if name not in {"event_not_ours", "event_send_test"}]
    bodies += [
        event("open", SEND, attempt=2),
        event("open", uuid4()),
        event("open", SEND, at="2026-10-12T09:14:03.221Z"),
        event("open", SEND, userAgent="another"),
        event("open", SEND, ipAddress="203.0.113.99"),
        event("click", SEND, link="https://shop.example.com/other"),
        event("bounce_transient", SEND, feedbackId="another"),
    ]
    ids = [parse(b).event_id for b in bodies]
    assert len(set(ids)) == len(ids)
    assert ids == [parse(json.dumps(json.loads(b), indent=1)).event_id for b in bodies]


@pytest.mark.parametrize(
    ("name", "event_id"),
    [
        ("send", "e8351938c27f6c2c2027afbe82448365"),
        ("open", "211cfa9286524e03969eb2e74573f54a"),
        ("click", "79a146786ae638fc49f83c2bf6991f5c"),
        ("bounce_permanent", "9bae4b5367faa55bb2fc344d971faa54"),
        ("complaint", "7992eeac014f9f6d3774c91101f62e93"),
        ("send_test", "3deccb488c3f6e7079731d72104a8b80"),
    ],
)
def test_ids_stay_as_they_are_stored(name: str, event_id: str) -> None:
    """An event that is repeated after a deployment must be recognised."""
    assert parse(body(f"event_{name}")).event_id == event_id


def changed(**mail: object) -> str:
    said = json.loads(event("open", SEND))
    said["mail"] |= mail
    return json.dumps(said)


def tagged(tags: object) -> str:
    return changed(tags=tags)


def with_fields(**fields: object) -> str:
    return json.dumps(json.loads(event("open", SEND)) | fields)


NOT_OURS = {
    "no JSON": "Successfully validated SNS topic for Amazon SES event publishing.",
    "empty": "",
    "no object": "[]",
    "null": "null",
    "a number": "1",
    "endless nesting": "[" * 100_000,
    "endless nesting in an event": '{"mail":{"tags":' + '{"a":' * 100_000,
    "a number too long": '{"mail":' + "9" * 10_000 + "}",
    "no mail": '{"eventType":"Send"}',
    "mail is a list": '{"eventType":"Send","mail":[]}',
    "no type": with_fields(eventType=None),
    "type is a list": with_fields(eventType=[]),
    "no tags": tagged({}),
    "tags are null": tagged(None),
    "tags are a list": tagged(["ddp_send"]),
    "tags of others": tagged({"ses:operation": ["SendEmail"]}),
    "another type, not tagged": json.dumps(json.loads(tagged({})) | {"eventType": "Party"}),
}


@pytest.mark.parametrize("text", NOT_OURS.values(), ids=NOT_OURS)
def test_what_is_not_ours(text: str) -> None:
    with pytest.raises(NotOurs) as caught:
        parse(text)
    assert str(caught.value) in {"not JSON", "not an SES event", "not tagged as a message of ours"}


MALFORMED = {
    "another type": (with_fields(eventType="Party"), "eventType"),
    "no attempt": (tagged({"ddp_send": [SEND]}), "ddp_attempt"),
    "attempt 0": (tagged({"ddp_send": [SEND], "ddp_attempt": ["0"]}), "ddp_attempt"),
    "attempt 32": (tagged({"ddp_send": [SEND], "ddp_attempt": ["32"]}), "ddp_attempt"),
    "attempt -1": (tagged({"ddp_send": [SEND], "ddp_attempt": ["-1"]}), "ddp_attempt"),
    "attempt is a word": (tagged({"ddp_send": [SEND], "ddp_attempt": ["one"]}), "ddp_attempt"),
    "attempt is a number": (tagged({"ddp_send": [SEND], "ddp_attempt": [1]}), "ddp_attempt"),
    "attempt endless": (tagged({"ddp_send": [SEND], "ddp_attempt": ["1" * 5000]}), "ddp_attempt"),
    "two sends": (tagged({"ddp_send": [SEND, SEND], "ddp_attempt": ["1"]}), "ddp_send"),
    "send is text": (tagged({"ddp_send": SEND, "ddp_attempt": ["1"]}), "ddp_send"),
    "send is no id": (tagged({"ddp_send": ["x"], "ddp_attempt": ["1"]}), "ddp_send"),
    "send is an injection": (tagged({"ddp_send": [SEND + "},{"], "ddp_attempt": ["1"]}), "ddp_send"),
    "send is a number": (tagged({"ddp_send": [1], "ddp_attempt": ["1"]}), "ddp_send"),
    "test send is no id": (tagged({"ddp_test": ["x"]}), "ddp_test"),
    "no message id": (changed(messageId=None), "messageId"),
    "message id is a list": (changed(messageId=["x"]), "messageId"),
    "no time": (changed(timestamp=None), "timestamp"),
    "time is a word": (changed(timestamp="yesterday"), "timestamp"),
    "time without zone": (changed(timestamp="2026-10-12T08:00:00"), "timestamp"),
    "the 13th month": (changed(timestamp="2026-13-12T08:00:00.000Z"), "timestamp"),
    "a time before all times": (changed(timestamp="0001-01-01T00:00:00+14:00"), "timestamp"),
    "no open": (with_fields(open=None), "open"),
    "an open that is a list": (with_fields(open=[]), "open"),
    "an open without time": (event("open", SEND, timestamp=None), "timestamp"),
    "an agent that is an object": (event("open", SEND, userAgent={"a": 1}), "userAgent"),
    "a bounce without type": (event("bounce_permanent", SEND, bounceType=None), "bounceType"),
    "recipients are text": (event("bounce_permanent", SEND, bouncedRecipients="all"), "bouncedRecipients"),
    "recipients are texts": (event("bounce_permanent", SEND, bouncedRecipients=["a"]), "bouncedRecipients"),
}


@pytest.mark.parametrize(("text", "field"), MALFORMED.values(), ids=MALFORMED)
def test_what_is_ours_but_malformed_names_the_field_and_quotes_nothing(text: str, field: str) -> None:
    with pytest.raises(Malformed, match=rf"\b{field}\b") as caught:
        parse(text)
    assert len(str(caught.value)) < 60


def test_a_bug_of_ours_does_not_look_like_foreign_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = ses_events._READERS["Open"]
    monkeypatch.setitem(ses_events._READERS, "Open", reader._replace(read=lambda opened: opened["agnet"]))
    with pytest.raises(KeyError):
        parse(event("open", SEND))


@pytest.mark.parametrize("agent", ["a\x00b", "\ud800", "x" * 250_000, None, "名前", "\U0001f600"])
def test_hostile_agents_are_kept_as_far_as_they_can_be(agent: object) -> None:
    read = parse(event("open", SEND, userAgent=agent))
    kept = read.detail["agent"]
    assert len(kept) <= 1000
    assert "\x00" not in kept
    kept.encode()


@pytest.mark.parametrize("recipients", [[], None, [{}]])
def test_bounces_without_a_recipient(recipients: object) -> None:
    assert (
        parse(event("bounce_permanent", SEND, bouncedRecipients=recipients)).reason == "Permanent (General)"
    )


@pytest.mark.parametrize(
    "written",
    [
        "2026-10-12T10:00:00.512+02:00",
        "2026-10-12T08:00:00.5129999Z",
        "2026-10-12 08:00:00,512Z",
        "20261012T080000.512Z",
    ],
)
def test_times_in_other_forms_compare_like_those_of_ses(written: str) -> None:
    said = json.loads(body("event_send"))
    said["mail"]["timestamp"] = written
    assert parse(json.dumps(said)).accepted_at == "2026-10-12T08:00:00.512Z"


def test_a_click_on_the_unsubscribe_link_is_kept_without_its_token() -> None:
    link = "https://ddp.example.com/unsubscribe/AbC-_123=?x=1"
    assert (
        parse(event("click", SEND, link=link)).detail["link"] == "https://ddp.example.com/unsubscribe/…?x=1"
    )
