"""The budgets of SMS: no cap is passed, whatever happens to messages and whoever claims at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from ddp.channels import SMS, Channel
from ddp.outcomes import Outcome
from ddp.queries.sending import plans, sends
from tests.database.sending.budgets import PARTS, Money
from tests.database.sending.ledger import LEASE, Ledger, Plan, calls_of, results_of


@pytest.fixture
def channel() -> Channel:
    """Only SMS has prices."""
    return SMS


@pytest.fixture
def money(ledger: Ledger) -> Money:
    """The ledger's money, without any yet."""
    ledger.query("truncate ddp.budgets")
    return Money(ledger)


def test_a_claim_takes_what_fits_and_holds_the_plan_up(money: Money) -> None:
    plan = money.plan(20, cap="0.12")
    claimed = money.ledger.claim()
    assert len(claimed) == 12
    assert money.of(plan) == {
        "reserved": Decimal("0.12"),
        "charged": 0,
        "cap": Decimal("0.12"),
        "is_exhausted": True,
    }
    pause = money.pause(plan)
    assert pause is not None
    assert (pause["by"], pause["code"]) == ("budget", "over-budget")
    assert "$0.12" in pause["reason"]
    assert money.ledger.claim() == []
    money.require_true(plan)


def test_a_raised_cap_and_a_resumption_let_the_rest_go(money: Money) -> None:
    plan = money.plan(20, cap="0.12")
    money.ledger.claim()
    money.ledger.acts(plan, "resume_email_campaign(%(message)s)")
    assert money.ledger.claim() == []
    assert money.pause(plan) is not None
    money.ledger.query("update send_plans set max_cost = 1 where send_plan_id = %s", plan.send_plan_id)
    money.ledger.acts(plan, "resume_email_campaign(%(message)s)")
    assert len(money.ledger.claim()) == 8
    money.require_true(plan)


@pytest.mark.parametrize(
    ("outcome", "reserved", "charged"),
    [
        (Outcome.ACCEPTED, "0", "0.10"),
        (Outcome.FAILED, "0", "0"),
        (Outcome.RETRY, "0", "0"),
        (Outcome.UNKNOWN, "0.10", "0"),
    ],
)
def test_what_results_leave_reserved_and_charged(
    money: Money, outcome: Outcome, reserved: str, charged: str
) -> None:
    plan = money.plan(10, cap="1")
    claimed = money.ledger.claim()
    money.ledger.start(calls_of(claimed))
    money.ledger.record(calls_of(claimed), results_of(claimed, outcome))
    budget = money.of(plan)
    assert (budget["reserved"], budget["charged"]) == (Decimal(reserved), Decimal(charged))
    money.require_true(plan)


def test_what_the_provider_charges_replaces_the_price(money: Money) -> None:
    plan = money.plan(10, cap="1")
    claimed = money.ledger.claim()
    money.ledger.start(calls_of(claimed))
    money.ledger.record(calls_of(claimed), results_of(claimed, Outcome.ACCEPTED))
    money.ledger.query(
        """update sms_sends set charges = '{"1": 0.004}', charged = 0.004 where sms_campaign_id = %s""",
        plan.channel_campaign_id,
    )
    assert money.of(plan)["charged"] == Decimal("0.04")
    assert money.of(plan, "sms_month")["charged"] == Decimal("0.04")


def test_who_has_no_monthly_budget_sends_nothing(money: Money) -> None:
    plan = money.plan(10, cap=None)
    money.ledger.query("update senders set monthly_budget = null where user_id = %s", plan.created_by_user_id)
    assert money.ledger.claim() == []
    pause = money.pause(plan)
    assert pause is not None
    assert "your SMS of this month may cost $0.00" in pause["reason"]


def test_the_budget_of_an_own_campaign_is_a_cap_and_what_was_booked_counts_once(money: Money) -> None:
    plan = money.plan(10, cap=None)
    money.ledger.query("update ddp.platform_settings set currency = 'USD'")
    money.ledger.query(
        "update campaigns set budget_allocated = 0.15 where campaign_id = %s", plan.campaign_id
    )
    claimed = money.ledger.claim()
    money.ledger.start(calls_of(claimed))
    money.ledger.record(calls_of(claimed), results_of(claimed, Outcome.ACCEPTED))
    assert money.of(plan, "campaign")["charged"] == Decimal("0.10")
    money.ledger.reconcile()
    (campaign,) = money.ledger.query(
        "select budget_spent from campaigns where campaign_id = %s", plan.campaign_id
    )
    assert campaign["budget_spent"] == Decimal("0.10")
    assert money.of(plan, "campaign")["charged"] == 0


