"""How an account's webhooks are switched on, for the platforms where that is done per account."""

from __future__ import annotations

from typing import Protocol

from ddp.providers.social import adapters
from ddp.providers.social.base import Account, Application, Platform

_PLATFORMS = {Platform.FACEBOOK, Platform.INSTAGRAM}


class Subscriber(Protocol):
    """How one platform sends an account's webhooks to the application. Each call can be repeated."""

    platform: Platform

    def subscribe(self, application: Application, account: Account) -> None:
        """Let the platform send the account's changes, of the fields that the rules name."""
        ...

    def unsubscribe(self, application: Application, account: Account) -> None:
        """Let it send them no more."""
        ...

    def is_subscribed(self, application: Application, account: Account) -> bool:
        """Whether the platform says that it sends all of them."""
        ...


def of(platform: Platform | str) -> Subscriber | None:
    """The platform's adapter; None: it sends no webhooks, or those of all accounts to one address (TikTok)."""
    platform = Platform(platform)
    if platform not in _PLATFORMS:
        return None
    made: Subscriber = adapters.of(__name__, platform)
    return made
