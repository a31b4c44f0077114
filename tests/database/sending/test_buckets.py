"""Buckets: what may be sent at once, whom a claim serves, and that nobody waits for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ddp.channels import EMAIL
from ddp.queries.sending import sends
from tests.database.sending.ledger import LEASE, Ledger, Plan, calls_of
from tests.database.sending.planning import add_batch, finish

HOUR = timedelta(hours=1)


def due_at(ledger: Ledger, plan: Plan) -> object:
    """When the sender is looked at again."""
    return ledger.value(
        "select due_at from ddp.bucket_senders where sender_user_id = %s", plan.created_by_user_id
    )


def drain(ledger: Ledger) -> int:
    """Claim until nothing is due. Returns how many were claimed."""
    claimed = 0
    while ledger.wait() == 0:
        claimed += len(ledger.claim())
    return claimed


def test_a_provider_that_allows_one_per_second_gets_one_at_once(ledger: Ledger) -> None:
    ledger.plan(100)
    ledger.rate(1)
    ledger.query("update ddp.rate_buckets set filled_at = now() - interval '5 minutes'")
    assert len(ledger.claim()) == 1
    assert ledger.claim() == []


def test_a_bucket_saves_up_its_burst_and_no_more(ledger: Ledger) -> None:
    ledger.plan(100)
    ledger.rate(1)
    ledger.query("update ddp.rate_buckets set burst = 20, filled_at = now() - interval '5 minutes'")
    assert len(ledger.claim()) == 20


def test_tokens_are_units_and_a_message_of_many_may_overdraw(ledger: Ledger) -> None:
    ledger.plan(10)
    ledger.query("update email_sends set units = 3")
    ledger.query("update ddp.rate_buckets set per_second = 0.001, burst = 10, tokens = 7")
    assert len(ledger.claim()) == 3, "the third begins with one token left"
    assert ledger.value("select round(tokens) from ddp.rate_buckets") == -2
    assert ledger.claim() == []
    ledger.query("update ddp.rate_buckets set burst = 1, tokens = 1")
    assert len(ledger.claim()) == 1, "in a bucket that holds one, a long message would wait for ever"


def test_each_bucket_has_its_own_rate(ledger: Ledger) -> None:
    slow, fast = ledger.plan(5), ledger.plan(5)
    for table in ("ddp.send_chunks", "ddp.bucket_senders"):
        ledger.query(
            "insert into ddp.rate_buckets (bucket, channel, per_second, tokens) values ('slow', %s, 0.001, 1)"
            " on conflict do nothing",
            ledger.channel.name,
        )
        ledger.query(f"update {table} set bucket = 'slow' where sender_user_id = %s", slow.created_by_user_id)
    assert drain(ledger) == 6
    assert ledger.states(slow) == {"sending": 1, "pending": 4}
    assert ledger.states(fast) == {"sending": 5}
    assert ledger.wait() == 300, "a thousand seconds until the slow bucket has a token"


@pytest.mark.parametrize("how", ["plan", "campaign", "sender"])
def test_who_was_passed_over_while_paused_is_served_when_it_resumes(ledger: Ledger, how: str) -> None:
    plan = ledger.plan(3)
    pause, resume = {
        "plan": ("pause_email_campaign(%(message)s)", "resume_email_campaign(%(message)s)"),
        "campaign": (
            "set_campaign_status(%(campaign)s, 'paused')",
            "set_campaign_status(%(campaign)s, 'active')",
        ),
        "sender": ("set_user_access(%(user)s, null, false)", "set_user_access(%(user)s, null, true)"),
    }[how]
    ledger.acts(plan, pause, as_admin=how == "sender")
    assert drain(ledger) == 0
    assert due_at(ledger, plan) is None, "it is not looked at again, however many claims there are"
    ledger.acts(plan, resume, as_admin=how == "sender")
    assert drain(ledger) == 3


def test_a_plan_that_starts_when_it_is_planned_waits_for_the_last_recipient(ledger: Ledger) -> None:
    plan = ledger.plan(3)
    ledger.query("update send_plans set starts_when_planned = true, planned_at = null")
    assert drain(ledger) == 0
    ledger.query("update send_plans set planned_at = now()")
    with ledger.working() as cursor:
        cursor.execute("select ddp.call_chunks(%s)", [[plan.send_plan_id]])
    assert drain(ledger) == 3


def test_reconciliation_finds_what_no_bucket_knows(ledger: Ledger) -> None:
    ledger.plan(3)
    ledger.query("update ddp.bucket_senders set due_at = null")
    assert drain(ledger) == 0
    ledger.reconcile()
    assert drain(ledger) == 3


def test_a_sender_is_not_looked_at_before_something_is_due(ledger: Ledger) -> None:
    early, late = ledger.plan(3), ledger.plan(3, due_in=HOUR)
    assert drain(ledger) == 3
    assert due_at(ledger, early) is None
    assert ledger.value(
        "select due_at - now() > interval '55 minutes' from ddp.bucket_senders where sender_user_id = %s",
        late.created_by_user_id,
    )
    early_again = ledger.plan(2, sender=ledger.value(
        "select user_email from users where user_id = %s", early.created_by_user_id
    ))  # fmt: skip
    assert {c.send_plan_id for c in ledger.claim()} == {early_again.send_plan_id}


def test_a_claim_that_finds_its_only_sender_being_served_waits_for_that_claim(ledger: Ledger) -> None:
    ledger.plan(100)
    with ThreadPoolExecutor(1) as pool:
        with ledger.working(ledger.worker()) as cursor:
            first = sends.claim(cursor, ledger.channel, limit=60, lease=LEASE)
            second = pool.submit(ledger.claim)
            with pytest.raises(TimeoutError):
                second.result(0.3)
        assert (len(first), len(second.result(10))) == (60, 40)


def test_claims_serve_different_senders_at_the_same_time(ledger: Ledger) -> None:
    plans = [ledger.plan(10) for _ in range(2)]
    with ledger.working(ledger.worker()) as cursor:
        (first,) = cursor.execute("select * from ddp.next_chunk(%s)", [ledger.channel.name]).fetchall()
        second = ledger.claim()
    assert {first["send_plan_id"], second[0].send_plan_id} == {plan.send_plan_id for plan in plans}


@pytest.mark.parametrize("channel", [EMAIL], ids=["email"])
def test_the_price_of_a_message_without_one_costs_a_claim_nothing(ledger: Ledger) -> None:
    """The planner puts the body of the function in its place."""
    plan = ledger.query(
        "explain (verbose) select ddp.reserve_email_price(null, array[n]) from generate_series(1, 2) n"
    )
    lines = " ".join(row["QUERY PLAN"] for row in plan)
    assert "cardinality" in lines
    assert "reserve" not in lines


@pytest.mark.parametrize("channel", [EMAIL], ids=["email"])
def test_planning_an_email_looks_at_no_budget(ledger: Ledger) -> None:
    plan = ledger.request([])
    add_batch(ledger, plan, ["ann@example.com"])
    finish(ledger, plan)
    owners = [plan.send_plan_id, plan.campaign_id, plan.created_by_user_id]
    assert ledger.query("select scope from ddp.budgets where owner_id = any (%s)", owners) == []


def test_a_plan_is_complete_as_soon_as_its_last_recipient_is_settled(ledger: Ledger) -> None:
    from ddp.outcomes import Outcome
    from ddp.queries.sending import recipients
    from tests.database.sending.ledger import results_of

    plan = ledger.plan(3, call_size=1)
    claimed = ledger.claim()
    ledger.start(calls_of(claimed))
    for last in (False, False, True):
        one = [claimed.pop()]
        ledger.record(calls_of(one), results_of(one, Outcome.ACCEPTED))
        with ledger.working() as cursor:
            assert recipients.complete(cursor, ledger.channel, [plan.send_plan_id]) == last
