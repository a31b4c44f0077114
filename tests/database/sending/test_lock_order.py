"""Two who lock the same rows at the same time lock them in the same order: one waits, and nobody in a circle."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from ddp.queries.sending import sends
from tests.database.sending.ledger import Ledger, Plan, calls_of
from tests.database.sending.people import ask

LOCK_PLAN = "select from send_plans where send_plan_id = %s for no key update"
SHARE_CAMPAIGN = "update send_plans set campaign_id = %s where send_plan_id = %s"


def test_a_start_and_the_resumption_of_its_campaign(ledger: Ledger) -> None:
    """The calls are of two plans, and only the second one is resumed: the first one was cancelled after the claim."""
    plans = sorted(
        (ledger.plan(2, sender="both@sender.example") for _ in range(2)), key=lambda plan: plan.send_plan_id
    )
    campaign = plans[0].campaign_id
    ledger.query(SHARE_CAMPAIGN, campaign, plans[1].send_plan_id)
    calls = calls_of([*ledger.claim(), *ledger.claim()])
    assert len(calls) == 2
    ledger.acts(plans[0], "cancel_email_campaign(%(message)s)")
    ledger.query("update campaigns set campaign_status = 'paused' where campaign_id = %s", campaign)
    blocker, starter = ledger.worker(), ledger.worker()

    def resume(plan: Plan) -> None:
        ask(ledger, plan.created_by_user_id, "set_campaign_status", campaign, "active")

    def start() -> int:
        with ledger.working(starter) as cursor:
            return len(sends.start_calls(cursor, ledger.channel, calls, lease=timedelta(seconds=30)))

    with ThreadPoolExecutor(2) as pool:
        with blocker.transaction():
            blocker.execute("set local role service_role")
            blocker.execute(LOCK_PLAN, [plans[1].send_plan_id])
            resuming = pool.submit(resume, plans[1])
            ledger.wait_for_waiting(1)
            starting = pool.submit(start)
            ledger.wait_for_waiting(2)
        resuming.result()
        assert starting.result() == 2
    assert ledger.states(plans[1]) == {"sending": 2}


def test_a_start_and_the_resumption_of_a_campaign_that_is_being_paused(ledger: Ledger) -> None:
    """Whoever resumes sees the campaign active, and paused once it has its lock."""
    plan = ledger.plan(2)
    calls = calls_of(ledger.claim())
    starter = ledger.worker()

    def resume() -> bool:
        return ask(ledger, plan.created_by_user_id, "set_campaign_status", plan.campaign_id, "active")

    def start() -> int:
        with ledger.working(starter) as cursor:
            return len(sends.start_calls(cursor, ledger.channel, calls, lease=timedelta(seconds=30)))

    with (
        ThreadPoolExecutor(2) as pool,
        ledger.database.connect("superuser", autocommit=False) as pausing,
    ):
        pausing.execute(
            "update campaigns set campaign_status = 'paused' where campaign_id = %s", [plan.campaign_id]
        )
        resuming = pool.submit(resume)
        ledger.wait_for_waiting(1)
        starting = pool.submit(start)
        ledger.wait_for_waiting(2)
        pausing.commit()
        assert resuming.result()
        assert starting.result() == 1
