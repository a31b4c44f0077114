"""Sees what changed since the last round, and writes the webhooks about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.local.simulators.platforms.audience import posts
from infra.local.simulators.platforms.hosts.meta.subscriptions import fields_of
from infra.local.simulators.platforms.hosts.tiktok_access import is_public, status_of
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.webhooks import forms, outbox
from infra.local.simulators.platforms.webhooks.hooks import META, PLATFORMS, hook_of
from infra.local.simulators.platforms.world import World

# Entries in one request of Meta's.
ENTRIES = 10
_NOTICED = "noticed"
# What a page's feed tells of; Instagram tells of comments only.
_FEED = ("like", "reaction", "comment", "share")


def look(world: World) -> int:
    """Write webhooks about all that changed; returns how many requests will be sent."""
    written = 0
    for platform in PLATFORMS:
        with world.store.transaction():
            hook = hook_of(world, platform)
            if hook is None or not hook.get("url"):
                continue
            written += _meta(world, platform) if platform in META else _tiktok(world)
    return written


def _meta(world: World, platform: str) -> int:
    entries = []
    wanted = "feed" if platform == "facebook" else "comments"
    for account in world.store.of(platform, "account"):
        if wanted not in fields_of(world, platform, account.id):
            continue
        changes = [change for post in _posts(world, platform, account.id) for change in _changes(world, post)]
        entries += [forms.entry(account.id, world.now(), [change]) for change in changes]
    for start in range(0, len(entries), ENTRIES):
        body = forms.meta_body(platform, entries[start : start + ENTRIES])
        outbox.add(world, platform, "webhook", body)
    return -(-len(entries) // ENTRIES)


def _posts(world: World, platform: str, account: str) -> list[Object]:
    return [*posts.public(world, platform, account), *world.store.of(platform, posts.REMOVED, account)]


def _changes(world: World, post: Object) -> Iterator[dict[str, Any]]:
    """What changed of a post since it was looked at: a few notices, however much it is."""
    noticed = _noticed(world, post)
    before, now = noticed.body["counts"], posts.truth(world, post, world.now())
    most = int(world.settings["webhooks"]["changes"])
    for kind in _FEED if post.platform == "facebook" else ("comment",):
        old, new = before.get(kind, 0), now[kind]
        numbers = range(old, new)[:most] if new >= old else range(new, old)[:most]
        for number in numbers:
            if post.platform == "facebook":
                verb = "add" if new >= old else "remove"
                yield forms.feed_change(post, kind, verb, number, world.now())
            elif new >= old:
                yield forms.comment_change(post, number)
    if post.kind == posts.REMOVED and post.platform == "facebook" and "removed" not in noticed.body["events"]:
        noticed.body["events"].append("removed")
        yield forms.removed_change(post, world.now())
    noticed.body["counts"] = now
    world.store.put(noticed)


def _tiktok(world: World) -> int:
    written = 0
    for kind in ("post", posts.REMOVED):
        for post in world.store.of("tiktok", kind):
            noticed = _noticed(world, post)
            for event, content in _events(world, post):
                if event not in noticed.body["events"]:
                    noticed.body["events"].append(event)
                    written += 1
                    body = forms.tiktok_body(event, post.owner, world.now(), content)
                    outbox.add(world, "tiktok", "webhook", body)
            world.store.put(noticed)
    return written


def _events(world: World, post: Object) -> Iterator[tuple[str, dict[str, Any]]]:
    """All events there are to tell of a post until now, with their contents."""
    known = {"publish_id": post.id, "publish_type": "DIRECT_PUBLISH"}
    status = status_of(world, post)
    if status["status"] == "FAILED":
        yield "post.publish.failed", known | {"reason": status["fail_reason"]}
    if status["status"] != "PUBLISH_COMPLETE":
        return
    yield "post.publish.complete", known
    if is_public(world, post):
        public = known | {"post_id": post.body["video"]}
        yield "post.publish.publicly_available", public
        if post.kind == posts.REMOVED:
            yield "post.publish.no_longer_publicaly_available", public


def _noticed(world: World, post: Object) -> Object:
    noticed_id = f"{_NOTICED}:{post.platform}:{post.id}"
    return world.store.get(noticed_id, post.platform, _NOTICED) or Object(
        id=noticed_id,
        platform=post.platform,
        kind=_NOTICED,
        owner=post.owner,
        at=world.now(),
        body={"counts": {}, "events": []},
    )
