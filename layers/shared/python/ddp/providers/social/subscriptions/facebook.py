"""Webhooks of a Facebook page: the page installs the application and names the fields.

Source: developers.facebook.com/docs/graph-api/reference/page/subscribed_apps.
"""

from __future__ import annotations

from ddp.providers.social.base import Account, Application, Platform
from ddp.providers.social.subscriptions import edge


class Facebook:
    """Implements ddp.providers.social.subscriptions.Subscriber."""

    platform = Platform.FACEBOOK

    def subscribe(self, application: Application, account: Account) -> None:
        """Install the application on the page."""
        edge.subscribe(self.platform, account)

    def unsubscribe(self, application: Application, account: Account) -> None:
        """Remove it from the page."""
        edge.unsubscribe(self.platform, account)

    def is_subscribed(self, application: Application, account: Account) -> bool:
        """A page lists all applications that are installed on it: ours is meant."""
        ours = [
            app for app in edge.listed(self.platform, account) if str(app.get("id")) == application.client_id
        ]
        return edge.has_fields(self.platform, ours)
