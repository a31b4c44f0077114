"""TikTok: login, creator info, direct posts of videos (uploaded in chunks) and photos (fetched), their status.

From developers.tiktok.com: user access token management, Content Posting API (direct post, photo post, media transfer
guide, get post status, query creator info), API v2 error handling, read in November 2026.
"""

from __future__ import annotations

import re
from typing import Any

from infra.local.simulators.faults import FaultKind
from infra.local.simulators.platforms.calls import Answer, Call, PlatformError, route
from infra.local.simulators.platforms.hosts import tiktok_access, tiktok_videos
from infra.local.simulators.platforms.hosts.tiktok_access import (
    PRIVACY,
    creator_of,
    error,
    fault_error,
    ok,
    status_of,
    token_of,
)
from infra.local.simulators.platforms.media import new_file
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import DAY, World, number, secret

LEAST_CHUNK, MOST_CHUNK, LAST_CHUNK = 5_000_000, 67_108_864, 134_217_728
UPLOAD_SECONDS = 3_600.0
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


def _check(world: World, call: Call, creator: Object) -> dict[str, Any]:
    """The post's facts. Raises PlatformError for too many posts, and for what TikTok refuses."""
    if world.store.used("tiktok", "inits", creator.id, world.now() - 60) >= world.quota(
        "tiktok_inits_per_minute"
    ):
        raise fault_error(FaultKind.THROTTLE)
    if world.store.used("tiktok", "posts", creator.id, world.now() - DAY) >= world.quota(
        "tiktok_posts_per_day"
    ):
        raise error(
            "spam_risk_too_many_posts",
            "The daily post cap from the API is reached for the current user.",
            403,
        )
    info = call.fields.get("post_info") or {}
    if info.get("privacy_level") not in PRIVACY:
        raise error("privacy_level_option_mismatch", "privacy_level is not among the creator's options.", 403)
    if not world.settings["audited"]["tiktok"] and info["privacy_level"] != "SELF_ONLY":
        message = "Unaudited clients can only post to a private account. The publish attempt will be blocked."
        raise error("unaudited_client_can_only_post_to_private_accounts", message, 403)
    world.store.use("tiktok", "inits", creator.id, world.now())
    return dict(info)


def _new(world: World, creator: Object, prefix: str, body: dict[str, Any]) -> Object:
    known = {"file": new_file(), "got": 0, "media": [], "ready_at": None, "failed": None, "published": False}
    return Object(
        id=f"{prefix}~v2-1.{number()}",
        platform="tiktok",
        kind="post",
        owner=creator.id,
        at=world.now(),
        body=known | body,
    )


