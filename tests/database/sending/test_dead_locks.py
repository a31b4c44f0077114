"""Everything that changes a send, at random, on several connections at once, in both channels: no dead lock ever, and
afterwards everything that is due can be reached.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from ddp.channels import CHANNELS
from ddp.outcomes import Outcome
from ddp.queries.sending import contents, recipients, reconciliation, sends
from ddp.queries.sending.sends import Claimed, Result
from tests.database.sending.ledger import Ledger, Plan, calls_of, results_of
from tests.database.sending.people import ask
from tests.database.sending.planning import add_batch, finish
from tests.database.servers import Database, DatabaseServer

CONNECTIONS, SECONDS, SEED = 4, 8.0, 10

# Two senders; each has plans of both channels in one campaign.
SENDERS, PLANS, RECIPIENTS = 2, 3, 200

# A sender's plans of both channels are in its first campaign.
SHARE_CAMPAIGN = """
update send_plans p set campaign_id = (
    select c.campaign_id from campaigns c where c.created_by_user_id = p.created_by_user_id
    order by c.created_at, c.campaign_id limit 1
)
where p.send_plan_id = %s
returning p.campaign_id
"""
PAUSE_SENDER = """
insert into senders (user_id, channel, paused_at, pause_code, pause_reason)
values (%s, 'email', now(), 'bounces', 'Too many.')
on conflict (user_id, channel) do update set paused_at = now(), pause_code = 'bounces', pause_reason = 'Too many.'
"""
UNREACHED = """
select s.email_send_id
from email_sends s
join send_plans p on p.email_campaign_id = s.email_campaign_id
where s.status in ('pending', 'sending')
"""


OPEN_PLANS = """
select
    p.send_plan_id, p.cancelled_at is not null as is_cancelled,
    array(select c.due_at from ddp.send_chunks c where c.send_plan_id = p.send_plan_id and c.due_at is not null) as due,
    (select count(*) from ddp.send_calls c where c.send_plan_id = p.send_plan_id and c.ended_at is null) as calls
from send_plans p
where p.channel = 'email' and p.completed_at is null and p.planned_at is not null
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

    def plan_batch(self) -> None:
        plan = self.random.choice(self.stock.requested)
        first = self.random.randrange(10**6)
        add_batch(self.ledger, plan, [self.ledger.address(first + n) for n in range(10)])
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
    Actor.record: 16,
    Actor.complete: 4,
    Actor.expire: 3,
    Actor.reconcile: 3,
    Actor.hold: 3,
    Actor.free: 12,
    Actor.note_slow: 1,
    Actor.plan_batch: 4,
    Actor.control: 8,
    Actor.cancel: 1,
    Actor.settle: 3,
    Actor.change_campaign: 4,
    Actor.limit_sender: 2,
    Actor.pause_sender: 1,
    Actor.resume_sender: 4,
}


@pytest.fixture
def database(server: DatabaseServer, template: Database) -> Iterator[Database]:
    """A database in which dead locks are found at once, not after a second."""
    database = server.create(template=template.name)
    with database.connect("superuser") as connection:
        connection.execute(f"alter database {database.name} set deadlock_timeout = '20ms'")
    yield database
    server.drop(database)


@pytest.fixture
def ledgers(database: Database) -> Iterator[Callable[[], list[Ledger]]]:
    """Opens a ledger of each channel, with connections of its own."""
    opened: list[Ledger] = []

    def make() -> list[Ledger]:
        made = [Ledger(database, channel) for channel in CHANNELS]
        opened.extend(made)
        return made

    yield make
    for ledger in opened:
        ledger.close()


def add_plan(ledger: Ledger, sender: UUID) -> Plan:
    """Another plan of this sender, with its recipients at once: a plan without any would be complete."""
    with ledger.owner.transaction():
        address = ledger.value("select user_email from users where user_id = %s", sender)
        plan = ledger.plan(RECIPIENTS, sender=address, call_size=5, chunk_size=20)
        return replace(plan, campaign_id=ledger.value(SHARE_CAMPAIGN, plan.send_plan_id))


def stock(ledgers: list[Ledger]) -> list[Stock]:
    """Plans of each channel: planned ones of a few senders, and some that are being planned."""
    admin = ledgers[0].user("admin")
    senders = [ledgers[0].user("retailer") for _ in range(SENDERS)]
    stocks = []
    for ledger in ledgers:
        ledger.rate(10_000)
        planned = [add_plan(ledger, sender) for sender in senders for _ in range(PLANS)]
        stocks.append(Stock(planned=planned, requested=[ledger.request([]) for _ in range(2)], admin=admin))
    return stocks


def act(actors: list[Actor], until: float) -> int:
    """Let actors of one thread act in turns. Returns how many things they did."""
    while time.monotonic() < until:
        for actor in actors:
            actor.act()
    return sum(actor.done for actor in actors)


def act_together(teams: list[list[Actor]]) -> list[int]:
    """Let the teams act at once. An error says what everybody was doing."""
    until = time.monotonic() + SECONDS
    with ThreadPoolExecutor(len(teams)) as pool:
        running = [pool.submit(act, team, until) for team in teams]
        wait(running, return_when=FIRST_EXCEPTION)
        doing = [actor.doing for team in teams for actor in team if actor.doing]
    for future in running:
        if error := future.exception():
            error.add_note(f"Under way: {doing}")
            raise error
    return [future.result() for future in running]


def drain(ledger: Ledger) -> None:
    """Lift every pause and limit, end every lease, and send to everyone whom claims find."""
    ledger.query(
        "update senders set paused_at = null, pause_code = null, pause_reason = null, max_per_second = null"
    )
    ledger.query("update campaigns set campaign_status = 'active'")
    ledger.query("update send_plans set paused_at = null")
    ledger.query("update ddp.bucket_senders set held_by = null, held_until = null")
    ledger.query(
        "update ddp.send_calls set leased_until = now() - interval '1 second' where ended_at is null"
    )
    ledger.reconcile()
    until = time.monotonic() + 60
    while (seconds := ledger.wait()) is not None and time.monotonic() < until:
        if claimed := ledger.claim():
            ledger.record(calls_of(claimed), results_of(claimed, Outcome.ACCEPTED))
        else:
            time.sleep(min(seconds, 0.1))
    ledger.reconcile()


@pytest.mark.timeout(180)
def test_no_dead_lock_and_nobody_is_forgotten(ledgers: Callable[[], list[Ledger]]) -> None:
    """DeadlockDetected, or any other error of the database, fails the test from the thread that met it."""
    own = ledgers()
    stocks = stock(own)
    teams = [
        [
            Actor(ledger=ledger, stock=of_channel, random=random.Random(f"{SEED} {n} {ledger.channel.name}"))
            for ledger, of_channel in zip(ledgers(), stocks, strict=True)
        ]
        for n in range(CONNECTIONS)
    ]
    assert min(act_together(teams)) > 20
    for ledger in own:
        drain(ledger)
        assert ledger.query(UNREACHED) == []
        assert ledger.query(OPEN_PLANS) == []
