"""Each attempt of an SMS has its own reservation: a retry does not take it from one whose result is not known."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ddp.channels import SMS, Channel
from ddp.outcomes import Outcome
from ddp.queries.sending.sends import Claimed
from tests import sms_events
from tests.database.sending.budgets import Money
from tests.database.sending.ledger import Ledger, Plan, calls_of, results_of

RETRY = "settle_unknown_email_sends(%(message)s, 'retry')"
LEASES_END = "update ddp.send_calls set leased_until = now() - interval '1 second' where ended_at is null"


@pytest.fixture
def channel() -> Channel:
    """Only SMS has prices."""
    return SMS


@pytest.fixture
def money(ledger: Ledger) -> Money:
    """The ledger's money, without any yet."""
    ledger.query("truncate ddp.budgets")
    return Money(ledger)


def call(money: Money, outcome: Outcome) -> list[Claimed]:
    """Claim what is due, and call: every recipient has this result."""
    claimed = money.ledger.claim()
    money.ledger.start(calls_of(claimed))
    money.ledger.record(calls_of(claimed), results_of(claimed, outcome))
    return claimed


def retried(money: Money, *, cap: str = "1", count: int = 1) -> tuple[Plan, list[Claimed]]:
    """A plan whose first attempts are unknown, and which a person retries."""
    plan = money.plan(count, cap=cap)
    first = call(money, Outcome.UNKNOWN)
    money.ledger.acts(plan, RETRY)
    return plan, first


def report(money: Money, one: Claimed, kind: str = "SENT", charge: float = 0) -> None:
    """The provider reports an attempt."""
    from functions.sms import events
    from functions.sms.reports.receipts import parse

    body = sms_events.event(kind, one.send_id, one.attempt, totalMessagePrice=charge, totalCarrierFee=0)
    with money.ledger.working() as cursor:
        events._store(cursor, events._prepare([parse(body)]))


def used(money: Money, plan: Plan) -> tuple[Decimal, Decimal]:
    """What the plan's budget has reserved and charged, which its messages and the sender's month say too."""
    money.require_true(plan)
    budget, month = money.of(plan), money.of(plan, "sms_month")
    assert (budget["reserved"], budget["charged"]) == (month["reserved"], month["charged"])
    return budget["reserved"], budget["charged"]


def cents(reserved: int, charged: int) -> tuple[Decimal, Decimal]:
    return Decimal(reserved) / 100, Decimal(charged) / 100


def test_a_retry_keeps_what_is_reserved_for_the_first_attempt(money: Money) -> None:
    plan, _ = retried(money, cap="0.15", count=10)
    assert used(money, plan) == cents(10, 0)
    # Five more fit, and not ten: all ten first attempts may have been accepted.
    assert len(money.ledger.claim()) == 5
    assert used(money, plan) == cents(15, 0)
    pause = money.pause(plan)
    assert pause is not None
    assert pause["code"] == "over-budget"


def test_two_accepted_attempts_cost_twice_and_do_not_pass_the_cap(money: Money) -> None:
    plan, (first,) = retried(money, cap="0.02")
    (second,) = call(money, Outcome.ACCEPTED)
    assert used(money, plan) == cents(1, 1)
    report(money, first)
    assert used(money, plan) == cents(0, 2)
    report(money, first, "DELIVERED", 0.004)
    assert used(money, plan) == (0, Decimal("0.014"))
    report(money, second, "DELIVERED", 0.005)
    assert used(money, plan) == (0, Decimal("0.009"))


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome.ACCEPTED, cents(0, 2)),
        (Outcome.FAILED, cents(0, 1)),
        (Outcome.RETRY, cents(0, 1)),
        (Outcome.UNKNOWN, cents(1, 1)),
    ],
)
def test_evidence_about_the_first_attempt_during_the_second(
    money: Money, outcome: Outcome, expected: tuple[Decimal, Decimal]
) -> None:
    plan, (first,) = retried(money)
    claimed = money.ledger.claim()
    money.ledger.start(calls_of(claimed))
    report(money, first)
    assert used(money, plan) == cents(1, 1)
    money.ledger.record(calls_of(claimed), results_of(claimed, outcome))
    assert used(money, plan) == expected
    # As a worker does that does not know whether its results were committed.
    money.ledger.record(calls_of(claimed), results_of(claimed, outcome))
    assert used(money, plan) == expected


