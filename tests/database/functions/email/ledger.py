"""Messages in a ledger, and the functions that process events about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg

from tests import lambdas, ses_events

if TYPE_CHECKING:
    from tests.database.platform import Platform

# The columns of a message that events may change.
LEARNT = """
    status::text, accepted_attempts, attempt, provider_message_id, sent_at, delivered_at, opened_at, machine_opened_at,
    clicked_at, bounced_at, bounce_reason, hard_bounced_at, complained_at, failed_at, failure_code, failure_reason,
    unknown_at
"""


@dataclass(slots=True)
class Ledger:
    """E-mail campaigns of a platform's users, with rows of email_sends inserted directly."""

    platform: Platform
    campaigns: dict[str, UUID] = field(default_factory=dict)
    connection: psycopg.Connection[Any] = field(init=False)
    salt: bytes = field(default_factory=lambda: uuid4().bytes)  # tests share a database, but no addresses

    def __post_init__(self) -> None:
        self.connection = self.platform.database.connect("superuser")

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of a statement, as the superuser. All use one connection, because some tests run thousands."""
        return self.connection.execute(statement.encode(), values).fetchall()

    def campaign(self, user: str = "brand", sender_name: str | None = "Lakeside Jewellers") -> UUID:
        """The id of the user's only e-mail campaign."""
        if user not in self.campaigns:
            owner = self.platform.users[user]
            campaign_id, email_campaign_id = uuid4(), uuid4()
            self.connection.execute(
                "insert into campaigns (campaign_id, campaign_name, created_by_user_id, campaign_status,"
                " start_date) values (%s, 'Spring', %s, 'active', now())",
                [campaign_id, owner],
            )
            self.connection.execute(
                "insert into email_campaigns (email_campaign_id, campaign_id, email_subject, email_content,"
                " sender_email, sender_name, created_by_user_id)"
                " values (%s, %s, 'Spring', '<p>Spring</p>', 'news@example.com', %s, %s)",
                [email_campaign_id, campaign_id, sender_name, owner],
            )
            self.campaigns[user] = email_campaign_id
        return self.campaigns[user]

    def send(self, user: str = "brand", *, address: str | None = None, **columns: object) -> UUID:
        """Insert a message, by default to a unique address. Returns its id."""
        send_id = uuid4()
        address = address or f"{send_id}@example.net"
        values = {
            "email_send_id": send_id,
            "email_campaign_id": self.campaign(user),
            "created_by_user_id": self.platform.users[user],
            "recipient_email": f"{send_id}@example.net",
            "recipient_hash": self.hash(address),
            "status": "sending",
        } | columns
        names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
        self.connection.execute(
            f"insert into email_sends ({names}) values ({marks})".encode(), list(values.values())
        )
        return send_id

    def hash(self, address: str) -> bytes:
        """The hash of an address, as suppressions store it; 32 bytes."""
        return sha256(self.salt + address.encode()).digest()

    def deliver(self, *bodies: str) -> list[str]:
        """Give the worker a batch of events. Returns the ids of the messages that failed."""
        from functions.email import events

        self.platform.login("ddp_worker")
        answer = events.handler(ses_events.batch(bodies), lambdas.Context())
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def learnt(self, send_id: UUID) -> dict[str, Any]:
        """The columns of a message that events may change."""
        names = [part.split("::")[0].strip() for part in LEARNT.split(",")]
        (row,) = self.query(f"select {LEARNT} from email_sends where email_send_id = %s", send_id)
        return dict(zip(names, row, strict=True))

    def status(self, send_id: UUID) -> str:
        return self.learnt(send_id)["status"]

    def hours(self, user: str = "brand") -> tuple[int, int, int]:
        """Numbers of accepted messages, hard bounces and complaints, from the sender's hours."""
        (row,) = self.query(
            "select coalesce(sum(accepted), 0), coalesce(sum(hard_bounced), 0), coalesce(sum(complained), 0)"
            " from ddp.sender_hours where user_id = %s",
            self.platform.users[user],
        )
        return row

    def suppressions(self, address: str) -> set[tuple[str, str]]:
        """Who may not write to an address (a user's name, or everyone), and the reason."""
        names = {user_id: name for name, user_id in self.platform.users.items()}
        rows = self.query(
            "select owner_user_id, reason::text from suppressions where address_hash = %s",
            self.hash(address),
        )
        return {(names[owner] if owner else "everyone", reason) for owner, reason in rows}

    def post(
        self, token: str, body: str, content_type: str = "application/x-www-form-urlencoded"
    ) -> dict[str, Any]:
        """POST to an unsubscribe link. Returns the handler's answer."""
        return self.ask("POST", token, body, content_type)

    def ask(self, method: str, token: str, body: str | None = None, content_type: str = "") -> dict[str, Any]:
        """Call the unsubscribe function. Returns its answer."""
        from functions.email import unsubscribe

        self.platform.login("ddp_worker")
        headers = {"content-type": content_type} if content_type else {}
        event = lambdas.http_event(method, f"/unsubscribe/{token}", body, headers=headers)
        return unsubscribe.handler(event, lambdas.Context())
