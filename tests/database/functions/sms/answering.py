"""Shared by the tests of answers to SMS: a world in which people answer, and a provider that says what it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from ddp.addresses import phone_hash
from ddp.outcomes import Outcome
from ddp.providers.transport import Answer
from tests import lambdas
from tests.database.platform import Platform

_NUMBERS = count(1)

MESSAGE = """
with campaign as (
    insert into campaigns (campaign_name, created_by_user_id) values ('x', %s) returning campaign_id
)
insert into sms_campaigns (campaign_id, sms_content, sender_number, created_by_user_id)
select campaign_id, 'x', '{identity}', %s from campaign
returning sms_campaign_id, campaign_id
"""
PLAN = """
insert into send_plans (channel, sms_campaign_id, campaign_id, created_by_user_id, audience, recipients_masked,
    content, sender, scheduled_at)
values ('sms', %s, %s, %s, '{"source": "list", "recipients": []}', %s, 'x', 'auto', now()) returning 1
"""
SEND = """
insert into sms_sends (sms_campaign_id, created_by_user_id, recipient_phone, recipient_hash, status, sent_at, country,
    bucket, provider_message_id)
values (%s, %s, %s, %s, 'sent', now() - %s::interval, 'US', %s, 'provider-' || gen_random_uuid()) returning sms_send_id
"""


class Patient(lambdas.Context):
    """A context with two minutes left."""

    def get_remaining_time_in_millis(self) -> int:
        return 120_000


@dataclass
class Phones:
    """A transport that accepts everything, unless `outcomes` says otherwise; keeps what it was given."""

    longest_call: float = 1.0
    sent: list[Any] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    # Called before each wave is answered.
    during: Any = None

    def fitting(self, messages: Sequence[Any]) -> int:
        return min(32, len(messages))

    def send(self, messages: Sequence[Any]) -> list[Answer]:
        self.sent += messages
        if self.during:
            self.during()
        outcomes = [self.outcomes.pop(0) if self.outcomes else Outcome.ACCEPTED for _ in messages]
        return [
            Answer(
                outcome=o,
                message_id="m" if o is Outcome.ACCEPTED else None,
                code=None if o is Outcome.ACCEPTED else "x",
            )
            for o in outcomes
        ]

    def quota(self) -> None:
        return None


@dataclass
class OptOutList:
    """The provider's opt-out list: its calls in order, and its pages."""

    numbers: set[str] = field(default_factory=set)
    calls: list[tuple[str, str]] = field(default_factory=list)
    failure: Exception | None = None
    page_size: int = 2

    def put(self, phone: str) -> None:
        self._called("put", phone)
        self.numbers.add(phone)

    def delete(self, phone: str) -> None:
        self._called("delete", phone)
        self.numbers.discard(phone)

    def pages(self, next_token: str | None = None) -> tuple[list[str], str | None]:
        listed, start = sorted(self.numbers), int(next_token or 0)
        end = start + self.page_size
        return listed[start:end], str(end) if end < len(listed) else None

    def _called(self, action: str, phone: str) -> None:
        self.calls.append((action, phone))
        if self.failure:
            raise self.failure


