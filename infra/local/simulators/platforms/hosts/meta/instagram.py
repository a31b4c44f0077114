"""Instagram with its own login: containers, publication, quota, media, comments.

From developers.facebook.com: Instagram Platform (business login, content publishing, error codes, comment moderation),
read in November 2026.
"""

from __future__ import annotations

from typing import Any

from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.calls import Answer, Call, route
from infra.local.simulators.platforms.hosts.meta import (
    batch,
    containers,
    graph,
    instagram_insights,
    instagram_login,
    subscriptions,
)
from infra.local.simulators.platforms.hosts.meta.containers import LONGEST_CAPTION, PUBLISH, status_of
from infra.local.simulators.platforms.hosts.meta.instagram_login import account_node, account_of
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import DAY, World, number


def _refuse(world: World, account: Object, container: Object) -> None:
    """Raises PlatformError for a container that is not ready to be published, and for a used up quota."""
    status = status_of(world, container)
    if status == "EXPIRED":
        raise graph.error("The media you are trying to access has expired.", -2, error_subcode=2207020)
    if status == "IN_PROGRESS":
        raise graph.error(
            "Media ID is not available",
            9007,
            error_subcode=2207027,
            is_transient=False,
            error_user_msg="The media is not ready for publishing, please wait for a moment",
        )
    if status != "FINISHED":
        raise graph.error(
            "The media with the given creation_id cannot be published.", 24, error_subcode=2207008
        )
    if world.store.used("instagram", "posts", account.id, world.now() - DAY) >= world.quota(
        "instagram_posts_per_day"
    ):
        raise graph.error(
            "Application request limit reached",
            9,
            error_subcode=2207042,
            error_user_msg="You reached maximum number of posts that is allowed to be published by Content Publishing "
            "API.",
        )


def _publish(world: World, call: Call, _version: str, account_id: str) -> Answer:
    account = account_of(world, call, account_id, PUBLISH)
    container = world.store.get(call.text("creation_id"), "instagram", "container")
    if container is None or container.owner != account.id or container.body["is_item"]:
        raise graph.error("The media container does not exist.", 24, error_subcode=2207006)
    _refuse(world, account, container)
    container.body["published"] = True
    world.store.put(container)
    world.store.use("instagram", "posts", account.id, world.now())
    kind, files = container.body["type"], container.body["media"]
    of_file = "VIDEO" if files and str(files[0]["type"]).startswith("video/") else "IMAGE"
    media_type = {"CAROUSEL": "CAROUSEL_ALBUM", "REELS": "VIDEO", "STORIES": of_file}.get(kind, kind)
    body = {
        "caption": container.body["caption"],
        "media": container.body["media"],
        "alt_texts": container.body.get("alt_texts", [container.body["alt_text"]]),
        "media_type": media_type,
        "product": "STORY" if kind == "STORIES" else "REELS" if media_type == "VIDEO" else "FEED",
        "container": container.id,
    }
    post = Object(id=number(), platform="instagram", kind="post", owner=account.id, at=world.now(), body=body)
    world.publish(call, post, text=body["caption"], media=body["media"])
    return graph.ok({"id": post.id})


def _limit(world: World, call: Call, _version: str, account_id: str) -> Answer:
    account = account_of(world, call, account_id, PUBLISH)
    used = world.store.used("instagram", "posts", account.id, world.now() - DAY)
    config = {"quota_total": world.quota("instagram_posts_per_day"), "quota_duration": int(DAY)}
    facts = {"config": config, "quota_usage": used, "id": None}
    return graph.ok({"data": [graph.node(call, facts, "ContentPublishingLimit", otherwise=("quota_usage",))]})


def _list(world: World, call: Call, _version: str, account_id: str) -> Answer:
    account = account_of(world, call, account_id, "instagram_business_basic")
    posts = world.store.of("instagram", "post", account.id)
    nodes = [graph.node(call, _post_node(world, call, each), "IGMedia") for each in posts]
    return graph.ok(graph.page_of(call, nodes))


