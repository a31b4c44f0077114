"""TikTok: the public videos of a creator with their numbers, listed or by their ids.

From developers.tiktok.com: Display API (list videos, query videos, video object), rate limits, read in November 2026.
"""

from __future__ import annotations

from typing import Any

from infra.local.simulators.faults import FaultKind
from infra.local.simulators.platforms.audience import posts, telling
from infra.local.simulators.platforms.calls import Answer, Call, route
from infra.local.simulators.platforms.hosts.tiktok_access import (
    creator_of,
    error,
    fault_error,
    is_public,
    ok,
    status_of,
    token_of,
)
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World

MOST_IDS = 20


def _take(world: World, creator: Object) -> None:
    used = world.store.used("tiktok", "queries", creator.id, world.now() - 60)
    if used >= world.quota("tiktok_queries_per_minute"):
        raise fault_error(FaultKind.THROTTLE)
    world.store.use("tiktok", "queries", creator.id, world.now())


def is_shown(world: World, post: Object) -> bool:
    """Whether a post is among the public videos of its creator. Photos never are."""
    return bool(
        post.body["kind"] == "video"
        and post.body["published"]
        and status_of(world, post)["status"] == "PUBLISH_COMPLETE"
        and is_public(world, post)
        and not posts.is_private(world, post)
    )


def _list(world: World, call: Call) -> Answer:
    """The public videos of a creator, the newest first; photos are not among them."""
    creator = creator_of(world, token_of(world, call, "video.list"))
    _take(world, creator)
    found = [each for each in posts.public(world, "tiktok", creator.id) if is_shown(world, each)]
    start, most = int(call.fields.get("cursor") or 0), min(int(call.fields.get("max_count") or 10), MOST_IDS)
    videos = [_node(world, call, each, creator) for each in found[start : start + most]]
    return ok({"videos": videos, "cursor": start + len(videos), "has_more": start + most < len(found)})


def _query(world: World, call: Call) -> Answer:
    """Up to 20 of the creator's own videos; those that are not public or not there are left out."""
    creator = creator_of(world, token_of(world, call, "video.list"))
    _take(world, creator)
    ids = (call.fields.get("filters") or {}).get("video_ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_IDS:
        raise error("invalid_params", "video_ids has to be a list of 1 to 20 ids", 400)
    found = [posts.alive(world, "tiktok", str(each)) for each in ids]
    shown = [each for each in found if each and each.owner == creator.id and is_shown(world, each)]
    if call.is_partial:
        shown = shown[: len(shown) // 2]
    return ok({"videos": [_node(world, call, each, creator) for each in shown]})


def _node(world: World, call: Call, post: Object, creator: Object) -> dict[str, Any]:
    counts = telling.told(world, post, telling.COUNTERS) or {}
    facts = {
        "id": post.body["video"],
        "title": post.body["info"].get("title", ""),
        "video_description": post.body["info"].get("title", ""),
        "create_time": int(post.body["ready_at"]),
        "share_url": f"https://www.tiktok.com/@{creator.body['handle']}/video/{post.body['video']}",
        "cover_image_url": "",
        "duration": 5,
        "height": 1_920,
        "width": 1_080,
        "embed_html": "",
        "embed_link": f"https://www.tiktok.com/player/v1/{post.body['video']}",
        "like_count": counts.get("like", 0),
        "comment_count": counts.get("comment", 0),
        "share_count": counts.get("share", 0),
        "view_count": counts.get("view", 0),
    }
    names = [name for name in call.query.get("fields", "id").split(",") if name]
    retired = world.settings["retired_metrics"]["tiktok"]
    if unknown := [name for name in names if name not in facts or name in retired]:
        raise error("invalid_params", f"Invalid fields: {', '.join(unknown)}", 400)
    return {name: facts[name] for name in names}


_API = "open.tiktokapis.com/v2"
ROUTES = [
    route("POST", f"{_API}/video/list", "tiktok.list", _list),
    route("POST", f"{_API}/video/query", "tiktok.query", _query),
]
