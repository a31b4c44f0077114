"""The demo's campaign: a retailer writes to 2,000 customers of a CSV, and every line of it is accounted for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.cli import campaign_api, campaign_progress
from infra.cli.api_client import Client
from infra.cli.campaign_api import Draft, count
from infra.local.demo.recipients import SIMULATED, Recipients, recipients
from infra.local.identity.users import USERS
from infra.local.schedules import reconcile_now
from infra.local.simulators.mailbox.client import MailboxClient

if TYPE_CHECKING:
    from infra.local.demo.demo import Story

CONTENT = Path(__file__).with_name("email.html")
DOMAIN = "lakeside-jewellers.example"
SUBJECT = "{{ name }}, your {{ model }} has arrived"
SECONDS = 120
EVENT_QUEUE = "ddp-local-email-event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What was sent, to whom, and where one can look."""

    client: Client
    mailbox: MailboxClient
    sqs: Any
    email_campaign_id: str
    recipients: Recipients


def write_to_customers(story: Story, *, mailbox_url: str, sqs: Any) -> None:
    """The chapter."""
    story.chapter(f"{USERS['retailer'].user_name} writes to 2,000 customers")
    campaign = _prepare(story, MailboxClient(url=mailbox_url), sqs)
    with campaign_progress.live(story.console) as show:
        complete = _follow(campaign, show)
        settled = _wait_for_events(campaign, show) if complete["state"] == "complete" else complete
    story.console.print(campaign_progress.ledger(settled, title="\nThe ledger: every recipient once"))
    _check(story, campaign, complete, settled)


def _prepare(story: Story, mailbox: MailboxClient, sqs: Any) -> Campaign:
    brand, retailer = story.clients["brand"], story.clients["retailer"]
    list_ = recipients(story.run)
    identity = campaign_api.claim_sender(retailer, DOMAIN)
    story.check(f"{DOMAIN} is verified as a sender", identity["status"] == "verified", identity)
    for address in list_.suppressed:
        campaign_api.ask(retailer, "POST", "/suppressions", {"email": address})
    file_id = campaign_api.upload_csv(retailer, list_.file)
    story.check(f"{list_.file.name}: {list_.lines:,} lines, uploaded, verified and live", bool(file_id))
    draft = Draft(
        campaign_id=_join(brand, retailer, f"Spring watches · {story.run}"),
        subject=SUBJECT,
        html=CONTENT.read_text(),
        sender_email=f"news@{DOMAIN}",
        sender_name=USERS["retailer"].user_name,
    )
    email_campaign_id = campaign_api.make_draft(retailer, draft)
    sample = {"template_data": {"name": "Chloé <Dubois>", "model": "Nocturne"}}
    preview = campaign_api.ask(retailer, "POST", f"/email-campaigns/{email_campaign_id}/preview", sample)
    is_escaped = "Chloé &lt;Dubois&gt;" in preview["html"]
    story.check(f"preview: “{preview['subject']}”", is_escaped, preview["html"])
    campaign_api.request_send(retailer, email_campaign_id, file_id)
    return Campaign(
        client=retailer, mailbox=mailbox, sqs=sqs, email_campaign_id=email_campaign_id, recipients=list_
    )


def _join(brand: Client, retailer: Client, name: str) -> str:
    """The brand's campaign, in which the retailer takes part."""
    campaign_id = campaign_api.new_campaign(brand, name, is_open=True)
    campaign_api.ask(retailer, "POST", f"/campaigns/{campaign_id}/join")
    return campaign_id


def _follow(campaign: Campaign, show: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Until reconciliation found the send complete. It comes each minute; where all is out, it is asked to come now."""

    def shown(progress: dict[str, Any]) -> None:
        show(progress)
        if progress["state"] == "sending" and not count(progress, "pending", "sending"):
            reconcile_now(campaign.sqs)

    return campaign_api.follow(
        campaign.client, campaign.email_campaign_id, shown, seconds=SECONDS, interval=0.5
    )


def _wait_for_events(campaign: Campaign, show: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Until the provider's last event is in the ledger: nobody is merely `sent`, and nothing waits or changes."""
    deadline, before = time.monotonic() + SECONDS, None
    while True:
        now = campaign_api.progress(campaign.client, campaign.email_campaign_id)
        show(now)
        is_quiet = now["counts"] == before and not events_on_their_way(campaign.mailbox, campaign.sqs)
        if (is_quiet and not count(now, "sent")) or time.monotonic() > deadline:
            return now
        before = now["counts"]
        time.sleep(1.5)


def events_on_their_way(mailbox: MailboxClient, sqs: Any) -> int:
    """Events that the mailbox has yet to publish, or that are not applied yet."""
    url = sqs.get_queue_url(QueueName=EVENT_QUEUE)["QueueUrl"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return mailbox.counts()["events_waiting"] + sum(int(attributes[name]) for name in names)


def _check(story: Story, campaign: Campaign, complete: dict[str, Any], settled: dict[str, Any]) -> None:
    """The numbers add up, here and at the provider."""
    list_, counts = campaign.recipients, settled["counts"]
    bounced = SIMULATED["bounce"] + SIMULATED["suppressionlist"]
    seconds = _seconds(complete)
    story.check(
        f"complete {seconds}after it was requested", complete["state"] == "complete", complete["summary"]
    )
    rest = f"{list_.duplicates} twice + {list_.unusable} unusable"
    told = f"{list_.lines:,} lines = {list_.distinct:,} recipients + {rest}"
    seen = (settled["recipients"], settled["duplicates"], settled["rejected"])
    story.check(told, seen == (list_.distinct, list_.duplicates, list_.unusable), seen)
    total = sum(counts.values())
    story.check(f"the ledger's states add up to {total:,}", total == list_.distinct, counts)
    suppressed = counts.get("suppressed", 0)
    story.check(f"{suppressed} suppressed, nobody else left out", suppressed == len(list_.suppressed), counts)
    accepted = count(settled, *campaign_api.ACCEPTED)
    story.check(f"{accepted:,} accepted by the provider", accepted == list_.distinct - suppressed, counts)
    told = f"{bounced} bounced and {SIMULATED['complaint']} complained, as Amazon's test addresses do"
    happened = (counts.get("bounced"), counts.get("complained"))
    story.check(told, happened == (bounced, SIMULATED["complaint"]), happened)
    times = list(campaign.mailbox.accepted(_send_ids(campaign)).values())
    told = f"the mailbox has {sum(times):,} of these messages, none twice"
    story.check(told, sum(times) == accepted and max(times) == 1, times.count(2))


def _seconds(progress: dict[str, Any]) -> str:
    if not progress["completed_at"]:
        return ""
    took = datetime.fromisoformat(progress["completed_at"]) - datetime.fromisoformat(progress["requested_at"])
    return f"{took.total_seconds():.1f} s "


def _send_ids(campaign: Campaign) -> list[str]:
    """The ids of all sends of the ledger, page by page."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = f"?limit=100&cursor={cursor}" if cursor else "?limit=100"
        page = campaign_api.ask(
            campaign.client, "GET", f"/email-campaigns/{campaign.email_campaign_id}/sends{query}"
        )
        found += [item["email_send_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    return found
