"""How each platform publishes: one module per platform, imported when it is asked for."""

from __future__ import annotations

from ddp.providers.social import adapters
from ddp.providers.social.base import Platform, Publisher


def of(platform: Platform | str) -> Publisher:
    """The platform's adapter."""
    made: Publisher = adapters.of(__name__, platform)
    return made
