"""The rules of each platform as data: what it publishes, its limits, versions, addresses, scopes and prices.

One JSON file per platform; `GET /social-platforms` shows them. Reading one takes no import of its adapter.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from ddp.providers.social.base import Platform

# A platform's rules, as its file has them.
Rules = dict[str, Any]


@cache
def of(platform: Platform | str) -> Rules:
    """The rules of a platform. Nobody changes what is returned."""
    path = Path(__file__).with_name(f"{Platform(platform).value}.json")
    rules: Rules = json.loads(path.read_text(encoding="utf-8"))
    return rules


def every() -> list[Rules]:
    """The rules of all platforms, in the order of their names."""
    return [of(platform) for platform in Platform]