def test_what_participants_send_leaves_the_creators_budget_as_it_was(money: Money) -> None:
    money.ledger.query("update ddp.platform_settings set currency = 'USD'")
    own, joined = money.plan(0, cap=None), money.plan(20, cap=None)
    money.ledger.query("update campaigns set budget_allocated = 0.15 where campaign_id = %s", own.campaign_id)
    money.ledger.query(
        "update send_plans set campaign_id = %s where send_plan_id = %s", own.campaign_id, joined.send_plan_id
    )
    claimed = money.ledger.claim()
    money.ledger.start(calls_of(claimed))
    money.ledger.record(calls_of(claimed), results_of(claimed, Outcome.ACCEPTED))
    money.ledger.reconcile()
    (campaign,) = money.ledger.query(
        "select budget_spent from campaigns where campaign_id = %s", own.campaign_id
    )
    assert campaign["budget_spent"] == Decimal("0.20")  # booked, because funds pay it back
    assert left_of_campaign(money, own) == Decimal("0.15")
    # What anybody enters on the campaign is the brand's, and so is what it pays back.
    money.ledger.query(
        "insert into campaign_expenses (campaign_id, amount, created_by_user_id) values (%s, 0.04, %s)",
        own.campaign_id, joined.created_by_user_id,
    )  # fmt: skip
    assert left_of_campaign(money, own) == Decimal("0.11")


def left_of_campaign(money: Money, plan: Plan) -> Decimal:
    """The cap that the plan has by its campaign."""
    left: Decimal = money.ledger.value(
        "select cap from ddp.sms_budgets_of(%s, ddp.sms_month(now())) where scope = 'campaign'",
        plan.send_plan_id,
    )
    return left


def finish(money: Money, plan: Plan) -> dict[str, Any] | None:
    """End the planning of a plan's 20 messages. Returns why it is not being sent."""
    money.ledger.query("update send_plans set planned_at = null where send_plan_id = %s", plan.send_plan_id)
    money.ledger.query(
        "insert into ddp.send_plan_batches"
        " (send_plan_id, batch_no, records_read, last_chunk_no, planned, suppressed, duplicates, rejected)"
        " values (%s, 1, 20, 1, 20, 0, 0, 0)",
        plan.send_plan_id,
    )
    with money.ledger.working() as cursor:
        plans.finish(cursor, plan.send_plan_id)
    return money.pause(plan)


def test_a_plan_that_costs_more_than_its_cap_starts_nothing(money: Money) -> None:
    plan = money.plan(20, cap="0.19")
    pause = finish(money, plan)
    assert pause is not None
    assert "$0.19 in all, and of these $0.00 are used; $0.20 are estimated" in pause["reason"]
    assert money.ledger.claim() == []
    money.ledger.acts(plan, "resume_email_campaign(%(message)s)")
    assert money.ledger.claim() == [], "nor because somebody resumes it"
    assert money.pause(plan) == pause
    money.ledger.acts(plan, "set_email_max_cost(%(message)s, 0.20)")
    money.ledger.acts(plan, "resume_email_campaign(%(message)s)")
    assert len(money.ledger.claim()) == 20


# A month and a day: never this month, and not the one after the next.
NEXT_MONTH = """
select date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' + interval '1 month 1 day' as first_due
"""


def planned_for_next_month(money: Money, *, month: str, used: str) -> dict[str, Any] | None:
    """Plan 20 messages of a cent for next month, when `used` of this month's budget is used. Why is it not sent?"""
    plan = money.plan(20, cap=None, month=month)
    money.ledger.query(
        "insert into ddp.budgets (scope, owner_id, period, cap, charged)"
        " values ('sms_month', %s, to_char(now() at time zone 'UTC', 'YYYY-MM'), %s, %s)",
        plan.created_by_user_id, month, used,
    )  # fmt: skip
    (first_due,) = (row["first_due"] for row in money.ledger.query(NEXT_MONTH))
    for change in (
        "update email_sends set not_before = %s where email_campaign_id = %s",
        (
            "update ddp.send_chunks c set due_at = %s from send_plans p"
            " where p.send_plan_id = c.send_plan_id and p.email_campaign_id = %s"
        ),
    ):
        money.ledger.query(change, first_due, plan.channel_campaign_id)
    return finish(money, plan)


def test_a_plan_for_next_month_is_paid_by_next_months_budget(money: Money) -> None:
    assert planned_for_next_month(money, month="0.25", used="0.25") is None


def test_a_plan_for_next_month_that_is_dearer_than_its_budget_says_which_month(money: Money) -> None:
    pause = planned_for_next_month(money, month="0.15", used="0.05")
    assert pause is not None
    (month,) = (
        row["month"]
        for row in money.ledger.query(
            "select to_char(date_trunc('month', now() at time zone 'UTC') + interval '1 month', 'FMMonth YYYY')"
            " as month"
        )
    )
    assert (
        f"your SMS of {month}, when this send begins, may cost $0.15, and of these $0.00 are used;"
        " $0.20 are estimated" in pause["reason"]
    )


