"""The money of SMS under faults: what there is to send from, what it costs, and what must hold at every commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.database.faults.provider import Acceptance
from tests.database.sending.ledger import Ledger, Plan

ORIGIN, PRICE = "72645", Decimal("0.00883")
IDENTITY = """
insert into origination_identities (
    identity, country, kind, message_type, status, is_two_way, manages_opt_outs, parts_per_second, is_shared
)
values (%s, 'US', 'short_code', 'promotional', 'active', true, true, 10000, true)
on conflict do nothing
"""
COST = """
insert into sms_prices (country, kind, price_per_part, valid_from, source)
values ('US', 'short_code', %s, '2020-01-01', 'test')
on conflict do nothing
"""
# It never holds anything up.
BUCKET = """
insert into ddp.rate_buckets (bucket, channel, per_second, tokens)
select bucket, 'sms', 10000, 10000 from origination_identities
on conflict (bucket) do update set per_second = 10000, tokens = 10000, filled_at = now(), pace = 1, stopped_until = null
"""
FUND = """
insert into senders (user_id, channel, monthly_budget) values (%s, 'sms', 1000)
on conflict (user_id, channel) do update set monthly_budget = 1000
"""
PLAN = """
update send_plans set sender = 'auto', consent = 'declared', ignores_windows = true
where send_plan_id = %s
"""
CAP = """
update send_plans p set max_cost = %s + coalesce(
    (select b.reserved + b.charged from ddp.budgets b where b.scope = 'send_plan' and b.owner_id = p.send_plan_id), 0
)
where p.send_plan_id = any (%s)
"""
RESUME = """
update ddp.budgets b set exhausted_at = null from send_plans p
where b.scope = 'send_plan' and b.owner_id = p.send_plan_id and p.send_plan_id = any (%s) and b.exhausted_at is not null
"""
# What each plan's budget says, and what its messages say. Each sender has one plan: its months' budgets say the same.
STATE = """
select
    b.owner_id, b.reserved, b.charged, b.cap, b.exhausted_at is not null as is_held,
    b.dearer_at = b.exhausted_at as is_dearer, b.dearer_charged, b.dearer_reserved, m.*, r.*
from ddp.budgets b
join send_plans p on p.send_plan_id = b.owner_id
cross join lateral (
    select sum(x.reserved) as reserved_of_months, sum(x.charged) as charged_of_months
    from ddp.budgets x where x.scope = 'sms_month' and x.owner_id = p.created_by_user_id
) m
cross join lateral (
    select
        coalesce(sum(ddp.sms_reserved(s)), 0) as reserved_by_rows,
        coalesce(sum(ddp.sms_charged(s)), 0) as charged_by_rows,
        coalesce(sum(s.price * bit_count(s.accepted_attempts::bit(32))), 0) as promised,
        coalesce(sum(x.overshoot), 0) as overshoot
    from sms_sends s
    cross join lateral (
        select coalesce(sum(greatest(c.value::numeric - s.price, 0)), 0) as overshoot from jsonb_each_text(s.charges) c
    ) x
    where s.sms_campaign_id = p.sms_campaign_id
) r
where b.scope = 'send_plan' and b.owner_id = any (%s)
"""
# Of each message, the attempts that are paid for, or for which money is kept.
COVERED = """
select
    s.sms_send_id::text as id, s.accepted_attempts | s.unsettled_attempts
        | case when s.status in ('sending', 'unknown') then 1 << (s.attempt - 1) else 0 end as attempts
