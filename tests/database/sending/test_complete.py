"""A plan is complete as soon as its last result is recorded: whoever recorded it says so, without reconciliation."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from ddp.outcomes import Outcome
from ddp.queries.sending import recipients, sends
from ddp.queries.sending.sends import Claimed
from tests.database.sending.ledger import Ledger, Plan, calls_of, results_of


def complete(ledger: Ledger, *plans: Plan, connection: psycopg.Connection[Any] | None = None) -> int:
    """What a worker does once its results are committed. Returns how many plans it completed."""
    with ledger.working(connection) as cursor:
        return recipients.complete(cursor, ledger.channel, [plan.send_plan_id for plan in plans])


def is_complete(ledger: Ledger, plan: Plan) -> bool:
    row = ledger.query("select completed_at from send_plans where send_plan_id = %s", plan.send_plan_id)[0]
    return row["completed_at"] is not None


def claim_and_start(ledger: Ledger) -> list[Claimed]:
    claimed = ledger.claim()
    ledger.start(calls_of(claimed))
    return claimed


def of_calls(claimed: Sequence[Claimed]) -> list[list[Claimed]]:
    """The recipients of each call."""
    return [[one for one in claimed if one.send_call_id == call] for call in calls_of(claimed)]


def test_a_plan_is_complete_right_after_its_last_acceptance(ledger: Ledger) -> None:
    plan = ledger.plan(3, call_size=1)
    *first, last = of_calls(claim_and_start(ledger))
    for accepted in first:
        ledger.record(calls_of(accepted), results_of(accepted, Outcome.ACCEPTED))
        assert complete(ledger, plan) == 0
        assert not is_complete(ledger, plan)
    ledger.record(calls_of(last), results_of(last, Outcome.ACCEPTED))
    assert complete(ledger, plan) == 1
    assert is_complete(ledger, plan)
    assert ledger.states(plan) == {"sent": 3}


@pytest.mark.parametrize(
    ("outcome", "policy", "completed"),
    [
        (Outcome.FAILED, "hold", 1),
        (Outcome.UNKNOWN, "hold", 1),
        (Outcome.UNKNOWN, "retry", 0),
        (Outcome.RETRY, "hold", 0),
    ],
)
def test_a_plan_whose_last_recipient_may_still_be_sent_to_is_not_complete(
    ledger: Ledger, outcome: Outcome, policy: str, completed: int
) -> None:
    plan = ledger.plan(1)
    ledger.query("update send_plans set unknown_policy = %s", policy)
    claimed = claim_and_start(ledger)
    ledger.record(calls_of(claimed), results_of(claimed, outcome))
    assert complete(ledger, plan) == completed


@pytest.mark.parametrize(
    "change",
    ["planned_at = null", "started_at = null, failed_at = now(), failure_code = 'x', failure_reason = 'x'"],
)
def test_a_plan_that_is_not_planned_yet_or_could_not_be_planned_is_never_complete(
    ledger: Ledger, change: str
) -> None:
    plan = ledger.plan(1)
    claimed = claim_and_start(ledger)
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.ACCEPTED))
    ledger.query(f"update send_plans set {change}")
    assert complete(ledger, plan) == 0


def two_last_calls(ledger: Ledger) -> tuple[Plan, list[list[Claimed]]]:
    """A plan of which two calls are left, each with one recipient."""
    plan = ledger.plan(2, call_size=1)
    return plan, of_calls(claim_and_start(ledger))


def test_of_two_workers_that_record_the_last_two_results_at_once_one_completes_the_plan(
    ledger: Ledger,
) -> None:
    """Neither sees the other's result before both are committed: who asks before then must not find it complete."""
    plan, lasts = two_last_calls(ledger)
    workers = [ledger.worker() for _ in lasts]
    # FAILED: an acceptance would make the second worker wait for the first, at the sender's count of the hour.
    with ledger.working(workers[0]) as first:
        sends.record(first, ledger.channel, calls_of(lasts[0]), results_of(lasts[0], Outcome.FAILED))
        with ledger.working(workers[1]) as second:
            sends.record(second, ledger.channel, calls_of(lasts[1]), results_of(lasts[1], Outcome.FAILED))
            assert complete(ledger, plan) == 0
    assert [complete(ledger, plan, connection=worker) for worker in workers] == [1, 0]
    assert is_complete(ledger, plan)


def test_a_worker_that_asks_before_the_other_has_committed_leaves_it_to_the_other(ledger: Ledger) -> None:
    plan, lasts = two_last_calls(ledger)
    workers = [ledger.worker() for _ in lasts]
    with ledger.working(workers[1]) as later:
        sends.record(later, ledger.channel, calls_of(lasts[1]), results_of(lasts[1], Outcome.ACCEPTED))
        with ledger.working(workers[0]) as first:
            sends.record(first, ledger.channel, calls_of(lasts[0]), results_of(lasts[0], Outcome.FAILED))
        assert complete(ledger, plan, connection=workers[0]) == 0
    assert complete(ledger, plan, connection=workers[1]) == 1


def test_two_workers_that_complete_a_plan_at_the_same_time_complete_it_once(ledger: Ledger) -> None:
    """Again and again, in both orders: the one that waits for the other finds the plan complete."""
    for _ in range(10):
        plan, lasts = two_last_calls(ledger)
        workers, together = [ledger.worker() for _ in lasts], threading.Barrier(2)

        def work(
            worker: psycopg.Connection[Any], last: list[Claimed], plan: Plan = plan,
            together: threading.Barrier = together,
        ) -> int:  # fmt: skip
            with ledger.working(worker) as cursor:
                sends.record(cursor, ledger.channel, calls_of(last), results_of(last, Outcome.ACCEPTED))
            together.wait(timeout=10)
            return complete(ledger, plan, connection=worker)

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(work, workers, lasts)) == 1
        assert is_complete(ledger, plan)
        for worker in workers:
            worker.close()


def test_a_retry_that_comes_first_keeps_the_plan_open(ledger: Ledger) -> None:
    """A worker that found the plan finished waits for the retry's lock, and looks again behind it."""
    plan = ledger.plan(1)
    claimed = claim_and_start(ledger)
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.FAILED))
    retry = ledger.sql("select public.retry_email_sends(%s)")
    with ThreadPoolExecutor(1) as pool:
        with ledger.as_user(plan.created_by_user_id) as sender:
            sender.execute(retry, [plan.channel_campaign_id])
            waiting = pool.submit(complete, ledger, plan, connection=ledger.worker())
            wait_for_a_lock(ledger)
        assert waiting.result(timeout=10) == 0
    assert not is_complete(ledger, plan)
    assert ledger.states(plan) == {"pending": 1}


def wait_for_a_lock(ledger: Ledger) -> None:
    """Wait until a session in this database waits for another transaction."""
    waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    with ledger.database.connect("superuser") as connection:
        for _ in range(500):
            if connection.execute(waiting).fetchall():
                return
            time.sleep(0.01)
    raise AssertionError("nobody waits for a lock")
