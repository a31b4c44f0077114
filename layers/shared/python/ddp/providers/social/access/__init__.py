"""How each platform gives access to accounts: one module per platform, imported when it is asked for."""

from __future__ import annotations

from ddp.providers.social import adapters
from ddp.providers.social.base import Access, Platform


def of(platform: Platform | str) -> Access:
    """The platform's adapter."""
    made: Access = adapters.of(__name__, platform)
    return made
