"""What a platform tells of a post's audience: some of the numbers, and some of them late."""

from __future__ import annotations

from infra.local.simulators.platforms.audience import posts
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import DAY, World

COUNTERS, INSIGHTS = "counters", "insights"
# Which numbers each platform tells by its counters, and which by its insights.
TELLS: dict[str, dict[str, tuple[str, ...]]] = {
    "facebook": {
        COUNTERS: ("like", "reaction", "comment", "share"),
        INSIGHTS: ("click", "view", "reach", "follow", "watch_seconds"),
    },
    "instagram": {
        COUNTERS: ("like", "comment"),
        INSIGHTS: ("share", "save", "view", "reach", "follow", "watch_seconds"),
    },
    "twitter": {COUNTERS: ("like", "comment", "share", "save", "view"), INSIGHTS: ("click",)},
    "linkedin": {
        COUNTERS: ("like", "reaction", "comment"),
        INSIGHTS: ("share", "click", "view", "reach", "save", "follow"),
    },
    "tiktok": {COUNTERS: ("like", "comment", "share", "view"), INSIGHTS: ()},
    "youtube": {COUNTERS: ("like", "comment", "view"), INSIGHTS: ()},
}
# Facebook computes insights once a day, at midnight in California (in winter).
MIDNIGHT = 8 * 3_600.0


def told(world: World, post: Object, kind: str, at: float | None = None) -> dict[str, int] | None:
    """All numbers as a platform has them at a time, by its counters or insights; None: it has none of them yet."""
    as_of = told_as_of(world, post, kind, world.now() if at is None else at)
    began = posts.published_at(post)
    if began is None:
        return None
    if as_of < began:
        return None if kind == INSIGHTS else posts.truth(world, post, began)
    return posts.truth(world, post, as_of)


def told_as_of(world: World, post: Object, kind: str, at: float) -> float:
    """The time whose truth a platform tells at this time."""
    late = float(world.settings["lateness_seconds"][post.platform][kind])
    if not late:
        return at
    if kind == INSIGHTS and post.platform == "facebook":
        return at - (at - MIDNIGHT) % late
    if kind == INSIGHTS and post.platform == "instagram":
        return at - late * posts.luck(world, post, "late")
    return at - late


def told_types(world: World, post: Object, at: float) -> dict[str, int]:
    """What can be measured of a post at a time, by type, if every metric is read."""
    found: dict[str, int] = {}
    for kind, types in TELLS[post.platform].items():
        numbers = told(world, post, kind, at)
        if numbers is not None and _has_insights(world, post, kind, at):
            found |= {each: numbers[each] for each in types if _is_told(post, each)}
    return found


def _is_told(post: Object, kind: str) -> bool:
    if kind == "watch_seconds":
        return posts.is_video(post)
    if kind == "follow" and post.platform == "facebook":
        return bool(post.body.get("is_reel"))
    if kind == "follow" and post.platform == "instagram":
        return bool(post.body["product"] != "REELS")
    if post.platform == "linkedin":
        is_member = "person" in post.body["author"]
        return kind not in {"save", "follow"} or is_member
    return True


def _has_insights(world: World, post: Object, kind: str, at: float) -> bool:
    if kind == COUNTERS:
        return True
    if post.platform == "facebook":
        return bool(world.settings["page_likes"] >= 100)
    if post.platform == "twitter":
        return at <= post.at + 30 * DAY
    return not (post.platform == "instagram" and post.body["product"] == "STORY" and at > post.at + DAY)
