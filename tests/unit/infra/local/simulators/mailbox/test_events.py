"""The events that are published about a message."""

from __future__ import annotations

from collections import Counter

import pytest

from infra.local.simulators.mailbox.events import Behaviour, events_of
from infra.local.simulators.mailbox.message import Message

from .conftest import bulk, entry, send


def kinds(events):
    return Counter(event["eventType"] for event in events)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("success", ["Delivery", "Send"]),
        ("ooto", ["Delivery", "Send"]),
        ("bounce", ["Bounce", "Send"]),
        ("complaint", ["Complaint", "Delivery", "Send"]),
        ("suppressionlist", ["Bounce", "Send"]),
        ("bounce+17", ["Bounce", "Send"]),
    ],
)
def test_amazons_simulator_addresses(box, address, expected):
    box.mailbox.behaviour = Behaviour(
        bounce=1, complaint=1, duplicate=0
    )  # for other addresses, not for the simulator's
    send(box, to=f"{address}@simulator.amazonses.com", EmailTags=[{"Name": "ddp_send", "Value": "s-1"}])
    events = box.publish()
    assert sorted(event["eventType"] for event in events) == expected
    for event in events:
        assert event["mail"]["tags"]["ddp_send"] == ["s-1"]
        assert event["mail"]["tags"]["ses:configuration-set"] == ["known"]
        assert event["mail"]["destination"] == [f"{address}@simulator.amazonses.com"]


def test_the_shapes_of_bounces_and_complaints(box):
    for name in ("bounce", "suppressionlist", "complaint"):
        send(box, to=f"{name}@simulator.amazonses.com")
    events = box.publish()
    bounces = {b["bounce"]["bounceSubType"]: b["bounce"] for b in events if b["eventType"] == "Bounce"}
    assert set(bounces) == {"General", "Suppressed"}
    assert bounces["General"]["bounceType"] == "Permanent"
    assert bounces["General"]["bouncedRecipients"][0]["emailAddress"] == "bounce@simulator.amazonses.com"
    assert bounces["General"]["timestamp"].endswith("Z")
    (complaint,) = (e["complaint"] for e in events if e["eventType"] == "Complaint")
    assert complaint["complainedRecipients"] == [{"emailAddress": "complaint@simulator.amazonses.com"}]


def test_rates_decide_about_everybody_else(box):
    box.mailbox.quota.per_second = 10_000
    box.clock.now += 1
    box.mailbox.behaviour = Behaviour(
        bounce=0.1,
        soft_bounce=0.1,
        complaint=0.1,
        open=0.5,
        click=0.25,
        delay=0.2,
        duplicate=0,
        machine_open=0.2,
    )
    for start in range(0, 1000, 50):
        bulk(
            box,
            [entry(f"a{n}@shop.example", h='<a href="https://x.example">') for n in range(start, start + 50)],
        )
    found = kinds(box.publish())
    assert found["Send"] == 1000
    assert found["Bounce"] + found["Delivery"] == 1000
    assert 150 < found["Bounce"] < 250
    assert 100 < found["DeliveryDelay"] < 220
    assert 50 < found["Complaint"] < 110
    assert 400 < found["Open"] < 650
    assert 130 < found["Click"] < 250


def test_the_same_seed_gives_the_same_events_and_another_one_others():
    messages = [
        Message(source="a@b.example", to=(f"a{n}@shop.example",), accepted_at=1.0, message_id=str(n))
        for n in range(100)
    ]

    def all_of(seed):
        return [events_of(message, Behaviour(seed=seed)) for message in messages]

    assert all_of(1) == all_of(1) != all_of(2)


def test_events_are_repeated_and_come_out_of_order():
    behaviour = Behaviour(duplicate=1, disorder_seconds=5, open=1)
    messages = [Message(source="a@b.example", to=(f"a{n}@shop.example",), message_id="1") for n in range(20)]
    of_all = [[event.kind for event in events_of(message, behaviour)] for message in messages]
    assert all(len(events) % 2 == 0 for events in of_all)
    assert any(events.index("Open") < events.index("Delivery") for events in of_all)


def test_a_missing_variable_is_told_by_an_event(box):
    broken = entry("a@shop.example")
    del broken["ReplacementEmailContent"]
    assert bulk(box, [broken])[0]["Status"] == "SUCCESS"
    (event,) = box.publish()
    assert event["eventType"] == "Rendering Failure"
    assert "'h'" in event["failure"]["errorMessage"]


def test_nothing_is_published_without_a_configuration_set(box):
    send(box, ConfigurationSetName="")
    assert box.publish() == []


def test_what_sns_refuses_is_published_again(box, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    send(box)
    box.topics.refusals = 1
    assert kinds(box.publish()) == {"Send": 1, "Delivery": 1}
