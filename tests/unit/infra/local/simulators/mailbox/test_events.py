"""The events that are published about a message."""

from __future__ import annotations

from collections import Counter

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from infra.local.simulators import publisher as publisher_module
from infra.local.simulators.mailbox.configuration_sets import ConfigurationSets
from infra.local.simulators.mailbox.events import Behaviour, events_of
from infra.local.simulators.mailbox.message import Message
from infra.local.simulators.mailbox.store import Store
from infra.local.simulators.publisher import Publisher

from .conftest import Sets, Topics, bulk, entry, send

pytestmark = pytest.mark.thorough


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


def waiting(box):
    return box.control("GET", "counts").json()["events_waiting"]


def test_an_event_is_counted_until_sns_has_it(box):
    for number in range(20):
        send(box, to=f"a{number}@shop.example")
    seen = []
    publish_batch = box.topics.publish_batch

    def look_and_publish(**request):
        seen.append((waiting(box), len(box.topics.events)))
        return publish_batch(**request)

    box.topics.publish_batch = look_and_publish
    box.publish()
    assert seen == [(40, 0), (30, 10), (20, 20), (10, 30)]
    assert waiting(box) == 0


def test_events_that_wait_when_the_mailbox_ends_are_published_after_its_next_start(box, tmp_path):
    send(box)
    assert waiting(box) == 2
    again = Store(tmp_path / "mailbox.sqlite")
    sns = Topics()
    Publisher(sns, Sets(), again, now=lambda: float("inf")).publish_due()
    assert kinds(sns.events) == {"Send": 1, "Delivery": 1}
    assert again.waiting_events() == 0
    again.close()


def test_events_wait_while_the_emulator_is_away_and_are_published_once_it_is_back(box):
    send(box)
    publisher = box.mailbox.publisher
    publish_batch = box.topics.publish_batch

    def refuse(**_):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    box.topics.publish_batch = refuse
    publisher._now = lambda: 2_000_000_000.0
    publisher.publish_due()
    assert (waiting(box), publisher.published) == (2, 0)
    box.topics.publish_batch = publish_batch
    publisher._now = lambda: 2_000_000_002.0
    publisher.publish_due()
    assert kinds(box.topics.events) == {"Send": 1, "Delivery": 1}


def test_an_event_that_is_never_taken_is_given_up(box, monkeypatch, caplog):
    monkeypatch.setattr(publisher_module, "ATTEMPTS", 3)
    box.mailbox.publisher._destinations = type("None", (Sets,), {"destinations": lambda *_: None})()
    send(box)
    box.publish()
    assert (waiting(box), box.topics.events) == (0, [])
    assert "2 events are lost" in caplog.text


def test_what_sns_refuses_is_published_again(box):
    send(box)
    box.topics.refusals = 1
    assert kinds(box.publish()) == {"Send": 1, "Delivery": 1}


def test_a_configuration_set_that_was_seen_stays_while_the_emulator_starts_again():
    """First it does not answer, then it knows nothing; then its topic has another name."""
    arn, answers = "arn:aws:sns:us-east-1:000000000000:{}", []

    class Ses:
        def get_configuration_set_event_destinations(self, **_):
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            sns = {"TopicArn": arn.format(answer)}
            each = {"Enabled": True, "MatchingEventTypes": ["SEND"], "SnsDestination": sns}
            return {"EventDestinations": [each]}

    away = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
    unknown = ClientError({"Error": {"Code": "NotFoundException"}}, "GetConfigurationSetEventDestinations")
    answers[:] = [unknown, "old", away, unknown, "new"]
    sets = ConfigurationSets(Ses(), kept_seconds=0)
    assert sets.destinations("known") is None
    topics = [sets.destinations("known")[0].topic for _ in range(4)]
    assert topics == [arn.format(name) for name in ("old", "old", "old", "new")]
