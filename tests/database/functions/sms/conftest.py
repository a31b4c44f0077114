"""Sends of SMS as people request them, and the real planner, with moto's queues."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest
from psycopg.types.json import Jsonb

from tests.database.functions.messaging import ask
from tests.database.functions.sending.conftest import Sending
from tests.database.functions.sms.answering import answering  # noqa: F401 - a fixture
from tests.database.functions.sms.ledger import ledger  # noqa: F401 - a fixture
from tests.database.platform import Platform
from tests.lambdas import Answer
from tests.sms import GB, ORIGINS, PRICES, US

QUEUES = ("sms-plan", "sms-send", "sending-export")


@dataclass(slots=True)
class Texting(Sending):
    """A brand with an SMS budget, which may send from the shared identities."""

    def send(
        self,
        audience: object,
        content: str = "Hello",
        *,
        user: str = "brand",
        draft: dict[str, Any] | None = None,
        **options: object,
    ) -> UUID:
        """Request a send as people do. Returns the plan's id."""
        owner = self.platform.users[user]
        values = {
            "campaign_id": self.campaign_id, "created_by_user_id": owner, "sms_content": content,
            "sender_number": "auto",
        } | (draft or {})  # fmt: skip
        names, places = ", ".join(values), ", ".join(["%s"] * len(values))
        (message_id,) = self.query(
            f"insert into sms_campaigns ({names}) values ({places}) returning sms_campaign_id",
            *values.values(),
        )[0]
        scheduled_at = options.pop("scheduled_at", None)
        with self.platform.database.connect("superuser") as connection, connection.transaction():
            connection.execute("set local role authenticated")
            claims = Jsonb({"sub": str(owner), "role": "authenticated"})
            connection.execute("select set_config('request.jwt.claims', %s::text, true)", [claims])
            row = connection.execute(
                "select send_sms_campaign(%s, %s, %s, %s)",
                [message_id, Jsonb(audience), scheduled_at, Jsonb(options)],
            ).fetchone()
        assert row is not None
        plan_id: UUID = row[0]
        return plan_id

    def text(self, *recipients: object, content: str = "Hello", **options: Any) -> UUID:
        """Request a send to a list of numbers or whole entries; all agreed unless told otherwise."""
        entries = [{"phone": given} if isinstance(given, str) else given for given in recipients]
        return self.send(
            {"source": "list", "recipients": entries}, content, **{"consent": "declared"} | options
        )

    def work(self, plan_id: UUID, context: object = None) -> list[str]:
        """Deliver the plan's message. Returns the ids of the messages that failed."""
        from functions.sms import plan

        return self.deliver(plan, {"type": "PlanSend", "send_plan_id": str(plan_id)}, context)

    def sends(self, plan_id: UUID, columns: str = "recipient_phone, status") -> list[tuple[Any, ...]]:
        """Columns of the plan's recipients, by number."""
        return self.query(
            f"select {columns} from sms_sends where sms_campaign_id ="
            " (select sms_campaign_id from send_plans where send_plan_id = %s) order by recipient_phone",
            plan_id,
        )

    def reasons(self, plan_id: UUID) -> dict[str, str]:
        """The reasons of the rejected numbers, by code."""
        return dict(
            self.query("select code, reason from ddp.send_plan_rejections where send_plan_id = %s", plan_id)
        )


