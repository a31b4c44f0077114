"""Small campaigns on the local stack. The mailbox tells which messages were accepted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.rows import DictRow

from infra.cli.api_client import Client, ask
from infra.cli.campaign import api as campaign_api
from infra.cli.campaign.api import Draft, count
from infra.local.schedules import reconcile_now
from infra.local.simulators.mailbox.client import MailboxClient

ACCEPTED = campaign_api.ACCEPTED
SENDS = "select email_send_id::text as send from email_sends where email_campaign_id = %s"
# Ends the leases at once; waiting for them would take minutes.
END_LEASES = "update ddp.send_calls set leased_until = now() - interval '1 second' where ended_at is null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign whose sending was requested."""

    client: Client
    mailbox: MailboxClient
    sqs: Any
    database: psycopg.Connection[DictRow]
    email_campaign_id: str

    def progress(self) -> dict[str, Any]:
        """The progress of the send."""
        return campaign_api.progress(self.client, self.email_campaign_id)

    def control(self, action: str) -> dict[str, Any]:
        """Pause, resume or cancel."""
        return ask(self.client, "POST", f"/email-campaigns/{self.email_campaign_id}/{action}")

    def wait_until(
        self, holds: Callable[[dict[str, Any]], bool], what: str, seconds: float = 30
    ) -> dict[str, Any]:
        """The first progress for which `holds` is true."""
        deadline = time.monotonic() + seconds
        while not holds(now := self.progress()):
            assert time.monotonic() < deadline, f"{what} did not happen: {now}"
            time.sleep(0.2)
        return now

    def wait_for_end(self, seconds: float = 40) -> dict[str, Any]:
        """The last progress. Triggers reconciliation instead of waiting for its minute."""

        def ended(now: dict[str, Any]) -> bool:
            if now["status"] in campaign_api.ENDED and not now["counts"].get("sending"):
                return True
            reconcile_now(self.sqs)
            time.sleep(0.5)
            return False

        return self.wait_until(ended, "the end of the send", seconds)

    def accepted(self) -> list[int]:
        """How often the mailbox accepted each recipient's message."""
        sends = [row["send"] for row in self.database.execute(SENDS, [self.email_campaign_id])]
        return list(self.mailbox.accepted(sends).values())


def start(
    client: Client,
    brand: Client,
    mailbox: MailboxClient,
    sqs: Any,
    database: psycopg.Connection[DictRow],
    recipients: int,
) -> Campaign:
    """Send an e-mail to this many new addresses."""
    campaign_api.claim_sender(client, "harbour-street-watches.example")
    label = uuid4().hex[:8]
    campaign_id = campaign_api.new_campaign(brand, f"Test {label}", is_open=True)
    ask(client, "POST", f"/campaigns/{campaign_id}/join")
    draft = Draft(
        campaign_id=campaign_id,
        subject="Hello {{ name }}",
        html="<p>Hello {{ name }}</p>",
        sender_email="news@harbour-street-watches.example",
    )
    email_campaign_id = campaign_api.make_draft(client, draft)
    people = [{"email": f"c{n}.{label}@shop.example", "name": f"N{n}"} for n in range(recipients)]
    audience = {"source": "list", "recipients": people}
    ask(client, "POST", f"/email-campaigns/{email_campaign_id}/send", {"audience": audience})
    return Campaign(
        client=client, mailbox=mailbox, sqs=sqs, database=database, email_campaign_id=email_campaign_id
    )


def adds_up(progress: dict[str, Any], recipients: int) -> bool:
    """Whether every recipient is in exactly one state, and none is waiting."""
    return (
        progress["recipient_count"] == sum(progress["counts"].values()) == recipients
        and count(progress, *campaign_api.WAITING) == 0
    )
