"""The demo's SMS chapter: 500 texts to 20 countries, a cap that holds, and a STOP that counts at once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.table import Table

from ddp.channels import SMS
from infra.cli.api_client import ApiError, Client, ask
from infra.cli.campaign import api as campaign_api
from infra.cli.campaign import progress as campaign_progress
from infra.cli.campaign.api import ACCEPTED, WAITING, SmsDraft, count
from infra.local.demo.phones import ENTRIES, UNUSABLE, Phones, phones
from infra.local.demo.story import Story
from infra.local.identity.users import USERS
from infra.local.schedules import reconcile_now
from infra.local.simulators.phone.account.identities import IDENTITIES, UNITS
from infra.local.simulators.phone.client import PhoneClient

TEXT = "{{ name }}, please have the crown of your {{ model }} checked, at any of our shops. {{ opt_out }}"
# India's carriers want the id of a registered text; this one is nobody's.
DLT_TEMPLATE_ID = "1107160000000000001"
MONTHLY_BUDGET = 1_000  # US dollars
CAP = "5.00"  # less than the texts cost
# Parts per second: so that halfway comes after some seconds.
PACE = 80
SECONDS = 120
# Elsewhere, nobody can answer, or the provider does.
ANSWERED_BY_US = {each.identity for each in IDENTITIES if each.is_two_way and each.is_self_managed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Texting:
    """The send, its recipients, and the services that the checks ask."""

    client: Client
    simulator: PhoneClient
    sqs: Any
    sms_campaign_id: str
    phones: Phones

    def progress(self) -> dict[str, Any]:
        """The progress of the send."""
        return campaign_api.progress(self.client, self.sms_campaign_id, channel=SMS)

    def control(self, method: str, action: str, body: object = None) -> dict[str, Any]:
        """Pause, resume, or change the cap."""
        return ask(self.client, method, f"/sms-campaigns/{self.sms_campaign_id}/{action}", body)

    def wait_until(self, holds: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """The first progress for which `holds` is true. Raises ApiError after SECONDS."""
        deadline = time.monotonic() + SECONDS
        while not holds(now := self.progress()):
            if time.monotonic() > deadline:
                raise ApiError(
                    f"{what} did not happen within {SECONDS} s: {now['summary']}, {now['counts']}."
                )
            time.sleep(0.3)
        return now

    def sends(self) -> list[dict[str, Any]]:
        """The whole ledger, read page by page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            query = f"?limit=100&cursor={cursor}" if cursor else "?limit=100"
            page = ask(self.client, "GET", f"/sms-campaigns/{self.sms_campaign_id}/sends{query}")
            found += page["items"]
            cursor = page["next_cursor"]
        return found


def text_customers(story: Story, *, phones_url: str, sqs: Any) -> None:
    """Recall watches by text: preview, cap, pause, STOP, the rest; and check that the sums add up."""
    story.chapter(f"{USERS['admin'].user_name} recalls watches by {ENTRIES} texts to 20 countries")
    texting = _prepare(story, PhoneClient(url=phones_url), sqs)
    _reach_the_cap(story, texting)
    stopped = _stop_halfway(story, texting)
    settled = _finish(texting)
    story.console.print(campaign_progress.ledger(settled, title="\nThe ledger of the texts"))
    _check_sums(story, texting, settled)
    _check_phones(story, texting, settled, stopped)


def _prepare(story: Story, simulator: PhoneClient, sqs: Any) -> Texting:
    admin, list_ = story.clients["admin"], phones(story.run)
    limits = {"monthly_budget": MONTHLY_BUDGET, "max_per_second": PACE}
    ask(admin, "PUT", f"/senders/{USERS['admin'].user_id}/sms", limits)
    campaign_id = campaign_api.new_campaign(story.clients["brand"], f"Recall · {story.run}")
    draft = SmsDraft(campaign_id=campaign_id, text=TEXT).body() | {"dlt_template_id": DLT_TEMPLATE_ID}
    sms_campaign_id = str(ask(admin, "POST", "/sms-campaigns", draft)["sms_campaign_id"])
    texting = Texting(
        client=admin, simulator=simulator, sqs=sqs, sms_campaign_id=sms_campaign_id, phones=list_
    )
    audience = {"source": "list", "recipients": list_.recipients}
    sample = {"name": "Chloé", "model": "Nocturne"}
    preview = texting.control("POST", "preview", {"template_data": sample, "audience": audience})
    countries = [each["country"] for each in preview["countries"] if each["problem"] is None]
    told = f"the preview counts {len(countries)} countries, and about ${Decimal(preview['total']):.2f}"
    story.check(told, sorted(countries) == sorted(list_.by_country), preview["countries"])
    # A recall cannot wait for the morning: administrators may send at any hour, and the audit trail says so.
    options = {"consent": "declared", "ignore_windows": True, "max_cost": CAP}
    texting.control("POST", "send", {"audience": audience, **options})
    return texting


def _reach_the_cap(story: Story, texting: Texting) -> None:
    """The send is planned and its price known; it costs more than its cap, so nothing goes out until that is raised."""
    held = texting.wait_until(lambda now: now["planned_at"] is not None, "the plan")
    cost, cap = Decimal(held["estimated"]), Decimal(held["cap"])
    told = f"the texts cost ${cost:.2f}, which is more than their cap of ${cap:.2f}: none is sent"
    is_held = held["status"] == "paused" and held["pause"]["code"] == "over-budget"
    nothing = not count(held, *ACCEPTED, "sending") and not Decimal(held["charged"])
    story.check(told, is_held and cost > cap == Decimal(CAP) and nothing, held["summary"])
    texting.control("PUT", "max-cost", {"max_cost": held["estimated"]})
    texting.control("POST", "resume")
    story.check("the cap is raised to what they cost, and the send resumed", holds=True)


