"""Plans with an A/B test, and what their messages come to."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from ddp.outcomes import Outcome
from ddp.queries.messages import ab_tests
from ddp.queries.sending import plans
from functions.sending.recipients import split
from tests.database.sending.ledger import Ledger, Plan, calls_of, results_of
from tests.database.sending.planning import add_batch, finish

TEST = """
with tested as (
    update send_plans set test_share = %(share)s where send_plan_id = %(plan)s
), variants as (
    insert into ddp.plan_variants (send_plan_id, variant, content)
    select %(plan)s, n, 'Variant ' || n from generate_series(2, %(variants)s) n
)
insert into ddp.ab_tests (send_plan_id, metric, decide_after, if_unclear)
values (%(plan)s, %(metric)s, '1 hour', %(if_unclear)s)
"""


def request(
    ledger: Ledger, *, share: int = 50, variants: int = 2, metric: str = "clicks", if_unclear: str = "a"
) -> Plan:
    """A plan with a test, whose recipients are not in the ledger yet."""
    plan = ledger.request([], call_size=10)
    values = {"share": share, "plan": plan.send_plan_id, "variants": variants}
    ledger.owner.execute(TEST, values | {"metric": metric, "if_unclear": if_unclear})
    return plan


def planned(ledger: Ledger, count: int = 40, **test: Any) -> Plan:
    """A plan with a test, and so many recipients in the ledger."""
    plan = request(ledger, **test)
    add_batch(ledger, plan, [ledger.address(n) for n in range(count)])
    finish(ledger, plan)
    return plan


def expected(ledger: Ledger, plan: Plan, addresses: Sequence[str]) -> Counter[int | None]:
    """How many of these get each variant; None: the rest."""
    with ledger.working() as cursor:
        found = plans.get(cursor, ledger.channel, plan.send_plan_id)
    assert found is not None
    parts = split.of_plan(found)
    assert parts is not None
    return Counter(parts.variant(hashlib.sha256(address.encode()).digest()) for address in addresses)


def send_due(ledger: Ledger, plan: Plan) -> list[Any]:
    """Send what is due. Returns the claimed recipients."""
    sent = []
    while claimed := ledger.claim():
        ledger.start(calls_of(claimed))
        ledger.record(calls_of(claimed), results_of(claimed, Outcome.ACCEPTED))
        sent += [one for one in claimed if one.send_plan_id == plan.send_plan_id]
    return sent


def come_to(ledger: Ledger, plan: Plan, variant: int, *, delivered: int, clicked: int) -> None:
    """So many of a variant's messages were delivered, and clicked in."""
    ledger.query(
        "with chosen as (select email_send_id, row_number() over (order by email_send_id) as n from email_sends"
        "  where email_campaign_id = %s and variant = %s)"
        " update email_sends s set delivered_at = case when n <= %s then now() end,"
        "  clicked_at = case when n <= %s then now() end"
        " from chosen c where c.email_send_id = s.email_send_id",
        plan.channel_campaign_id, variant, delivered, clicked,
    )  # fmt: skip


ORDERS = """
insert into conversions (
    campaign_id, retailer_id, email_campaign_id, email_send_id, order_id, kind, value, currency, occurred_at
)
select %(campaign)s, %(sender)s, s.email_campaign_id, s.email_send_id, o.order_id, o.kind, o.value, 'EUR', now()
from (
    select * from email_sends where email_campaign_id = %(message)s and variant = %(variant)s
    order by email_send_id limit %(customers)s
) s
cross join lateral (
    select s.email_send_id || '/' || n as order_id, k.kind, k.value
    from generate_series(1, %(orders)s) n
    cross join (values ('order'::conversion_kind, 10), ('refund', -10)) k (kind, value)
) o
"""


def order(ledger: Ledger, plan: Plan, *, variant: int, customers: int, orders: int) -> None:
    """So many customers who got a variant order so often, and give everything back."""
    values = {
        "campaign": plan.campaign_id,
        "sender": plan.created_by_user_id,
        "message": plan.channel_campaign_id,
    }
    more = {"variant": variant, "customers": customers, "orders": orders}
    ledger.owner.execute(ledger.sql(ORDERS), values | more)


def reconcile(ledger: Ledger) -> int:
    """Decide as reconciliation does. Returns how many tests were decided."""
    with ledger.working() as cursor:
        ab_tests.note_tested(cursor, ledger.channel)
        due = ab_tests.due(cursor, ledger.channel)
    decided = 0
    for plan in due:
        with ledger.working() as cursor:
            decided += ab_tests.decide_due(cursor, ledger.channel, plan)
    return decided


def pass_time(ledger: Ledger, plan: Plan, by: timedelta = timedelta(hours=1)) -> None:
    """Time passes for a test whose messages are out."""
    with ledger.working() as cursor:
        ab_tests.note_tested(cursor, ledger.channel)
    ledger.query(
        "update ddp.ab_tests set tested_at = tested_at - %s where send_plan_id = %s", by, plan.send_plan_id
    )


def finish_testing(ledger: Ledger, plan: Plan) -> None:
    """The test's messages are out, and its time is over."""
    send_due(ledger, plan)
    pass_time(ledger, plan)


def decision(ledger: Ledger, plan: Plan) -> dict[str, Any]:
    """The test of a plan, and what was decided."""
    return ledger.query(
        "select t.*, p.winner, p.rest_since from ddp.ab_tests t join send_plans p using (send_plan_id)"
        " where send_plan_id = %s",
        plan.send_plan_id,
    )[0]


def variants(ledger: Ledger, plan: Plan) -> Counter[int | None]:
    """How many rows have each variant."""
    rows = ledger.query(
        "select variant from email_sends where email_campaign_id = %s", plan.channel_campaign_id
    )
    return Counter(row["variant"] for row in rows)
