"""The demo's chapter about co-op funds: a brand pays its share of what a retailer spent, and refuses a claim."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from infra.cli.api_client import Client, ask
from infra.cli.campaign import api as campaign_api
from infra.cli.campaign.api import upload_csv as upload
from infra.local.demo import files
from infra.local.demo.email import Campaign
from infra.local.demo.story import Story
from infra.local.identity.users import USERS

ALLOTMENT, SHARE_PERCENT = Decimal(300), 50
COST, OTHER_COST = Decimal(240), Decimal(90)
# What the brand pays: its share of the first cost. It refuses the other.
PAID: Final = COST * SHARE_PERCENT / 100
REASON: Final = "This invoice is for another campaign."


def share_costs(story: Story, campaign: Campaign) -> None:
    """The retailer claims two costs; the brand pays its share of one and refuses the other."""
    brand_name, name = USERS["brand"].user_name, USERS["retailer"].user_name
    story.chapter(f"{brand_name} pays a share of what {name} spent")
    brand = story.clients["brand"]
    fund = {"allotment": str(ALLOTMENT), "share_percent": str(SHARE_PERCENT)}
    ask(brand, "PUT", f"/campaigns/{campaign.campaign_id}/funds/{USERS['retailer'].user_id}", fund)
    good = _claim(story, campaign, COST, "Advertisement")
    bad = _claim(story, campaign, OTHER_COST, "Window display")
    _check_claim(story, campaign, good)
    _refuse(story, brand, bad)
    _pay(story, brand, good)
    _check_sums(story, campaign)


def _claim(story: Story, campaign: Campaign, cost: Decimal, what: str) -> dict[str, Any]:
    """A claim for the brand's share of a cost, with its invoice."""
    invoice = upload(campaign.client, files.invoice(f"{what}.pdf", f"{what} · {story.run}"))
    claim = {
        "campaign_id": campaign.campaign_id,
        "cost": str(cost),
        "description": what,
        "file_ids": [invoice],
    }
    return ask(campaign.client, "POST", "/fund-claims", claim)


def _check_claim(story: Story, campaign: Campaign, claim: dict[str, Any]) -> None:
    """The claim is for the share, and what was sent is the ledger's number, not the retailer's."""
    sent = campaign_api.count(
        campaign_api.progress(campaign.client, campaign.email_campaign_id), *campaign_api.ACCEPTED
    )
    told = (
        f"{USERS['retailer'].user_name} claims {SHARE_PERCENT} % of {COST:.2f} EUR: {PAID:.2f} EUR, with an invoice;"
        f" the ledger adds that it sent {sent:,} e-mails"
    )
    seen = (_money(claim["amount"]), claim["emails_sent"], claim["state"])
    story.check(told, seen == (PAID, sent, "requested"), claim)


def _refuse(story: Story, brand: Client, claim: dict[str, Any]) -> None:
    invoice = f"/files/{claim['file_ids'][0]}"
    before = brand.call("GET", invoice).status
    refused = ask(brand, "POST", f"/fund-claims/{claim['claim_id']}/refuse", {"reason": REASON})
    after = brand.call("GET", invoice).status
    told = f"{USERS['brand'].user_name} sees the invoice of another claim and refuses it: {REASON}"
    story.check(told, (before, refused["state"], refused["reason"]) == (200, "refused", REASON), refused)
    story.check("it can no longer read that invoice (404)", after == 404, after)


def _pay(story: Story, brand: Client, claim: dict[str, Any]) -> None:
    path = f"/fund-claims/{claim['claim_id']}"
    ask(brand, "POST", f"{path}/approve")
    paid = ask(brand, "POST", f"{path}/pay")
    story.check(f"it approves and pays the first claim: {PAID:.2f} EUR", paid["state"] == "paid", paid)


def _check_sums(story: Story, campaign: Campaign) -> None:
    path = f"/campaigns/{campaign.campaign_id}"
    expenses, spent = _expenses(story.clients["brand"], path)
    told = f"the paid claim is an expense of the campaign: {spent - PAID:,.2f} + {PAID:.2f} = {spent:,.2f} EUR spent"
    story.check(told, spent == sum(expenses) and expenses.count(PAID) == 1, expenses)
    (fund,) = ask(campaign.client, "GET", f"{path}/funds")["items"]
    balance = {name: _money(fund[name]) for name in ("requested", "approved", "paid", "remaining")}
    paid, left = balance["paid"], balance["remaining"]
    told = f"{paid:.2f} paid + {left:.2f} left = {ALLOTMENT:.2f} EUR, the most that it may claim"
    story.check(told, paid == PAID and sum(balance.values()) == paid + left == ALLOTMENT, fund)


def _expenses(brand: Client, path: str) -> tuple[list[Decimal], Decimal]:
    """The campaign's expenses, and their sum as the campaign shows it.

    Both of one moment: what messages cost may be booked between two requests.
    """
    while True:
        before = _spent(brand, path)
        expenses = [_money(each["amount"]) for each in ask(brand, "GET", f"{path}/expenses")["items"]]
        if _spent(brand, path) == before:
            return expenses, before


def _spent(brand: Client, path: str) -> Decimal:
    return _money(ask(brand, "GET", path)["budget_spent"])


def _money(value: object) -> Decimal:
    return Decimal(str(value))
