"""Numbers of YouTube's videos, by their statistics. A number that the owner hides is missing.

Source: developers.google.com/youtube/v3/docs/videos/list.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from ddp.errors import Transient
from ddp.providers.social import google, http
from ddp.providers.social.base import Account, Platform
from ddp.providers.social.measures import Kind, MeasuredPost, Reading
from ddp.providers.social.measuring import counting
from ddp.providers.social.measuring.counting import Told

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class YouTube:
    """Implements ddp.providers.social.measures.Measurer."""

    platform = Platform.YOUTUBE

    def measure(
        self, account: Account, posts: Sequence[MeasuredPost], kind: Kind, *, without: Collection[str] = ()
    ) -> Reading:
        """List the videos by their ids. The owner is shown private ones too, so that only deleted ones are absent."""
        rule = counting.rule(self.platform, kind, account.kind)
        known = [post for post in posts if _ID.fullmatch(post.external_id)]
        return counting.read(rule, known, without, partial(_ask, account))


def _ask(account: Account, posts: Sequence[MeasuredPost], _: Sequence[str]) -> Told:
    ids = [post.external_id for post in posts]
    query = {"part": "statistics", "id": ",".join(ids)}
    url = f"{google.API}/videos"
    given = http.call("GET", url, classify=google.classify, token=account.access_token, query=query).json()
    items = given.get("items") if isinstance(given, dict) else None
    # Only a real list proves that what it lacks does not exist.
    if not isinstance(items, list) or given.get("kind") != "youtube#videoListResponse":
        raise Transient("YouTube answered something else than a list of videos")
    found = {
        str(item["id"]): item.get("statistics") or {}
        for item in items
        if isinstance(item, dict) and item.get("id")
    }
    gone = frozenset(ids) - found.keys() if _is_whole(given, items) else frozenset()
    return Told(values=found, gone=gone)


def _is_whole(given: Mapping[str, Any], items: Sequence[object]) -> bool:
    """Whether the answer has all results that it counts: if not, it does not say that those it lacks are deleted."""
    page = given.get("pageInfo")
    total = counting.whole(page.get("totalResults")) if isinstance(page, dict) else None
    return total is None or total <= len(items)
