"""Facebook: login, pages, their posts and photos, comments, and what is read of them. Videos are in facebook_videos.py.

From developers.facebook.com: Facebook Login (manual flow), Pages API (posts, comments), Graph API reference (page feed,
page photos), read in November 2026.
"""

from __future__ import annotations

from typing import Any

from infra.local.simulators.platforms.audience import posts
from infra.local.simulators.platforms.calls import Answer, Call, route
from infra.local.simulators.platforms.hosts.meta import (
    facebook_login,
    facebook_numbers,
    facebook_videos,
    graph,
    uploads,
)
from infra.local.simulators.platforms.hosts.meta.batch import several
from infra.local.simulators.platforms.hosts.meta.facebook_login import acts_as, page_node
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World, number

# Facebook refuses a text that the page has just posted.
SAME_TEXT_SECONDS = 300.0
_MANAGE = "pages_manage_posts"


def _feed(world: World, call: Call, _version: str, page: str) -> Answer:
    """A post: of text, of a link, or of photos that were uploaded unpublished."""
    acts_as(world, call, page, _MANAGE)
    message, link = call.text("message"), call.text("link")
    photos = [
        _photo(world, page, str(each.get("media_fbid"))) for each in graph.listed(call, "attached_media")
    ]
    if not (message or link or photos):
        raise graph.error("(#100) You must provide at least one of message, link or attached_media", 100)
    body = {
        "message": message,
        "link": link,
        "media": [photo.body["facts"] for photo in photos],
        "alt_texts": [photo.body["alt_text"] for photo in photos],
        "published": False,
    }
    post = Object(
        id=f"{page}_{number()}", platform="facebook", kind="post", owner=page, at=world.now(), body=body
    )
    if graph.flag(call, "published", otherwise=True):
        _publish(world, call, post)
    else:
        world.store.put(post)
    return graph.ok({"id": post.id})


def _publish(world: World, call: Call, post: Object) -> None:
    message = post.body.get("message", "")
    same = [
        each
        for each in world.store.of("facebook", "post", post.owner, limit=20)
        if each.body["published"]
        and each.at > world.now() - SAME_TEXT_SECONDS
        and (each.body["message"], each.body["link"], each.body["media"]) == (message, post.body["link"], [])
    ]
    if message and same and not post.body["media"]:
        raise graph.error("(#506) Duplicate status message", 506)
    post.at, post.body["published"] = world.now(), True
    world.publish(call, post, text=message, media=post.body["media"])


def _photo(world: World, page: str, photo: str) -> Object:
    found = world.store.get(photo, "facebook", "photo")
    if found is None or found.owner != page:
        raise graph.error("(#100) Param attached_media has an invalid media_fbid", 100)
    return found


def _photos(world: World, call: Call, _version: str, page: str) -> Answer:
    """A photo, from a form's part `source` or an address; published at once unless `published` is false."""
    acts_as(world, call, page, _MANAGE)
    address = call.text("url")
    content = call.fetched[address].body if address else call.files.get("source", b"")
    if not content:
        raise graph.error("(#324) Requires upload file", 324)
    if len(content) > 10_000_000:
        raise graph.error("(#1) Your photos couldn't be uploaded. Photos should be less than 10 MB", 1)
    facts = world.media.add(content)
    if not facts["type"].startswith("image/"):
        raise graph.error("(#100) Invalid image", 100, error_subcode=1366046)
    caption = call.text("caption") or call.text("message")
    alt_text = call.text("alt_text_custom")
    photo = world.store.put(
        Object(
            id=number(),
            platform="facebook",
            kind="photo",
            owner=page,
            at=world.now(),
            body={"facts": facts, "alt_text": alt_text, "message": caption},
        )
    )
    if not graph.flag(call, "published", otherwise=True):
        return graph.ok({"id": photo.id})
    body = {"message": caption, "link": "", "media": [facts], "alt_texts": [alt_text], "published": False}
    post = Object(
        id=f"{page}_{photo.id}", platform="facebook", kind="post", owner=page, at=world.now(), body=body
    )
    _publish(world, call, post)
    return graph.ok({"id": photo.id, "post_id": post.id})


def _photo_address(_: World, call: Call) -> list[str]:
    return [call.text("url")] if call.text("url") else []


def _list(world: World, call: Call, _version: str, page: str, edge: str) -> Answer:
    """The published posts of a page, the newest first; videos too, except in the edge `videos`."""
    graph.token_of(world, "facebook", call, "pages_read_engagement")
    since = float(call.text("since") or 0) if call.text("since").replace(".", "").isdigit() else 0.0
    kinds = ("video",) if edge in {"videos", "video_reels"} else ("post", "video")
    found = [each for kind in kinds for each in world.store.of("facebook", kind, page)]
    found = sorted((each for each in found if each.body["published"]), key=lambda each: -each.at)
    nodes = []
    for each in found:
        if each.at >= since:
            facts = _facts(world, each, as_post=edge not in {"videos", "video_reels"})
            nodes.append(graph.node(call, facts | facebook_numbers.edges(world, call, each), "PagePost"))
    return graph.ok(graph.page_of(call, nodes))


