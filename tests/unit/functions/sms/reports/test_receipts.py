"""Events about SMS: what is read from each type, and which are foreign or malformed."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from functions.sending.reports.fields import Malformed, NotOurs
from functions.sms.reports.receipts import KINDS, parse
from tests import sms_events
from tests.sms_events import event

SEND = "5b1c2f0e-6d7a-4c39-9a53-0f4f6f1f2a10"


def test_the_documented_sample_is_read() -> None:
    read = parse(json.dumps(sms_events.sample()))
    assert (read.kind, read.send_id, read.attempt) == ("SUCCESSFUL", SEND, 1)
    assert read.occurred_at == "2026-10-12T08:00:01.903Z"
    assert read.accepted_at == "2026-10-12T08:00:00.512Z"
    assert read.message_id == "862a8790-60c0-4430-9b2b-658bdef567fa"
    assert (read.charge, read.is_last_word) == (Decimal("0.00881"), True)
    assert read.detail == {
        "description": "Message has been accepted by phone carrier",
        "identity": "+12065550100",
        "country": "US",
        "mcc": "310",
        "mnc": "800",
        "encoding": "GSM",
        "parts": 1,
        "price": 0.00581,
        "fee": 0.003,
        "is_final": True,
    }


def test_all_fifteen_types_have_a_state_and_failures_have_a_code_and_a_sentence() -> None:
    assert len(KINDS) == 15
    for name, kind in KINDS.items():
        assert parse(event(name, SEND)).kind == name
        assert parse(json.dumps(json.loads(event(name, SEND)) | {"eventType": name})).kind == name
        assert (kind.status == "failed") == (kind.code is not None) == (kind.sentence is not None)
        assert parse(event(name, SEND, isFinal=None)).is_last_word == (name in sms_events.FINAL)
    codes = [kind.code for kind in KINDS.values() if kind.code]
    assert len(set(codes)) == len(codes) == 9


def test_an_event_that_comes_again_has_the_same_id_and_no_other_has() -> None:
    bodies = [
        event("SENT", SEND),
        event("QUEUED", SEND),
        event("SENT", SEND, 2),
        event("SENT", SEND, messageId="other"),
        event("SENT", SEND, eventTimestamp=sms_events.AT + 1),
        event("SENT", SEND, totalMessagePrice=0.1),
        event("SENT", SEND, isFinal=True),
    ]
    assert parse(bodies[0]).event_id == parse(bodies[0]).event_id
    assert len({parse(body).event_id for body in bodies}) == len(bodies)


@pytest.mark.parametrize(
    ("kind", "fields", "charge"),
    [
        ("SENT", {}, "0.00881"),
        ("SENT", {"totalCarrierFee": None}, "0.00581"),
        ("SENT", {"totalMessagePrice": None}, None),
        # Nothing, while more events may come, only means that the price is not known yet.
        ("QUEUED", {"totalMessagePrice": 0.0, "totalCarrierFee": 0.0}, None),
        ("PROTECT_BLOCKED", {"totalMessagePrice": 0.0, "totalCarrierFee": 0.0}, "0"),
        ("DELIVERED", {"totalMessagePrice": 1, "totalCarrierFee": 0}, "1"),
        ("DELIVERED", {"totalMessagePrice": 0.123456, "totalCarrierFee": 0}, "0.12346"),
    ],
)
def test_what_was_charged(kind: str, fields: dict[str, object], charge: str | None) -> None:
    assert parse(event(kind, SEND, **fields)).charge == (None if charge is None else Decimal(charge))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no JSON",
        "[" * 100_000,
        "9" * 5_000,
        "null",
        "[]",
        "{}",
        '{"eventType": 5, "context": {}}',
        '{"eventType": "TEXT_SENT"}',
        '{"eventType": "TEXT_SENT", "context": []}',
        '{"eventType": "TEXT_SENT", "context": {}}',
        '{"eventType": "VOICE_COMPLETED", "context": {"other": "x"}}',
    ],
)
def test_foreign_messages_are_not_ours(body: str) -> None:
    with pytest.raises(NotOurs):
        parse(body)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"eventType": "TEXT_OTHER"}, "eventType is unknown"),
        ({"eventType": "VOICE_COMPLETED"}, "eventType is unknown"),
        ({"context": {"ddp_send": "5b1c2f0e", "ddp_attempt": "1"}}, "ddp_send is not a UUID"),
        ({"context": {"ddp_send": [SEND], "ddp_attempt": "1"}}, "ddp_send is not a UUID"),
        ({"context": {"ddp_send": SEND}}, "ddp_attempt is not a number from 1 to 31"),
        ({"context": {"ddp_send": SEND, "ddp_attempt": "32"}}, "ddp_attempt is not a number from 1 to 31"),
        ({"context": {"ddp_send": SEND, "ddp_attempt": []}}, "ddp_attempt is not a number from 1 to 31"),
        ({"context": {"ddp_test": "x"}}, "ddp_test is not a UUID"),
        ({"messageId": None}, "messageId is missing"),
        ({"messageId": 5}, "messageId is not text"),
        ({"eventTimestamp": "2026"}, "eventTimestamp is not a time in milliseconds"),
        ({"eventTimestamp": True}, "eventTimestamp is not a time in milliseconds"),
        ({"eventTimestamp": -1}, "eventTimestamp is not a time in milliseconds"),
        ({"eventTimestamp": 10**18}, "eventTimestamp is not a time in milliseconds"),
        ({"eventTimestamp": 1.5}, "eventTimestamp is not a time in milliseconds"),
        ({"isFinal": "yes"}, "isFinal is not true or false"),
        ({"totalMessagePrice": -0.01}, "totalMessagePrice is not the price of a message"),
        ({"totalMessagePrice": 1e12}, "totalMessagePrice is not the price of a message"),
        ({"totalMessagePrice": 10**400}, "totalMessagePrice is not the price of a message"),
        ({"totalMessagePrice": float("nan")}, "totalMessagePrice is not a number"),
        ({"totalMessagePrice": float("inf")}, "totalMessagePrice is not a number"),
        ({"totalMessagePrice": "0.01"}, "totalMessagePrice is not a number"),
        ({"totalCarrierFee": True}, "totalCarrierFee is not a number"),
        ({"totalMessageParts": -1}, "totalMessageParts is not a number of parts"),
        ({"totalMessageParts": 0.5}, "totalMessageParts is not a number of parts"),
        ({"mcc": 310}, "mcc is not text"),
    ],
)
def test_events_of_ours_that_are_malformed_say_how(fields: dict[str, object], problem: str) -> None:
    with pytest.raises(Malformed, match=problem):
        parse(event("DELIVERED", SEND, **fields))


def test_long_and_unstorable_texts_are_cut_and_replaced() -> None:
    read = parse(
        event("DELIVERED", SEND, messageStatusDescription="\x00\ud800" + "x" * 1_000_000, mnc="y" * 99)
    )
    assert read.detail["description"] == "\ufffd\ufffd" + "x" * 998
    assert read.detail["mnc"] == "y" * 50