def _video(world: World, call: Call) -> Answer:
    """A post whose video comes in chunks, in order; the last byte publishes it."""
    creator = creator_of(world, token_of(world, call, "video.publish"))
    info, source = _check(world, call, creator), call.fields.get("source_info") or {}
    if source.get("source") != "FILE_UPLOAD":
        raise error("invalid_params", "The source must be FILE_UPLOAD here.", 400)
    size, chunk, count = (
        int(source.get(name) or 0) for name in ("video_size", "chunk_size", "total_chunk_count")
    )
    is_whole = count == 1 and chunk == size and size <= MOST_CHUNK
    if size < 1 or not (is_whole or (LEAST_CHUNK <= chunk <= MOST_CHUNK and count == size // chunk)):
        raise error("invalid_params", "The chunk size is invalid or the total chunk count is incorrect", 400)
    upload = secret("upload", "tiktok")
    body = {"info": info, "kind": "video", "size": size, "chunk": chunk, "count": count, "upload": upload}
    post = world.store.put(_new(world, creator, "v_pub_file", body))
    address = f"https://open-upload.tiktokapis.com/video/?upload_id={post.id}&upload_token={upload}"
    return ok({"publish_id": post.id, "upload_url": address})


def _chunk(world: World, call: Call) -> Answer:
    """One chunk: 206 as long as some are missing, 201 with the last, 416 for one that does not follow."""
    with world.store.transaction():
        post = world.store.get(call.query.get("upload_id", ""), "tiktok", "post")
    if post is None or call.query.get("upload_token") != post.body.get("upload"):
        raise error("invalid_params", "The upload_url is not known.", 404)
    if world.now() > post.at + UPLOAD_SECONDS:
        raise error("invalid_params", "The upload_url has expired.", 403)
    given = _RANGE.fullmatch(call.headers.get("content-range", ""))
    size, got = post.body["size"], post.body["got"]
    if given is None or int(given[1]) != got or int(given[3]) != size or int(given[2]) - got + 1 != call.size:
        had = {"Content-Range": f"bytes 0-{got - 1}/{size}" if got else f"bytes */{size}"}
        raise PlatformError(
            {"error": {"code": "invalid_params", "message": "Range Not Satisfiable"}}, 416, had
        )
    end = got + call.size
    is_last = end == size
    fits = call.size == post.body["chunk"] or (is_last and call.size <= LAST_CHUNK)
    if not fits or (
        is_last and post.body["count"] > 1 and got != post.body["chunk"] * (post.body["count"] - 1)
    ):
        raise error("invalid_params", "The chunk has not the announced size.", 400)
    if world.media.receive(post.body["file"], got, call) < call.size:
        raise error("invalid_params", "The chunk is incomplete.", 400)
    with world.store.transaction():
        if (world.store.get(post.id, "tiktok", "post") or post).body["got"] != got:
            raise PlatformError(
                {"error": {"code": "invalid_params", "message": "Range Not Satisfiable"}}, 416
            )
        post.body["got"] = end
        if is_last:
            post.body["media"] = [world.media.facts(post.body["file"], size)]
            _accept(world, call, post)
        else:
            world.store.put(post)
    headers = {"Content-Range": f"bytes 0-{end - 1}/{size}"}
    return Answer(status=201 if is_last else 206, headers=headers)


def _accept(world: World, call: Call, post: Object) -> None:
    """From here on TikTok publishes by itself."""
    post.body |= {"ready_at": world.ready_at("publishing"), "video": number(), "published": True}
    # The id of the public post, by which it is measured.
    world.store.put(
        Object(id=post.body["video"], platform="tiktok", kind="alias", owner=post.id, at=world.now())
    )
    world.store.use("tiktok", "posts", post.owner, world.now())
    info = post.body["info"]
    text = " ".join(filter(None, (info.get("title"), info.get("description"))))
    world.publish(call, post, text=text, media=post.body["media"])


def _photo_addresses(_: World, call: Call) -> list[str]:
    return [str(each) for each in (call.fields.get("source_info") or {}).get("photo_images") or []]


def _photos(world: World, call: Call) -> Answer:
    """A post of photos, which TikTok fetches; it publishes them without a further call."""
    creator = creator_of(world, token_of(world, call, "video.publish"))
    info, source = _check(world, call, creator), call.fields.get("source_info") or {}
    addresses = _photo_addresses(world, call)
    if (
        call.text("media_type") != "PHOTO"
        or call.text("post_mode") != "DIRECT_POST"
        or source.get("source") != "PULL_FROM_URL"
        or not 1 <= len(addresses) <= 35
    ):
        raise error("invalid_params", "media_type, post_mode, source or photo_images is invalid.", 400)
    if len(str(info.get("title") or "")) > 90 or len(str(info.get("description") or "")) > 4_000:
        raise error("invalid_params", "The title or the description is too long.", 400)
    post = _new(world, creator, "p_pub_url", {"info": info, "kind": "photo"})
    fetched = [call.fetched[address] for address in addresses]
    if any(each.problem for each in fetched):
        post.body["failed"] = "photo_pull_failed"
        world.store.put(post)
        return ok({"publish_id": post.id})
    post.body["media"] = [world.media.add(each.body) for each in fetched]
    if any(facts["type"] not in {"image/jpeg", "image/webp"} for facts in post.body["media"]):
        post.body["failed"] = "file_format_check_failed"
        world.store.put(post)
        return ok({"publish_id": post.id})
    _accept(world, call, post)
    return ok({"publish_id": post.id})


def _status(world: World, call: Call) -> Answer:
    creator = creator_of(world, token_of(world, call, "video.publish"))
    if world.store.used("tiktok", "reads", creator.id, world.now() - 60) >= world.quota(
        "tiktok_reads_per_minute"
    ):
        raise fault_error(FaultKind.THROTTLE)
    world.store.use("tiktok", "reads", creator.id, world.now())
    post = world.store.get(call.text("publish_id"), "tiktok", "post", "removed")
    if post is None or post.owner != creator.id:
        raise error("invalid_publish_id", "The publish_id does not exist.", 400)
    return ok(status_of(world, post))


_API = "open.tiktokapis.com/v2"
ROUTES = [
    *tiktok_access.ROUTES,
    *tiktok_videos.ROUTES,
    route("POST", f"{_API}/post/publish/video/init", "tiktok.video_init", _video),
    route(
        "POST", f"{_API}/post/publish/content/init", "tiktok.photo_init", _photos, fetches=_photo_addresses
    ),
    route("PUT", "open-upload.tiktokapis.com/video", "tiktok.upload", _chunk, streams=True),
    route("POST", f"{_API}/post/publish/status/fetch", "tiktok.status", _status),
]
