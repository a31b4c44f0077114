"""Units of platforms' quotas that readings take, and platforms whose quota is used up for now.

Publishing takes units of the same quotas (functions/social/steps/prices.py). It comes first: readings get no more than
a part, and when that is used up, they wait until the platform gives new ones.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from ddp import db
from ddp.providers.social import rules
from ddp.providers.social.base import AllQuotaReached
from ddp.providers.social.rules import periods
from ddp.queries.social import steps
from ddp.queries.social.steps import Quota


def take(platform: str, units: int) -> None:
    """Take units for a call, before it is made. Raises AllQuotaReached."""
    rule = rules.of(platform)["quotas"]["units"]
    of_all = Quota(
        quota=periods.named(platform, "units", rule), cap=rule["most"], ends_at=periods.end(rule), units=units
    )
    of_readings = replace(
        of_all, quota=periods.named(platform, "units_of_readings", rule), cap=rule["for_readings"]
    )
    with db.transaction(role="service_role") as cursor:
        full = steps.take_quota(cursor, [of_all, of_readings])
    if full:
        raise AllQuotaReached(
            f"Readings take at most {full.cap:,} units in this time, and none is left.",
            retry_after=(full.ends_at - datetime.now(UTC)).total_seconds(),
        )
