"""The demo's e-mail chapter: a retailer sends the kit's e-mail, once it is approved, to 2,000 customers in a CSV file.

Every line of the file is accounted for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.cli.api_client import Client, ask
from infra.cli.campaign import api as campaign_api
from infra.cli.campaign import progress as campaign_progress
from infra.cli.campaign.api import count
from infra.local.demo.campaign.kit import INVITATION, Kit
from infra.local.demo.recipients import SIMULATED, Recipients, recipients
from infra.local.demo.story import Story
from infra.local.identity.users import USERS
from infra.local.schedules import reconcile_now
from infra.local.simulators.mailbox.client import MailboxClient

SECONDS = 120
EVENT_QUEUE = "ddp-local-email-events"

Show = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """The kit whose e-mail was sent, its recipients, and the services that the checks ask."""

    client: Client
    mailbox: MailboxClient
    sqs: Any
    kit: Kit
    recipients: Recipients

    @property
    def campaign_id(self) -> str:
        """The brand's campaign."""
        return self.kit.campaign_id

    @property
    def email_campaign_id(self) -> str:
        """The retailer's e-mail."""
        return self.kit.email_campaign_id


def write_to_customers(story: Story, kit: Kit, *, mailbox_url: str, sqs: Any) -> Campaign:
    """Send the kit's e-mail, show its progress and its ledger, and check the numbers; returns the campaign."""
    story.chapter(f"{USERS['retailer'].user_name} writes to 2,000 customers")
    campaign = _prepare(story, kit, MailboxClient(url=mailbox_url), sqs)
    with campaign_progress.live(story.console) as show:
        complete = _follow(campaign, show)
        settled = _wait_for_events(campaign, show) if complete["status"] == "complete" else complete
    story.console.print(campaign_progress.ledger(settled, title="\nThe ledger: each recipient once"))
    _check_ledger(story, campaign.recipients, complete, settled)
    _check_provider(story, campaign, settled)
    return campaign


def _prepare(story: Story, kit: Kit, mailbox: MailboxClient, sqs: Any) -> Campaign:
    retailer, list_ = story.clients["retailer"], recipients(story.run)
    for address in list_.suppressed:
        ask(retailer, "POST", "/suppressions", {"email": address})
    file_id = campaign_api.upload_csv(retailer, list_.file)
    story.check(f"{list_.file.name}: {list_.lines:,} lines, uploaded, verified and live", bool(file_id))
    _preview(story, retailer, kit)
    _send_once_approved(story, kit, campaign_api.file_audience(file_id))
    return Campaign(client=retailer, mailbox=mailbox, sqs=sqs, kit=kit, recipients=list_)


def _preview(story: Story, retailer: Client, kit: Kit) -> None:
    body = {"template_data": {"name": "Chloé <Dubois>", "model": "Nocturne"}}
    preview = ask(retailer, "POST", f"/email-campaigns/{kit.email_campaign_id}/preview", body)
    is_escaped = "Chloé &lt;Dubois&gt;" in preview["html"]
    story.check(f"the preview's subject is “{preview['subject']}”", is_escaped, preview["html"])


def _send_once_approved(story: Story, kit: Kit, audience: dict[str, str]) -> None:
    """The first request is refused and asks the brand, which reads the content and approves it; the second is taken."""
    brand, retailer = story.clients["brand"], story.clients["retailer"]
    body = {"audience": audience}
    refused = retailer.call("POST", f"/email-campaigns/{kit.email_campaign_id}/send", body)
    waits = (refused.status, refused.body.get("code")) == (409, "waits-for-approval")
    story.check(f"the first request to send is refused: {refused.problem}", waits, refused.status)
    (asked,) = ask(brand, "GET", f"/approvals?state=waiting&campaign_id={kit.campaign_id}")["items"]
    content = ask(brand, "GET", f"/approvals/{asked['approval_id']}")["content"]
    approved = ask(brand, "POST", f"/approvals/{asked['approval_id']}/approve")
    told = f"{USERS['brand'].user_name} reads “{INVITATION}” and approves the e-mail"
    is_read = content["slots"] == {"logo": kit.logo_url, "invitation": INVITATION}
    story.check(told, is_read and approved["state"] == "approved", content)
    requested = campaign_api.request_send(retailer, kit.email_campaign_id, audience)
    story.check("the same request is now taken", bool(requested), requested)


def _follow(campaign: Campaign, show: Show) -> dict[str, Any]:
    """The progress once reconciliation has found the send complete.

    Its schedule runs each minute; once every message is out, the demo triggers it instead of waiting.
    """

    def shown(progress: dict[str, Any]) -> None:
        show(progress)
        if progress["status"] == "sending" and not count(progress, *campaign_api.WAITING):
            reconcile_now(campaign.sqs)

    return campaign_api.follow(
        campaign.client, campaign.email_campaign_id, shown, seconds=SECONDS, interval=0.5
    )