def _facts(world: World, each: Object, *, as_post: bool = False) -> dict[str, Any]:
    if each.kind == "video":
        return facebook_videos.facts(world, each, as_post=as_post)
    published = each.body.get("published", True)
    attached = [{"media_type": "photo", "type": "photo"} for _ in each.body.get("media", [])]
    return {
        "id": each.id,
        "message": each.body.get("message") or None,
        "created_time": graph.time_text(each.at),
        "updated_time": graph.time_text(each.at),
        "permalink_url": f"https://www.facebook.com/{each.id.replace('_', '/posts/')}",
        "is_published": published,
        "published": published,
        "is_hidden": False,
        "status_type": "added_photos" if attached else "mobile_status_update",
        "attachments": {"data": attached},
        "full_picture": None,
        "story": None,
        "from": {"id": each.owner},
        "parent": None,
    }


def _read(world: World, call: Call, _version: str, object_id: str) -> Answer:
    token = graph.token_of(world, "facebook", call)
    public = posts.alive(world, "facebook", object_id)
    found = public or world.store.get(object_id, "facebook", "post", "video", "comment", "photo", "account")
    if found is None or found.body.get("deleted"):
        raise graph.missing(object_id)
    if found.kind == "account":
        return graph.ok(graph.node(call, page_node(world, object_id), "Page", otherwise=("name",)))
    owner = found.body["page"] if found.kind == "comment" else found.owner
    if not _is_shown(found) and token.body.get("page") != owner:
        raise graph.missing(object_id)
    kind = {"post": "PagePost", "video": "Video", "comment": "Comment", "photo": "Photo"}[found.kind]
    facts = _facts(world, found, as_post=found.kind == "video" and "_" in object_id)
    if found.kind in {"post", "video"}:
        graph.take_call(world, "facebook", owner)
        facts |= facebook_numbers.edges(world, call, found)
    usual, legacy = ("created_time", "message"), bool(world.settings["meta_legacy_features"])
    return graph.ok(graph.node(call, facts, kind, otherwise=usual, legacy=legacy))


def _is_shown(found: Object) -> bool:
    return bool(found.body.get("published", found.kind == "comment"))


def _change(world: World, call: Call, _version: str, object_id: str) -> Answer:
    """Publish an unpublished post or video by its id, or change its text."""
    found = world.store.get(object_id, "facebook", "post", "video")
    if found is None:
        raise graph.missing(object_id)
    acts_as(world, call, found.owner, _MANAGE)
    name = "is_published" if found.kind == "post" else "published"
    publishes = graph.flag(call, name, otherwise=False) and not found.body["published"]
    for field in ("message", "description", "title"):
        if field in call.fields:
            found.body[field] = call.text(field)
    if publishes and found.kind == "video":
        facebook_videos.publish(world, call, found)
    elif publishes:
        _publish(world, call, found)
    else:
        world.store.put(found)
    return graph.ok({"success": True})


def _delete(world: World, call: Call, _version: str, object_id: str) -> Answer:
    found = world.store.get(object_id, "facebook", "post", "video", "comment", "photo")
    if found is None:
        raise graph.missing(object_id)
    acts_as(world, call, found.body["page"] if found.kind == "comment" else found.owner, _MANAGE)
    if posts.alive(world, "facebook", object_id):
        posts.remove(world, found)
    else:
        world.store.delete(object_id)
    return graph.ok({"success": True})


def _comment(world: World, call: Call, _version: str, object_id: str) -> Answer:
    post = world.store.get(object_id, "facebook", "post", "video")
    if post is None or not post.body["published"]:
        raise graph.missing(object_id)
    acts_as(world, call, post.owner, "pages_manage_engagement")
    text = call.text("message")
    if not text:
        raise graph.error("(#100) The parameter message is required", 100)
    comment_id = f"{object_id.rpartition('_')[2]}_{number()}"
    body = {"message": text, "page": post.owner}
    comment = Object(
        id=comment_id, platform="facebook", kind="comment", owner=object_id, at=world.now(), body=body
    )
    world.publish(call, comment, text=text)
    return graph.ok({"id": comment_id})


def _comments(world: World, call: Call, _version: str, object_id: str) -> Answer:
    graph.token_of(world, "facebook", call, "pages_read_engagement")
    found = world.store.of("facebook", "comment", object_id)
    newest = "reverse" in call.text("order")
    shown = found if newest else found[::-1]
    usual = ("created_time", "from", "message")
    nodes = [
        graph.node(
            call, _facts(world, each) | {"from": {"id": each.body["page"]}}, "Comment", otherwise=usual
        )
        for each in shown
    ]
    return graph.ok(graph.page_of(call, nodes))


_HOST = "graph.facebook.com/{}"
ROUTES = [
    *facebook_login.ROUTES,
    *facebook_videos.ROUTES,
    *facebook_numbers.ROUTES,
    *uploads.ROUTES,
    route("POST", f"{_HOST}/{{}}/feed", "facebook.feed", _feed),
    route("POST", f"{_HOST}/{{}}/photos", "facebook.photos", _photos, fetches=_photo_address),
    route("POST", f"{_HOST}/{{}}/comments", "facebook.comment_call", _comment),
    route("GET", f"{_HOST}/{{}}/comments", "facebook.comments", _comments),
    *(
        route(
            "GET",
            f"{_HOST}/{{}}/{edge}",
            "facebook.list",
            lambda world, call, version, page, edge=edge: _list(world, call, version, page, edge),
        )
        for edge in ("feed", "posts", "published_posts", "videos", "video_reels")
    ),
    route("GET", f"{_HOST}/{{}}", "facebook.read", _read),
    route(
        "GET", _HOST, "facebook.several", lambda world, call, version: several(world, call, version, _read)
    ),
    route("POST", f"{_HOST}/{{}}", "facebook.change", _change),
    route("DELETE", f"{_HOST}/{{}}", "facebook.delete", _delete),
]
