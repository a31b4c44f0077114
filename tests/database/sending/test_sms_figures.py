"""What alarms on SMS watch: sends at their cap, opt-outs that the provider lacks, events that do not come."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from ddp.channels import EMAIL, SMS, Channel
from ddp.outcomes import Outcome
from ddp.queries.sms.figures import figures
from tests.database.sending.ledger import Ledger, Plan, calls_of, results_of

QUIET = {
    "stopped_identities": 0,
    "budget_used_percent": 0,
    "over_budget_seconds": 0,
    "opt_outs_waiting_seconds": 0,
    "events_late_seconds": 0,
}


@pytest.fixture
def channel() -> Channel:
    """The figures are about SMS."""
    return SMS


@pytest.fixture
def sms(ledger: Ledger) -> Ledger:
    """A ledger whose other tables of SMS are empty too."""
    ledger.query("truncate ddp.budgets, ddp.opt_outs_to_push, sms_events")
    return ledger


def found(ledger: Ledger) -> dict[str, int]:
    with ledger.working() as cursor:
        return figures(cursor)


def accepted(ledger: Ledger, ago: timedelta) -> Plan:
    """A plan whose only call was accepted that long ago."""
    plan = ledger.plan(5)
    claimed = ledger.claim()
    ledger.start(calls_of(claimed))
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.ACCEPTED))
    ledger.query(
        "update ddp.send_calls set started_at = now() - %s, ended_at = now() - %s where send_plan_id = %s",
        ago, ago, plan.send_plan_id,
    )  # fmt: skip
    return plan


def reported(ledger: Ledger, ago: timedelta, kind: str = "DELIVERED") -> None:
    """An event of any message that came that long ago."""
    ledger.query(
        "insert into sms_events (event_id, occurred_at, sms_send_id, attempt, event_type, received_at)"
        " values (%s, now() - %s, %s, 1, %s, now() - %s)",
        uuid4(), ago, uuid4(), kind, ago,
    )  # fmt: skip


def test_nothing_is_wrong_where_nothing_happens(sms: Ledger) -> None:
    assert found(sms) == QUIET


def test_the_share_of_a_months_budget_is_that_of_whoever_used_most(sms: Ledger) -> None:
    for share in (20, 91.4):
        sms.query(
            "insert into ddp.budgets (scope, owner_id, period, cap, reserved, charged)"
            " select 'sms_month', %s, period, 100, reserved, 0 from (values"
            " (to_char(now() at time zone 'UTC', 'YYYY-MM'), %s), ('2020-01', 99)) b (period, reserved)",
            uuid4(), share,
        )  # fmt: skip
    assert found(sms)["budget_used_percent"] == 91


def test_a_send_at_its_cap_is_told_until_it_is_resumed_or_cancelled(sms: Ledger) -> None:
    plan = sms.plan(20)
    sms.query("update sms_sends set price = 0.01 where sms_campaign_id = %s", plan.channel_campaign_id)
    sms.query("update send_plans set max_cost = 0.05 where send_plan_id = %s", plan.send_plan_id)
    sms.query(
        "insert into senders (user_id, channel, monthly_budget) values (%s, 'sms', %s)",
        plan.created_by_user_id, Decimal(100),
    )  # fmt: skip
    assert len(sms.claim()) == 5
    sms.query(
        "update ddp.budgets set exhausted_at = now() - interval '2 hours' where exhausted_at is not null"
    )
    assert found(sms) == QUIET | {"over_budget_seconds": pytest.approx(7200, abs=5)}
    sms.query("update send_plans set cancelled_at = now() where send_plan_id = %s", plan.send_plan_id)
    assert found(sms) == QUIET


def test_an_identity_counts_as_long_as_the_provider_takes_nothing_from_it(sms: Ledger) -> None:
    sms.rate(100)
    stop = "update ddp.rate_buckets set stopped_until = now() + %s, stopped_code = 'provider-spend-limit'"
    sms.query(stop, timedelta(minutes=5))
    assert found(sms) == QUIET | {"stopped_identities": 1}
    sms.query(stop, timedelta(minutes=-1))
    assert found(sms) == QUIET


def test_the_oldest_opt_out_counts_that_the_provider_lacks(sms: Ledger) -> None:
    for minutes in (5, 90):
        sms.query(
            "insert into ddp.opt_outs_to_push (phone, action, created_at)"
            " values (%s, 'put', now() - make_interval(mins => %s))",
            f"+120255501{minutes:02}",
            minutes,
        )
    assert found(sms) == QUIET | {"opt_outs_waiting_seconds": pytest.approx(5400, abs=5)}


def test_silence_after_an_acceptance_is_told_after_a_quarter_of_an_hour(sms: Ledger) -> None:
    accepted(sms, timedelta(minutes=10))
    assert found(sms) == QUIET
    accepted(sms, timedelta(minutes=40))
    assert found(sms) == QUIET | {"events_late_seconds": pytest.approx(2400, abs=5)}


def test_any_event_since_the_acceptance_ends_the_silence(sms: Ledger) -> None:
    accepted(sms, timedelta(minutes=40))
    reported(sms, timedelta(minutes=50))
    reported(sms, timedelta(minutes=1), "CLICK")  # comes from a browser, not from the provider
    assert found(sms)["events_late_seconds"] > 0
    reported(sms, timedelta(minutes=39))
    assert found(sms) == QUIET


def test_silence_of_more_than_a_day_is_told_no_more(sms: Ledger) -> None:
    accepted(sms, timedelta(hours=25))
    assert found(sms) == QUIET


def test_the_silence_after_an_email_is_not_told_here(sms: Ledger) -> None:
    sms.channel = EMAIL
    accepted(sms, timedelta(minutes=40))
    assert found(sms) == QUIET
