"""The rules of each platform as data: what it publishes, its limits, versions, addresses, scopes and prices.

One JSON file per platform; `GET /social-platforms` shows them. Reading one takes no import of its adapter.
"""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from ddp import settings
from ddp.providers.social.base import Platform

# A platform's rules, as its file has them.
Rules = dict[str, Any]

# Platforms where this stage's application has passed the audit that the file does not know of.
AUDITED = frozenset(settings.optional("DDP_SOCIAL_AUDITED").split())

# How many days before its end a version of a platform's API should be replaced.
DAYS_OF_NOTICE = 60


@cache
def of(platform: Platform | str) -> Rules:
    """The rules of a platform. Nobody changes what is returned."""
    path = Path(__file__).with_name(f"{Platform(platform).value}.json")
    rules: Rules = json.loads(path.read_text(encoding="utf-8"))
    return rules | {"is_audited": rules["is_audited"] or platform in AUDITED}


def every() -> list[Rules]:
    """The rules of all platforms, in the order of their names."""
    return [of(platform) for platform in Platform]


def ending(today: date) -> dict[Platform, date]:
    """The platforms whose version of the API ends within DAYS_OF_NOTICE or has ended, and when."""
    found = {}
    for platform in Platform:
        ends_on = of(platform)["api"]["ends_on"]
        if ends_on and (end := date.fromisoformat(ends_on)).toordinal() - today.toordinal() <= DAYS_OF_NOTICE:
            found[platform] = end
    return found
