"""STOP while a message is on its way: who said it before the call began is not called; after it, that call only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from ddp.channels import SMS, Channel
from ddp.queries.sending import sends
from tests.database.sending.ledger import LEASE, Ledger, Plan, calls_of

STOP = """
select ddp.stop_phone(recipient_hash, recipient_phone, null, sms_send_id, 'stop')
from sms_sends where sms_send_id = %s
"""
AGREE = """
insert into phone_consents (owner_user_id, phone_hash, source, wording, given_at)
select %s, recipient_hash, 'paper', 'Yes.', now() from sms_sends where sms_campaign_id = %s
"""
WITHDRAW = """
select ddp.end_phone_consents(array[recipient_hash], created_by_user_id, 'staff') from sms_sends where sms_send_id = %s
"""


@pytest.fixture
def channel() -> Channel:
    """Only SMS are answered."""
    return SMS


def agreed(ledger: Ledger, count: int) -> Plan:
    """A plan that asks for recorded consent, which all its recipients gave."""
    plan = ledger.plan(count)
    ledger.query(AGREE, plan.created_by_user_id, plan.channel_campaign_id)
    return plan


def test_a_stop_that_was_committed_before_the_start_is_obeyed(ledger: Ledger) -> None:
    plan = ledger.plan(3)
    claimed = ledger.claim()
    stopped = claimed[1].send_id
    ledger.query(STOP, stopped)
    assert ledger.start_sends(calls_of(claimed)) == {each.send_id for each in claimed} - {stopped}
    assert ledger.states(plan) == {"sending": 2, "suppressed": 1}


def test_a_stop_that_commits_after_the_start_lets_that_call_go(ledger: Ledger) -> None:
    plan = ledger.plan(3)
    claimed = ledger.claim()
    stopped = claimed[1].send_id
    with ledger.working(ledger.worker()) as other:
        other.execute(STOP, [stopped])
        # It waits for nothing, and sees nothing yet.
        assert ledger.start_sends(calls_of(claimed)) == {each.send_id for each in claimed}
    assert ledger.states(plan) == {"sending": 3}
    # Its later messages are not: the suppression stands.
    assert ledger.query("select count(*) as stops from suppressions where sms_send_id = %s", stopped) == [
        {"stops": 1}
    ]


@pytest.mark.parametrize("way", [STOP, WITHDRAW], ids=["stop", "withdrawal"])
def test_a_stop_while_the_start_is_already_under_way_is_obeyed(ledger: Ledger, way: str) -> None:
    """The start has begun, and waits for its plan; the STOP commits at that moment, before any call has started."""
    plan = agreed(ledger, 3)
    claimed = ledger.claim()
    stopped = claimed[1].send_id
    starter, holder = ledger.worker(), ledger.worker()

    def start() -> set[object]:
        with ledger.working(starter) as cursor:
            return set().union(*sends.start_calls(cursor, SMS, calls_of(claimed), lease=LEASE).values())

    with ThreadPoolExecutor(1) as pool:
        with ledger.working(holder) as cursor:
            cursor.execute(
                "select from send_plans where send_plan_id = %s for no key update", [plan.send_plan_id]
            )
            starting = pool.submit(start)
            ledger.wait_for_waiting(1)
            ledger.query(way, stopped)
        assert starting.result() == {each.send_id for each in claimed} - {stopped}
    assert ledger.states(plan) == {"sending": 2, "suppressed": 1}


@pytest.mark.parametrize(
    ("message_type", "reason", "going"),
    [("promotional", "in_question", 2), ("transactional", "in_question", 3), ("transactional", "stop", 2)],
)
def test_an_answer_in_question_keeps_marketing_back(
    ledger: Ledger, message_type: str, reason: str, going: int
) -> None:
    plan = agreed(ledger, 3)
    ledger.query(
        "update send_plans set message_type = %s where send_plan_id = %s", message_type, plan.send_plan_id
    )
    claimed = ledger.claim()
    ledger.query(
        "insert into suppressions (channel, address_hash, owner_user_id, reason)"
        " select 'sms', recipient_hash, created_by_user_id, %s from sms_sends where sms_send_id = %s",
        reason, claimed[1].send_id,
    )  # fmt: skip
    assert len(ledger.start_sends(calls_of(claimed))) == going


def test_who_withdrew_consent_after_the_claim_is_not_called(ledger: Ledger) -> None:
    plan = agreed(ledger, 3)
    claimed = ledger.claim()
    withdrawn = claimed[1].send_id
    ledger.query(WITHDRAW, withdrawn)
    assert ledger.start_sends(calls_of(claimed)) == {each.send_id for each in claimed} - {withdrawn}
    assert ledger.states(plan) == {"sending": 2, "suppressed": 1}
    assert ledger.query(
        "select failure_code, failure_reason from sms_sends where sms_send_id = %s", withdrawn
    ) == [
        {
            "failure_code": "no-consent",
            "failure_reason": "The recipient's consent was withdrawn after the message was planned.",
        }
    ]


@pytest.mark.parametrize(
    "change", ["consent = 'declared'", "message_type = 'transactional'", "agreed anew", "to another sender"]
)
def test_a_withdrawal_stops_only_what_asks_for_that_consent(ledger: Ledger, change: str) -> None:
    plan = agreed(ledger, 3)
    ledger.query(
        "update phone_consents set ended_at = now(), ended_by = 'staff', owner_user_id = %s where owner_user_id = %s",
        ledger.user("brand") if change == "to another sender" else plan.created_by_user_id,
        plan.created_by_user_id,
    )
    if change in ("agreed anew", "to another sender"):
        ledger.query(AGREE, plan.created_by_user_id, plan.channel_campaign_id)
    else:
        ledger.query(f"update send_plans set {change} where send_plan_id = %s", plan.send_plan_id)
    assert len(ledger.start_sends(calls_of(ledger.claim()))) == 3
