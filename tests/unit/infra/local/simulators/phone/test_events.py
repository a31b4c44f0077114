"""The events that are published about a message, against literal samples of the provider's."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import botocore.session
import pytest

from infra.local.simulators.phone.events import CARRIERS, SIMULATOR, STATUSES, Behaviour
from infra.local.simulators.phone.sending import country_of
from infra.local.simulators.phone.topics import TWO_WAY, Topics

from .conftest import AMERICAN, FRENCH, QUIET, SWISS, Sns

pytestmark = pytest.mark.thorough

# An event as AWS's documentation shows it (AWS End User Messaging, "SMS example log"), with the fields that events of
# real accounts have besides.
DOCUMENTED = json.loads("""{
  "eventType": "TEXT_SUCCESSFUL", "eventVersion": "1.0", "eventTimestamp": 1686975103470, "isFinal": true,
  "originationPhoneNumber": "+12065550152", "destinationPhoneNumber": "+14255550156", "isInternationalSend": false,
  "isoCountryCode": "US", "mcc": "310", "mnc": "800", "carrierName": "T-Mobile USA Inc.",
  "messageId": "862a8790-60c0-4430-9b2b-658bdexample", "messageRequestTimestamp": 1686975103170,
  "messageEncoding": "GSM", "messageType": "PROMOTIONAL", "messageStatus": "SUCCESSFUL",
  "messageStatusDescription": "Message has been accepted by phone carrier", "context": {"account": "bar"},
  "totalMessageParts": 1, "totalMessagePrice": 0.09582, "totalCarrierFee": 0.0,
  "protectConfiguration":
    {"protectConfigurationId": "protect-e06e5d722c31455286262a108e7d863d", "protectStatus": "ALLOW"}
}""")


def kinds(events):
    return Counter(event["messageStatus"] for event in events)


def test_an_event_has_the_documented_fields(running):
    running.phone.behaviour = replace(QUIET, outcomes={"SUCCESSFUL": 1})
    message_id = running.send(
        AMERICAN,
        OriginationIdentity="+12065550152",
        Context={"account": "bar"},
        ProtectConfigurationId="protect-1",
    )
    (event,) = running.publish()
    assert {name: type(value) for name, value in event.items()} == {
        name: type(value) for name, value in DOCUMENTED.items()
    }
    same = set(DOCUMENTED) - {
        "eventTimestamp", "messageRequestTimestamp", "messageId", "destinationPhoneNumber", "totalMessagePrice",
        "totalCarrierFee", "protectConfiguration",
    }  # fmt: skip
    assert {name: event[name] for name in same} == {name: DOCUMENTED[name] for name in same}
    assert (event["messageId"], event["destinationPhoneNumber"]) == (message_id, AMERICAN)
    assert event["messageRequestTimestamp"] == running.clock.now * 1000
    assert (event["totalMessagePrice"], event["totalCarrierFee"]) == (0.00781, 0.00302)


def test_all_types_of_the_api_are_there():
    service = botocore.session.get_session().get_service_model("pinpoint-sms-voice-v2")
    types = {name for name in service.shape_for("EventType").enum if name.startswith("TEXT_")} - {"TEXT_ALL"}
    assert types == {f"TEXT_{status}" for status in STATUSES}
    assert len(types) == 15


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_can_be_asked_for(running, status):
    running.controls.change(behaviour={"outcomes": {status: 1}})
    running.send(body="я" * 71)
    (event,) = running.publish()
    assert (event["eventType"], event["messageStatus"]) == (f"TEXT_{status}", status)
    assert event["isFinal"] == (status not in {"QUEUED", "PENDING", "SENT"})
    assert (event["messageEncoding"], event["totalMessageParts"]) == ("UNICODE", 2)
    free = {"INVALID", "INVALID_MESSAGE", "BLOCKED", "TTL_EXPIRED", "PROTECT_BLOCKED"}
    assert event["totalMessagePrice"] == (0 if status in free else 0.148)
    assert running.controls.counts()["charged"] == (0 if status in free else 14_800)


@pytest.mark.parametrize("country", SIMULATOR)
def test_amazons_simulator_numbers(running, country):
    running.phone.behaviour = replace(
        QUIET, outcomes={"SPAM": 1}
    )  # for other numbers, not for the simulator's
    success, failure = SIMULATOR[country]
    assert country_of(success) == country_of(failure) == (country, True)
    if country == "FR":
        running.send(success)
        running.send(failure)
        assert [event["messageStatus"] for event in running.publish()] == ["SUCCESSFUL", "UNREACHABLE"]


def test_a_number_that_cannot_exist_is_invalid(running):
    running.send("+33600")
    assert kinds(running.publish()) == {"INVALID": 1}


def test_a_message_that_takes_too_long_expires(running):
    running.phone.behaviour = replace(QUIET, deliver_seconds=1_000_000)
    running.send(TimeToLive=5)
    (event,) = running.publish()
    assert event["messageStatus"] == "TTL_EXPIRED"
    assert event["eventTimestamp"] == (running.clock.now + 5) * 1000


def test_weights_decide_about_everybody_else(running):
    running.phone.behaviour = Behaviour(outcomes={"DELIVERED": 0.7, "BLOCKED": 0.3})
    for number in range(300):
        running.clock.now += 1
        running.send(f"+33612345{number:03}", Context={"ddp_send": str(number), "ddp_attempt": "1"})
    found = kinds(running.publish())
    assert 250 < found["DELIVERED"] + found["BLOCKED"] < 350
    assert 50 < found["BLOCKED"] < 130
    assert 30 < found["SUCCESSFUL"] < 110
    assert found["QUEUED"]
    assert found["PENDING"]
    assert found["SENT"]


def test_events_are_repeated_and_come_out_of_order(running):
    running.phone.behaviour = replace(QUIET, duplicate=1, disorder_seconds=5, successful_first=1)
    for number in range(20):
        running.send(f"+336123456{number:02}")
    events = running.publish()
    assert kinds(events) == {"SUCCESSFUL": 40, "DELIVERED": 40}
    orders = {}
    for event in events:
        orders.setdefault(event["messageId"], []).append(event["messageStatus"])
    assert any(order.index("DELIVERED") < order.index("SUCCESSFUL") for order in orders.values())


def test_a_charge_can_be_dearer_than_the_price(running):
    running.controls.change(behaviour={"dearer": 1, "dearer_by": 2})
    running.send(MaxPrice="0.07400")
    assert running.publish()[0]["totalMessagePrice"] == 0.148
    assert running.controls.counts()["charged"] == 14_800


def test_nothing_is_published_without_a_configuration_set(running):
    running.send(ConfigurationSetName=None)
    assert running.publish() == []


def test_an_unknown_status_is_refused_by_name(running):
    with pytest.raises(ValueError, match="LOST"):
        running.controls.change(behaviour={"outcomes": {"LOST": 1}})


def test_a_carrier_is_named_where_one_is_known(running):
    running.send(FRENCH)
    running.send(SWISS, OriginationIdentity="AURORA")
    french, swiss = running.publish()
    assert (french["mcc"], french["mnc"], french["carrierName"]) == CARRIERS["FR"]
    assert "mcc" not in swiss


def test_topics_are_found_by_a_part_of_their_name_and_again_when_they_changed():
    sns = Sns()
    topics = Topics(sns, events="SmsEventsTopic", inbound="SmsInboundTopic")
    (events,), (inbound,) = topics.destinations("any"), topics.destinations(TWO_WAY)
    assert (events.topic[-2:], inbound.topic[-2:]) == ("A1", "B2")
    assert events.wants("TEXT_TTL_EXPIRED")
    assert not events.wants("INBOUND")
    sns.get_paginator = lambda _: type("None", (), {"paginate": lambda _: [{}]})()
    assert topics.destinations("any") == [events]
    topics.forget("any")
    assert topics.destinations("any") is None
