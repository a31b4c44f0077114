"""Facebook: the numbers of a post. Reactions, comments and shares as they are; insights once a day.

From developers.facebook.com: Graph API reference (page post, object reactions, object comments, video insights), Page
Insights (metrics after 15 June 2026), read in November 2026.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.local.simulators.platforms.audience import posts, telling
from infra.local.simulators.platforms.calls import Answer, Call, route
from infra.local.simulators.platforms.hosts.meta import fields, graph, insights
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World

ENGAGEMENT, INSIGHTS = "pages_read_engagement", "read_insights"
# How reactions other than a like are spread, by the names of the field `reactions` and of insights.
_KINDS = (("LOVE", "love", 0.6), ("HAHA", "haha", 0.2), ("WOW", "wow", 0.1), ("SAD", "sorry", 0.05))
_REST = ("ANGRY", "anger")
# Pages with fewer likes have no insights.
LEAST_LIKES = 100
_POST: dict[str, Callable[[dict[str, int]], Any]] = {
    "post_media_view": lambda counts: counts["view"],
    "post_total_media_view_unique": lambda counts: counts["reach"],
    "post_clicks": lambda counts: counts["click"],
    "post_reactions_by_type_total": lambda counts: _by_type(counts),
    "post_reactions_like_total": lambda counts: counts["like"],
}
_VIDEO: dict[str, Callable[[dict[str, int]], Any]] = {
    "post_video_views": lambda counts: counts["view"],
    "post_video_view_time": lambda counts: counts["watch_seconds"] * 1_000,
    "post_video_avg_time_watched": lambda counts: _average(counts),
}
_OF_VIDEO: dict[str, Callable[[dict[str, int]], Any]] = {
    "total_video_views": lambda counts: counts["view"],
    "total_video_view_total_time": lambda counts: counts["watch_seconds"] * 1_000,
    "total_video_avg_time_watched": lambda counts: _average(counts),
    "post_video_likes_by_reaction_type": lambda counts: _by_type(counts),
}
_OF_REEL = {
    **_VIDEO,
    "blue_reels_play_count": lambda counts: counts["view"],
    "fb_reels_total_plays": lambda counts: counts["view"],
    "post_video_followers": lambda counts: counts["follow"],
    "post_video_likes_by_reaction_type": lambda counts: _by_type(counts),
    "post_video_social_actions": lambda counts: {"COMMENT": counts["comment"], "SHARE": counts["share"]},
}


def _by_type(counts: dict[str, int]) -> dict[str, int]:
    """Reactions by type, as insights have them: only those that there are."""
    named = {of_insights: count for _, of_insights, count in _spread(counts)}
    return {name: count for name, count in ({"like": counts["like"]} | named).items() if count}


def _spread(counts: dict[str, int]) -> list[tuple[str, str, int]]:
    spread = [(name, other, int(counts["reaction"] * share)) for name, other, share in _KINDS]
    return [*spread, (*_REST, counts["reaction"] - sum(count for _, _, count in spread))]


def _average(counts: dict[str, int]) -> int:
    return counts["watch_seconds"] * 1_000 // max(counts["view"], 1)


def edges(world: World, call: Call, post: Object) -> dict[str, Callable[[fields.Field], Any]]:
    """The fields of a post that are numbers. Facebook leaves `shares` out when there is none."""

    def counters() -> dict[str, int]:
        require(world, call, post, ENGAGEMENT)
        return telling.told(world, post, telling.COUNTERS) or posts.truth(world, post, 0.0)

    def shares(_: fields.Field) -> Any:
        count = counters()["share"]
        return {"count": count} if count else None

    return {
        "reactions": lambda each: _reactions(counters(), each.modifiers.get("type", ""), each.modifiers),
        "likes": lambda each: _summary(
            each.modifiers, counters()["like"], {"can_like": True, "has_liked": False}
        ),
        "comments": lambda each: _summary(
            each.modifiers, counters()["comment"], {"order": "ranked", "can_comment": True}
        ),
        "shares": shares,
        "insights": lambda each: _metrics(world, call, post, each.modifiers.get("metric", "")),
    }


def _reactions(counts: dict[str, int], kind: str, modifiers: Any) -> dict[str, Any]:
    by_kind = {"LIKE": counts["like"]} | {name: count for name, _, count in _spread(counts)}
    count = by_kind.get(kind.upper(), 0) if kind else sum(by_kind.values())
    return _summary(modifiers, count, {"viewer_reaction": "NONE"})


def _summary(modifiers: Any, count: int, more: dict[str, Any]) -> dict[str, Any]:
    """An edge without its people, whom an application is not told, and with its count if it asks for one."""
    asks = modifiers.get("summary", "").lower() not in {"", "0", "false"}
    return {"data": [], **({"summary": {"total_count": count, **more}} if asks else {})}


def require(world: World, call: Call, post: Object, *scopes: str) -> None:
    """Raises PlatformError unless the call's token is the page's and has the scopes, and the page can be read."""
    token = graph.token_of(world, "facebook", call)
    if missing := [scope for scope in scopes if scope not in token.body["scopes"]]:
        raise graph.error(
            f"(#10) This endpoint requires the '{missing[0]}' permission or the 'Page Public Content Access' feature. "
            "Refer to https://developers.facebook.com/docs/apps/review/login-permissions for details.",
            10,
            status=403,
        )
    if token.body.get("page") != post.owner or posts.is_private(world, post):
        raise graph.error(
            "(#10) Object does not exist, cannot be loaded due to missing permission", 10, status=403
        )


def _metrics(world: World, call: Call, post: Object, given: str, edge: str = "insights") -> dict[str, Any]:
    require(world, call, post, ENGAGEMENT, INSIGHTS)
    names = insights.asked(call, given)
    ways = _POST | (_VIDEO if posts.is_video(post) else {})
    if edge == "video_insights":
        ways = _OF_REEL if post.body.get("is_reel") else _OF_VIDEO
    if not set(names) <= set(insights.known(world, "facebook", ways)):
        raise insights.invalid_on_facebook()
    counts = telling.told(world, post, telling.INSIGHTS)
    is_empty = counts is None or world.settings["page_likes"] < LEAST_LIKES
    shown = [] if is_empty or counts is None else [
        insights.metric(post, name, ways[name](counts), edge) for name in names
    ]  # fmt: skip
    return {"data": shown[: len(shown) // 2] if call.is_partial else shown}


def _edge(world: World, call: Call, _version: str, object_id: str, *metric: str) -> Answer:
    edge = "video_insights" if call.path.split("/")[3] == "video_insights" else "insights"
    body = _metrics(world, call, _post(world, call, object_id), "".join(metric), edge)
    address = f"https://graph.facebook.com{call.path}?metric={call.text('metric')}"
    paging = {
        "previous": f"{address}&until={int(world.now())}",
        "next": f"{address}&since={int(world.now())}",
    }
    return graph.ok(body | {"paging": paging})


def _people(world: World, call: Call, _version: str, object_id: str, name: str) -> Answer:
    post = _post(world, call, object_id)
    modifiers = {key: call.text(key) for key in ("type", "summary") if call.text(key)}
    return graph.ok(edges(world, call, post)[name](fields.Field(name=name, modifiers=modifiers)))


def _post(world: World, call: Call, object_id: str) -> Object:
    graph.token_of(world, "facebook", call)
    post = posts.alive(world, "facebook", object_id)
    if post is None:
        raise graph.missing(object_id)
    graph.take_call(world, "facebook", post.owner)
    return post


_HOST = "graph.facebook.com/{}"
ROUTES = [
    route("GET", f"{_HOST}/{{}}/insights", "facebook.insights", _edge),
    route("GET", f"{_HOST}/{{}}/insights/{{}}", "facebook.insights", _edge),
    route("GET", f"{_HOST}/{{}}/video_insights", "facebook.insights", _edge),
    route("GET", f"{_HOST}/{{}}/video_insights/{{}}", "facebook.insights", _edge),
    *(
        route(
            "GET",
            f"{_HOST}/{{}}/{name}",
            "facebook.reactions",
            lambda world, call, version, object_id, name=name: _people(world, call, version, object_id, name),
        )
        for name in ("reactions", "likes")
    ),
]