def _stop_halfway(story: Story, texting: Texting) -> str:
    """Pause halfway; somebody whose text still waits writes STOP; resume. Returns the number."""
    half = texting.phones.usable // 2
    texting.wait_until(lambda now: count(now, *ACCEPTED) >= half, "half of the texts")
    texting.control("POST", "pause")
    paused = texting.wait_until(lambda now: not count(now, "sending"), "the end of what was in flight")
    done = count(paused, *ACCEPTED)
    story.check(f"paused after {done} texts", paused["status"] == "paused" and done < texting.phones.usable)
    waiting = [
        each for each in texting.sends() if each["status"] == "pending" and each["identity"] in ANSWERED_BY_US
    ]
    if not waiting:
        raise ApiError("The demo cannot go on: of the texts that wait, nobody could answer to any.")
    phone, identity = waiting[0]["recipient_phone"], waiting[0]["identity"]
    texting.simulator.answer(phone=phone, identity=identity, body="Stop, please!")
    replies = _thread(texting, phone, 2)
    confirmed = [each["body"] for each in replies if each["direction"] == "out"]
    told = f"{waiting[0]['country']} {phone} writes “Stop, please!”, and is answered “{''.join(confirmed)}”"
    story.check(told, len(confirmed) == 1, replies)
    texting.control("POST", "resume")
    return str(phone)


def _thread(texting: Texting, phone: str, messages: int) -> list[dict[str, Any]]:
    """The messages of a phone, as soon as there are so many."""
    deadline = time.monotonic() + 20
    while len(found := texting.simulator.messages(phone)) < messages and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def _finish(texting: Texting) -> dict[str, Any]:
    """The progress once the send is complete and the provider has reported every text."""

    def is_settled(now: dict[str, Any]) -> bool:
        if now["status"] == "sending" and not count(now, *WAITING):
            reconcile_now(texting.sqs)
        return now["status"] in campaign_api.ENDED and not count(now, "sent", "sending")

    texting.wait_until(is_settled, "the end of the send")
    # The last events may say again what is known, or what it cost.
    deadline, before = time.monotonic() + 10, None
    while True:
        now = texting.progress()
        if (now["counts"], now["charged"]) == before or time.monotonic() > deadline:
            return now
        before = (now["counts"], now["charged"])
        time.sleep(1.5)


def _check_sums(story: Story, texting: Texting, settled: dict[str, Any]) -> None:
    """Each entry is sent, suppressed or rejected once, and the countries add up to what the send cost."""
    sent, suppressed, rejected = count(settled, *ACCEPTED), count(settled, "suppressed"), settled["rejected"]
    told = f"{sent} sent + {suppressed} suppressed + {rejected} rejected = {ENTRIES}"
    story.check(
        told,
        (sent + suppressed + rejected, suppressed, rejected) == (ENTRIES, 1, len(UNUSABLE)),
        settled["counts"],
    )
    path = f"/analytics/sms-campaigns/{texting.sms_campaign_id}/countries"
    countries = ask(texting.client, "GET", path)["items"]
    story.console.print(_table(countries))
    cost = sum(_dollars(each["cost"]) for each in countries)
    charged, cap = Decimal(settled["charged"]), Decimal(settled["cap"])
    told = f"the countries add up to ${cost:.5f}, which is what was charged, below the cap of ${cap:.5f}"
    story.check(told, cost == charged <= cap and not Decimal(settled["reserved"]), settled)
    seen = {each["country"]: each["recipient_count"] for each in countries}
    story.check(f"{len(seen)} countries have all their recipients", seen == texting.phones.by_country, seen)


def _check_phones(story: Story, texting: Texting, settled: dict[str, Any], stopped: str) -> None:
    """The simulator's own count: each text once, at the price that was charged, and none to who said stop."""
    sends = texting.sends()
    times = texting.simulator.accepted(each["sms_send_id"] for each in sends)
    received = [
        message
        for each in sends
        for message in texting.simulator.messages(each["recipient_phone"])
        if message["send"] == each["sms_send_id"]
    ]
    total = Decimal(sum(message["price"] + message["fee"] for message in received)) / UNITS
    told = f"the phones have {len(received)} of these texts, none of them twice, for ${total:.5f}"
    once = Counter(times.values()) == {1: count(settled, *ACCEPTED), 0: 1}
    story.check(told, once and total == Decimal(settled["charged"]), (Counter(times.values()), settled))
    story.check(f"{stopped} got none", not any(message["phone"] == stopped for message in received))


def _table(countries: list[dict[str, Any]]) -> Table:
    table = Table(
        "country", "from", "recipients", "sent", "parts", "US dollars", title="\nThe texts by country"
    )
    for column in table.columns[2:]:
        column.justify = "right"
    for each in countries:
        numbers = (each["recipient_count"], each["sent_count"], each["part_count"])
        table.add_row(each["country"], each["identity"], *map(str, numbers), f"{_dollars(each['cost']):.5f}")
    return table


def _dollars(amount: float) -> Decimal:
    """An amount of the API's figures, which are floats."""
    return round(Decimal(amount), 5)
