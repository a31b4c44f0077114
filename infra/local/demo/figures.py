"""The demo's chapter about figures: they are counted, add up, and become a CSV file and a report."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.cli.api_client import ApiError, Client, ask
from infra.cli.campaign import api as campaign_api
from infra.cli.campaign.api import count
from infra.cli.report.asking import ask as ask_for_report
from infra.local.demo.campaign.funds import PAID
from infra.local.demo.email import Campaign
from infra.local.demo.orders import COST, EARNED
from infra.local.demo.story import Story
from infra.local.identity.users import USERS
from infra.local.state import StateDirectory

SECONDS = 90
DAYS = 30

# The browser and the time zone of each visitor.
VISITS = {
    "retailer": (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Version/19.1 Mobile/15E148",
        "Europe/Vienna",
    ),
    "retailer2": (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
        "Asia/Tokyo",
    ),
}


def show_figures(story: Story, campaign: Campaign, directory: StateDirectory) -> None:
    """Wait for the figures, check the campaign's return, and write the files of the demo."""
    story.chapter(f"{USERS['brand'].user_name} looks at the figures")
    brand, admin = story.clients["brand"], story.clients["admin"]
    _visit(story)
    waited = _refresh(admin)
    story.check(f"everything until now is counted, {waited:.1f} s after it was asked for", waited < SECONDS)
    _check_return(story, ask(brand, "GET", f"/analytics/campaigns?id={campaign.campaign_id}")["items"][0])
    _check_messages(story, campaign)
    directory.demo.mkdir(parents=True, exist_ok=True)
    _write_csv(story, brand, directory.demo / "campaigns.csv", campaign)
    _write_report(story, admin, directory.demo_report)


def _visit(story: Story) -> None:
    """A session of each retailer, whose devices and countries the report shows."""
    for name, (agent, zone) in VISITS.items():
        place = {"location_data": {"time_zone": zone}}
        session = story.clients[name].call("POST", "/sessions", place, {"User-Agent": agent})
        story.check(f"{USERS[name].user_name} signs in, in {zone}", session.status == 201, session.problem)


def _check_return(story: Story, figures: Mapping[str, Any]) -> None:
    # The cost has the messages' too, as soon as they are booked.
    spent, earned, roi = (figures[name] for name in ("budget_spent", "conversion_value", "roi_percentage"))
    told = f"the campaign cost {spent:,.2f} EUR and earned {earned:,.2f}: its ROI is {roi:.1f} %"
    expected = round(100 * (EARNED - spent) / spent, 1)
    story.check(told, spent >= COST + PAID and (earned, roi) == (EARNED, expected), figures)


def _refresh(admin: Client) -> float:
    """Ask for a refresh, and wait until it has counted what happened before; returns the seconds it took."""
    began, until = time.monotonic(), datetime.now(UTC)
    ask(admin, "POST", "/analytics/refresh")
    while True:
        as_of = ask(admin, "GET", "/analytics/freshness")["as_of"]
        waited = time.monotonic() - began
        if as_of and datetime.fromisoformat(as_of) >= until:
            return waited
        if waited > SECONDS:
            raise ApiError(f"Figures are as of {as_of}; {SECONDS} s ago a newer refresh was asked for.")
        time.sleep(0.3)


def _check_messages(story: Story, campaign: Campaign) -> None:
    path = f"/analytics/email-campaigns?id={campaign.email_campaign_id}"
    figures = ask(campaign.client, "GET", path)["items"][0]
    ledger = campaign_api.progress(campaign.client, campaign.email_campaign_id)
    seen = (figures["recipient_count"], figures["sent_count"])
    told = f"figures and ledger agree: {seen[0]:,} recipients, {seen[1]:,} messages sent"
    story.check(told, seen == (ledger["recipient_count"], count(ledger, *campaign_api.ACCEPTED)), figures)


def _write_csv(story: Story, brand: Client, file: Path, campaign: Campaign) -> None:
    file.write_bytes(brand.read_csv("/analytics/campaigns"))
    # The file begins with a byte order mark, by which spreadsheets know UTF-8.
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    earned = [float(row["conversion_value"]) for row in rows if row["campaign_id"] == campaign.campaign_id]
    story.check(f"the same figures as CSV, campaign by campaign: {file}", earned == [EARNED], rows)


def _write_report(story: Story, admin: Client, file: Path) -> None:
    # Imported here because drawing takes a second to load.
    from infra.cli.report.page import report

    text = report(ask_for_report(admin, until=datetime.now(UTC), days=DAYS, zone="UTC"))
    file.write_text(text)
    story.check(f"the platform's report of {DAYS} days: {file}", f"{EARNED:,.2f}" in text, "no orders in it")
