"""Events of SES: what each kind says, and what is dropped instead of stopping a batch."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from functions.email.ses import events as ses_events
from functions.email.ses.events import NotOurs, parse
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
    json.loads(read.detail)


def test_there_is_a_sample_of_every_kind() -> None:
    assert {json.loads(body(n))["eventType"] for n in SAMPLES if n != "event_not_ours"} == set(
        ses_events._KINDS
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


def changed(**mail: object) -> str:
    said = json.loads(event("open", SEND))
    said["mail"] |= mail
    return json.dumps(said)


def tagged(tags: object) -> str:
    return changed(tags=tags)


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
    "another kind": json.dumps(json.loads(event("send", SEND)) | {"eventType": "Party"}),
    "kind is a list": json.dumps(json.loads(event("send", SEND)) | {"eventType": []}),
    "no tags": tagged({}),
    "tags are none": tagged(None),
    "tags of others": tagged({"ses:operation": ["SendEmail"]}),
    "no attempt": tagged({"ddp_send": [SEND]}),
    "attempt 0": tagged({"ddp_send": [SEND], "ddp_attempt": ["0"]}),
    "attempt 32": tagged({"ddp_send": [SEND], "ddp_attempt": ["32"]}),
    "attempt -1": tagged({"ddp_send": [SEND], "ddp_attempt": ["-1"]}),
    "attempt is no number": tagged({"ddp_send": [SEND], "ddp_attempt": ["one"]}),
    "attempt endless": tagged({"ddp_send": [SEND], "ddp_attempt": ["1" * 5000]}),
    "two sends": tagged({"ddp_send": [SEND, SEND], "ddp_attempt": ["1"]}),
    "send is no id": tagged({"ddp_send": ["x"], "ddp_attempt": ["1"]}),
    "send is an injection": tagged({"ddp_send": [SEND + "},{"], "ddp_attempt": ["1"]}),
    "send is a number": tagged({"ddp_send": [1], "ddp_attempt": ["1"]}),
    "no message id": changed(messageId=["x"]).replace('"messageId"', '"messageid"'),
    "no time": changed(timestamp=None),
    "a time that is none": changed(timestamp="yesterday"),
    "a time without zone": changed(timestamp="2026-10-12T08:00:00"),
    "the 13th month": changed(timestamp="2026-13-12T08:00:00Z"),
    "an open that is a list": json.dumps(json.loads(event("open", SEND)) | {"open": []}),
    "an open of no time": event("open", SEND, timestamp=None),
    "recipients are text": event("bounce_permanent", SEND, bouncedRecipients="all"),
}


@pytest.mark.parametrize("text", NOT_OURS.values(), ids=NOT_OURS)
def test_what_is_not_ours_is_said_to_be(text: str) -> None:
    with pytest.raises(NotOurs) as caught:
        parse(text)
    assert len(str(caught.value)) < 200, "what others wrote is not quoted in logs"


@pytest.mark.parametrize(
    "agent", ["a\x00b", "\ud800", "x" * 250_000, {"a": 1}, None, 5, "名前", "\U0001f600"]
)
def test_hostile_agents_are_kept_as_far_as_they_can_be(agent: object) -> None:
    read = parse(event("open", SEND, userAgent=agent))
    kept = json.loads(read.detail)["agent"]
    assert len(kept) <= 1000
    assert "\x00" not in kept
    kept.encode()


@pytest.mark.parametrize("recipients", [[], None, [{}]])
def test_bounces_of_nobody(recipients: object) -> None:
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


def test_a_click_on_the_unsubscribe_link_keeps_the_token_to_its_owner():
    link = "https://ddp.example.com/unsubscribe/AbC-_123=?x=1"
    detail = json.loads(parse(event("click", SEND, link=link)).detail)
    assert detail["link"] == "https://ddp.example.com/unsubscribe/…?x=1"