from sms_sends s
where s.sms_send_id = any (%s::uuid[])
"""
# Attempts that keep money when all is over.
KEPT = """
select s.sms_send_id::text as id, s.status::text, s.unsettled_attempts & ~s.accepted_attempts as attempts
from sms_sends s
where s.sms_campaign_id = %s and ddp.sms_reserved(s) <> 0
"""


def prepare(ledger: Ledger) -> None:
    """An identity with a price, and a bucket that is never empty."""
    ledger.owner.execute(IDENTITY, [ORIGIN])
    ledger.owner.execute(COST, [PRICE])
    ledger.owner.execute(BUCKET)


@dataclass(slots=True)
class Money:
    """The budgets of a world's plans."""

    ledger: Ledger
    checks: int = 0
    # By plan, the overshoot of which a person knew when the plan was resumed last.
    known: dict[UUID, Decimal] = field(default_factory=dict)

    def fund(self, plan: Plan) -> None:
        """A budget for the sender's month, and no cap yet: a plan dearer than its cap would not begin."""
        self.ledger.owner.execute(FUND, [plan.created_by_user_id])
        self.ledger.owner.execute(PLAN, [plan.send_plan_id])

    def cap(self, plans: Sequence[Plan], messages: int) -> None:
        """A person lets each plan spend this many messages more than what is used, and resumes it."""
        ids = [plan.send_plan_id for plan in plans]
        self.ledger.owner.execute(CAP, [PRICE * messages, ids])
        self._resume(ids)

    def lift_caps(self, plans: Sequence[Plan]) -> None:
        """A person lifts the caps, and resumes the plans."""
        ids = [plan.send_plan_id for plan in plans]
        self.ledger.owner.execute(
            "update send_plans set max_cost = null where send_plan_id = any (%s)", [ids]
        )
        self._resume(ids)

    def _resume(self, ids: list[UUID]) -> None:
        for state in self._states(ids):
            self.known[state["owner_id"]] = state["overshoot"]
        self.ledger.owner.execute(RESUME, [ids])

    def wrong(self, plans: Sequence[Plan], accepted: Sequence[Acceptance]) -> Iterator[str]:
        """What does not hold now, and should at every commit. `accepted`: what the provider has taken until now."""
        self.checks += 1
        for state in self._states([plan.send_plan_id for plan in plans]):
            for what in self._wrong_budget(state):
                yield f"{what}: {state}"
        yield from self._uncovered(accepted)

    def _wrong_budget(self, state: dict[str, Any]) -> Iterator[str]:
        said = (state["reserved"], state["charged"])
        if said != (state["reserved_by_rows"], state["charged_by_rows"]):
            yield "the plan's budget is not what its messages say"
        if said != (state["reserved_of_months"], state["charged_of_months"]):
            yield "the months' budgets are not what the messages say"
        # The cap that counts is the one of the last claim: a lowered one holds for the next.
        if state["cap"] is not None and sum(said) > state["cap"] + state["overshoot"]:
            yield "more than the cap, although no charge was that much dearer"
        if state["charged"] > state["promised"] + state["overshoot"]:
            yield "charged more than was reserved, although no charge was dearer"
        if state["overshoot"] > self.known.get(state["owner_id"], Decimal(0)):
            if not state["is_held"]:
                yield "a charge was dearer, and the plan goes on"
            if not state["is_dearer"] or state["dearer_charged"] <= state["dearer_reserved"]:
                yield "the overshoot is not shown"

    def _uncovered(self, accepted: Sequence[Acceptance]) -> Iterator[str]:
        """What the provider accepted costs, whether we know of it or not."""
        if not accepted:
            return
        rows = self.ledger.owner.execute(COVERED, [[each.send_id for each in accepted]]).fetchall()
        covered = {row["id"]: row["attempts"] for row in rows}
        for each in accepted:
            if not covered[each.send_id] & 1 << (each.attempt - 1):
                yield f"nothing is kept for attempt {each.attempt} of {each.send_id}, which was accepted"

    def require_released(self, plan: Plan) -> None:
        """A complete plan reserves money for unknown attempts only."""
        for row in self.ledger.owner.execute(KEPT, [plan.channel_campaign_id]).fetchall():
            assert row["status"] == "unknown" or row["attempts"], row

    def _states(self, ids: list[UUID]) -> list[dict[str, Any]]:
        return self.ledger.owner.execute(STATE, [ids]).fetchall()