def _post_node(world: World, call: Call, post: Object) -> dict[str, Any]:
    return {
        "id": post.id,
        "caption": post.body["caption"] or None,
        "media_type": post.body["media_type"],
        "media_product_type": post.body["product"],
        "permalink": f"https://www.instagram.com/p/{int(post.id):x}/",
        "shortcode": f"{int(post.id):x}",
        "timestamp": graph.time_text(post.at),
        "alt_text": post.body["alt_texts"][0] or None,
        "username": None,
        "media_url": None,
        "owner": {"id": post.owner},
        "is_comment_enabled": True,
        **instagram_insights.fields_of(world, call, post),
    }


def _read(world: World, call: Call, _version: str, object_id: str) -> Answer:
    token = graph.token_of(world, "instagram", call)
    account = accounts_of(world, "instagram", token.owner)[0]
    if object_id == account.id:
        return graph.ok(graph.node(call, account_node(account), "IGUser", otherwise=("username",)))
    found = instagram_insights.alive(world, object_id) or world.store.get(object_id, "instagram", "container")
    if found is None or found.owner != account.id:
        raise graph.missing(object_id)
    if found.kind == "post":
        if account.body.get("private"):
            raise graph.error("(#10) Application does not have permission for this action", 10, status=403)
        graph.take_call(world, "instagram", account.id)
        return graph.ok(graph.node(call, _post_node(world, call, found), "IGMedia"))
    code = status_of(world, found)
    words = {
        "ERROR": f"Error: {found.body.get('failed')}",
        "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
    }
    got = {"uploading_phase": {"status": "in_progress", "bytes_transferred": found.body["got"]}}
    facts = {
        "id": found.id,
        "status_code": code,
        "status": words.get(code, code.title()),
        "copyright_check_status": None,
        "video_status": got if found.body["got"] else None,
    }
    return graph.ok(graph.node(call, facts, "IGContainer"))


def _comment(world: World, call: Call, _version: str, media_id: str) -> Answer:
    post = world.store.get(media_id, "instagram", "post")
    if post is None:
        raise graph.missing(media_id)
    account_of(world, call, post.owner, "instagram_business_manage_comments")
    text = call.text("message")
    if not text or len(text) > LONGEST_CAPTION:
        raise graph.error("(#100) The parameter message is required", 100)
    comment = Object(
        id=number(),
        platform="instagram",
        kind="comment",
        owner=media_id,
        at=world.now(),
        body={"text": text},
    )
    world.publish(call, comment, text=text)
    return graph.ok({"id": comment.id})


def _comments(world: World, call: Call, _version: str, media_id: str) -> Answer:
    token = graph.token_of(world, "instagram", call, "instagram_business_manage_comments")
    account = accounts_of(world, "instagram", token.owner)[0]
    # Who wrote is told by an id of this application's, and by the name.
    writer = {"id": f"9{account.id}", "username": account.body["handle"]}
    nodes = [
        graph.node(
            call,
            {
                "id": each.id,
                "text": each.body["text"],
                "timestamp": graph.time_text(each.at),
                "username": writer["username"],
                "from": writer,
            },
            "IGComment",
            otherwise=("timestamp", "text"),
        )
        for each in world.store.of("instagram", "comment", media_id)
    ]
    return graph.ok(graph.page_of(call, nodes))


def _delete(world: World, call: Call, _version: str, _object_id: str) -> Answer:
    graph.token_of(world, "instagram", call)
    raise graph.error("Unsupported delete request.", 100, kind="GraphMethodException", error_subcode=33)


_HOST = "graph.instagram.com/{}"
ROUTES = [
    *instagram_login.ROUTES,
    *containers.ROUTES,
    *instagram_insights.ROUTES,
    *subscriptions.ROUTES,
    *batch.ROUTES,
    route("POST", f"{_HOST}/{{}}/media_publish", "instagram.media_publish", _publish),
    route("GET", f"{_HOST}/{{}}/content_publishing_limit", "instagram.limit", _limit),
    route("GET", f"{_HOST}/{{}}/media", "instagram.list", _list),
    route("POST", f"{_HOST}/{{}}/comments", "instagram.comment_call", _comment),
    route("GET", f"{_HOST}/{{}}/comments", "instagram.comments", _comments),
    route("GET", f"{_HOST}/{{}}", "instagram.read", _read),
    route(
        "GET",
        _HOST,
        "instagram.several",
        lambda world, call, version: batch.several(world, call, version, _read),
    ),
    route("DELETE", f"{_HOST}/{{}}", "instagram.delete", _delete),
]
