"""Ten campaigns of different tenants, more than the rate allows: how many recipients of each are claimed."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest

from ddp.outcomes import Outcome
from tests.database.sending.ledger import Ledger, Plan, calls_of, results_of

LARGE, LARGE_COUNT, SMALL = 9, 1_000, 100
CALL = 50


def serve(ledger: Ledger, tokens: int, limit: int = 500) -> Counter[UUID]:
    """Make one claim with this many tokens and accept all of it. Returns how many were sent, by plan."""
    ledger.query("update ddp.rate_buckets set tokens = %s, filled_at = clock_timestamp()", tokens)
    claimed = ledger.claim(limit)
    ledger.start(calls_of(claimed))
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.ACCEPTED))
    return Counter(c.send_plan_id for c in claimed)


@pytest.fixture
def slow(ledger: Ledger) -> Ledger:
    """A bucket that fills so slowly that it has only the tokens that a test puts in, whatever the time."""
    ledger.query(
        "update ddp.rate_buckets set per_second = 0.001, burst = 500, tokens = 0 where bucket = %s",
        ledger.bucket,
    )
    return ledger


@pytest.fixture
def large(slow: Ledger) -> list[Plan]:
    """Nine large campaigns of different tenants, in progress for a while."""
    plans = [slow.plan(LARGE_COUNT) for _ in range(LARGE)]
    for _ in range(2 * LARGE):
        serve(slow, CALL)
    return plans


def test_a_small_campaign_has_its_fair_share_among_large_ones(slow: Ledger, large: list[Plan]) -> None:
    small, served = slow.plan(SMALL), Counter[UUID]()
    while served[small.send_plan_id] < SMALL:
        served += serve(slow, CALL)
    # Ten senders take turns: when the small one finishes, nobody has had more turns than it.
    turns = SMALL // CALL
    assert served.total() <= turns * CALL * (LARGE + 1)
    assert max(served[plan.send_plan_id] for plan in large) <= turns * CALL
    assert slow.states(small) == {"sent": SMALL}


def test_equal_senders_have_equal_shares(slow: Ledger, large: list[Plan]) -> None:
    served = sum((serve(slow, CALL) for _ in range(5 * LARGE)), Counter[UUID]())
    assert served == {plan.send_plan_id: 5 * CALL for plan in large}


def test_many_campaigns_of_one_tenant_have_one_tenants_share(slow: Ledger) -> None:
    greedy = [slow.plan(1_000, sender="greedy@sender.example") for _ in range(9)]
    modest = slow.plan(1_000)
    served = sum((serve(slow, CALL) for _ in range(20)), Counter[UUID]())
    assert served[modest.send_plan_id] == 10 * CALL
    assert sum(served[plan.send_plan_id] for plan in greedy) == 10 * CALL


def test_a_full_bucket_makes_nobody_wait_for_more_than_one_claim_of_each(
    ledger: Ledger,
) -> None:
    large = [ledger.plan(LARGE_COUNT) for _ in range(LARGE)]
    for _ in large:
        serve(ledger, 10_000)
    small, served = ledger.plan(SMALL), Counter[UUID]()
    while not served[small.send_plan_id]:
        served += serve(ledger, 10_000)
    assert served == {small.send_plan_id: SMALL}  # not served yet, so it is first
