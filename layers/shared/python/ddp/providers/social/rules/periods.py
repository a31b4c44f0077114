"""The periods of platforms' quotas: periods of a length, counted from 1970, or the Pacific day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ddp.providers.social.rules import Rules

_PACIFIC = ZoneInfo("America/Los_Angeles")


def named(platform: str, name: str, rule: Rules) -> str:
    """The name of a quota in the period that now belongs to, as ddp.social_quotas has it."""
    return f"{platform}/{name}/{_period(rule)}"


def end(rule: Rules) -> datetime:
    """When the platform gives new units."""
    now = datetime.now(UTC)
    if "until" in rule:
        tomorrow = now.astimezone(_PACIFIC) + timedelta(days=1)
        return tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
    return datetime.fromtimestamp((int(now.timestamp()) // _seconds(rule) + 1) * _seconds(rule), UTC)


def _period(rule: Rules) -> str:
    if "until" in rule:
        return datetime.now(_PACIFIC).date().isoformat()
    return str(int(datetime.now(UTC).timestamp()) // _seconds(rule))


def _seconds(rule: Rules) -> int:
    return int(rule.get("seconds") or rule["hours"] * 3600)
