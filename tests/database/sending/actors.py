"""Who changes sends: workers, people and administrators. Each does one thing after another, at random."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from ddp.channels import EMAIL, SMS
from ddp.outcomes import Outcome
from ddp.queries.messages import ab_tests
from ddp.queries.sending import contents, rates, recipients, reconciliation, sends
from ddp.queries.sending.sends import Claimed, Result
from tests import sms_events
from tests.database.sending.ledger import Ledger, Plan, calls_of, results_of
from tests.database.sending.people import ask
from tests.database.sending.planning import add_batch, finish

# Recipients of each plan. An SMS costs a cent, and a plan may cost half of what it would.
RECIPIENTS, PRICE = 200, Decimal("0.01")
PRICED = "update sms_sends set price = 0.01 where sms_campaign_id = %s"
CAPPED = "update send_plans set max_cost = 1 where send_plan_id = %s"
# A third of the chunks is the rest.
TESTED = """
with plan as (
    update send_plans set test_share = 66 where send_plan_id = %s returning send_plan_id, email_campaign_id
), test as (
    insert into ddp.ab_tests (send_plan_id, metric, decide_after, if_unclear)
    select send_plan_id, 'clicks', '1 minute', 'best' from plan
), variants as (
    insert into ddp.plan_variants (send_plan_id, variant, content) select send_plan_id, 2, 'Variant B' from plan
), waiting as (
    update ddp.send_chunks c set due_at = null from plan p where c.send_plan_id = p.send_plan_id and c.chunk_no %% 3 = 0
)
update email_sends s set variant = s.chunk_no %% 3
from plan p where s.email_campaign_id = p.email_campaign_id and s.chunk_no %% 3 > 0
"""
TIME_PASSES = """
update ddp.ab_tests set tested_at = tested_at - interval '1 minute'
where decided_at is null and tested_at > now() - interval '1 minute'
"""
STOP = """
insert into suppressions (channel, address_hash, owner_user_id, reason)
select 'email', sha256(n::text::bytea), null, 'manual' from unnest(%s::integer[]) n
on conflict do nothing
"""

# A sender's plans of both channels are in its first campaign.
SHARE_CAMPAIGN = """
update send_plans p set campaign_id = (
    select c.campaign_id from campaigns c where c.created_by_user_id = p.created_by_user_id
    order by c.created_at, c.campaign_id limit 1
)
where p.send_plan_id = %s
returning p.campaign_id
"""
CAP = """
insert into ddp.frequency_caps (channel, owner_id, messages, days) values ('email', %s, %s, 1)
on conflict (channel, owner_id) do update set messages = excluded.messages
"""
PAUSE_SENDER = """
insert into senders (user_id, channel, paused_at, pause_code, pause_reason)
values (%s, 'email', now(), 'bounces', 'Too many.')
on conflict (user_id, channel) do update set paused_at = now(), pause_code = 'bounces', pause_reason = 'Too many.'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What the actors act on, in one channel."""

    planned: list[Plan]
    requested: list[Plan]
    admin: UUID


@dataclass(slots=True, kw_only=True)
class Actor:
    """Does one thing after another in one channel, on connections of its own."""

    ledger: Ledger
    stock: Stock
    random: random.Random
    claimed: list[Claimed] = field(default_factory=list)
    worker: UUID = field(default_factory=uuid4)
    doing: str = ""
    done: int = 0

    def act(self) -> None:
        """Do one thing: mostly what workers do most."""
        (action,) = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))
        self.doing = f"{action.__name__} {self.ledger.channel.name}"
        action(self)
        self.doing = ""
        self.done += 1

    # Workers.

    def claim(self) -> None:
        """What it holds may be of several chunks and senders, as a worker's is."""
        lease = timedelta(seconds=self.random.choice([0.02, 1]))
        worker, is_idle = self.random.choice([None, self.worker]), not self.claimed
        with self.ledger.working() as cursor:
            self.claimed += sends.claim(
                cursor,
                self.ledger.channel,
                limit=self.random.randint(1, 60),
                lease=lease,
                worker=worker,
                is_idle=is_idle,
            )

    def start(self) -> None:
        self.ledger.start(calls_of(self.claimed), lease=timedelta(seconds=self.random.choice([0.02, 1])))

    def record(self) -> None:
        self.ledger.record(calls_of(self.claimed), [self._result(one) for one in self.claimed])
        self.claimed = []

    def start_and_record(self) -> None:
        """As workers do, which start their next calls as they record the last; slowed down by the provider, too."""
        calls = calls_of(self.claimed)
        last, following = calls[::2], set(calls[1::2])
        mine = [one for one in self.claimed if one.send_call_id not in following]
        with self.ledger.working() as cursor:
            started = sends.start_calls(
                cursor, self.ledger.channel, list(following), lease=timedelta(seconds=1)
            )
            whole = sum(one.send_call_id in started for one in self.claimed)
            if sum(map(len, started.values())) < whole:
                return  # somebody is held back: results have a transaction of their own
            sends.record(cursor, self.ledger.channel, last, [self._result(one) for one in mine])
            if self.random.random() < 0.2:
                rates.slow_down(cursor, self.ledger.bucket)
        self.claimed = [one for one in self.claimed if one.send_call_id in following]

    def report(self) -> None:
        """What the provider reports of messages that were just claimed, of others, and of earlier attempts."""
        from functions.sms import events
        from functions.sms.reports.receipts import parse

        if self.ledger.channel is EMAIL:
            return
        rows = self.ledger.query(
            "select sms_send_id, attempt from sms_sends where status in ('sending', 'sent', 'unknown')"
            " and send_call_id is not null order by random() limit 20"
        )
        kinds = ["SENT", "DELIVERED", "SPAM", "UNREACHABLE"]
        bodies = [
            sms_events.event(
                self.random.choice(kinds), row["sms_send_id"], self.random.randint(1, row["attempt"]),
                totalMessagePrice=self.random.choice([0.005, 0.01, 0.01, 0.02]), totalCarrierFee=0,
            )
            for row in rows
        ]  # fmt: skip
        if bodies:
            with self.ledger.working() as cursor:
                events._store(cursor, events._prepare([parse(body) for body in bodies]))

    def _result(self, one: Claimed) -> Result:
        outcome = self.random.choice(list(Outcome))
        soon = datetime.now(UTC) + timedelta(seconds=0.1)
        (result,) = results_of([one], outcome, retry_at=soon if outcome is Outcome.RETRY else None, code="c")
        return result

    def complete(self) -> None:
        with self.ledger.working() as cursor:
            plans = [plan.send_plan_id for plan in self.stock.planned]
            recipients.complete(cursor, self.ledger.channel, plans)

    def expire(self) -> None:
        with self.ledger.working() as cursor:
            cursor.execute(self.ledger.sql("select ddp.expire_email_calls()"))

    def reconcile(self) -> None:
        self.ledger.reconcile()
        with self.ledger.working() as cursor:
            work = reconciliation.waiting_work(cursor, self.ledger.channel, limit=100)
            reconciliation.mark_queued(cursor, self.ledger.channel, work)

    def decide_by_numbers(self) -> None:
        decide_by_numbers(self.ledger)

    def plan_batch(self) -> None:
        plan = self.random.choice(self.stock.requested)
        first = self.random.randrange(10**6)
        add_batch(self.ledger, plan, [self.ledger.address(first + n) for n in range(10)], price=PRICE)
        if self.random.random() < 0.02:
            finish(self.ledger, plan)

    def hold(self) -> None:
        is_slow = self.random.random() < 0.1
        with self.ledger.working() as cursor:
            contents.hold(cursor, self.ledger.channel, **self._place(), is_slow=is_slow)

    def free(self) -> None:
        """As workers do soon after a claim. Otherwise a hold would last for longer than this test."""
        self.ledger.query(
            "update ddp.bucket_senders set held_until = now() - interval '1 second' where held_until is not null"
            " and bucket = %s and sender_user_id = %s",
            self.ledger.bucket,
            self._sender(),
        )
        with self.ledger.working() as cursor:
            contents.free(cursor, self.ledger.channel, **self._place())

    def _place(self) -> dict[str, Any]:
        return {"bucket": self.ledger.bucket, "sender": self._sender(), "worker": self.worker}

    def note_slow(self) -> None:
        """Rarely enough for the plan to fail. Then another one takes its place."""
        place = self.random.randrange(len(self.stock.planned))
        plan = self.stock.planned[place]
        with self.ledger.working() as cursor:
            is_set_aside = contents.note_slow(
                cursor, self.ledger.channel, plan.send_plan_id, messages=1, reason="Line 1."
            )
        if is_set_aside:
            self.stock.planned[place] = add_plan(self.ledger, plan.created_by_user_id)

    # People.

    def control(self) -> None:
        plan = self.random.choice(self.stock.planned + self.stock.requested)
        functions = [
            "pause_email_campaign", "resume_email_campaign", "resume_email_campaign", "retry_email_sends",
        ]  # fmt: skip
        self._ask(plan, self.random.choice(functions), plan.channel_campaign_id)

    def decide(self) -> None:
        plan = self.random.choice(self.stock.planned)
        self._ask(plan, "decide_email_ab_test", plan.channel_campaign_id, self.random.choice("AB"))

    def cancel(self) -> None:
        """Another plan of that sender and campaign takes its place, or nothing would be left soon."""
        place = self.random.randrange(len(self.stock.planned))
        plan = self.stock.planned[place]
        self._ask(plan, "cancel_email_campaign", plan.channel_campaign_id)
        self.stock.planned[place] = add_plan(self.ledger, plan.created_by_user_id)

    def settle(self) -> None:
        plan = self.random.choice(self.stock.planned)
        action = self.random.choice(["retry", "mark_sent"])
        self._ask(plan, "settle_unknown_email_sends", plan.channel_campaign_id, action)

    def change_campaign(self) -> None:
        plan = self.random.choice(self.stock.planned)
        self._ask(plan, "set_campaign_status", plan.campaign_id, self.random.choice(["paused", "active"]))

    def _ask(self, plan: Plan, function: str, *values: object) -> None:
        ask(self.ledger, plan.created_by_user_id, function, *values)

    def stop(self) -> None:
        """Some recipients want no more messages. Some time later they do again, or nobody would be left."""
        self.ledger.query(STOP, self.random.sample(range(1, RECIPIENTS + 1), 5))

    def start_again(self) -> None:
        self.ledger.query("delete from suppressions where channel = 'email'")

    def cap(self) -> None:
        """A frequency cap of one sender, or of the platform; now and then none, or everybody would be missed."""
        owner = self.random.choice([self._sender(), UUID(int=2**128 - 1)])
        if self.random.random() < 0.3:
            self.ledger.query("delete from ddp.frequency_caps where channel = 'email'")
            self.ledger.query("delete from ddp.recipient_counters where channel = 'email'")
        else:
            self.ledger.query(CAP, owner, self.random.randint(2, 40))

    # Administrators.

    def limit_sender(self) -> None:
        sender, limit = self._sender(), self.random.choice([None, 50.0, 5000.0])
        ask(self.ledger, self.stock.admin, "set_sender", sender, self.ledger.channel.name, limit, None)

    def pause_sender(self) -> None:
        self.ledger.query(PAUSE_SENDER, self._sender())

    def resume_sender(self) -> None:
        ask(self.ledger, self.stock.admin, "resume_sender", self._sender(), self.ledger.channel.name)

    def _sender(self) -> UUID:
        return self.random.choice(self.stock.planned).created_by_user_id


