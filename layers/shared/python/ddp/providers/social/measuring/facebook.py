"""Numbers of a Facebook page's posts: reactions, comments and shares at once, insights about once in 24 hours.

Sources: developers.facebook.com/docs/graph-api/reference/post, …/reference/object/reactions, …/reference/insights.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from ddp.providers.social.base import Account, Platform, PostType
from ddp.providers.social.measures import Kind, MeasuredPost, Reading
from ddp.providers.social.measuring import graph


class Facebook:
    """Implements ddp.providers.social.measures.Measurer."""

    platform = Platform.FACEBOOK

    def measure(
        self, account: Account, posts: Sequence[MeasuredPost], kind: Kind, *, without: Collection[str] = ()
    ) -> Reading:
        """Read each post's fields, or its insights."""
        return graph.measure(self.platform, account, posts, kind, without, partial(_story, account))


def _story(account: Account, post: MeasuredPost) -> str:
    """The id under which the page shows the post: a video by itself has neither reactions nor insights of a post."""
    is_video = post.post_type in {PostType.VIDEO, PostType.REEL} and "_" not in post.external_id
    return f"{account.external_account_id}_{post.external_id}" if is_video else post.external_id
