"""A ledger to test the pipeline's steps on: senders, plans with their recipients, and queries about them."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import RLock
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from ddp.channels import EMAIL, SMS, Channel
from ddp.outcomes import Outcome
from ddp.queries.sending import rates, reconciliation, sends
from ddp.queries.sending.sends import Claimed, Result
from ddp.twins import exchange
from tests.database.servers import Database

LEASE = timedelta(minutes=2)
EMPTY = Path(__file__).with_name("empty.sql").read_bytes()
WAITING = (
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
)

PLAN = """
with sender as (
    insert into users (user_email, user_name, user_type, is_active)
    select coalesce(%(sender)s::text, gen_random_uuid() || '@sender.example'), 'Sender', 'retailer', true
    on conflict (user_email) do update set user_name = 'Sender'
    returning user_id
), campaign as (
    insert into campaigns (campaign_name, campaign_status, created_by_user_id)
    select 'Spring', 'active', user_id from sender
    returning campaign_id, created_by_user_id
), message as (
    {message}
    returning *
)
insert into send_plans (
    campaign_id, email_campaign_id, created_by_user_id, subject, content, sender, audience, scheduled_at,
    prepared_html, prepared_text, queued_at, planned_at, call_size
)
select
    campaign_id, email_campaign_id, created_by_user_id, {content}, '{sender}',
    '{{"source": "list", "recipients": []}}', now(), {html}, 'Hello', now(), now(), %(call_size)s
from message
returning send_plan_id, email_campaign_id as channel_campaign_id, campaign_id, created_by_user_id
"""

EMAIL_PLAN = PLAN.format(
    message="""insert into email_campaigns
        (campaign_id, email_subject, email_content, sender_email, created_by_user_id, requested_at)
    select campaign_id, 'Hello', '<p>Hello</p>', 'shop@sender.example', created_by_user_id, now() from campaign""",
    content="email_subject, email_content",
    html="email_content",
    sender="shop@sender.example",
)
SMS_PLAN = PLAN.format(
    message="""insert into sms_campaigns (campaign_id, sms_content, sender_number, created_by_user_id, requested_at)
    select campaign_id, 'Hello', '+12025550100', created_by_user_id, now() from campaign""",
    content="null, sms_content",
    html="null",
    sender="+12025550100",
)

SENDS = """
with added as (
    insert into email_sends (
        email_campaign_id, created_by_user_id, recipient_email, recipient_hash, chunk_no, not_before
    )
    select %(channel_campaign_id)s, %(created_by_user_id)s, {address}, sha256(n::text::bytea),
        (n - 1) / %(chunk_size)s + 1, now() + %(due_in)s
    from generate_series(1, %(count)s) n
    returning chunk_no, not_before
)
insert into ddp.send_chunks (send_plan_id, chunk_no, channel, bucket, sender_user_id, due_at)
select %(send_plan_id)s, chunk_no, 'email', 'email', %(created_by_user_id)s, min(not_before)
from added
group by chunk_no
"""
# The address of recipient n, as SQL.
ADDRESSES = {"email": "n || '@example.com'", "sms": "'+1' || 2025550000 + n"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan whose recipients are in the ledger."""

    send_plan_id: UUID
    channel_campaign_id: UUID
    campaign_id: UUID
    created_by_user_id: UUID


