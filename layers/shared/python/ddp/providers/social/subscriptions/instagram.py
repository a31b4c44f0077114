"""Webhooks of an Instagram account: the account is subscribed with the fields that are wanted.

Source: developers.facebook.com/docs/instagram-platform/webhooks.
"""

from __future__ import annotations

from ddp.providers.social.base import Account, Application, Platform
from ddp.providers.social.subscriptions import edge


class Instagram:
    """Implements ddp.providers.social.subscriptions.Subscriber."""

    platform = Platform.INSTAGRAM

    def subscribe(self, application: Application, account: Account) -> None:
        """Subscribe the account."""
        edge.subscribe(self.platform, account)

    def unsubscribe(self, application: Application, account: Account) -> None:
        """End its subscription."""
        edge.unsubscribe(self.platform, account)

    def is_subscribed(self, application: Application, account: Account) -> bool:
        """The token is the application's own, and shows its subscription alone."""
        return edge.has_fields(self.platform, edge.listed(self.platform, account))
