"""Plans of SMS with prices and caps, and what their budgets say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.database.sending.ledger import Ledger, Plan

PRICE = Decimal("0.01")
PARTS = """
select reserved, charged, cap, exhausted_at is not null as is_exhausted from ddp.budgets
where scope = %s and owner_id = %s and cap is not null
"""
# What the budgets must say, by the ledger's rows.
BY_ROWS = """
select coalesce(sum(ddp.sms_reserved(s)), 0) as reserved, coalesce(sum(ddp.sms_charged(s)), 0) as charged
from sms_sends s where s.sms_campaign_id = %s
"""


class Money:
    """Plans with prices and caps."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def plan(
        self,
        count: int,
        *,
        cap: str | None,
        month: str = "1000",
        chunk_size: int = 500,
        sender: str | None = None,
    ) -> Plan:
        """A plan whose messages cost a cent each. `cap` is for the plan, `month` for its sender."""
        plan = self.ledger.plan(count, sender=sender, call_size=10, chunk_size=chunk_size)
        self.ledger.query(
            "update sms_sends set price = %s where sms_campaign_id = %s", PRICE, plan.channel_campaign_id
        )
        self.ledger.query(
            "update send_plans set max_cost = %s where send_plan_id = %s", cap, plan.send_plan_id
        )
        self.ledger.query(
            "insert into senders (user_id, channel, monthly_budget) values (%s, 'sms', %s) on conflict do nothing",
            plan.created_by_user_id, month,
        )  # fmt: skip
        return plan

    def of(self, plan: Plan, scope: str = "send_plan") -> dict[str, Any]:
        """The budget of the plan, of its campaign, or of its sender's month."""
        owner = {
            "send_plan": plan.send_plan_id,
            "campaign": plan.campaign_id,
            "sms_month": plan.created_by_user_id,
        }
        return self.ledger.query(PARTS, scope, owner[scope])[0]

    def pause(self, plan: Plan) -> dict[str, Any] | None:
        """Why the plan is not being sent."""
        statement = "select ddp.plan_pause(p) as pause from send_plans p where send_plan_id = %s"
        found: dict[str, Any] | None = self.ledger.query(statement, plan.send_plan_id)[0]["pause"]
        return found

    def by_rows(self, plan: Plan) -> dict[str, Any]:
        """What the plan's messages say is reserved and charged."""
        return self.ledger.query(BY_ROWS, plan.channel_campaign_id)[0]

    def require_true(self, plan: Plan) -> None:
        """The plan's budget says what its rows say, and is not passed."""
        rows = self.by_rows(plan)
        budget = self.of(plan)
        assert {name: budget[name] for name in rows} == rows
        assert budget["reserved"] + budget["charged"] <= budget["cap"]
