"""Ten campaigns of different tenants at once, more than the rate allows: whom each claim serves, in numbers."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest

from ddp.outcomes import Outcome
from tests.database.sending.ledger import BUCKET, Ledger, Plan, calls_of, results_of

LARGE, LARGE_COUNT, SMALL = 9, 5_000, 100
CALL = 50


def serve(ledger: Ledger, tokens: int, limit: int = 500) -> Counter[UUID]:
    """One claim while the bucket holds so many tokens, and all of it accepted; how many went, plan by plan."""
    ledger.query("update ddp.rate_buckets set tokens = %s, filled_at = clock_timestamp()", tokens)
    claimed = ledger.claim(limit)
    ledger.start(calls_of(claimed))
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.ACCEPTED))
    return Counter(c.send_plan_id for c in claimed)


@pytest.fixture
def slow(ledger: Ledger) -> Ledger:
    """A bucket that fills so slowly that tokens are what a test puts in: the clock has no part in the numbers."""
    ledger.query("update ddp.rate_buckets set per_second = 0.001, tokens = 0 where bucket = %s", BUCKET)
    return ledger


@pytest.fixture
def large(slow: Ledger) -> list[Plan]:
    """Nine large campaigns, each of a tenant of its own, under way for a while."""
    plans = [slow.plan(LARGE_COUNT) for _ in range(LARGE)]
    for _ in range(2 * LARGE):
        serve(slow, CALL)
    return plans


def test_a_small_campaign_has_its_fair_share_among_large_ones(slow: Ledger, large: list[Plan]) -> None:
    small, served = slow.plan(SMALL), Counter[UUID]()
    while served[small.send_plan_id] < SMALL:
        served += serve(slow, CALL)
    # Ten senders take turns: by the turn that finishes the small one nobody had more turns than it has, and one.
    turns = SMALL // CALL
    assert served.total() <= turns * CALL * (LARGE + 1)
    assert max(served[plan.send_plan_id] for plan in large) <= turns * CALL
    assert slow.states(small) == {"sent": SMALL}


def test_equal_senders_have_equal_shares(slow: Ledger, large: list[Plan]) -> None:
    served = sum((serve(slow, CALL) for _ in range(10 * LARGE)), Counter[UUID]())
    assert served == {plan.send_plan_id: 10 * CALL for plan in large}


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
    assert served == {small.send_plan_id: SMALL}  # never served yet: it comes first
