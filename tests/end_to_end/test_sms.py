"""SMS on the local stack: texts, events, answers, short links, repeated messages, and a worker that is killed."""

from __future__ import annotations

import json
import re
import time
from random import Random
from uuid import uuid4

import pytest
import urllib3

from infra.cli.campaign.api import ACCEPTED, count
from infra.local.demo.phones import mobiles
from infra.local.processes import wait_until
from infra.local.simulators.phone.client import PhoneClient

from .email_campaigns import END_LEASES, adds_up
from .queue_worker import QueueWorker
from .sms_campaigns import start

PERSON = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1"}
SHOP = "https://shop.example/spring"


@pytest.fixture
def simulator(stack):
    found = PhoneClient(url=stack.urls["Phones"])
    before = found.settings()
    yield found
    found.clear_faults()
    found.change(behaviour=before["behaviour"])


@pytest.fixture
def planner(stack):
    return QueueWorker.of(stack, "ddp-local-sms-plan", "functions.sms.plan.handler")


@pytest.fixture
def sender(stack):
    return QueueWorker.of(stack, "ddp-local-sms-send", "functions.sms.send.handler")


@pytest.fixture
def send(stack, brand, simulator, sender, database):
    def send(*numbers, text="Hello {{ name }}. {{ opt_out }}"):
        return start(stack.client("admin"), brand, simulator, sender.sqs, database, numbers, text)

    return send


def new_numbers(country, how_many):
    """Numbers that no other test uses."""
    return sorted(mobiles(country, how_many, Random(uuid4().hex)))


def test_each_text_arrives_once_and_is_read_on_its_phone_however_often_the_plan_is_asked_for(
    send, stack, planner
):
    numbers = [*new_numbers("GB", 8), *new_numbers("FR", 8), *new_numbers("US", 8)]
    texts = send(*numbers)
    end = texts.wait_for_reports()
    assert (end["status"], end["counts"]) == ("complete", {"delivered": len(numbers)})
    assert end["charged"] == end["estimated"] != "0.00000"
    assert texts.accepted() == [1] * len(numbers)
    page = urllib3.request("GET", f"{stack.urls['Phones']}/phones/{numbers[0]}")
    assert page.status == 200
    assert "Hello N0. Reply STOP" in page.data.decode()

    plan = texts.database.execute(
        "select send_plan_id from send_plans where sms_campaign_id = %s", [texts.sms_campaign_id]
    ).fetchone()
    again = json.dumps({"type": "PlanSend", "send_plan_id": str(plan["send_plan_id"])})
    planner.post(again, again, again)
    planner.wait_until_empty()
    assert planner.dead_letters() == 0
    assert texts.progress()["counts"] == end["counts"]
    assert texts.accepted() == [1] * len(numbers)


def test_who_writes_stop_is_told_so_once_and_gets_nothing_more(send, simulator):
    leaves, stays = new_numbers("GB", 2)
    send(leaves, stays).wait_for_end()
    (text,) = simulator.messages(leaves)
    simulator.answer(phone=leaves, identity=text["identity"], body="STOP!")
    wait_until(lambda: len(simulator.messages(leaves)) == 3, what="the confirmation", seconds=20)
    simulator.answer(phone=leaves, identity=text["identity"], body="stop")
    texts = send(leaves, stays)
    end = texts.wait_for_reports()
    assert end["counts"] == {"suppressed": 1, "delivered": 1}
    directions = [message["direction"] for message in simulator.messages(leaves)]
    assert directions == ["out", "in", "out", "in"], "one confirmation, and no second text"


def test_a_persons_click_counts_and_the_link_to_stop_changes_nothing_until_its_button_is_pressed(send):
    (phone,) = new_numbers("AT", 1)  # where nobody can answer, the text has a link
    texts = send(phone, text='Look: {{ "' + SHOP + '" | short_link }} {{ opt_out }}')
    texts.wait_for_reports()
    leads_on, stops = re.findall(r"https?://[^\s,]+", texts.body(phone))
    assert leads_on.startswith(stops.rstrip("."))

    time.sleep(2)  # a person is not that quick
    answer = urllib3.request("GET", leads_on, headers=PERSON, redirect=False)
    assert (answer.status, answer.headers["Location"].split("?")[0]) == (302, SHOP)
    texts.wait_until(lambda now: now["counts"] == {"clicked": 1}, "the click")

    assert "Stop messages" in urllib3.request("GET", stops, headers=PERSON).data.decode()
    before = send(phone).wait_for_reports()
    assert before["counts"] == {"delivered": 1}, "looking at the page stopped messages"
    form = PERSON | {"Content-Type": "application/x-www-form-urlencoded"}
    pressed = urllib3.request("POST", stops, headers=form, body="action=stop")
    assert (pressed.status, "You get no more messages" in pressed.data.decode()) == (200, True)
    assert send(phone).wait_for_end()["counts"] == {"suppressed": 1}


def test_workers_killed_while_the_provider_accepts_send_nothing_twice_and_lose_nobody(
    send, simulator, sender
):
    simulator.change(behaviour={"disorder_seconds": 8})  # events arrive only after the leases have ended
    numbers = [*new_numbers("US", 150), *new_numbers("FR", 150)]
    with sender.messages_come_again_after(4):
        # Accepted at once, answered late; the worker is killed in between.
        simulator.fail("slow", seconds=1.0, count=1_000)
        texts = send(*numbers)
        texts.wait_until(lambda now: now["in_flight"] and sum(texts.accepted()), "calls in flight")
        victims = sender.processes()
        assert victims
        for process in victims:
            process.kill()
        assert 0 < sum(texts.accepted()) < len(numbers)
        simulator.clear_faults()
        assert texts.database.execute(END_LEASES).rowcount, "nothing was under way when the workers died"
        end = texts.wait_for_end()
    assert end["status"] == "complete"
    assert adds_up(end, len(numbers)), end
    assert set(end["counts"]) <= {*ACCEPTED, "unknown"}
    times = texts.accepted()
    assert max(times) == 1
    settled = texts.wait_until(
        lambda now: count(now, *ACCEPTED) == sum(times), "the proof by the provider's events", 30
    )
    assert settled["unknown"] == len(numbers) - sum(times)
    assert settled["counts"].get("unknown", 0) or settled["reserved"] == "0.00000"
