"""The last look before a provider call: who was stopped after the claim gets no message."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from ddp.queries.sending import sends
from tests.database.sending.ledger import LEASE, Ledger, Plan, calls_of

PAUSE_SENDER = """
insert into senders (user_id, channel, paused_at, pause_code, pause_reason)
values (%s, 'email', now(), 'bounces', 'Too many.')
on conflict (user_id, channel) do update set paused_at = now(), pause_code = 'bounces', pause_reason = 'Too many.'
"""
PAUSE = "update send_plans set paused_at = now() where send_plan_id = %s"


def stop(ledger: Ledger, plan: Plan, how: str) -> None:
    """Stop a plan in one of the ways that there are."""
    statement, value = {
        "pause": (PAUSE, plan.send_plan_id),
        "campaign": (
            "update campaigns set campaign_status = 'paused' where campaign_id = %s",
            plan.campaign_id,
        ),
        "sender": (PAUSE_SENDER, plan.created_by_user_id),
        "cancel": ("update send_plans set cancelled_at = now() where send_plan_id = %s", plan.send_plan_id),
    }[how]
    ledger.query(statement, value)


def suppress(ledger: Ledger, send_id: UUID, owner: UUID | None = None) -> None:
    ledger.query(
        "insert into suppressions (channel, address_hash, owner_user_id, reason)"
        " select 'email', recipient_hash, %s, 'unsubscribe' from email_sends where email_send_id = %s",
        owner,
        send_id,
    )


def test_all_may_go_whom_nothing_stopped(ledger: Ledger) -> None:
    plan = ledger.plan(120)
    claimed = ledger.claim()
    assert ledger.start_sends(calls_of(claimed)) == {recipient.send_id for recipient in claimed}
    assert ledger.states(plan) == {"sending": 120}


@pytest.mark.parametrize("everybody", [False, True])
def test_who_was_suppressed_after_the_claim_gets_nothing(ledger: Ledger, everybody: bool) -> None:
    plan = ledger.plan(60)
    claimed = ledger.claim()
    suppress(ledger, claimed[0].send_id, None if everybody else plan.created_by_user_id)
    assert ledger.start_sends(calls_of(claimed)) == {recipient.send_id for recipient in claimed[1:]}
    assert ledger.states(plan) == {"sending": 59, "suppressed": 1}


def test_a_suppression_holds_for_its_own_sender_only(ledger: Ledger) -> None:
    plan, other = ledger.plan(1), ledger.plan(1)  # to the same recipient
    claimed = ledger.claim() + ledger.claim()
    suppress(ledger, claimed[0].send_id, other.created_by_user_id)
    assert ledger.start_sends(calls_of(claimed)) == {
        c.send_id for c in claimed if c.send_plan_id == plan.send_plan_id
    }
    assert ledger.states(other) == {"suppressed": 1}


@pytest.mark.parametrize(
    ("how", "state"),
    [("pause", "pending"), ("campaign", "pending"), ("sender", "pending"), ("cancel", "cancelled")],
)
def test_what_was_stopped_after_the_claim_does_not_start(ledger: Ledger, how: str, state: str) -> None:
    plan, other = ledger.plan(60), ledger.plan(5)
    claimed = ledger.claim() + ledger.claim()
    stop(ledger, plan, how)
    started = ledger.start_sends(calls_of(claimed))
    assert started == {c.send_id for c in claimed if c.send_plan_id == other.send_plan_id}
    assert ledger.states(plan) == {state: 60}
    assert ledger.states(other) == {"sending": 5}
    open_calls = ledger.query("select send_plan_id from ddp.send_calls where ended_at is null")
    assert [row["send_plan_id"] for row in open_calls] == [other.send_plan_id]
    due = ledger.value("select due_at from ddp.send_chunks where send_plan_id = %s", plan.send_plan_id)
    assert (due is not None) == (state == "pending")


def test_quiet_hours_that_began_after_the_claim_are_kept(ledger: Ledger) -> None:
    plan = ledger.plan(3)
    claimed = ledger.claim()
    ledger.query(
        "update send_plans set quiet_from = (now() at time zone 'UTC')::time - interval '1 minute',"
        " quiet_until = (now() at time zone 'UTC')::time + interval '2 hours', time_zone = 'UTC'"
    )
    ledger.query("update ddp.send_chunks set queued_at = now()")
    assert ledger.start_sends(calls_of(claimed)) == set()
    assert ledger.states(plan) == {"pending": 3}
    waits = ledger.value("select min(not_before) > now() + interval '110 minutes' from email_sends")
    assert waits is True
    assert ledger.value("select due_at > now() + interval '110 minutes' from ddp.send_chunks") is True
    assert ledger.value("select queued_at from ddp.send_chunks") is None


def test_a_pause_waits_for_a_start_and_then_says_who_is_in_flight(ledger: Ledger) -> None:
    plan = ledger.plan(60)
    claimed = ledger.claim()
    first, *rest = calls_of(claimed)
    paused = threading.Event()

    def pause() -> int:
        connection = ledger.login("postgres")
        connection.execute(PAUSE, [plan.send_plan_id])
        paused.set()
        row: Any = connection.execute(
            ledger.sql("select ddp.email_in_flight(p) as n from send_plans p where send_plan_id = %s"),
            [plan.send_plan_id],
        ).fetchone()
        return int(row["n"])

    with ThreadPoolExecutor(1) as pool:
        with ledger.working() as cursor:
            started = sends.start_calls(cursor, ledger.channel, [first], lease=LEASE)
            pausing = pool.submit(pause)
            assert not paused.wait(0.3), "a start is under way"
        assert pausing.result(10) == len(started[first])
    assert ledger.start_sends(rest) == set()
    assert ledger.states(plan) == {"sending": len(started[first]), "pending": 60 - len(started[first])}


def test_calls_start_once_and_only_under_a_lease(ledger: Ledger) -> None:
    ledger.plan(120)
    calls = calls_of(ledger.claim())
    ledger.query("update ddp.send_calls set leased_until = now() where send_call_id = %s", calls[0])
    assert ledger.start(calls) == set(calls[1:])
    assert ledger.start(calls) == set()


def test_calls_of_another_channel_are_left_alone(ledger: Ledger) -> None:
    ledger.plan(1)
    calls = calls_of(ledger.claim())
    ledger.query("update ddp.send_calls set channel = %s", ledger.other_channel.name)
    assert ledger.start(calls) == set()
