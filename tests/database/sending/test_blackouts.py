"""Planned messages wait while the brand lets their sender send nothing in its campaign."""

from __future__ import annotations

import pytest

from tests.database.sending.ledger import Ledger, Plan, calls_of

BLACKOUT = """
with made as (
    insert into retailer_groups (brand_id, group_name)
    select c.created_by_user_id, 'South' from campaigns c where c.campaign_id = %(campaign_id)s
    returning group_id, brand_id
), joined as (
    insert into retailer_group_members (group_id, retailer_id, brand_id, is_explicit, from_rule)
    select group_id, %(member)s, brand_id, true, false from made
)
insert into retailer_group_blackouts (group_id, brand_id, starts_at, ends_at, reason)
select group_id, brand_id, now() + %(start)s::interval, now() + %(end)s::interval, 'A launch.' from made
"""


def black_out(
    ledger: Ledger, plan: Plan, start: str = "-1 hour", end: str = "2 hours", **changes: object
) -> None:
    values = {"campaign_id": plan.campaign_id, "member": plan.created_by_user_id, "start": start, "end": end}
    ledger.owner.execute(BLACKOUT, values | changes)


def test_claims_wait_for_the_end_and_are_not_late_then(ledger: Ledger) -> None:
    plan = ledger.plan(2)
    black_out(ledger, plan)
    assert ledger.claim() == []
    assert ledger.states(plan) == {"pending": 2}
    assert ledger.value("select due_at > now() + interval '110 minutes' from ddp.send_chunks") is True
    assert ledger.value("select min(not_before) > now() + interval '110 minutes' from email_sends") is True
    ledger.query("update retailer_group_blackouts set ends_at = now()")
    ledger.query("update email_sends set not_before = now()")
    ledger.query("update ddp.send_chunks set due_at = now()")
    ledger.query("update ddp.bucket_senders set due_at = now()")
    assert len(ledger.claim()) == 2


def test_what_was_claimed_before_is_not_started(ledger: Ledger) -> None:
    plan = ledger.plan(3)
    claimed = ledger.claim()
    black_out(ledger, plan)
    assert ledger.start_sends(calls_of(claimed)) == set()
    assert ledger.states(plan) == {"pending": 3}


@pytest.mark.parametrize(("start", "end"), [("1 minute", "1 hour"), ("-2 hours", "-1 minute")])
def test_others_times_hold_nothing_back(ledger: Ledger, start: str, end: str) -> None:
    plan = ledger.plan(2)
    black_out(ledger, plan, start, end)
    claimed = ledger.claim()
    assert len(claimed) == 2
    assert len(ledger.start_sends(calls_of(claimed))) == 2


def test_other_senders_and_campaigns_go_on(ledger: Ledger) -> None:
    plan, other = ledger.plan(2), ledger.plan(2)
    black_out(ledger, plan, member=other.created_by_user_id)
    black_out(ledger, other, member=plan.created_by_user_id)
    assert sum(len(ledger.claim()) for _ in range(2)) == 4
