"""Everything that changes a send, at random, on several connections at once, in both channels: no dead lock ever, and
afterwards everything that is due can be reached.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

import pytest

from ddp.channels import CHANNELS
from ddp.outcomes import Outcome
from tests.database.sending.actors import Actor, Stock, add_plan, decide_by_numbers, give_money
from tests.database.sending.ledger import Ledger, calls_of, results_of
from tests.database.servers import Database, DatabaseServer

CONNECTIONS, SECONDS, SEED = 4, 5.0, 10

# Two senders; each has plans of both channels in one campaign.
SENDERS, PLANS = 2, 3

UNREACHED = """
select s.email_send_id
from email_sends s
join send_plans p on p.email_campaign_id = s.email_campaign_id
where s.status in ('pending', 'sending')
"""


# Budgets of all senders of SMS.
MONTHS = """
insert into senders (user_id, channel, monthly_budget) select user_id, 'sms', 100000 from users
"""
WRONG_BUDGETS = """
select b.owner_id, b.reserved, b.charged, r.reserved as reserved_by_rows, r.charged as charged_by_rows
from ddp.budgets b
join send_plans p on p.send_plan_id = b.owner_id
cross join lateral (
    select coalesce(sum(ddp.sms_reserved(s)), 0) as reserved, coalesce(sum(ddp.sms_charged(s)), 0) as charged
    from sms_sends s where s.sms_campaign_id = p.sms_campaign_id
) r
where b.scope = 'send_plan' and (b.reserved, b.charged) is distinct from (r.reserved, r.charged)
"""
OPEN_PLANS = """
select
    p.send_plan_id, p.cancelled_at is not null as is_cancelled,
    array(select c.due_at from ddp.send_chunks c where c.send_plan_id = p.send_plan_id and c.due_at is not null) as due,
    (select count(*) from ddp.send_calls c where c.send_plan_id = p.send_plan_id and c.ended_at is null) as calls
from send_plans p
where p.channel = 'email' and p.completed_at is null and p.planned_at is not null
"""


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


def stock(ledgers: list[Ledger]) -> list[Stock]:
    """Plans of each channel: planned ones of a few senders, and some that are being planned."""
    admin = ledgers[0].user("admin")
    senders = [ledgers[0].user("retailer") for _ in range(SENDERS)]
    stocks = []
    for ledger in ledgers:
        ledger.rate(10_000)
        planned = [add_plan(ledger, sender) for sender in senders for _ in range(PLANS)]
        requested = [ledger.request([]) for _ in range(2)]
        for plan in requested:
            give_money(ledger, plan)
        stocks.append(Stock(planned=planned, requested=requested, admin=admin))
    ledgers[0].owner.execute(MONTHS)
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
    ledger.query("update send_plans set paused_at = null, max_cost = null")
    ledger.query("update ddp.budgets set exhausted_at = null")
    ledger.query("update ddp.bucket_senders set held_by = null, held_until = null")
    ledger.query(
        "update ddp.send_calls set leased_until = now() - interval '1 second' where ended_at is null"
    )
    ledger.reconcile()
    send_all(ledger)
    decide_by_numbers(ledger)
    send_all(ledger)
    ledger.reconcile()


def send_all(ledger: Ledger) -> None:
    """Send to everyone whom claims find."""
    until = time.monotonic() + 60
    while (seconds := ledger.wait()) is not None and time.monotonic() < until:
        if claimed := ledger.claim():
            ledger.record(calls_of(claimed), results_of(claimed, Outcome.ACCEPTED))
        else:
            time.sleep(min(seconds, 0.1))


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
    assert own[0].query(WRONG_BUDGETS) == []
