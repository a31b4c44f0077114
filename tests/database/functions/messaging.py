"""Shared by the tests of campaigns and e-mail: calling the HTTP functions, and shortcuts to a sendable draft."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import boto3

from ddp.channels import EMAIL, Channel
from ddp.twins import exchange
from tests import lambdas

if TYPE_CHECKING:
    from tests.database.platform import Platform

SENDER = "news@brand.example"

# What a draft needs besides its campaign, by channel.
DRAFTS = {
    "email": {
        "email_subject": "Hello {{ name }}",
        "email_content": "<p>Dear {{ name }}</p>",
        "sender_email": SENDER,
    },
    "sms": {"sms_content": "Hello {{ name }}"},
}

# The function that answers paths with this beginning. E-mail's answers all others.
OWNERS = {
    **dict.fromkeys(
        (
            "collections",
            "products",
            "product-imports",
            "watch-models",
            "wish-list",
            "regional-wish-lists",
            "audit-logs",
            "geography",
            "devices",
        ),
        "catalogue",
    ),
    "analytics": "analytics",
    "conversions": "analytics",
    "campaigns": "campaigns",
    "retailer-groups": "campaigns",
    "brand-assets": "uploads",
    "funds": "campaigns",
    "fund-claims": "campaigns",
    "approvals": "campaigns",
    "templates": "campaigns",
    "health": "maintenance",
    "me": "people",
    "sessions": "people",
    "directory": "people",
    "members": "people",
    "invitations": "people",
    "users": "people",
    "user-invitations": "people",
    "retention": "maintenance",
    "cleanups": "maintenance",
    "erasures": "maintenance",
    "senders": "sending",
    **dict.fromkeys(
        ("origination-identities", "sms-prices", "sending-windows", "phone-consents", "inbound-messages"),
        "sms",
    ),
    **dict.fromkeys(("social-accounts", "social-connections", "social-platforms", "social-budget"), "social"),
    "notices": "people",
    "suppressions": "sending",
    "sms-campaigns": "sms",
    **dict.fromkeys(("social-posts", "social-post-groups"), "social"),
    **dict.fromkeys(("social-read-budget", "social-deletions"), "engagement"),
}
# The function that answers paths with this end, whatever they begin with.
OWNERS_OF_ENDS = dict.fromkeys(("engagement", "measure", "best-times"), "engagement")


def ask(
    platform: Platform,
    user: str | None,
    method: str,
    path: str,
    /,
    body: object = None,
    key: str | None = None,
    account: object = None,
    claims: Mapping[str, object] | None = None,
    **query: object,
) -> lambdas.Answer:
    """Call the function that owns the path as a user (None: without a token).

    `key` is an Idempotency-Key, `account` the one to act for, `claims` more claims of the token.
    """
    parts = path.split("/")
    of_numbers = OWNERS_OF_ENDS.get(parts[-1]) if parts[1].startswith("social-") else None
    owner = of_numbers or OWNERS.get(parts[1], "email")
    http = importlib.import_module(f"functions.{owner}.http")
    platform.login("ddp_api")
    caller = lambdas.claims(platform.users[user], **(claims or {})) if user else None
    headers = {"idempotency-key": key} if key else {}
    headers |= {"x-ddp-account": str(account)} if account else {}
    event = lambdas.http_event(method, path, body, caller=caller, headers=headers, **query)
    return lambdas.answer(http.handler(event, lambdas.Context()))


@dataclass(slots=True)
class Mailing:
    """A brand's active campaign in which the retailer takes part, verified senders, and the queues.

    SQL about e-mail is about the ledger of its own channel.
    """

    platform: Platform
    campaign_id: str
    queues: dict[str, str]
    channel: Channel = EMAIL

    @property
    def path(self) -> str:
        """Of the channel's campaigns in the API."""
        return f"/{self.channel.name}-campaigns"

    def sql(self, statement: str) -> str:
        """A statement about e-mail, for this channel."""
        return statement if self.channel is EMAIL else exchange(statement)

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of a statement about e-mail, for this channel, as the superuser."""
        return self.platform.query(self.sql(statement), *values)

    def address(self, number: int) -> str:
        """The address of a row of `ledger`."""
        return {"email": f"r{number:04}@example.com", "sms": f"+1202555{number:04}"}[self.channel.name]

    def ask(
        self, user: str | None, method: str, path: str, body: object = None, **rest: Any
    ) -> lambdas.Answer:
        """See the function `ask`."""
        return ask(self.platform, user, method, path, body, **rest)

    def draft(self, user: str = "retailer", **changes: object) -> str:
        """Create a draft. Returns its id."""
        body = {"campaign_id": self.campaign_id} | DRAFTS[self.channel.name]
        answer = self.ask(user, "POST", self.path, body | changes)
        assert answer.status == 201, answer
        return answer.body[f"{self.channel.name}_campaign_id"]

    def send(
        self, message: str, user: str = "retailer", key: str | None = None, **changes: object
    ) -> lambdas.Answer:
        """Request that it is sent."""
        entries = [{self.channel.address_member: self.address(number)} for number in (1, 2)]
        body = {"audience": {"source": "list", "recipients": entries}} | changes
        return self.ask(user, "POST", f"{self.path}/{message}/send", body, key=key)

    def sent(self, user: str = "retailer", **changes: object) -> str:
        """Create a message and request that it is sent. Returns its id."""
        message = self.draft(user)
        answer = self.send(message, user, **changes)
        assert answer.status == 202, answer
        return message

    def plan(self, message: str) -> UUID:
        """The id of its plan."""
        return self.query("select send_plan_id from send_plans where email_campaign_id = %s", message)[0][0]

    def ledger(self, message: str, statuses: Sequence[str], **columns: object) -> list[UUID]:
        """Insert rows as the planner and the workers leave them, in one chunk. Returns their ids, by address."""
        ids = [uuid4() for _ in statuses]
        self.query(
            "insert into ddp.send_chunks (send_plan_id, chunk_no, channel, bucket, sender_user_id, due_at, queued_at)"
            " select send_plan_id, 1, 'email', 'email', created_by_user_id, now(), now() from send_plans"
            " where email_campaign_id = %s on conflict do nothing returning 1",
            message,
        )
        for number, (send_id, status) in enumerate(zip(ids, statuses, strict=True)):
            self.query(
                "insert into email_sends (email_send_id, email_campaign_id, recipient_email, status, chunk_no,"
                " recipient_hash, unknown_at) values (%s, %s, %s, %s, 1, sha256(%s::bytea),"
                " case when %s = 'unknown' then now() end) returning 1",
                send_id, message, self.address(number), status, send_id.bytes, status,
            )  # fmt: skip
        self.query(
            "with called as ("
            "  insert into ddp.send_calls (send_plan_id, chunk_no, channel, recipients, leased_until, started_at)"
            "  select send_plan_id, 1, 'email', 1, now() + interval '1 minute', now() from send_plans"
            "  where email_campaign_id = %s returning send_call_id"
            ") update email_sends s set send_call_id = c.send_call_id from called c"
            " where s.email_campaign_id = %s and s.status = 'sending' returning 1",
            message,
            message,
        )
        self.query(
            "update send_plans set planned_at = now(), resumed_at = now() - interval '1 hour'"
            " where email_campaign_id = %s returning 1",
            message,
        )
        for column, value in columns.items():
            self.query(
                f"update email_sends set {column} = %s where email_campaign_id = %s returning 1",
                value,
                message,
            )
        return ids

    def statuses(self, message: str) -> list[str]:
        """The statuses of the recipients, by address."""
        rows = self.query(
            "select status::text from email_sends where email_campaign_id = %s order by recipient_email",
            message,
        )
        return [row[0] for row in rows]

    def told(self, queue: str) -> list[dict[str, Any]]:
        """The messages that a queue got since the last call."""
        sqs, bodies = boto3.client("sqs"), []
        while batch := sqs.receive_message(QueueUrl=self.queues[queue], MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in batch:
                bodies.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.queues[queue], ReceiptHandle=message["ReceiptHandle"])
        return bodies


def recipients(*addresses: str) -> dict[str, object]:
    """An audience given as a list."""
    return {"source": "list", "recipients": [{"email": address} for address in addresses]}
