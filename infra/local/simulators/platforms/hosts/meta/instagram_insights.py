"""Instagram: the numbers of media. Likes and comments as they are; insights up to 48 hours late.

From developers.facebook.com: Instagram Platform (media, media insights; updated 18 June 2026), read in November 2026.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.local.simulators.platforms.audience import posts, telling
from infra.local.simulators.platforms.calls import Answer, Call, route
from infra.local.simulators.platforms.hosts.meta import fields, graph, insights
from infra.local.simulators.platforms.hosts.meta.instagram_login import account_of
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import DAY, World

BASIC, INSIGHTS = "instagram_business_basic", "instagram_business_manage_insights"
_INTERACTIONS = ("like", "comment", "share", "save")
_METRICS: dict[str, Callable[[dict[str, int]], int]] = {
    "views": lambda counts: counts["view"],
    "reach": lambda counts: counts["reach"],
    "saved": lambda counts: counts["save"],
    "likes": lambda counts: counts["like"],
    "comments": lambda counts: counts["comment"],
    "shares": lambda counts: counts["share"],
    "total_interactions": lambda counts: sum(counts[each] for each in _INTERACTIONS),
    "follows": lambda counts: counts["follow"],
    "profile_visits": lambda counts: counts["follow"] * 4,
    "replies": lambda counts: counts["comment"],
    "ig_reels_avg_watch_time": lambda counts: counts["watch_seconds"] * 1_000 // max(counts["view"], 1),
    "ig_reels_video_view_total_time": lambda counts: counts["watch_seconds"] * 1_000,
}
_EVERY = ("views", "reach", "shares", "total_interactions")
_OF_FEED = ("saved", "likes", "comments")
_OF_PRODUCT = {
    "FEED": (*_EVERY, *_OF_FEED, "follows", "profile_visits"),
    "REELS": (*_EVERY, *_OF_FEED, "ig_reels_avg_watch_time", "ig_reels_video_view_total_time"),
    "STORY": (*_EVERY, "follows", "profile_visits", "replies"),
}
# Stories with fewer viewers have no insights.
LEAST_VIEWERS = 5


def alive(world: World, media: str) -> Object | None:
    """A medium that is public now. A story is gone after a day."""
    found = posts.alive(world, "instagram", media)
    is_over = found and found.body["product"] == "STORY" and world.now() > found.at + DAY
    return None if is_over else found


def fields_of(world: World, call: Call, media: Object) -> dict[str, Any]:
    """The fields of a medium that are numbers."""

    def count(kind: str) -> Callable[[fields.Field], int]:
        return lambda _: (
            telling.told(world, media, telling.COUNTERS) or posts.truth(world, media, world.now())
        )[kind]

    return {
        "like_count": count("like"),
        "comments_count": count("comment"),
        "insights": lambda each: {"data": _metrics(world, call, media, each.modifiers.get("metric", ""))},
    }


def _insights(world: World, call: Call, _version: str, media_id: str) -> Answer:
    graph.token_of(world, "instagram", call)
    media = alive(world, media_id)
    if media is None:
        raise graph.missing(media_id)
    graph.take_call(world, "instagram", media.owner)
    return graph.ok({"data": _metrics(world, call, media, "")})


def _metrics(world: World, call: Call, media: Object, given: str) -> list[dict[str, Any]]:
    account = account_of(world, call, media.owner, BASIC, INSIGHTS)
    if account.body["kind"] == "PERSONAL" or posts.is_private(world, media):
        raise graph.error("(#10) Application does not have permission for this action", 10, status=403)
    names, product = insights.asked(call, given), media.body["product"]
    valid = insights.known(world, "instagram", _METRICS)
    for position, name in enumerate(names):
        if name not in valid:
            raise insights.invalid_on_instagram(position, valid)
    if foreign := [name for name in names if name not in _OF_PRODUCT[product]]:
        raise insights.unsupported_on_instagram(foreign)
    counts = telling.told(world, media, telling.INSIGHTS)
    if counts is not None and product == "STORY" and counts["reach"] < LEAST_VIEWERS:
        raise graph.error("(#10) Not enough viewers for the media to show insights", 10)
    # What is not known yet is an empty set, not 0.
    shown = [] if counts is None else [insights.metric(media, name, _METRICS[name](counts)) for name in names]
    return shown[: len(shown) // 2] if call.is_partial else shown


ROUTES = [route("GET", "graph.instagram.com/{}/{}/insights", "instagram.insights", _insights)]
