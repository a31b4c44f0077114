"""The payloads in events/sms: every kind of message that reaches SMS's functions, as AWS sends it."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import botocore.session
import pytest

from functions.sending import messages
from functions.sms.answers.keywords import answer
from tests import lambdas

SAMPLES = sorted(path.stem for path in (lambdas.EVENTS / "sms").glob("*.json"))
EVENTS = [name for name in SAMPLES if name.startswith("event_")]
INBOUND = [name for name in SAMPLES if name.startswith("inbound_")]


def body_of(name: str) -> str:
    """The body of a sample's only message."""
    (record,) = lambdas.sample(f"sms/{name}")["Records"]
    body: str = record["body"]
    return body


def event(name: str) -> dict[str, Any]:
    """An event of the provider."""
    said: dict[str, Any] = json.loads(body_of(name))
    return said


def queue_of(name: str) -> str:
    """The queue of a sample, without the stage."""
    (record,) = lambdas.sample(f"sms/{name}")["Records"]
    return str(record["eventSourceARN"]).rpartition(":ddp-dev-")[2]


@pytest.mark.parametrize(
    ("name", "queue", "expected"),
    [
        ("plan", "sms-plan", messages.PlanSend),
        ("forecast", "sms-plan", messages.ForecastSend),
        ("send_chunk", "sms-send", messages.SendChunk),
        ("send_test", "sms-send", messages.SendTest),
    ],
)
def test_a_message_between_stages_is_understood(name: str, queue: str, expected: type) -> None:
    assert isinstance(messages.parse(body_of(name)), expected)
    assert queue_of(name) == queue


def test_there_is_a_sample_of_every_event_about_texts() -> None:
    """As botocore's model of the service names them."""
    service = botocore.session.get_session().get_service_model("pinpoint-sms-voice-v2")
    kinds = {kind for kind in service.shape_for("EventType").enum if kind.startswith("TEXT_")} - {"TEXT_ALL"}
    assert {event(name)["eventType"] for name in EVENTS} == kinds
    assert len(kinds) == 15


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_has_the_documented_members(name: str) -> None:
    said = event(name)
    optional = {"mcc", "mnc", "isInternationalSend"}  # absent where they are not known
    assert set(said) | optional == {
        "eventType", "eventVersion", "eventTimestamp", "isFinal", "originationPhoneNumber", "destinationPhoneNumber",
        "isInternationalSend", "isoCountryCode", "mcc", "mnc", "messageId", "messageRequestTimestamp",
        "messageEncoding", "messageType", "messageStatus", "messageStatusDescription", "context",
        "totalMessageParts", "totalMessagePrice", "totalCarrierFee",
    }  # fmt: skip
    assert said["eventType"] == f"TEXT_{said['messageStatus']}"
    assert queue_of(name) == "sms-events"


@pytest.mark.parametrize("name", sorted(set(EVENTS) - {"event_test", "event_not_ours"}))
def test_an_event_of_ours_is_read(name: str) -> None:
    receipts = pytest.importorskip("functions.sms.reports.receipts")
    said, read = event(name), receipts.parse(body_of(name))
    assert (read.send_id, read.attempt) == (said["context"]["ddp_send"], 1)
    assert f"TEXT_{read.kind}" == said["eventType"]
    assert read.message_id == said["messageId"]
    assert read.is_last_word is said["isFinal"]
    UUID(read.send_id)


def test_an_event_of_another_message_is_dropped() -> None:
    receipts = pytest.importorskip("functions.sms.reports.receipts")
    with pytest.raises(receipts.NotOurs):
        receipts.parse(body_of("event_not_ours"))


@pytest.mark.parametrize("name", sorted(set(INBOUND) - {"inbound_without_body"}))
def test_an_answer_means_what_its_sample_is_named_after(name: str) -> None:
    said = event(name)
    assert set(said) == {
        "originationNumber", "destinationNumber", "messageKeyword", "messageBody", "inboundMessageId",
        "previousPublishedMessageId",
    }  # fmt: skip
    assert answer(said["messageBody"]) == name.removeprefix("inbound_")
    assert queue_of(name) == "sms-inbound"


def test_every_answer_has_an_id_of_its_own() -> None:
    ids = [event(name)["inboundMessageId"] for name in INBOUND]
    assert len(set(ids)) == len(ids) == 6
