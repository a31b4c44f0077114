"""Which messages a worker may send: leases, rate, fairness, pauses, suppression, lateness, quiet hours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from ddp.outcomes import Outcome
from ddp.queries.sending import rates, sends
from ddp.queries.sending.sends import Claimed
from tests.database.sending.ledger import LEASE, Ledger, calls_of, results_of


def test_claims_are_grouped_into_calls_and_taken_once(ledger: Ledger) -> None:
    plan = ledger.plan(120)
    claimed = ledger.claim()
    assert len(claimed) == 120
    sizes = sorted(sum(c.send_call_id == call for c in claimed) for call in calls_of(claimed))
    assert sizes == [20, 50, 50]
    assert ledger.claim() == []
    assert ledger.states(plan) == {"sending": 120}
    assert ledger.value("select due_at from ddp.send_chunks") is None


def test_two_workers_at_once_never_claim_the_same(ledger: Ledger) -> None:
    plan = ledger.plan(400, chunk_size=100)

    def claim(_: int) -> list[Claimed]:
        with ledger.working(ledger.worker()) as cursor:
            return sends.claim(cursor, ledger.channel, limit=30, lease=LEASE)

    with ThreadPoolExecutor(4) as pool:
        batches = list(pool.map(claim, range(12)))
    taken = [c.send_id for batch in batches for c in batch]
    assert len(taken) == len(set(taken)) == 300  # a chunk of 100 takes three claims of 30 and one of 10
    assert ledger.states(plan) == {"sending": 300, "pending": 100}


def test_tokens_are_recipients_and_no_tokens_is_a_wait(ledger: Ledger) -> None:
    ledger.plan(100)
    ledger.rate(50)
    assert len(ledger.claim()) in range(50, 56)  # tokens that arrived meanwhile count too
    assert len(ledger.claim()) < 10
    ledger.query("update ddp.rate_buckets set tokens = 0, per_second = 1")
    assert ledger.claim() == []
    assert 0.5 < (ledger.wait() or 0) <= 1


def test_the_quota_of_a_day_is_kept(ledger: Ledger) -> None:
    ledger.plan(100)
    ledger.rate(1000, daily_left=30)
    assert len(ledger.claim()) == 30
    assert ledger.claim() == []
    assert ledger.wait() == 300


def test_nothing_due_is_no_wait(ledger: Ledger) -> None:
    assert ledger.wait() is None
    ledger.plan(1, due_in=timedelta(hours=1))
    assert ledger.claim() == []
    assert ledger.wait() is None
    ledger.plan(1, due_in=timedelta(minutes=2))
    assert 110 < (ledger.wait() or 0) <= 120


def test_throttling_slows_down_once_for_calls_that_were_under_way_together(ledger: Ledger) -> None:
    ledger.plan(10)
    with ledger.working() as cursor:
        rates.slow_down(cursor, ledger.bucket)
        rates.slow_down(cursor, ledger.bucket)
    assert ledger.query("select pace, tokens from ddp.rate_buckets") == [{"pace": 0.5, "tokens": 0}]
    ledger.query("update ddp.rate_buckets set filled_at = now() - interval '3 minutes'")
    ledger.claim()
    assert ledger.value("select pace from ddp.rate_buckets") == 1


def test_the_sender_served_least_recently_comes_first(ledger: Ledger) -> None:
    large = ledger.plan(2000, chunk_size=500)
    ledger.claim(100)
    small = ledger.plan(50)
    assert {c.send_plan_id for c in ledger.claim(100)} == {small.send_plan_id}
    assert {c.send_plan_id for c in ledger.claim(100)} == {large.send_plan_id}


def test_an_own_limit_holds_back_its_sender_only(ledger: Ledger) -> None:
    slow = ledger.plan(100)
    ledger.query(
        "insert into senders (user_id, channel, max_per_second, tokens) values (%s, 'email', 0.01, 1)",
        slow.created_by_user_id,
    )
    assert len(ledger.claim()) == 1
    assert ledger.claim() == []
    assert 50 < (ledger.wait() or 0) <= 100
    ledger.plan(10)
    assert len(ledger.claim()) == 10


@pytest.mark.parametrize(
    "stop",
    [
        "update send_plans set paused_at = now()",
        "update send_plans set cancelled_at = now()",
        "update campaigns set campaign_status = 'paused'",
        """insert into senders (user_id, channel, paused_at, pause_code, pause_reason)
           select user_id, 'email', now(), 'bounces', 'Too many' from users""",
    ],
)
def test_what_is_stopped_is_not_claimed(ledger: Ledger, stop: str) -> None:
    ledger.plan(10)
    ledger.query(stop)
    assert ledger.claim() == []
    assert ledger.wait() is None


def become_admin(ledger: Ledger) -> None:
    """Let the owner's session call functions as an administrator."""
    ledger.query(
        "with admin as (insert into users (user_email, user_name, user_type, is_active)"
        " values (gen_random_uuid() || '@x', 'Admin', 'admin', true) returning user_id)"
        " select set_config('request.jwt.claims', jsonb_build_object('sub', user_id)::text, false) from admin"
    )