@dataclass(slots=True)
class Ledger:
    """The database, as its owner and as workers see it. SQL about e-mail is about the ledger's own channel."""

    database: Database
    channel: Channel = EMAIL
    owner: psycopg.Connection[dict[str, Any]] = field(init=False)
    api: psycopg.Connection[dict[str, Any]] = field(init=False)
    shared: psycopg.Connection[dict[str, Any]] | None = None
    connections: list[psycopg.Connection[dict[str, Any]]] = field(default_factory=list)
    one_thread: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        self.owner = psycopg.connect(self.database.url, autocommit=True, row_factory=dict_row)
        self.connections.append(self.owner)
        self.api = self.login("ddp_api")

    def close(self) -> None:
        for connection in self.connections:
            connection.close()

    def rest(self) -> bool:
        """Close what a test has opened besides the three usual connections. Returns whether these are still good."""
        usual = [one for one in (self.owner, self.api, self.shared) if one is not None]
        for connection in self.connections:
            if connection not in usual:
                connection.close()
        self.connections = usual
        return not any(one.closed or one.info.transaction_status for one in usual)

    def empty(self) -> None:
        """Remove what earlier tests left."""
        with self.database.using("superuser") as connection:
            connection.execute(EMPTY)

    def retire(self) -> None:
        """Close the plans of earlier examples, which is faster than removing them."""
        self.owner.execute("update send_plans set completed_at = now() where completed_at is null")

    @property
    def other_channel(self) -> Channel:
        """The other of both channels."""
        return SMS if self.channel is EMAIL else EMAIL

    @property
    def bucket(self) -> str:
        """The bucket of all chunks."""
        return self.channel.name

    def address(self, n: int) -> str:
        """The address of recipient `n` of each plan."""
        return {"email": f"{n}@example.com", "sms": f"+1{2025550000 + n}"}[self.channel.name]

    def sql(self, statement: str) -> str:
        """A statement about e-mail, for this channel."""
        return statement if self.channel is EMAIL else exchange(statement)

    def query(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """Rows of a statement about e-mail, exchanged for this channel, as the owner."""
        cursor = self.owner.execute(self.sql(statement), values)
        return cursor.fetchall() if cursor.description else []

    def value(self, statement: str, *values: object) -> Any:
        """The first column of the first row."""
        return next(iter(self.query(statement, *values)[0].values()))

    def login(self, name: str) -> psycopg.Connection[dict[str, Any]]:
        """A new connection."""
        url = self.database.server.url(self.database.name, name)
        connection = psycopg.connect(url, autocommit=True, row_factory=dict_row, prepare_threshold=None)
        self.connections.append(connection)
        return connection

    def worker(self) -> psycopg.Connection[dict[str, Any]]:
        """A worker's connection, for `working`."""
        return self.login("ddp_worker")

    @contextmanager
    def working(self, connection: psycopg.Connection[Any] | None = None) -> Iterator[psycopg.Cursor[Any]]:
        """A transaction as service_role, on the shared connection unless another is given.

        The shared connection is for one thread at a time: transactions of two would nest in each other and hold their
        locks.
        """
        with self.one_thread if connection is None else nullcontext():
            if connection is None:
                connection = self.shared = self.shared or self.worker()
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute("set local role service_role")
                yield cursor

    def rate(self, per_second: float, daily_left: float | None = None) -> None:
        """Set the bucket's rate, and fill it."""
        self.query(
            "insert into ddp.rate_buckets (bucket, channel, per_second, tokens, daily_left) values (%s, %s, %s, %s, %s)"
            " on conflict (bucket) do update set per_second = excluded.per_second, tokens = excluded.tokens,"
            " daily_left = excluded.daily_left, filled_at = now()",
            self.bucket, self.channel.name, per_second, per_second, daily_left,
        )  # fmt: skip

    def plan(
        self,
        count: int,
        *,
        sender: str | None = None,
        call_size: int = 50,
        chunk_size: int = 500,
        due_in: timedelta = timedelta(0),
    ) -> Plan:
        """Insert a plan with `count` pending recipients: 1@example.com and so on."""
        row = self._insert_plan({"sender": sender, "call_size": call_size})
        sends = self.sql(SENDS).format(address=ADDRESSES[self.channel.name])
        self.owner.execute(sends, row | {"count": count, "chunk_size": chunk_size, "due_in": due_in})
        return Plan(**row)

    def request(
        self, recipients: Sequence[dict[str, str]], *, call_size: int = 50, policy: str = "hold"
    ) -> Plan:
        """Insert a plan as a request leaves it, without recipients in the ledger."""
        row = self._insert_plan({"sender": None, "call_size": call_size})
        self.owner.execute(
            "update send_plans set planned_at = null, queued_at = null, prepared_html = null, prepared_text = null,"
            " audience = jsonb_build_object('source', 'list', 'recipients', %s::jsonb), unknown_policy = %s"
            " where send_plan_id = %s",
            [json.dumps(recipients), policy, row["send_plan_id"]],
        )
        return Plan(**row)

    def _insert_plan(self, values: dict[str, Any]) -> dict[str, Any]:
        statement = EMAIL_PLAN if self.channel is EMAIL else exchange(SMS_PLAN)
        row = self.owner.execute(statement, values).fetchone()
        assert row is not None
        return row

    def user(self, user_type: str) -> UUID:
        """A new active user of this type."""
        user_id: UUID = self.value(
            "insert into users (user_email, user_name, user_type, is_active)"
            " values (gen_random_uuid() || '@x', 'X', %s, true) returning user_id",
            user_type,
        )
        return user_id

    @contextmanager
    def as_user(self, user_id: UUID) -> Iterator[psycopg.Cursor[Any]]:
        """A transaction of a signed-in user."""
        with self.api.transaction(), self.api.cursor() as cursor:
            claims = json.dumps({"sub": str(user_id), "role": "authenticated"})
            cursor.execute("select set_config('request.jwt.claims', %s, true)", [claims])
            cursor.execute("set local role authenticated")
            yield cursor

    def acts(self, plan: Plan, call: str, *, as_admin: bool = False) -> None:
        """Call a function as the plan's sender or as an administrator, with %(message)s, %(campaign)s and %(user)s."""
        values = {
            "message": plan.channel_campaign_id,
            "campaign": plan.campaign_id,
            "user": plan.created_by_user_id,
        }
        with self.as_user(self.user("admin") if as_admin else plan.created_by_user_id) as cursor:
            cursor.execute(self.sql(f"select public.{call}"), values)

    def claim(self, limit: int = 500, *, lease: timedelta = LEASE) -> list[Claimed]:
        with self.working() as cursor:
            return sends.claim(cursor, self.channel, limit=limit, lease=lease)

    def start(self, calls: Sequence[UUID], *, lease: timedelta = LEASE) -> set[UUID]:
        with self.working() as cursor:
            return set(sends.start_calls(cursor, self.channel, calls, lease=lease))

    def start_sends(self, calls: Sequence[UUID], *, lease: timedelta = LEASE) -> set[UUID]:
        """The sends that may go."""
        with self.working() as cursor:
            return set().union(*sends.start_calls(cursor, self.channel, calls, lease=lease).values())

    def record(self, calls: Sequence[UUID], results: Sequence[Result]) -> dict[str, int]:
        with self.working() as cursor:
            return sends.record(cursor, self.channel, calls, results)

    def wait(self) -> float | None:
        with self.working() as cursor:
            return rates.wait(cursor, self.channel)

    def wait_for_waiting(self, count: int) -> None:
        """Wait until so many sessions wait for a lock."""
        until = time.monotonic() + 10
        while self.value(WAITING) < count:
            assert time.monotonic() < until
            time.sleep(0.01)

    def reconcile(self) -> dict[str, Any]:
        counts: dict[str, Any] = {}
        for step in reconciliation.STEPS:
            with self.working() as cursor:
                counts |= step(cursor, self.channel)
        with self.working() as cursor:
            price = Decimal("0.10") if self.channel is EMAIL else None
            reconciliation.book_costs(cursor, self.channel, price_per_thousand=price)
        return counts

    def states(self, plan: Plan) -> dict[str, int]:
        """The number of the plan's recipients in each state."""
        rows = self.query(
            "select status::text from email_sends where email_campaign_id = %s", plan.channel_campaign_id
        )
        return dict(Counter(row["status"] for row in rows))


def results_of(claimed: Sequence[Claimed], outcome: Outcome, **members: Any) -> list[Result]:
    """The same result for each recipient."""
    message = {"message_id": "m"} if outcome is Outcome.ACCEPTED else {}
    return [
        Result(send_id=c.send_id, attempt=c.attempt, outcome=outcome, **(message | members)) for c in claimed
    ]


def calls_of(claimed: Sequence[Claimed]) -> list[UUID]:
    """The calls of these recipients."""
    return sorted({c.send_call_id for c in claimed})
