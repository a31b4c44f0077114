"""A message that waits for approval goes out with the very content that was approved, whoever acts at the same time."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.database.sending.ledger import Ledger

# Of e-mail's fields, for the ledger's own channel.
CONTENT = {"email": "email_content", "sms": "sms_content"}
AUDIENCE = {
    "email": {"source": "list", "recipients": [{"email": "a@example.com"}]},
    "sms": {"source": "list", "recipients": [{"phone": "+12025550101"}]},
}
# One that is in the middle of a transaction.
ANY_CALLER = """
select pg_terminate_backend(pid) from pg_stat_activity
where usename = 'ddp_api' and datname = current_database() and xact_start is not null
order by random() limit 1
"""


class Idle:
    """Connections of ledgers that nobody uses at the moment."""

    def __init__(self) -> None:
        self.connections: list[tuple[Ledger, psycopg.Connection[Any]]] = []
        self.lock = threading.Lock()

    def pop(self, ledger: Ledger) -> psycopg.Connection[Any]:
        with self.lock:
            self.connections = [one for one in self.connections if not one[1].closed]
            for one in self.connections:
                if one[0] is ledger:
                    self.connections.remove(one)
                    return one[1]
        return ledger.login("ddp_api")

    def add(self, ledger: Ledger, connection: psycopg.Connection[Any]) -> None:
        with self.lock:
            self.connections.append((ledger, connection))


IDLE = Idle()


def attempt(ledger: Ledger, user: UUID, statement: str, *values: object) -> bool:
    """Whether it was done; False: refused with 409, or nobody knows, because the connection died."""
    connection = IDLE.pop(ledger)
    try:
        with connection.transaction(), connection.cursor() as cursor:
            claims = json.dumps({"sub": str(user), "role": "authenticated"})
            cursor.execute("select set_config('request.jwt.claims', %s, true)", [claims])
            cursor.execute("set local role authenticated")
            cursor.execute(ledger.sql(statement), values)
    except psycopg.Error as error:
        if error.sqlstate != "PT409" and not connection.closed:
            raise
        return False
    finally:
        IDLE.add(ledger, connection)
    return True


class Shop:
    """A retailer in the campaign of a brand that approves all, with drafts."""

    def __init__(self, ledger: Ledger, drafts: int) -> None:
        self.ledger = ledger
        self.brand, self.retailer = uuid4(), uuid4()
        for user, kind in ((self.brand, "brand"), (self.retailer, "retailer")):
            ledger.query(
                "insert into users (user_id, user_email, user_name, user_type, is_active)"
                " values (%s, %s || '@x', 'x', %s, true)",
                user, user, kind,
            )  # fmt: skip
        ledger.query(
            "update users set profile_data = %s where user_id = %s",
            Jsonb({"sender": {"postal_address": "1 High Street, London"}}), self.retailer,
        )  # fmt: skip
        ledger.query(
            "insert into sender_identities (identity, created_by_user_id, status)"
            " values (%s || '.example', %s, 'verified')",
            self.retailer, self.retailer,
        )  # fmt: skip
        ledger.query(
            "insert into senders (user_id, channel, monthly_budget) values (%s, 'sms', 100)", self.retailer
        )
        self.campaign = ledger.query(
            "insert into campaigns (campaign_name, campaign_status, created_by_user_id, approval)"
            " values ('x', 'active', %s, 'all') returning campaign_id",
            self.brand,
        )[0]["campaign_id"]
        ledger.query(
            "insert into campaign_participants (campaign_id, retailer_id) values (%s, %s)",
            self.campaign,
            self.retailer,
        )
        self.drafts = [self._draft() for _ in range(drafts)]

    def _draft(self) -> UUID:
        draft = uuid4()
        if self.ledger.channel.name == "sms":
            self.ledger.query(
                "insert into sms_campaigns (sms_campaign_id, campaign_id, sms_content, sender_number,"
                " created_by_user_id) values (%s, %s, 'x', 'auto', %s)",
                draft, self.campaign, self.retailer,
            )  # fmt: skip
        else:
            self.ledger.query(
                "insert into email_campaigns (email_campaign_id, campaign_id, email_subject, email_content,"
                " sender_email, created_by_user_id) values (%s, %s, 'x', 'x', 'a@' || %s || '.example', %s)",
                draft, self.campaign, self.retailer, self.retailer,
            )  # fmt: skip
        return draft

    def change(self, draft: UUID) -> bool:
        name = CONTENT[self.ledger.channel.name]
        return attempt(
            self.ledger, self.retailer, f"update email_campaigns set {name} = %s where email_campaign_id = %s",
            str(uuid4()), draft,
        )  # fmt: skip

    def move(self) -> bool:
        """Changes what the retailer says of itself, which its messages show."""
        sender = {"sender": {"postal_address": str(uuid4())}}
        return attempt(
            self.ledger, self.retailer, "update users set profile_data = %s where user_id = %s",
            Jsonb(sender), self.retailer,
        )  # fmt: skip

    def send(self, draft: UUID) -> bool:
        return attempt(
            self.ledger, self.retailer, "select send_email_campaign(%s, %s, null, %s)",
            draft, Jsonb(AUDIENCE[self.ledger.channel.name]),
            Jsonb({"consent": "declared"} if self.ledger.channel.name == "sms" else {}),
        )  # fmt: skip

    def ask(self, draft: UUID) -> bool:
        return attempt(self.ledger, self.retailer, "select request_approval(%s)", draft)

    def decide(self, draft: UUID, verb: str = "approve(%s)") -> bool:
        rows = self.ledger.query(
            "select approval_id from approvals where message_id = %s and state in ('waiting', 'approved')",
            draft,
        )
        done = [attempt(self.ledger, self.brand, f"select {verb}", row["approval_id"]) for row in rows]
        return any(done)


def test_a_browser_asks_and_sends(ledger: Ledger) -> None:
    shop = Shop(ledger, 1)
    (draft,) = shop.drafts
    assert not shop.send(draft)
    assert shop.ask(draft)
    assert not shop.send(draft)
    assert shop.decide(draft)
    assert shop.send(draft)


def test_eight_who_ask_at_once_ask_once(ledger: Ledger) -> None:
    shop = Shop(ledger, 1)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(shop.ask, shop.drafts * 8))
    assert len(ledger.query("select approval_id from approvals where message_id = %s", shop.drafts[0])) == 1
    notices = ledger.query("select cause, count from notices where user_id = %s", shop.brand)
    assert [(one["cause"], one["count"]) for one in notices] == [("approval-requested", 1)]


def test_eight_who_approve_while_content_changes_and_sends_run(ledger: Ledger) -> None:
    """One round for each draft: whatever went out was approved as it went out. More rounds, if nothing has."""
    shop = Shop(ledger, 48)
    sent: list[bool] = []
    for number, draft in enumerate(shop.drafts, start=1):
        if number > 12 and any(sent):
            break
        shop.ask(draft)
        acts = [shop.decide] * 3 + [shop.send] * 4 + [shop.change]
        random.Random(draft.int).shuffle(acts)
        with ThreadPoolExecutor(8) as pool:
            list(
                pool.map(
                    lambda act, draft=draft: [act(draft) for _ in range(1 if act == shop.change else 5)], acts
                )
            )
        sent.append(check(shop, draft))
    assert any(sent), "nothing went out: the test says nothing"


def act_at_random(shop: Shop, seed: int) -> None:
    """Thirty acts of whoever there is."""
    dice = random.Random(seed)
    for _ in range(30):
        draft = dice.choice(shop.drafts)
        match dice.randrange(10):
            case 0:
                shop.move()
            case 1:
                shop.change(draft)
            case 2 | 3:
                shop.send(draft)
            case 4 | 5 | 6:
                shop.ask(draft)
            case 7 | 8:
                shop.decide(draft)
            case _:
                shop.decide(draft, "refuse_approval(%s, 'No.')")


def act_until(shop: Shop, seed: int, enough: Callable[[], bool]) -> None:
    """Rounds of eight who act at once, until a draft was sent and there was enough: a fast machine needs more."""
    for number in range(20):
        with ThreadPoolExecutor(8) as pool:
            list(
                pool.map(
                    lambda who, first=seed * 1000 + number * 8: act_at_random(shop, first + who), range(8)
                )
            )
        sent = [check(shop, draft) for draft in shop.drafts]
        if any(sent) and enough():
            return
    pytest.fail("nothing went out, or nobody died: the test says nothing")


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 6))]
)
def test_random_interleavings(ledger: Ledger, seed: int) -> None:
    act_until(Shop(ledger, 4), seed, lambda: True)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_callers_that_die_in_the_middle(ledger: Ledger, seed: int) -> None:
    """To the database, a caller that was killed is a connection that is gone."""
    shop = Shop(ledger, 4)
    over = threading.Event()
    killed: list[int] = []

    def kill() -> None:
        while not over.wait(0.04):
            killed.append(len(ledger.query(ANY_CALLER)))

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        act_until(shop, seed, lambda: sum(killed) > 10)
    finally:
        over.set()
        killer.join()


def check(shop: Shop, draft: UUID) -> bool:
    """Whether the draft was sent; if so, with the content that is approved."""
    name = CONTENT[shop.ledger.channel.name]
    plans = shop.ledger.query(
        f"select p.content = e.{name} as as_frozen, ddp.is_approved(e.campaign_id, e.email_campaign_id,"
        " ddp.with_sender(ddp.content_of_email(e), p.sender_profile)) as approved from send_plans p"
        " join email_campaigns e on e.email_campaign_id = p.email_campaign_id where e.email_campaign_id = %s",
        draft,
    )
    assert len(plans) <= 1
    assert all(plan["as_frozen"] and plan["approved"] for plan in plans), plans
    return bool(plans)
