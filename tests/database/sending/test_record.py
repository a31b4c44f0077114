"""The results of calls, and what dead workers leave behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ddp.channels import SMS
from ddp.outcomes import Outcome
from ddp.queries.sending import reconciliation
from ddp.queries.sending.sends import Result
from tests.database.sending.ledger import Ledger, calls_of, results_of

PAST = timedelta(seconds=-1)


def test_each_outcome(ledger: Ledger) -> None:
    plan = ledger.plan(4)
    claimed = sorted(ledger.claim(), key=lambda c: c.address)
    assert ledger.start(calls_of(claimed)) == set(calls_of(claimed))
    later = datetime.now(UTC) + timedelta(minutes=5)
    outcomes = [
        results_of(claimed[:1], Outcome.ACCEPTED, message_id="ses-1"),
        results_of(claimed[1:2], Outcome.FAILED, code="rejected", reason="MESSAGE_REJECTED"),
        results_of(claimed[2:3], Outcome.RETRY, retry_at=later),
        results_of(claimed[3:], Outcome.UNKNOWN, code="timed-out", reason="No answer"),
    ]
    counts = ledger.record(calls_of(claimed), [r for results in outcomes for r in results])
    assert counts == {"recorded": 4, "accepted": 1, "fenced": 0, "sent_twice": 0}
    rows = ledger.query(
        "select status::text, provider_message_id, sent_at is not null as sent, failure_code, attempt,"
        " accepted_attempts, unknown_at is not null as unknown from email_sends order by recipient_email"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("sent", "ses-1", True, None, 1, 1, False),
        ("failed", None, False, "rejected", 1, 0, False),
        ("pending", None, False, None, 1, 0, False),
        ("unknown", None, False, "timed-out", 1, 0, True),
    ]
    assert ledger.value("select due_at from ddp.send_chunks") == later
    assert ledger.query("select accepted, ended_at is not null as ended from ddp.send_calls") == [
        {"accepted": 1, "ended": True}
    ]
    assert ledger.query("select user_id, accepted from ddp.sender_hours") == [
        {"user_id": plan.created_by_user_id, "accepted": 1}
    ]


def test_recording_twice_counts_once(ledger: Ledger) -> None:
    ledger.plan(2)
    claimed = ledger.claim()
    results = results_of(claimed, Outcome.ACCEPTED)
    ledger.record(calls_of(claimed), results)
    assert ledger.record(calls_of(claimed), results)["sent_twice"] == 0
    assert ledger.value("select accepted from ddp.sender_hours") == 2
    assert ledger.value("select accepted from ddp.send_calls") == 2


def test_a_call_starts_once_and_only_under_a_live_lease(ledger: Ledger) -> None:
    ledger.plan(1)
    calls = calls_of(ledger.claim())
    assert ledger.start(calls) == set(calls)
    assert ledger.start(calls) == set()
    ledger.plan(1)
    calls = calls_of(ledger.claim(lease=PAST))
    assert ledger.start(calls) == set()


def test_leases_that_end_before_the_call_go_back_and_after_it_are_unknown(ledger: Ledger) -> None:
    plan = ledger.plan(100)
    claimed = ledger.claim(lease=PAST)
    ledger.query(
        "update ddp.send_calls set leased_until = now() + interval '1 hour'"
        " where ctid = (select min(ctid) from ddp.send_calls)"
    )
    started = ledger.start(calls_of(claimed))
    ledger.query("update ddp.send_calls set leased_until = now() - interval '1 second'")
    counts = ledger.reconcile()
    assert (counts["released"], counts["unknown"], counts["held_unknown"]) == (50, 50, 50)
    assert ledger.states(plan) == {"pending": 50, "unknown": 50}
    assert {c.send_call_id for c in claimed if c.send_call_id in started} == started
    assert ledger.value("select due_at <= now() from ddp.send_chunks") is True


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.RETRY, Outcome.UNKNOWN])
def test_a_lease_that_ended_fences_what_is_no_proof(ledger: Ledger, outcome: Outcome) -> None:
    plan = ledger.plan(1)
    old = ledger.claim(lease=PAST)
    ledger.reconcile()
    new = ledger.claim()
    ledger.start(calls_of(new))
    assert ledger.record(calls_of(old), results_of(old, outcome))["fenced"] == 1
    assert ledger.states(plan) == {"sending": 1}


def test_proof_of_acceptance_passes_every_fence(ledger: Ledger) -> None:
    plan = ledger.plan(1)
    claimed = ledger.claim()
    ledger.start(calls_of(claimed), lease=PAST)
    ledger.reconcile()
    assert ledger.states(plan) == {"unknown": 1}
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.ACCEPTED))
    assert ledger.states(plan) == {"sent": 1}
    assert ledger.value("select unknown_at from email_sends") is None


@pytest.mark.parametrize("status", ["cancelled", "suppressed", "missed", "pending", "failed"])
def test_acceptance_of_an_earlier_attempt_stops_the_later_one(ledger: Ledger, status: str) -> None:
    plan = ledger.plan(1)
    claimed = ledger.claim()
    ledger.query("update email_sends set status = %s::email_send_status, attempt = 2", status)
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.ACCEPTED))
    assert ledger.states(plan) == {"sent": 1}
    assert ledger.claim() == []


def test_two_accepted_attempts_are_said(ledger: Ledger) -> None:
    ledger.plan(1)
    claimed = ledger.claim()
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.ACCEPTED))
    second = [Result(send_id=claimed[0].send_id, attempt=2, outcome=Outcome.ACCEPTED, message_id="b")]
    assert ledger.record([], second)["sent_twice"] == 1
    assert ledger.record([], second)["sent_twice"] == 0
    assert ledger.reconcile()["sent_twice"] == 1


def test_nothing_stays_sending_that_its_call_forgot(ledger: Ledger) -> None:
    plan = ledger.plan(3)
    claimed = ledger.claim()
    ledger.start(calls_of(claimed))
    ledger.record(calls_of(claimed), results_of(claimed[:1], Outcome.ACCEPTED))
    ledger.query("update ddp.send_calls set ended_at = now() - interval '11 minutes'")
    ledger.reconcile()
    assert ledger.states(plan) == {"sent": 1, "unknown": 2}


def test_unknowns_are_held_unless_the_plan_says_retry(ledger: Ledger) -> None:
    held, retried = ledger.plan(1), ledger.plan(1)
    ledger.query(
        "update send_plans set unknown_policy = 'retry' where send_plan_id = %s", retried.send_plan_id
    )
    for _ in range(2):
        claimed = ledger.claim()
        ledger.record(calls_of(claimed), results_of(claimed, Outcome.UNKNOWN))
    counts = ledger.reconcile()
    assert (counts["retried"], counts["held_unknown"], counts["unknown_new"]) == (0, 1, 1)
    ledger.query("update email_sends set unknown_at = now() - interval '73 hours'")
    counts = ledger.reconcile()
    assert (counts["retried"], counts["held_unknown"], counts["unknown_new"]) == (1, 1, 0)
    assert counts["completed"] == 0
    assert (ledger.states(held), ledger.states(retried)) == ({"unknown": 1}, {"pending": 1})
    assert [c.attempt for c in ledger.claim()] == [2]


@pytest.mark.parametrize(
    ("of", "change"),
    [
        ("send_plans", "unknown_policy = 'retry', cancelled_at = now()"),
        ("email_sends", "attempt = 30"),
    ],
)
def test_an_unknown_that_will_not_be_retried_is_held_whatever_the_policy(
    ledger: Ledger, of: str, change: str
) -> None:
    ledger.plan(1)
    claimed = ledger.claim()
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.UNKNOWN))
    ledger.query("update send_plans set unknown_policy = 'retry'")
    ledger.query(f"update {of} set {change}")
    ledger.query("update email_sends set unknown_at = now() - interval '73 hours'")
    counts = ledger.reconcile()
    assert (counts["retried"], counts["held_unknown"], counts["completed"]) == (0, 1, 1)


def test_completion_is_derived_and_books_what_it_cost(ledger: Ledger) -> None:
    plan = ledger.plan(200, chunk_size=200)
    if ledger.channel is SMS:  # an e-mail's price is that of a thousand, an SMS's stands on its row
        ledger.query("update sms_sends set price = 0.0001")
        ledger.query("update ddp.platform_settings set currency = 'USD'")
        ledger.query(
            "insert into senders (user_id, channel, monthly_budget) values (%s, 'sms', 1)",
            plan.created_by_user_id,
        )
    claimed = ledger.claim()
    ledger.record(calls_of(claimed[:150]), results_of(claimed[:150], Outcome.ACCEPTED))
    assert ledger.reconcile()["completed"] == 0
    ledger.record(calls_of(claimed[150:]), results_of(claimed[150:], Outcome.UNKNOWN))
    assert ledger.reconcile()["completed"] == 1
    assert ledger.query("select amount, send_plan_id from campaign_expenses") == [
        {"amount": Decimal("0.02"), "send_plan_id": plan.send_plan_id}
    ]
    # A person retries the unknown ones: the additional cost is booked on completion.
    ledger.query("update email_sends set status = 'sent', accepted_attempts = 1 where status = 'unknown'")
    ledger.query("update send_plans set completed_at = null")
    assert ledger.reconcile()["completed"] == 1
    assert ledger.value("select sum(amount) from campaign_expenses") == Decimal("0.02")


def test_work_without_a_message_is_found_once(ledger: Ledger) -> None:
    plan = ledger.plan(1000)
    with ledger.working() as cursor:
        work = reconciliation.waiting_work(cursor, ledger.channel, limit=10)
        assert [c["chunk_no"] for c in work["chunks"]] == [1, 2]
        assert work["plans"] == work["exports"] == []
        reconciliation.mark_queued(cursor, ledger.channel, work)
        assert reconciliation.waiting_work(cursor, ledger.channel, limit=10)["chunks"] == []
    ledger.query("update send_plans set planned_at = null, queued_at = null")
    with ledger.working() as cursor:
        work = reconciliation.waiting_work(cursor, ledger.channel, limit=10)
    assert work["plans"] == [str(plan.send_plan_id)]
