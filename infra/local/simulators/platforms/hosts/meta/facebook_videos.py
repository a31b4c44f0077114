"""Facebook's videos and reels: uploads in parts, processing, drafts, publication.

From developers.facebook.com: Video API (publishing, reels publishing), Resumable Upload API, Graph API reference (page
videos), read in November 2026.
"""

from __future__ import annotations

from typing import Any

from infra.local.simulators.platforms.calls import Answer, Call, route
from infra.local.simulators.platforms.hosts.meta import graph
from infra.local.simulators.platforms.hosts.meta.facebook_login import acts_as
from infra.local.simulators.platforms.media import new_file
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import DAY, World, number, secret

# What one part of the older upload holds.
PART = 4 << 20
_MANAGE = "pages_manage_posts"


def _page(world: World, call: Call, page: str) -> None:
    acts_as(world, call, page, _MANAGE)


def _new(world: World, page: str, kind: str, size: int) -> Object:
    body = {
        "is_reel": kind == "reel",
        "file": new_file(),
        "got": 0,
        "size": size,
        "title": "",
        "description": "",
        "published": False,
        "is_draft": False,
        "ready_at": None,
        "facts": None,
        "session": secret("session", "facebook"),
    }
    return world.store.put(
        Object(id=number(), platform="facebook", kind="video", owner=page, at=world.now(), body=body)
    )


def _reels(world: World, call: Call, version: str, page: str) -> Answer:
    """A reel: upload_phase start, then the upload, then finish with a video_state of DRAFT or PUBLISHED."""
    _page(world, call, page)
    phase = call.text("upload_phase").lower()
    if phase == "start":
        video = _new(world, page, "reel", 0)
        address = f"https://rupload.facebook.com/video-upload/{version}/{video.id}"
        return graph.ok({"video_id": video.id, "upload_url": address})
    if phase != "finish":
        raise graph.error("(#100) Param upload_phase must be one of {START, FINISH}", 100)
    video = _video(world, page, call.text("video_id"))
    if video.body["facts"] is None:
        raise graph.error("(#6000) There was a problem uploading your video file. Please try again.", 6000)
    _describe(call, video)
    if call.text("video_state").upper() == "PUBLISHED":
        if world.store.used("facebook", "reels", page, world.now() - DAY) >= world.quota(
            "facebook_reels_per_day"
        ):
            raise graph.error("(#4) Application request limit reached", 4, status=403)
        world.store.use("facebook", "reels", page, world.now())
        publish(world, call, video)
    else:
        video.body["is_draft"] = True
        world.store.put(video)
    return graph.ok({"success": True})


def publish(world: World, call: Call, video: Object) -> None:
    """Make a video public. Raises PlatformError for one that is public already, or not uploaded."""
    if video.body["published"]:
        raise graph.error("(#100) The video is already published", 100)
    if video.body["facts"] is None:
        raise graph.error("(#6000) There was a problem uploading your video file. Please try again.", 6000)
    video.at, video.body["published"] = world.now(), True
    world.publish(call, video, text=video.body["description"], media=[video.body["facts"]])


def _describe(call: Call, video: Object) -> None:
    for name in ("title", "description"):
        if name in call.fields:
            video.body[name] = call.text(name)


def _video(world: World, page: str, video: str) -> Object:
    found = world.store.get(video, "facebook", "video")
    if found is None or found.owner != page:
        raise graph.missing(video)
    return found


def _videos(world: World, call: Call, _version: str, page: str) -> Answer:
    """A video: in phases (start, transfer, finish), with the handle of an upload, or in a form's part `source`."""
    _page(world, call, page)
    phase = call.text("upload_phase").lower()
    if phase == "start":
        video = _new(world, page, "video", int(call.text("file_size") or 0))
        return graph.ok(
            {"upload_session_id": video.body["session"], "video_id": video.id, **_next_part(video)}
        )
    if phase in {"transfer", "finish"}:
        session = call.text("upload_session_id")
        videos = world.store.of("facebook", "video", page)
        found = next((each for each in videos if each.body["session"] == session), None)
        if found is None:
            raise graph.error(
                "(#6001) There was a problem uploading your video file.", 6001, error_subcode=1363033
            )
        return _transfer(world, call, found) if phase == "transfer" else _finish(world, call, found)
    return _at_once(world, call, page)


def _next_part(video: Object) -> dict[str, str]:
    end = min(video.body["got"] + PART, video.body["size"])
    return {"start_offset": str(video.body["got"]), "end_offset": str(end)}


