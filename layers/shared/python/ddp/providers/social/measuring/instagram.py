"""Numbers of Instagram's posts: likes and comments at once, insights up to 48 hours late.

Sources: developers.facebook.com/docs/instagram-platform/reference/instagram-media, …/instagram-media/insights.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ddp.providers.social.base import Account, Platform
from ddp.providers.social.measures import Kind, MeasuredPost, Reading
from ddp.providers.social.measuring import graph


class Instagram:
    """Implements ddp.providers.social.measures.Measurer."""

    platform = Platform.INSTAGRAM

    def measure(
        self, account: Account, posts: Sequence[MeasuredPost], kind: Kind, *, without: Collection[str] = ()
    ) -> Reading:
        """Read each post's fields, or its insights."""
        return graph.measure(self.platform, account, posts, kind, without, lambda post: post.external_id)
