"""Answers: published as documented, or answered by provider or carrier."""

from __future__ import annotations

import json

import pytest
import urllib3

from .conftest import AMERICAN, FRENCH, SWISS, ZULU

# As AWS's documentation shows it ("Example of a two-way SMS message payload for Amazon SNS topics").
DOCUMENTED = json.loads("""{
  "originationNumber":"+14255550182", "destinationNumber":"+12125550101", "messageKeyword":"JOIN",
  "messageBody":"EXAMPLE", "inboundMessageId":"cae173d2-66b9-564c-8309-21f858e9fb84",
  "previousPublishedMessageId":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
}""")


def inbound(running):
    running.publish()
    return running.sns.published["inbound"]


def test_an_answer_has_the_documented_fields(running):
    message_id = running.send()
    received = running.controls.answer(phone=FRENCH, identity="36111", body="stop svp")
    (published,) = inbound(running)
    assert set(published) == set(DOCUMENTED)
    assert published == {
        "originationNumber": FRENCH,
        "destinationNumber": "36111",
        "messageKeyword": "STOP",
        "messageBody": "stop svp",
        "inboundMessageId": received["message_id"],
        "previousPublishedMessageId": message_id,
    }


def test_who_got_nothing_answers_nothing_in_particular(running):
    running.controls.answer(phone=FRENCH, identity="36111", body="")
    (published,) = inbound(running)
    assert published["messageBody"] == ""
    assert "previousPublishedMessageId" not in published


def test_a_self_managed_identity_hears_of_stop_and_the_provider_does_nothing(running):
    answer = running.controls.answer(phone=FRENCH, identity="36111", body="STOP")
    assert answer["is_published"]
    assert answer["reply"] == ""
    running.send()


def test_elsewhere_the_provider_answers_stop_and_help_itself(running):
    for word in ("Help", " stop "):
        answer = running.controls.answer(phone=ZULU, identity="+27600000123", body=word)
        assert not answer["is_published"]
        assert answer["reply"]
    assert inbound(running) == []
    (listed,) = running.sms.describe_opted_out_numbers(OptOutListName="list")["OptedOutNumbers"]
    assert (listed["OptedOutNumber"], listed["EndUserOptedOut"]) == (ZULU, True)
    running.controls.answer(phone=ZULU, identity="+27600000123", body="please stop")
    assert len(inbound(running)) == 1


def test_carriers_answer_stop_to_a_toll_free_number(running):
    answer = running.controls.answer(phone=AMERICAN, identity="+18445550123", body="STOP")
    assert answer["reply"].startswith("NETWORK MSG")
    assert [message["direction"] for message in running.controls.messages(AMERICAN)] == ["in", "auto"]


def test_a_carrier_blocks_a_toll_free_number_until_start(running):
    def send(origin, message_type):
        running.clock.now += 1
        return running.send(AMERICAN, OriginationIdentity=origin, MessageType=message_type)

    running.controls.answer(phone=AMERICAN, identity="+18445550123", body="STOP")
    send("+18445550123", "TRANSACTIONAL")
    send("72345", "PROMOTIONAL")
    running.controls.answer(phone=AMERICAN, identity="+18445550123", body="unstop")
    send("+18445550123", "TRANSACTIONAL")
    states = [event["messageStatus"] for event in running.publish()]
    assert states == ["CARRIER_BLOCKED", "DELIVERED", "DELIVERED"]


def test_an_answer_can_arrive_twice(running):
    running.controls.change(behaviour={"duplicate": 1})
    running.controls.answer(phone=FRENCH, identity="36111", body="Merci")
    first, second = inbound(running)
    assert first == second


@pytest.mark.parametrize(
    "wanted",
    [
        {"phone": SWISS, "identity": "AURORA", "body": "STOP"},
        {"phone": FRENCH, "identity": "nobody", "body": "STOP"},
        {"phone": "nobody", "identity": "36111", "body": "STOP"},
        {"phone": FRENCH, "identity": "36111"},
        [],
    ],
)
def test_what_cannot_be_answered(running, wanted):
    answer = urllib3.request("POST", f"{running.url}/answer", json=wanted, retries=False)
    assert answer.status == 400
    assert inbound(running) == []
