"""What reconciliation tells the queues about: work that is due and that nobody holds, whatever a queue still hides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ddp.queries.sending import plans, reconciliation
from ddp.queries.sending.reconciliation import Work
from tests.database.sending.ledger import Ledger, Plan, calls_of

HINTED = "update ddp.send_chunks set queued_at = now() + %s"
# A message that a reconciliation sent is believed until the next one but no longer.
BELIEVED, NO_LONGER = timedelta(seconds=-20), timedelta(seconds=-26)


def waiting(ledger: Ledger, limit: int = 500) -> Work:
    with ledger.working() as cursor:
        return reconciliation.waiting_work(cursor, ledger.channel, limit=limit)


def unplanned(ledger: Ledger, **columns: object) -> Plan:
    """A plan without recipients in the ledger, requested an hour ago."""
    plan = ledger.request([])
    for column, value in {"created_at": timedelta(hours=-1), **columns}.items():
        change(ledger, plan, column, value)
    return plan


def change(ledger: Ledger, plan: Plan, column: str, value: object) -> None:
    """Set a column of the plan; a timedelta is from now."""
    place = "now() + %s" if isinstance(value, timedelta) else "%s"
    ledger.query(
        f"update send_plans set {column} = {place} where send_plan_id = %s", value, plan.send_plan_id
    )


def progress(ledger: Ledger, plan: Plan) -> dict[str, Any]:
    with ledger.as_user(plan.created_by_user_id) as cursor:
        call = ledger.sql("select public.email_campaign_progress(%s) as progress")
        row = cursor.execute(call, [plan.channel_campaign_id]).fetchone()
    return row["progress"]


def stands_still(ledger: Ledger, plan: Plan) -> bool:
    return progress(ledger, plan)["stalled_since"] is not None


def oldest_due_seconds(ledger: Ledger) -> float:
    return ledger.reconcile()["oldest_due_seconds"]


def test_a_plan_is_told_again_unless_a_planner_is_at_work_on_it(ledger: Ledger) -> None:
    plan = unplanned(ledger)
    assert waiting(ledger)["plans"] == [str(plan.send_plan_id)]
    with ledger.working() as cursor:
        assert plans.take(cursor, plan.send_plan_id) == 0
        assert plans.take(cursor, plan.send_plan_id) is None
    assert waiting(ledger)["plans"] == []
    change(ledger, plan, "leased_until", timedelta(seconds=-1))
    assert waiting(ledger)["plans"] == [str(plan.send_plan_id)]


@pytest.mark.parametrize(
    ("queued", "is_told"), [(BELIEVED, False), (NO_LONGER, True), (timedelta(seconds=40), False)]
)
def test_a_hint_about_a_plan_is_believed_for_one_pass(
    ledger: Ledger, queued: timedelta, is_told: bool
) -> None:
    """In the future: its planner failed, and the message comes again then."""
    unplanned(ledger, queued_at=queued)
    assert bool(waiting(ledger)["plans"]) == is_told


def test_planners_that_die_are_counted_until_a_batch_is_planned(ledger: Ledger) -> None:
    plan = unplanned(ledger)

    def lose() -> int | None:
        with ledger.working() as cursor:
            lost = plans.take(cursor, plan.send_plan_id)
        change(ledger, plan, "leased_until", timedelta(seconds=-1))
        return lost

    assert [lose() for _ in range(3)] == [0, 1, 2]
    ledger.query(
        "insert into ddp.send_plan_batches (send_plan_id, batch_no, records_read, last_chunk_no, planned, suppressed,"
        " duplicates, rejected) values (%s, 1, 1, 1, 1, 0, 0, 0)",
        plan.send_plan_id,
    )
    assert [lose() for _ in range(2)] == [1, 2]
    with ledger.working() as cursor:
        plans.release(cursor, plan.send_plan_id, delay=timedelta(0))
        assert plans.take(cursor, plan.send_plan_id) == 2


def test_of_chunks_that_were_told_a_few_are_told_again(ledger: Ledger) -> None:
    """A worker goes on with whatever is due, so the hints wake workers, however many chunks wait behind others."""
    ledger.plan(30, chunk_size=1)
    assert len(waiting(ledger)["chunks"]) == 30
    assert len(waiting(ledger, limit=7)["chunks"]) == 7
    ledger.query(HINTED, BELIEVED)
    assert waiting(ledger)["chunks"] == []
    ledger.query(HINTED, NO_LONGER)
    assert len(waiting(ledger)["chunks"]) == 10


def test_what_waits_for_tokens_or_its_senders_limit_is_not_told_again(ledger: Ledger) -> None:
    plan = ledger.plan(3, chunk_size=1)
    ledger.query(HINTED, NO_LONGER)
    ledger.query("update ddp.rate_buckets set tokens = 0, per_second = 0.001")
    assert waiting(ledger)["chunks"] == []
    assert not stands_still(ledger, plan)
    ledger.rate(10_000)
    ledger.query(
        "insert into senders (user_id, channel, max_per_second, tokens, filled_at) values (%s, %s, 0.001, 0, now())",
        plan.created_by_user_id,
        ledger.channel.name,
    )
    assert waiting(ledger)["chunks"] == []
    assert not stands_still(ledger, plan)
    ledger.query("update senders set max_per_second = null")
    assert len(waiting(ledger)["chunks"]) == 3


def test_a_hint_that_was_put_off_is_not_waited_for_once_there_are_tokens(ledger: Ledger) -> None:
    ledger.plan(1)
    ledger.query(HINTED, timedelta(minutes=5))
    assert len(waiting(ledger)["chunks"]) == 1


def test_an_export_is_told_again_unless_a_worker_holds_it(ledger: Ledger) -> None:
    plan = ledger.plan(1)
    export = ledger.value(
        "insert into send_exports (send_plan_id, created_by_user_id, kind) values (%s, %s, 'recipients')"
        " returning send_export_id",
        plan.send_plan_id,
        plan.created_by_user_id,
    )
    work = waiting(ledger)
    assert work["exports"] == [str(export)]
    with ledger.working(ledger.worker()) as holder:
        holder.execute("select from send_exports for update")
        assert waiting(ledger)["exports"] == []
        with ledger.working() as cursor:  # must not wait for the minutes that an export takes
            reconciliation.mark_queued(cursor, ledger.channel, work)
    assert waiting(ledger)["exports"] == [str(export)]


def test_a_plan_that_nobody_plans_shows_in_progress_and_in_the_gauge(ledger: Ledger) -> None:
    plan = unplanned(ledger)
    assert stands_still(ledger, plan)
    assert 3_600 <= oldest_due_seconds(ledger) < 3_700
    with ledger.working() as cursor:
        plans.take(cursor, plan.send_plan_id)
    assert not stands_still(ledger, plan)
    assert oldest_due_seconds(ledger) == 0
    change(ledger, plan, "leased_until", timedelta(seconds=-100))
    assert stands_still(ledger, plan)
    assert 100 <= oldest_due_seconds(ledger) < 200
    change(ledger, plan, "paused_at", timedelta(0))
    assert not stands_still(ledger, plan)


def test_a_target_audience_that_is_not_due_does_not_stand_still(ledger: Ledger) -> None:
    plan = unplanned(ledger, audience='{"source": "target_audience"}', scheduled_at=timedelta(hours=1))
    assert not stands_still(ledger, plan)
    assert oldest_due_seconds(ledger) == 0
    assert waiting(ledger)["plans"] == []
    change(ledger, plan, "in_recipient_time_zone", True)
    assert stands_still(ledger, plan)


def test_due_work_that_nobody_serves_stands_still(ledger: Ledger) -> None:
    plan = ledger.plan(2, chunk_size=1)
    assert not stands_still(ledger, plan)
    ledger.query("update ddp.send_chunks set due_at = now() - interval '2 minutes'")
    ledger.query("update email_sends set not_before = now() - interval '2 minutes'")
    assert stands_still(ledger, plan)
    claimed = ledger.claim(1)
    assert not stands_still(ledger, plan)
    ledger.query("update ddp.bucket_senders set last_served_at = now() - interval '91 seconds'")
    assert stands_still(ledger, plan)
    change(ledger, plan, "paused_at", timedelta(0))
    assert not stands_still(ledger, plan)
    change(ledger, plan, "paused_at", None)
    ledger.query("update ddp.bucket_senders set last_served_at = now()")
    ledger.query(
        "update ddp.send_calls set leased_until = now() - interval '91 seconds' where send_call_id = any (%s)",
        calls_of(claimed),
    )
    assert stands_still(ledger, plan)