def _transfer(world: World, call: Call, video: Object) -> Answer:
    part, start = call.files.get("video_file_chunk", b""), int(call.text("start_offset") or 0)
    if start != video.body["got"] or not part or start + len(part) > video.body["size"]:
        raise graph.error(
            "(#6001) There was a problem uploading your video. Please retry from the offset named.",
            6001,
            error_subcode=1363037,
            error_data=_next_part(video),
        )
    pieces = iter((part, b""))
    world.media.write(video.body["file"], start, lambda _: next(pieces))
    video.body["got"] += len(part)
    world.store.put(video)
    return graph.ok(_next_part(video))


def _finish(world: World, call: Call, video: Object) -> Answer:
    if video.body["got"] != video.body["size"]:
        raise graph.error("(#6000) There was a problem uploading your video file. Please try again.", 6000)
    _arrived(world, call, video)
    return graph.ok({"success": True})


def _at_once(world: World, call: Call, page: str) -> Answer:
    handle, source = call.text("fbuploader_video_file_chunk"), call.files.get("source", b"")
    video = _new(world, page, "video", len(source))
    if handle:
        upload = next(
            (each for each in world.store.of("facebook", "upload") if each.body["handle"] == handle), None
        )
        if upload is None:
            raise graph.error("(#100) Invalid upload handle", 100)
        video.body |= {"file": upload.body["file"], "size": upload.body["size"], "got": upload.body["size"]}
    elif source:
        pieces = iter((source, b""))
        world.media.write(video.body["file"], 0, lambda _: next(pieces))
        video.body["got"] = len(source)
    else:
        raise graph.error("(#100) No video file was given", 100)
    _arrived(world, call, video)
    return graph.ok({"id": video.id})


def _arrived(world: World, call: Call, video: Object) -> None:
    _describe(call, video)
    complete(world, video)
    if graph.flag(call, "published", otherwise=True):
        publish(world, call, video)
    else:
        world.store.put(video)


def complete(world: World, video: Object) -> None:
    """All bytes have arrived: Facebook begins to process them."""
    video.body["facts"] = world.media.facts(video.body["file"], video.body["size"])
    video.body["ready_at"] = world.ready_at("video")


def facts(world: World, video: Object, *, as_post: bool = False) -> dict[str, Any]:
    """What can be read of a video, or of the post that it is in the feed."""
    body = video.body
    post_id = f"{video.owner}_{video.id}"
    kind = "reel" if body["is_reel"] else "watch/?v="
    link = f"/{kind}/{video.id}" if body["is_reel"] else f"/{video.owner}/videos/{video.id}/"
    return {
        "id": post_id if as_post else video.id,
        "message": body["description"] or None,
        "description": body["description"] or None,
        "title": body["title"] or None,
        "created_time": graph.time_text(video.at),
        "updated_time": graph.time_text(video.at),
        "permalink_url": f"https://www.facebook.com{link}" if as_post else link,
        "published": body["published"],
        "is_published": body["published"],
        "post_id": post_id if body["published"] else None,
        "status_type": "added_video",
        "status": _status(world, video),
        "attachments": {"data": [{"media_type": "video", "target": {"id": video.id}}]},
        "from": {"id": video.owner},
        "length": None,
        "source": None,
        "story": None,
        "parent": None,
        "full_picture": None,
        "content_category": "OTHER",
    }


def _status(world: World, video: Object) -> dict[str, Any]:
    body = video.body
    uploaded, ready = (
        body["facts"] is not None,
        body["ready_at"] is not None and world.now() >= body["ready_at"],
    )
    failed = body.get("failed")
    processing: dict[str, Any] = {
        "status": "complete" if ready else "in_progress" if uploaded else "not_started"
    }
    if failed:
        processing = {"status": "error", "errors": [{"code": 1363008, "message": failed}]}
    published = (
        {"status": "complete", "publish_status": "published"}
        if body["published"]
        else {"status": "not_started"}
    )
    if body["is_draft"] and not body["published"]:
        published["publish_status"] = "draft"
    over_all = "ready" if ready else "processing" if uploaded else "uploading"
    uploading = {"status": "complete" if uploaded else "in_progress", "bytes_transfered": body["got"]}
    return {
        "video_status": "error" if failed else over_all,
        "uploading_phase": uploading,
        "processing_phase": processing,
        "publishing_phase": published,
    }


ROUTES = [
    *(
        route("POST", f"{host}/{{}}/{{}}/videos", "facebook.videos", _videos)
        for host in ("graph.facebook.com", "graph-video.facebook.com")
    ),
    route("POST", "graph.facebook.com/{}/{}/video_reels", "facebook.reels", _reels),
]