@dataclass(slots=True)
class Campaigning(Texting):
    """The same, over HTTP; the retailer takes part in the campaign."""

    def ask(self, user: str | None, method: str, path: str, body: object = None, **rest: Any) -> Answer:
        """See tests.database.functions.messaging.ask."""
        return ask(self.platform, user, method, path, body, **rest)

    def draft(self, user: str = "retailer", **changes: object) -> str:
        """Create a draft. Returns its id."""
        body = {"campaign_id": str(self.campaign_id), "sms_content": "Hello {{ name }}"} | changes
        answer = self.ask(user, "POST", "/sms-campaigns", body)
        assert answer.status == 201, answer
        return answer.body["sms_campaign_id"]

    def requested(
        self, message: str, user: str = "retailer", key: str | None = None, **changes: object
    ) -> Answer:
        """Request that it is sent."""
        body = {"audience": numbers(US, GB)} | changes
        return self.ask(user, "POST", f"/sms-campaigns/{message}/send", body, key=key)

    def sent(self, user: str = "retailer", **changes: object) -> str:
        """Create an SMS and request that it is sent. Returns its id."""
        message = self.draft(user)
        answer = self.requested(message, user, **changes)
        assert answer.status == 202, answer
        return message

    def plan_of(self, message: str) -> UUID:
        """The id of its plan."""
        return self.query("select send_plan_id from send_plans where sms_campaign_id = %s", message)[0][0]

    def ledger(self, message: str, statuses: Sequence[str]) -> list[UUID]:
        """Insert rows as the planner and the workers leave them, in one chunk. Returns their ids, by number."""
        ids = [uuid4() for _ in statuses]
        self.run(
            "insert into ddp.send_chunks (send_plan_id, chunk_no, channel, sender_user_id, due_at, queued_at)"
            " select send_plan_id, 1, 'sms', created_by_user_id, now(), now() from send_plans"
            " where sms_campaign_id = %s on conflict do nothing",
            message,
        )
        for number, (send_id, status) in enumerate(zip(ids, statuses, strict=True)):
            self.run(
                "insert into sms_sends (sms_send_id, sms_campaign_id, recipient_phone, recipient_name, status,"
                " chunk_no, recipient_hash, unknown_at, country, units, price, encoding)"
                " values (%s, %s, %s, 'Ann', %s, 1, sha256(%s::bytea),"
                " case when %s = 'unknown' then now() end, 'US', 2, 0.01766, 'GSM')",
                send_id, message, f"+1202555{number:04}", status, send_id.bytes, status,
            )  # fmt: skip
        self.run(
            "update send_plans set planned_at = now(), resumed_at = now() - interval '1 hour', estimated_cost = 0.05"
            " where sms_campaign_id = %s",
            message,
        )
        return ids

    def statuses(self, message: str) -> list[str]:
        """The statuses of the recipients, by number."""
        return [
            row[0]
            for row in self.query(
                "select status::text from sms_sends where sms_campaign_id = %s order by recipient_phone",
                message,
            )
        ]


def numbers(*phones: str) -> dict[str, object]:
    """An audience given as a list."""
    return {"source": "list", "recipients": [{"phone": phone} for phone in phones]}


@pytest.fixture
def campaigning(texting: Texting) -> Campaigning:
    """A brand's active campaign in which the retailer takes part, identities, prices and budgets."""
    campaigning = Campaigning(texting.platform)
    campaigning.run(
        "insert into campaign_participants (campaign_id, retailer_id) values (%s, %s)",
        campaigning.campaign_id,
        texting.platform.users["retailer"],
    )
    return campaigning


@pytest.fixture(scope="session")
def sms_queues(message_secret: None) -> None:
    """The queues."""
    from ddp import queues

    queues.client.cache_clear()
    for queue in QUEUES:
        boto3.client("sqs").create_queue(QueueName=queue)


@pytest.fixture
def texting(platform: Platform, sms_queues: None) -> Iterator[Texting]:
    """A brand with an active campaign; the queues are empty. Identities and prices are gone afterwards."""
    texting = Texting(platform)
    # Other tests stop the same numbers for everyone.
    texting.run("delete from suppressions where channel = 'sms'")
    for user in ("brand", "retailer"):
        texting.run(
            "insert into senders (user_id, channel, monthly_budget) values (%s, 'sms', 1000)",
            platform.users[user],
        )
    for origin in ORIGINS:
        texting.run(
            "insert into origination_identities (identity, country, kind, message_type, status, is_two_way,"
            " manages_opt_outs, parts_per_second, is_shared, dlt_entity_id)"
            " values (%s, %s, %s, 'promotional', 'active', %s, %s, %s, true, %s)",
            *origin,
        )
    for price in PRICES:
        texting.run(
            "insert into sms_prices (country, kind, price_per_part, valid_from, source)"
            " values (%s, %s, %s, '2020-01-01', 'test')",
            *price,
        )
    for queue in QUEUES:
        texting.messages(queue)
    yield texting
    for table in ("origination_identities", "sms_prices", "phone_consents", "ddp.budgets"):
        texting.run(f"delete from {table}")


@pytest.fixture
def sms(platform: Platform, message_secret: None) -> Iterator[Platform]:
    """The functions of SMS on a database whose registers are empty before and afterwards."""
    tables = ("sms_prices", "sending_windows", "origination_identities", "phone_consents")
    for table in tables:
        platform.query(f"delete from {table} returning 1")
    # Buckets that other tests sent from stay.
    platform.query(
        "delete from ddp.rate_buckets b where b.channel = 'sms'"
        " and not exists (select from ddp.bucket_senders s where s.bucket = b.bucket) returning 1"
    )
    yield platform
    for table in tables:
        platform.query(f"delete from {table} returning 1")
