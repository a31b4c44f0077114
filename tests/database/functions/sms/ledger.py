"""SMS in a ledger, and the functions that process events and links about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests import lambdas, sms_events
from tests.database.platform import Platform

# The columns of a message that events may change.
LEARNT = """
    status::text, accepted_attempts, attempt, provider_message_id, sent_at, delivered_at, clicked_at,
    carrier_reported_at, failed_at, failure_code, failure_reason, unknown_at, charges, charged
"""

# What the budgets must say, by the ledger's rows.
BY_ROWS = """
select coalesce(sum(ddp.sms_reserved(s)), 0), coalesce(sum(ddp.sms_charged(s)), 0) from sms_sends s
where s.sms_campaign_id = %s
"""


@dataclass(slots=True)
class Ledger:
    """SMS campaigns of a platform's users with a plan each, and rows of sms_sends inserted directly."""

    platform: Platform
    campaigns: dict[str, UUID] = field(default_factory=dict)
    connection: psycopg.Connection[Any] = field(init=False)
    salt: bytes = field(default_factory=lambda: uuid4().bytes)  # tests share a database, but no numbers

    def __post_init__(self) -> None:
        self.connection = self.platform.database.connect("superuser")

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of a statement, as the superuser. All use one connection, because some tests run thousands."""
        return self.connection.execute(statement.encode(), values).fetchall()

    def value(self, statement: str, *values: object) -> Any:
        ((found,),) = self.query(statement, *values)
        return found

    def campaign(self, user: str = "brand") -> UUID:
        """The id of the user's only SMS campaign, which has a plan that began."""
        if user not in self.campaigns:
            owner = self.platform.users[user]
            campaign_id, message_id = uuid4(), uuid4()
            self.connection.execute(
                "insert into campaigns (campaign_id, campaign_name, created_by_user_id, campaign_status,"
                " start_date) values (%s, 'Spring', %s, 'active', now())",
                [campaign_id, owner],
            )
            self.connection.execute(
                "insert into sms_campaigns (sms_campaign_id, campaign_id, sms_content, sender_number,"
                " created_by_user_id) values (%s, %s, 'Spring', '+12065550100', %s)",
                [message_id, campaign_id, owner],
            )
            self.connection.execute(
                "insert into send_plans (channel, campaign_id, sms_campaign_id, created_by_user_id, content, sender,"
                " audience, scheduled_at, planned_at, started_at)"
                " values ('sms', %s, %s, %s, 'Spring', '+12065550100', '{}', now(), now(), now())",
                [campaign_id, message_id, owner],
            )
            self.connection.execute(
                "insert into senders (user_id, channel, monthly_budget) values (%s, 'sms', 1000)"
                " on conflict (user_id, channel) do update set monthly_budget = 1000",
                [owner],
            )
            self.campaigns[user] = message_id
            self.query("select ddp.lock_sms_budgets(%s)", self.plan(user))
        return self.campaigns[user]

    def plan(self, user: str = "brand") -> UUID:
        """The id of the plan of the user's only SMS campaign."""
        statement = "select send_plan_id from send_plans where sms_campaign_id = %s"
        found: UUID = self.value(statement, self.campaign(user))
        return found

    def send(
        self, user: str = "brand", *, phone: str | None = None, status: str = "sending", **columns: object
    ) -> UUID:
        """Insert a message, by default in a call and to a unique number. Returns its id."""
        send_id = uuid4()
        values = {
            "sms_send_id": send_id,
            "sms_campaign_id": self.campaign(user),
            "created_by_user_id": self.platform.users[user],
            "recipient_phone": f"+1{send_id.int % 10**13:013}",
            "recipient_hash": self.hash(phone or str(send_id)),
            "send_call_id": uuid4(),
            "price": "0.01",
            "country": "US",
            "budget_month": self.value("select ddp.sms_month(now())"),
        } | columns
        names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
        self.connection.execute(
            f"insert into sms_sends ({names}) values ({marks})".encode(), list(values.values())
        )
        # A change books what the message reserves.
        self.connection.execute("update sms_sends set status = %s where sms_send_id = %s", [status, send_id])
        return send_id

    def hash(self, phone: str) -> bytes:
        """The hash of a number, as suppressions store it; 32 bytes."""
        return sha256(self.salt + phone.encode()).digest()

    def deliver(self, *bodies: str) -> list[str]:
        """Give the worker a batch of events. Returns the ids of the messages that failed."""
        from functions.sms import events

        self.platform.login("ddp_worker")
        answer = events.handler(sms_events.batch(bodies), lambdas.Context())
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def learnt(self, send_id: UUID) -> dict[str, Any]:
        """The columns of a message that events may change."""
        names = [part.split("::")[0].strip() for part in LEARNT.split(",")]
        (row,) = self.query(f"select {LEARNT} from sms_sends where sms_send_id = %s", send_id)
        return dict(zip(names, row, strict=True))

    def status(self, send_id: UUID) -> str:
        return self.learnt(send_id)["status"]

    def sentence(self, send_id: UUID) -> str | None:
        return self.value("select ddp.sms_sentence(s) from sms_sends s where sms_send_id = %s", send_id)

    def budget(self, user: str = "brand") -> tuple[Any, Any]:
        """What the plan's budget says is reserved and charged."""
        return self.query(
            "select reserved, charged from ddp.budgets where scope = 'send_plan' and owner_id = %s",
            self.plan(user),
        )[0]

    def pause(self, user: str = "brand") -> dict[str, Any] | None:
        """Why the plan is not being sent."""
        return self.value(
            "select ddp.plan_pause(p) from send_plans p where send_plan_id = %s", self.plan(user)
        )

    def hours(self, user: str = "brand") -> tuple[int, int, int]:
        """Numbers of accepted messages, refusals as spam and opt-outs, from the sender's hours."""
        (row,) = self.query(
            "select coalesce(sum(accepted), 0), coalesce(sum(complained), 0), coalesce(sum(opted_out), 0)"
            " from ddp.sender_hours where channel = 'sms' and user_id = %s",
            self.platform.users[user],
        )
        return row

    def suppressions(self, phone: str) -> set[tuple[str, str]]:
        """Who may not write to a number (a user's name, or everyone), and the reason."""
        names = {user_id: name for name, user_id in self.platform.users.items()}
        rows = self.query(
            "select owner_user_id, reason::text from suppressions where channel = 'sms' and address_hash = %s",
            self.hash(phone),
        )
        return {(names[owner] if owner else "everyone", reason) for owner, reason in rows}


@pytest.fixture
def ledger(platform: Platform) -> Iterator[Ledger]:
    """A ledger without messages."""
    ledger = Ledger(platform)
    yield ledger
    ledger.connection.close()