@dataclass
class Answering:
    """Identities, messages that were sent from them, and what people answer."""

    platform: Platform
    phones: Phones
    opt_outs: OptOutList

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self.platform.query(statement, *values)

    def number(self) -> str:
        """A number that nobody had yet."""
        return f"+1202555{next(_NUMBERS):04}"

    def identity(self, user: str | None = None, **columns: object) -> str:
        """A two-way long code in the US of this user; of all if None. Its opt-outs are ours."""
        identity = str(columns.pop("identity", f"+1303555{next(_NUMBERS):04}"))
        values = {
            "identity": identity, "country": "US", "kind": "ten_dlc", "message_type": "promotional", "status": "active",
            "is_two_way": True, "manages_opt_outs": True, "parts_per_second": 1, "contact": "help@brand.example",
            "is_shared": user is None, "assigned_to_user_id": self.platform.users[user] if user else None,
        } | columns  # fmt: skip
        self.query(
            f"insert into origination_identities ({', '.join(values)})"
            f" values ({', '.join(['%s'] * len(values))}) returning 1",
            *values.values(),
        )
        return identity

    def sent(
        self, user: str, identity: str, phone: str, *, ago: str = "1 hour", masked: bool = False
    ) -> UUID:
        """A message that a user sent from an identity to a number."""
        owner, parts = self.platform.users[user], MESSAGE.format(identity=identity)
        message, campaign = self.query(parts, owner, owner)[0]
        self.query(PLAN, message, campaign, owner, masked)
        return self.query(SEND, message, owner, phone, phone_hash(phone), ago, f"sms:{identity}")[0][0]

    def record(
        self, phone: str, identity: str, body: str | None, *, ago: float = 0, **changes: object
    ) -> dict[str, Any]:
        """An SQS record of the documented message, that arrived `ago` seconds ago."""
        number = next(_NUMBERS)
        message = {
            "originationNumber": phone,
            "destinationNumber": identity,
            "messageKeyword": "KEYWORD_123456789012",
            "messageBody": body,
            "inboundMessageId": f"cae173d2-66b9-564c-8309-{number:012}",
        } | changes
        if body is None:
            del message["messageBody"]
        at = datetime.now(UTC) - timedelta(seconds=ago)
        return {
            "messageId": f"item-{number}",
            "body": json.dumps(message),
            "attributes": {"SentTimestamp": str(int(at.timestamp() * 1000))},
        }

    def deliver(self, *records: dict[str, Any]) -> list[str]:
        """Give the worker a batch. Returns the ids of the items that failed."""
        from functions.sms import inbound

        self.platform.login("ddp_worker")
        answer = inbound.handler({"Records": list(records)}, Patient())
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def say(self, phone: str, identity: str, body: str | None, *, ago: float = 0, **changes: object) -> str:
        """Deliver one message. Returns its id."""
        record = self.record(phone, identity, body, ago=ago, **changes)
        assert self.deliver(record) == []
        given = json.loads(record["body"])["inboundMessageId"]
        return str(
            self.query(
                "select inbound_message_id from inbound_messages where provider_message_id = %s", given
            )[0][0]
        )

    def run_minute(self) -> None:
        """What the schedule does."""
        from functions.sms import opt_outs

        self.platform.login("ddp_worker")
        event = {"Records": [lambdas.sample("email/plan")["Records"][0] | {"body": "{}"}]}
        assert opt_outs.handler(event, Patient()) == {"batchItemFailures": []}

    def suppressions(self, phone: str) -> set[tuple[str, UUID | None]]:
        """Why, and for whom, a number gets no messages."""
        rows = self.query(
            "select reason::text, owner_user_id from suppressions where address_hash = %s and channel = 'sms'",
            phone_hash(phone),
        )
        return set(rows)

    def replies(self, phone: str) -> list[tuple[str, str | None]]:
        """The automatic answers to a number: kind and outcome."""
        return self.query(
            "select kind, outcome from ddp.sms_replies where phone_hash = %s order by created_at, due_by",
            phone_hash(phone),
        )

    def ask(
        self, user: str | None, method: str, path: str, body: object = None, **query: object
    ) -> lambdas.Answer:
        """Call the routes of inbound messages as a user (None: without a token)."""
        from ddp import edge
        from functions.sms.routes import inbound_messages

        app = edge.resolver()
        app.include_router(inbound_messages.router)
        self.platform.login("ddp_api")
        caller = lambdas.claims(self.platform.users[user]) if user else None
        event = lambdas.http_event(method, path, body, caller=caller, **query)
        return lambdas.answer(edge.handle(app, event, Patient()))


@pytest.fixture
def answering(
    platform: Platform, message_secret: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Answering]:
    """A world in which nobody has answered yet, and a provider that says yes to everything, at once."""
    from ddp.providers.sms import opt_outs
    from functions.sms.answers import outboxes, provider_list, replies

    phones, listed = Phones(), OptOutList()
    monkeypatch.setattr(outboxes, "transport", lambda: phones)
    for name in ("put", "delete", "pages"):
        monkeypatch.setattr(opt_outs, name, getattr(listed, name))
    monkeypatch.setattr(replies, "WAVE_SECONDS", 0)
    monkeypatch.setattr(provider_list, "CHANGE_SECONDS", 0)
    monkeypatch.setattr(provider_list, "PAGE_SECONDS", 0)
    platform.query("delete from ddp.opt_outs_to_push returning 1")
    platform.query("delete from ddp.sms_replies where ended_at is null returning 1")
    platform.query(
        "update ddp.opt_out_work set leased_until = '-infinity', next_token = null, began_at = null,"
        # The identities of these tests are not the provider's.
        " ended_at = case kind when 'identities' then now() end"
        " returning 1"
    )
    yield Answering(platform, phones, listed)
    # Shared ones would be chosen by other tests.
    for table in ("origination_identities", "phone_consents"):
        platform.query(f"delete from {table} returning 1")
