"""The posts that have an audience: found by any id that a platform has for them, removed, and followed by a truth."""

from __future__ import annotations

import math
from typing import Any

from infra.local.simulators.platforms.audience import growth
from infra.local.simulators.platforms.audience.growth import TYPES, Audience
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import DAY, World

# What is a post, by platform. What is removed keeps its id, as an object of kind `removed`.
KINDS = {"facebook": ("post", "video")}
REMOVED = "removed"


def find(world: World, platform: str, external_id: str) -> Object | None:
    """A post that is public, or was until it was removed; by its own id or by another that the platform tells."""
    kinds = (*KINDS.get(platform, ("post",)), REMOVED)
    found = world.store.get(external_id, platform, *kinds)
    if found is None and (alias := world.store.get(external_id, platform, "alias")):
        found = world.store.get(alias.owner, platform, *kinds)
    if found is None and platform == "facebook" and "_" in external_id:
        # A video's post in the feed has the page's id before the video's.
        page, _, video = external_id.partition("_")
        found = world.store.get(video, platform, "video", REMOVED)
        found = found if found and found.owner == page else None
    if found is None or published_at(found) is None:
        return None
    return _settled(world, found)


def alive(world: World, platform: str, external_id: str) -> Object | None:
    """A post that is public now."""
    found = find(world, platform, external_id)
    return None if found is None or found.kind == REMOVED else found


def public(world: World, platform: str, owner: str | None = None) -> list[Object]:
    """All public posts, the newest first."""
    found = [
        each
        for kind in KINDS.get(platform, ("post",))
        for each in world.store.of(platform, kind, owner)
        if published_at(each) is not None and _settled(world, each).kind != REMOVED
    ]
    return sorted(found, key=lambda each: -each.at)


def published_at(post: Object) -> float | None:
    """When it became public; None: it never did."""
    body = post.body
    if post.platform == "youtube":
        at: float | None = body.get("published_at", None if "ready_at" in body else post.at)
        return at
    if post.platform == "tiktok":
        return float(body["ready_at"]) if body.get("ready_at") is not None and not body["failed"] else None
    return post.at if body.get("published", True) else None


def is_video(post: Object) -> bool:
    """Whether people watch it."""
    media = [post.body["facts"]] if post.body.get("facts") else post.body.get("media", [])
    return post.platform == "youtube" or any(str(each["type"]).startswith("video/") for each in media)


def remove(world: World, post: Object, *, by: str = "application", at: float | None = None) -> Object:
    """Take a post away, for ever. `by`: application, person or platform."""
    with world.store.transaction():
        post.body |= {"was": post.kind, "removed_at": world.now() if at is None else at, "removed_by": by}
        post.kind = REMOVED
        return world.store.put(post)


def truth(world: World, post: Object, at: float) -> dict[str, int]:
    """All numbers of a post at a time: growth, comments that were really written, and what controls added."""
    began = published_at(post)
    at = min(at, post.body.get("removed_at", math.inf))
    if began is None or at < began:
        return dict.fromkeys(TYPES, 0)
    age = min(at, world.settings["audience"]["stops_at"] or math.inf) - began
    found = growth.counts(_audience(world), post.platform, post.id, age=age, is_video=is_video(post))
    comments = world.store.of(post.platform, "comment", post.id)
    found["comment"] += sum(1 for each in comments if each.at <= at)
    for change in world.store.of(post.platform, "adjustment", post.id):
        if change.at <= at:
            found[change.body["type"]] += change.body["amount"]
    return {kind: max(found[kind], 0) for kind in TYPES}


def luck(world: World, post: Object, what: str) -> float:
    """A number from 0 to 1 that a post always has."""
    return growth.luck(world.settings["audience"]["seed"], post.platform, post.id, what)


def is_private(world: World, post: Object) -> bool:
    """Whether its account shows its posts to nobody."""
    account = world.store.get(post.owner, post.platform, "account")
    return bool(account and account.body.get("private"))


def _audience(world: World) -> Audience:
    settings: dict[str, Any] = world.settings["audience"]
    return Audience(**{name: settings[name] for name in Audience.__slots__})


def _settled(world: World, post: Object) -> Object:
    """The post, removed if the seed says that it is gone by now."""
    share = world.settings["audience"]["deleted"]
    if post.kind == REMOVED or not share or luck(world, post, "deleted") >= share:
        return post
    at = (published_at(post) or 0.0) + 7 * DAY * luck(world, post, "deleted at")
    return remove(world, post, by="platform", at=at) if at <= world.now() else post
