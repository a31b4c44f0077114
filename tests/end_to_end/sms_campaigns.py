"""Small sends of SMS on the local stack. The phone simulator tells which were accepted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.rows import DictRow

from ddp.channels import SMS
from infra.cli.api_client import Client, ask
from infra.cli.campaign import api as campaign_api
from infra.cli.campaign.api import SmsDraft, count
from infra.local.identity.users import USERS
from infra.local.schedules import reconcile_now
from infra.local.simulators.phone.client import PhoneClient

ADMIN = USERS["admin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """A send of SMS that was requested."""

    client: Client
    simulator: PhoneClient
    sqs: Any
    database: psycopg.Connection[DictRow]
    sms_campaign_id: str

    @property
    def path(self) -> str:
        """Its path in the API."""
        return f"/sms-campaigns/{self.sms_campaign_id}"

    def progress(self) -> dict[str, Any]:
        """The progress of the send."""
        return campaign_api.progress(self.client, self.sms_campaign_id, channel=SMS)

    def wait_until(
        self, holds: Callable[[dict[str, Any]], bool], what: str, seconds: float = 100
    ) -> dict[str, Any]:
        """The first progress for which `holds` is true; work whose hint was lost goes on within 90 seconds."""
        deadline = time.monotonic() + seconds
        while not holds(now := self.progress()):
            assert time.monotonic() < deadline, f"{what} did not happen: {now}"
            time.sleep(0.2)
        return now

    def wait_for_end(self, seconds: float = 60) -> dict[str, Any]:
        """The progress once it is complete. Triggers reconciliation instead of waiting for its minute."""

        def ended(now: dict[str, Any]) -> bool:
            if now["status"] in campaign_api.ENDED and not count(now, "sending"):
                return True
            if not count(now, "pending"):
                reconcile_now(self.sqs)
            time.sleep(0.5)
            return False

        return self.wait_until(ended, "the end of the send", seconds)

    def wait_for_reports(self) -> dict[str, Any]:
        """The progress once the provider has reported every text of the complete send."""
        self.wait_for_end()
        return self.wait_until(lambda now: not count(now, "sent"), "the provider's reports")

    def accepted(self) -> list[int]:
        """How often the simulator accepted each recipient's text."""
        rows = self.database.execute(
            "select sms_send_id::text as send from sms_sends where sms_campaign_id = %s",
            [self.sms_campaign_id],
        )
        return list(self.simulator.accepted(row["send"] for row in rows).values())

    def body(self, phone: str) -> str:
        """The text that a phone got of this send."""
        row = self.database.execute(
            "select sms_send_id::text as send from sms_sends where sms_campaign_id = %s and recipient_phone = %s",
            [self.sms_campaign_id, phone],
        ).fetchone()
        assert row is not None
        (body,) = (each["body"] for each in self.simulator.messages(phone) if each["send"] == row["send"])
        return str(body)


def start(
    admin: Client,
    brand: Client,
    simulator: PhoneClient,
    sqs: Any,
    database: psycopg.Connection[DictRow],
    numbers: Sequence[str],
    text: str,
) -> Texts:
    """Text these numbers at once: as an administrator, because others wait for the hour that the law allows."""
    ask(admin, "PUT", f"/senders/{ADMIN.user_id}/sms", {"monthly_budget": 1_000})
    campaign_id = campaign_api.new_campaign(brand, f"Test {uuid4().hex[:8]}")
    sms_campaign_id = campaign_api.make_draft(admin, SmsDraft(campaign_id=campaign_id, text=text))
    people = [{"phone": number, "name": f"N{place}"} for place, number in enumerate(numbers)]
    body = {
        "audience": {"source": "list", "recipients": people},
        "consent": "declared",
        "ignore_windows": True,
    }
    ask(admin, "POST", f"/sms-campaigns/{sms_campaign_id}/send", body)
    return Texts(
        client=admin, simulator=simulator, sqs=sqs, database=database, sms_campaign_id=sms_campaign_id
    )
