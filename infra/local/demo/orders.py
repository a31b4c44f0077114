"""The demo's chapter about orders: the retailer's shop reports them, signed, and the retailer by hand."""

from __future__ import annotations

import hmac
import json
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from infra.cli.api_client import Answer, Client, ask
from infra.local.demo.email import Campaign
from infra.local.demo.story import Story

COST: Final = 500
PRICES: Final = (249, 189, 320, 249, 415)
WALK_IN, REFUNDED = 180, PRICES[0]
# What the campaign earned, less the refund.
EARNED: Final = sum(PRICES) + WALK_IN - REFUNDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The retailer's shop: it signs its reports with a key, and has no token."""

    anyone: Client
    path: str
    key: str

    def report(self, orders: list[dict[str, Any]]) -> Answer:
        """Report orders, as functions/analytics/README.md says."""
        body, now = {"conversions": orders}, str(int(time.time()))
        signed = hmac.digest(self.key.encode(), f"{now}.{json.dumps(body)}".encode(), "sha256").hex()
        return self.anyone.call("POST", self.path, body, {"X-DDP-Timestamp": now, "X-DDP-Signature": signed})


def take_orders(story: Story, campaign: Campaign) -> None:
    """Customers who clicked buy; one brings the watch back, and one came without a click."""
    story.chapter("Customers buy, and the campaign gets the credit")
    retailer = campaign.client
    spent = {"amount": str(COST), "description": "Photographs"}
    ask(story.clients["brand"], "POST", f"/campaigns/{campaign.campaign_id}/expenses", spent)
    _report_as_shop(story, campaign, _shop(story, retailer))
    _report_by_hand(story, campaign)


def _shop(story: Story, retailer: Client) -> Shop:
    made = ask(retailer, "POST", "/conversions/keys", {"old_keys_end_in_hours": 0})
    return Shop(anyone=story.clients["anyone"], path=made["hook_path"], key=made["key"])


def _report_as_shop(story: Story, campaign: Campaign, shop: Shop) -> None:
    orders = [
        _order(story, number, price, customer_email=address)
        for number, (price, address) in enumerate(zip(PRICES, _buyers(campaign), strict=True))
    ]
    reported = shop.report(orders)
    told = f"the shop reports {len(orders)} signed orders of customers who clicked: all are credited"
    story.check(told, _outcomes(reported) == {"credited": len(orders)}, reported.body)
    # In another order: the same text, signed within the same second, would be a replayed report.
    again = shop.report(orders[::-1])
    story.check("reported again, they change nothing", _outcomes(again) == {"repeated": len(orders)}, again)
    forged = Shop(anyone=shop.anyone, path=shop.path, key="another key").report(orders)
    story.check("a report signed with another key is refused (401)", forged.status == 401, forged.status)


def _report_by_hand(story: Story, campaign: Campaign) -> None:
    orders = [
        _order(story, len(PRICES), WALK_IN, campaign_id=campaign.campaign_id),
        _order(story, 0, -REFUNDED, kind="refund"),
    ]
    reported = campaign.client.call("POST", "/conversions", {"conversions": orders})
    told = "the retailer reports an order without a click, and a refund: the campaign counts both"
    story.check(told, _outcomes(reported) == {"counted": 1, "credited": 1}, reported.body)


def _buyers(campaign: Campaign) -> list[str]:
    """Addresses of customers who clicked, one for each price."""
    path = f"/email-campaigns/{campaign.email_campaign_id}/sends?status=clicked&limit={len(PRICES)}"
    return [send["recipient_email"] for send in ask(campaign.client, "GET", path)["items"]]


def _order(story: Story, number: int, value: int, **more: str) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    order_id = f"{story.began:%Y%m%d-%H%M%S-%f}-{number}"
    return {"order_id": order_id, "value": value, "currency": "EUR", "occurred_at": now, **more}


def _outcomes(reported: Answer) -> Counter[str]:
    return Counter(each["outcome"] for each in reported.body.get("outcomes", ()))