def _wait_for_events(campaign: Campaign, show: Show) -> dict[str, Any]:
    """The progress once the ledger has the provider's last event: no events wait, and nobody is merely `sent`."""
    deadline, before = time.monotonic() + SECONDS, None
    while True:
        now = campaign_api.progress(campaign.client, campaign.email_campaign_id)
        show(now)
        is_quiet = now["counts"] == before and not _pending_events(campaign.mailbox, campaign.sqs)
        if (is_quiet and not count(now, "sent")) or time.monotonic() > deadline:
            return now
        before = now["counts"]
        time.sleep(1.5)


def _pending_events(mailbox: MailboxClient, sqs: Any) -> int:
    """Events that the mailbox has not published, or the event function has not applied."""
    url = sqs.get_queue_url(QueueName=EVENT_QUEUE)["QueueUrl"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return mailbox.counts()["events_waiting"] + sum(int(attributes[name]) for name in names)


def _check_ledger(story: Story, list_: Recipients, complete: dict[str, Any], settled: dict[str, Any]) -> None:
    """Each line of the file is a recipient, a duplicate or unusable; each recipient is in one state."""
    counts = settled["counts"]
    told = f"the send was complete {_seconds(complete)}after it was requested"
    story.check(told, complete["status"] == "complete", complete["summary"])
    left_out = f"{list_.duplicates} duplicates + {list_.unusable} unusable"
    seen = (settled["recipient_count"], settled["duplicates"], settled["rejected"])
    story.check(
        f"{list_.lines:,} lines = {list_.distinct:,} recipients + {left_out}",
        seen == (list_.distinct, list_.duplicates, list_.unusable),
        seen,
    )
    total = sum(counts.values())
    story.check(f"the states of the ledger add up to {total:,}", total == list_.distinct, counts)
    suppressed = counts.get("suppressed", 0)
    told = f"{suppressed} recipients are suppressed, and no others are left out"
    story.check(told, suppressed == len(list_.suppressed), counts)


def _check_provider(story: Story, campaign: Campaign, settled: dict[str, Any]) -> None:
    """The provider accepted each message once, and its events are in the ledger."""
    counts = settled["counts"]
    accepted = count(settled, *campaign_api.ACCEPTED)
    expected = campaign.recipients.distinct - counts.get("suppressed", 0)
    story.check(f"the provider accepted {accepted:,} messages", accepted == expected, counts)
    bounced, complained = SIMULATED["bounce"] + SIMULATED["suppressionlist"], SIMULATED["complaint"]
    told = f"{bounced} bounced and {complained} complained, as Amazon's test addresses do"
    happened = (counts.get("bounced"), counts.get("complained"))
    story.check(told, happened == (bounced, complained), happened)
    sends = _send_ids(campaign)
    times = list(campaign.mailbox.accepted(sends).values())
    told = f"the mailbox has {sum(times):,} of these messages, none of them twice"
    story.check(told, sum(times) == accepted and max(times) == 1, times.count(2))
    _check_kit(story, campaign, sends, accepted)


def _check_kit(story: Story, campaign: Campaign, sends: list[str], accepted: int) -> None:
    """Every message shows whose it is, and the brand sees what became of its kit."""
    shown = campaign.mailbox.showing(sends, [campaign.kit.postal_address, f'src="{campaign.kit.logo_url}"'])
    told = f"{shown:,} of them show the logo and the address “{campaign.kit.postal_address}”"
    story.check(told, shown == accepted, accepted)
    path = f"/campaigns/{campaign.campaign_id}/items/activation"
    (item,) = ask(story.clients["brand"], "GET", path)["items"]
    numbers = [item[name] for name in ("offered", "accepted", "sent")]
    told = "{} sees its kit: offered to {}, accepted by {}, sent by {}"
    story.check(told.format(USERS["brand"].user_name, *numbers), numbers == [1, 1, 1], item)


def _seconds(progress: dict[str, Any]) -> str:
    if not progress["completed_at"]:
        return ""
    took = datetime.fromisoformat(progress["completed_at"]) - datetime.fromisoformat(progress["requested_at"])
    return f"{took.total_seconds():.1f} s "


def _send_ids(campaign: Campaign) -> list[str]:
    """The ids of all sends in the ledger, read page by page."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = f"?limit=100&cursor={cursor}" if cursor else "?limit=100"
        page = ask(campaign.client, "GET", f"/email-campaigns/{campaign.email_campaign_id}/sends{query}")
        found += [item["email_send_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    return found