def test_evidence_before_the_second_call_starts_stops_it_and_releases_it(money: Money) -> None:
    plan, (first,) = retried(money)
    claimed = money.ledger.claim()
    report(money, first)
    assert used(money, plan) == cents(1, 1)
    assert money.ledger.start_sends(calls_of(claimed)) == set()
    assert used(money, plan) == cents(0, 1)


def test_evidence_during_a_claim_whose_worker_dies(money: Money) -> None:
    plan, (first,) = retried(money)
    money.ledger.claim()
    report(money, first)
    money.ledger.query(LEASES_END)
    money.ledger.query("select ddp.expire_email_calls()")
    assert used(money, plan) == cents(0, 1)


def test_evidence_during_a_call_whose_worker_dies_leaves_it_unknown(money: Money) -> None:
    plan, (first,) = retried(money)
    money.ledger.start(calls_of(money.ledger.claim()))
    report(money, first)
    money.ledger.query(LEASES_END)
    money.ledger.query("select ddp.expire_email_calls()")
    assert used(money, plan) == cents(1, 1)


def test_evidence_about_the_first_attempt_after_the_second_is_unknown(money: Money) -> None:
    plan, (first,) = retried(money)
    (second,) = call(money, Outcome.UNKNOWN)
    assert used(money, plan) == cents(2, 0)
    report(money, first)
    assert used(money, plan) == cents(1, 1)
    report(money, second)
    assert used(money, plan) == cents(0, 2)


def test_a_late_refusal_of_the_first_attempt_releases_it(money: Money) -> None:
    """Its worker was slow, and not dead."""
    plan = money.plan(1, cap="1")
    claimed = money.ledger.claim()
    money.ledger.start(calls_of(claimed))
    money.ledger.query(LEASES_END)
    money.ledger.query("select ddp.expire_email_calls()")
    money.ledger.acts(plan, RETRY)
    assert used(money, plan) == cents(1, 0)
    money.ledger.record(calls_of(claimed), results_of(claimed, Outcome.FAILED))
    assert used(money, plan) == cents(0, 0)


def test_a_person_says_that_a_second_attempt_was_sent(money: Money) -> None:
    plan, (first,) = retried(money)
    (second,) = call(money, Outcome.UNKNOWN)
    money.ledger.acts(plan, "settle_unknown_email_sends(%(message)s, 'mark_sent')")
    assert used(money, plan) == cents(1, 1)
    # It was the first one. The second may have been sent, too.
    report(money, first)
    assert used(money, plan) == cents(1, 1)
    report(money, second)
    assert used(money, plan) == cents(0, 2)


def test_what_was_refused_reserves_nothing_when_it_is_tried_again(money: Money) -> None:
    plan = money.plan(1, cap="1")
    call(money, Outcome.FAILED)
    money.ledger.acts(plan, "retry_email_sends(%(message)s)")
    assert used(money, plan) == cents(0, 0)
    call(money, Outcome.ACCEPTED)
    assert used(money, plan) == cents(0, 1)


def test_in_another_month_all_attempts_are_paid_by_that_month(money: Money) -> None:
    """So a claim asks whether the month has room for all of them."""
    plan, _ = retried(money)
    money.ledger.query(
        "insert into ddp.budgets (scope, owner_id, period, cap)"
        " select scope, owner_id, to_char(now() - interval '1 month', 'YYYY-MM'), cap from ddp.budgets"
        " where scope = 'sms_month'"
    )
    money.ledger.query(
        "update sms_sends set budget_month = budget_month - interval '1 month' where sms_campaign_id = %s",
        plan.channel_campaign_id,
    )
    money.ledger.query("update senders set monthly_budget = 0.01 where user_id = %s", plan.created_by_user_id)
    assert money.ledger.claim() == []
    money.ledger.query("update senders set monthly_budget = 0.02 where user_id = %s", plan.created_by_user_id)
    money.ledger.query("update ddp.budgets set exhausted_at = null")
    assert len(money.ledger.claim()) == 1
    months = money.ledger.query(
        "select reserved from ddp.budgets where scope = 'sms_month' and owner_id = %s order by period",
        plan.created_by_user_id,
    )
    assert [month["reserved"] for month in months] == [0, Decimal("0.02")]
    assert money.of(plan)["reserved"] == Decimal("0.02")