WEIGHTS: dict[Callable[[Actor], None], int] = {
    Actor.claim: 20,
    Actor.start: 12,
    Actor.record: 8,
    Actor.start_and_record: 12,
    Actor.report: 8,
    Actor.complete: 4,
    Actor.expire: 3,
    Actor.reconcile: 3,
    Actor.hold: 3,
    Actor.free: 12,
    Actor.note_slow: 1,
    Actor.plan_batch: 4,
    Actor.control: 8,
    Actor.decide: 2,
    Actor.decide_by_numbers: 3,
    Actor.cancel: 1,
    Actor.settle: 3,
    Actor.stop: 4,
    Actor.start_again: 2,
    Actor.change_campaign: 4,
    Actor.cap: 3,
    Actor.limit_sender: 2,
    Actor.pause_sender: 1,
    Actor.resume_sender: 4,
}


def add_plan(ledger: Ledger, sender: UUID) -> Plan:
    """Another plan of this sender, with its recipients at once: a plan without any would be complete."""
    with ledger.owner.transaction():
        address = ledger.value("select user_email from users where user_id = %s", sender)
        plan = ledger.plan(RECIPIENTS, sender=address, call_size=5, chunk_size=20)
        give_money(ledger, plan)
        ledger.query(TESTED, plan.send_plan_id)
        return replace(plan, campaign_id=ledger.value(SHARE_CAMPAIGN, plan.send_plan_id))


def decide_by_numbers(ledger: Ledger) -> None:
    """Decide the A/B tests whose messages are out, however short a time ago."""
    with ledger.working() as cursor:
        ab_tests.note_tested(cursor, ledger.channel)
    ledger.owner.execute(TIME_PASSES)
    with ledger.working() as cursor:
        due = ab_tests.due(cursor, ledger.channel)
    for plan in due:
        with ledger.working() as cursor:
            ab_tests.decide_due(cursor, ledger.channel, plan)


def give_money(ledger: Ledger, plan: Plan) -> None:
    """Prices for the plan's messages, and a cap for it."""
    if ledger.channel is SMS:
        ledger.owner.execute(PRICED, [plan.channel_campaign_id])
        ledger.owner.execute(CAPPED, [plan.send_plan_id])