@pytest.mark.parametrize("shape", ["max_cost", "month of two campaigns"])
def test_eight_claimers_never_pass_one_cap(money: Money, shape: str) -> None:
    """One send's own cap; and the month of a sender who has two campaigns, which all eight claim from."""
    if shape == "max_cost":
        plans_of_all = [money.plan(400, cap="1.50", chunk_size=20)]
    else:
        plans_of_all = [
            money.plan(200, cap=None, month="1.50", chunk_size=20, sender="eight@sender.example")
            for _ in range(2)
        ]
    workers = [money.ledger.worker() for _ in range(8)]

    def claim_all(n: int) -> int:
        taken = 0
        for _ in range(40):
            with money.ledger.working(workers[n]) as cursor:
                taken += len(sends.claim(cursor, SMS, limit=7, lease=LEASE))
        return taken

    with ThreadPoolExecutor(8) as pool:
        taken: Sequence[int] = list(pool.map(claim_all, range(8)))
    assert sum(taken) == 150
    scope = "send_plan" if len(plans_of_all) == 1 else "sms_month"
    budget = money.of(plans_of_all[0], scope)
    assert (budget["reserved"], budget["charged"], budget["cap"]) == (
        Decimal("1.50"),
        0,
        Decimal("1.50"),
    )
    assert sum(money.by_rows(plan)["reserved"] for plan in plans_of_all) == Decimal("1.50")
    # Whoever found no room left held its plan up.
    assert [(money.pause(plan) or {}).get("code") for plan in plans_of_all] == ["over-budget"] * len(
        plans_of_all
    )


def test_a_claim_at_midnight_is_paid_by_the_month_whose_room_it_saw(money: Money) -> None:
    plan = money.plan(10, cap=None)
    with money.ledger.owner.transaction(force_rollback=True), money.ledger.owner.cursor() as cursor:
        # The clock strikes when the budgets are locked, before the messages are claimed.
        cursor.execute(
            "create or replace function ddp.sms_month(p_at timestamptz) returns date language sql volatile as $$"
            " select case when p_at > now() and exists (select from ddp.budgets b where b.scope = 'sms_month')"
            " then '2026-12-01'::date else '2026-11-01' end $$"
        )
        assert len(sends.claim(cursor, SMS, limit=10, lease=LEASE)) == 10
        cursor.execute(
            "select period, reserved from ddp.budgets where scope = 'sms_month' and owner_id = %s",
            [plan.created_by_user_id],
        )
        assert cursor.fetchall() == [{"period": "2026-11", "reserved": Decimal("0.10")}]


def test_an_unknown_message_that_a_person_says_was_sent_still_costs(money: Money) -> None:
    plan = money.plan(10, cap="0.10")
    claimed = money.ledger.claim()
    money.ledger.start(calls_of(claimed))
    money.ledger.record(calls_of(claimed), results_of(claimed, Outcome.UNKNOWN))
    money.ledger.acts(plan, "settle_unknown_email_sends(%(message)s, 'mark_sent')")
    budget = money.of(plan)
    assert (budget["reserved"], budget["charged"]) == (0, Decimal("0.10"))
    money.require_true(plan)


def test_eight_workers_never_pass_one_cap_at_any_moment(money: Money) -> None:
    """They claim, start and record at once; whoever looks meanwhile sees the cap kept."""
    plan = money.plan(400, cap="1.50", chunk_size=20)
    workers = [money.ledger.worker() for _ in range(8)]

    def work(n: int) -> None:
        outcomes = Random(n)
        for _ in range(25):
            with money.ledger.working(workers[n]) as cursor:
                claimed = sends.claim(cursor, SMS, limit=7, lease=LEASE)
            with money.ledger.working(workers[n]) as cursor:
                sends.start_calls(cursor, SMS, calls_of(claimed), lease=LEASE)
            results = [
                result for one in claimed for result in results_of([one], outcomes.choice(list(Outcome)))
            ]
            with money.ledger.working(workers[n]) as cursor:
                sends.record(cursor, SMS, calls_of(claimed), results)

    looks = 0
    with ThreadPoolExecutor(8) as pool:
        working = [pool.submit(work, n) for n in range(8)]
        while not all(future.done() for future in working):
            # Nobody claimed yet: there is no budget.
            for budget in money.ledger.query(PARTS, "send_plan", plan.send_plan_id):
                assert budget["reserved"] + budget["charged"] <= budget["cap"]
                looks += 1
        for future in working:
            future.result()
    assert looks > 10
    money.require_true(plan)