def test_a_deactivated_sender_sends_nothing_until_it_is_activated(ledger: Ledger) -> None:
    plan = ledger.plan(30, chunk_size=11)
    ledger.query("update send_plans set max_lateness = '1 hour'")
    ledger.query("update email_sends set not_before = now() - interval '2 hours' where chunk_no = 1")
    become_admin(ledger)
    ledger.query("select set_user_access(%s, null, false)", plan.created_by_user_id)
    assert ledger.claim() == []
    assert ledger.wait() is None
    assert ledger.query("select channel::text, pause_code from senders order by channel") == [
        {"channel": "email", "pause_code": "deactivated"},
        {"channel": "sms", "pause_code": "deactivated"},
    ]
    with pytest.raises(psycopg.DatabaseError, match="account is deactivated"):
        ledger.query("select resume_sender(%s, 'email')", plan.created_by_user_id)
    ledger.query("select set_user_access(%s, null, true)", plan.created_by_user_id)
    while ledger.wait() == 0:
        ledger.claim()
    assert ledger.states(plan) == {"sending": 19, "missed": 11}  # the first chunk became too late meanwhile


def test_a_pause_for_bounces_outlives_a_deactivation(ledger: Ledger) -> None:
    plan = ledger.plan(1)
    ledger.query(
        "insert into senders (user_id, channel, paused_at, pause_code, pause_reason)"
        " values (%s, 'email', now(), 'bounces', 'Too many')",
        plan.created_by_user_id,
    )
    become_admin(ledger)
    for is_active in (False, True):
        ledger.query("select set_user_access(%s, null, %s)", plan.created_by_user_id, is_active)
    rows = ledger.query("select channel::text, pause_code from senders")
    assert {row["channel"]: row["pause_code"] for row in rows} == {
        ledger.channel.name: "bounces",
        ledger.other_channel.name: None,
    }


def test_a_pause_waits_for_the_claim_and_then_holds(ledger: Ledger) -> None:
    ledger.plan(100)
    claiming = ledger.worker()
    with ThreadPoolExecutor(1) as pool:
        with ledger.working(claiming) as cursor:
            sends.claim(cursor, ledger.channel, limit=10, lease=LEASE)
            pause = pool.submit(ledger.query, "update send_plans set paused_at = now()")
            with pytest.raises(TimeoutError):
                pause.result(0.3)
        pause.result(5)
    assert ledger.claim() == []


def test_suppressed_addresses_are_not_claimed(ledger: Ledger) -> None:
    plan = ledger.plan(4)
    other = ledger.plan(1)
    ledger.query(
        "insert into suppressions (channel, address_hash, owner_user_id, reason) values"
        " ('email', sha256('1'), null, 'complaint'), ('email', sha256('2'), %s, 'unsubscribe'),"
        " ('email', sha256('3'), %s, 'unsubscribe'), (%s, sha256('4'), null, 'stop')",
        plan.created_by_user_id,
        other.created_by_user_id,
        ledger.other_channel.name,
    )
    while ledger.wait() == 0:
        ledger.claim()
    assert ledger.states(plan) == {"suppressed": 2, "sending": 2}


def test_late_rows_are_missed_after_an_interruption_but_not_for_waiting_for_rate(ledger: Ledger) -> None:
    plan = ledger.plan(2, due_in=timedelta(hours=-3))
    ledger.query("update send_plans set max_lateness = '2 hours'")
    ledger.query("update ddp.rate_buckets set serving_since = now() - interval '5 hours'")
    assert len(ledger.claim(1)) == 1  # it only waited for its turn: the system was never interrupted
    ledger.query("update send_plans set resumed_at = now() - interval '10 minutes'")
    assert ledger.claim(1) == []
    assert ledger.states(plan) == {"sending": 1, "missed": 1}


def test_an_outage_is_an_interruption(ledger: Ledger) -> None:
    plan = ledger.plan(2, due_in=timedelta(hours=-3))
    ledger.query("update send_plans set max_lateness = '2 hours'")
    ledger.query(
        "update ddp.rate_buckets set serving_since = now() - interval '9 hours', filled_at = now() - interval '1 hour'"
    )
    assert ledger.claim() == []
    assert ledger.states(plan) == {"missed": 2}


def test_quiet_hours_are_asked_again_at_the_claim(ledger: Ledger) -> None:
    plan = ledger.plan(2)
    ledger.query(
        "update send_plans set quiet_from = (now() at time zone 'UTC' - interval '1 hour')::time,"
        " quiet_until = (now() at time zone 'UTC' + interval '1 hour')::time"
    )
    ledger.query(
        "update email_sends set time_zone = 'Pacific/Auckland' where recipient_email = %s", ledger.address(1)
    )
    assert [c.address for c in ledger.claim()] == [ledger.address(1)]
    assert ledger.states(plan) == {"sending": 1, "pending": 1}
    due = ledger.value("select due_at - now() > interval '50 minutes' from ddp.send_chunks")
    assert due is True


def test_a_call_that_was_returned_can_be_claimed_again(ledger: Ledger) -> None:
    plan = ledger.plan(3)
    claimed = ledger.claim()
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.RETRY))
    again = ledger.claim()
    assert [c.attempt for c in again] == [1, 1, 1]
    assert calls_of(again) != calls_of(claimed)
    assert ledger.states(plan) == {"sending": 3}


def test_a_chunk_that_was_settled_by_proof_holds_up_no_other(ledger: Ledger) -> None:
    """Its lease ended and it was due again; then its worker reported after all that it was accepted."""
    plan = ledger.plan(3, chunk_size=2)
    claimed = ledger.claim()
    ledger.query("update ddp.send_calls set leased_until = now() - interval '1 second'")
    ledger.query("select ddp.expire_email_calls()")
    assert ledger.states(plan) == {"pending": 3}
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.ACCEPTED))
    assert ledger.claim() == []
    assert ledger.wait() == 0
    assert [c.address for c in ledger.claim()] == [ledger.address(3)]
    assert ledger.claim() == []
    assert ledger.wait() is None
