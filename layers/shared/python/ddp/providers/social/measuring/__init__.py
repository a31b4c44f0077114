"""How each platform is asked for the numbers of posts: one module per platform, imported when it is asked for."""

from __future__ import annotations

from ddp.providers.social import adapters
from ddp.providers.social.base import Platform
from ddp.providers.social.measures import Measurer


def of(platform: Platform | str) -> Measurer:
    """The platform's adapter."""
    made: Measurer = adapters.of(__name__, platform)
    return made
