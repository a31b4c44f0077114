"""What the call that publishes a post costs, in money and in units of the platform's quotas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from ddp.providers.social import rules
from ddp.queries.social.steps import Quota, Step

# What a platform may take for an address: the price with one is the price of what might be one.
_ADDRESS = re.compile(r"\S\.\S")


def of(step: Step) -> Decimal:
    """US dollars that the step's call costs at most."""
    prices = rules.of(step.platform)["prices"]
    if not prices or step.step != "finalise":
        return Decimal(0)
    has_link = bool(_ADDRESS.search(step.post_content or ""))
    price = Decimal(prices["post_with_link" if has_link else "post"])
    described = sum(1 for media in step.media if media.get("alt_text"))
    return price + described * Decimal(prices["alt_text"])


def quotas(step: Step) -> Sequence[Quota]:
    """Units of the platform's quotas that the step's call takes. Those of uploads are taken before the upload."""
    if step.step != "finalise":
        return ()
    return tuple(
        Quota(
            quota=f"{step.platform}/{name}/{_period(rule)}",
            cap=rule["most"],
            ends_at=_end(rule),
            owner_id=step.account_id if rule["of"] == "account" else None,
        )
        for name, rule in rules.of(step.platform)["quotas"].items()
        if name in _OF_CALLS.get(step.platform, ())
    )


# Of which quotas a publishing call takes one.
_OF_CALLS = {"twitter": ("posts_of_account", "posts_of_application"), "tiktok": ("posts",)}


def _seconds(rule: rules.Rules) -> int:
    return int(rule.get("seconds") or rule["hours"] * 3600)


def _period(rule: rules.Rules) -> str:
    """The name of the period that now belongs to: periods of this length, counted from 1970; or the Pacific day."""
    if "until" in rule:
        return datetime.now(ZoneInfo("America/Los_Angeles")).date().isoformat()
    return str(int(datetime.now(UTC).timestamp()) // _seconds(rule))


def _end(rule: rules.Rules) -> datetime:
    now = datetime.now(UTC)
    if "until" in rule:
        tomorrow = now.astimezone(ZoneInfo("America/Los_Angeles")) + timedelta(days=1)
        return tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
    return datetime.fromtimestamp((int(now.timestamp()) // _seconds(rule) + 1) * _seconds(rule), UTC)
