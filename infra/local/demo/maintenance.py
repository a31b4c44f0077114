"""The demo's chapter about maintenance: an administrator counts what would go, and nothing goes."""

from __future__ import annotations

from typing import Any

from infra.cli.api_client import ask
from infra.cli.maintenance.cleanup import clean_up
from infra.cli.maintenance.erase import erase
from infra.local.demo.email import Campaign
from infra.local.demo.story import Story


def try_maintenance(story: Story, campaign: Campaign) -> None:
    """Dry runs of a cleanup and of an erasure."""
    story.chapter("An administrator asks what would be removed")
    admin = story.clients["admin"]
    report = clean_up(admin, is_dry=True)
    total = sum(report["steps"].values())
    told = f"a cleanup would remove {total:,} rows that are older than they are kept"
    story.check(told, not report["error"], report)
    send = _someone(campaign)
    counts = erase(admin, {"email": send["recipient_email"]}, is_dry=True)["counts"]
    found = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()) if count)
    story.check(f"erasing {send['recipient_email']} would change: {found}", bool(found), counts)
    story.check("nothing was changed: the ledger still has the address", _someone(campaign) == send)


def _someone(campaign: Campaign) -> dict[str, Any]:
    """The first recipient who clicked, as the ledger has it now."""
    path = f"/email-campaigns/{campaign.email_campaign_id}/sends?status=clicked&limit=1"
    return dict(ask(campaign.client, "GET", path)["items"][0])
