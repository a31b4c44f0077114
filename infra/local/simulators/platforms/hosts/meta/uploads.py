"""Meta's uploaders: the bytes of a reel, and of a file by the Resumable Upload API."""

from __future__ import annotations

from infra.local.simulators.platforms.calls import Answer, Call, PlatformError, route
from infra.local.simulators.platforms.hosts.meta import graph
from infra.local.simulators.platforms.hosts.meta.facebook_videos import complete
from infra.local.simulators.platforms.media import new_file
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World, secret


def _rupload(world: World, call: Call, _version: str, video_id: str) -> Answer:
    """The bytes of a reel, from the offset that has arrived."""
    with world.store.transaction():
        video = world.store.get(video_id, "facebook", "video")
        token = graph.token_of(world, "facebook", call)
        if video is None or token.body.get("page") != video.owner:
            raise graph.missing(video_id)
    size, start = int(call.headers.get("file_size", 0)), int(call.headers.get("offset", 0))
    if start != video.body["got"] or size < 1:
        raise offset_invalid()
    got = world.media.receive(video.body["file"], start, call)
    with world.store.transaction():
        # Another attempt may have brought more in the meantime.
        video = world.store.get(video_id, "facebook", "video") or video
        if start + got > video.body["got"]:
            video.body |= {"got": start + got, "size": size}
            if video.body["got"] == size:
                complete(world, video)
            world.store.put(video)
    return graph.ok({"success": True})


def offset_invalid() -> PlatformError:
    """The uploaders' error for an offset that is not the next one."""
    reason = {
        "retriable": False,
        "type": "OffsetInvalidError",
        "message": "Request starting offset is invalid",
    }
    return PlatformError({"debug_info": reason}, 400)


def _start_upload(world: World, call: Call, _version: str, _application: str) -> Answer:
    graph.token_of(world, "facebook", call)
    upload = world.store.put(
        Object(
            id=f"upload:{secret('upload', 'facebook')}",
            platform="facebook",
            kind="upload",
            owner="",
            at=world.now(),
            body={"file": new_file(), "got": 0, "size": int(call.text("file_length") or 0), "handle": None},
        )
    )
    return graph.ok({"id": upload.id})


def _upload(world: World, call: Call, _version: str, upload_id: str) -> Answer:
    with world.store.transaction():
        upload = world.store.get(upload_id, "facebook", "upload")
        graph.token_of(world, "facebook", call)
    if upload is None:
        raise graph.missing(upload_id)
    start = int(call.headers.get("file_offset", 0))
    if start != upload.body["got"]:
        raise offset_invalid()
    got = world.media.receive(upload.body["file"], start, call)
    upload.body["got"] = start + got
    if upload.body["got"] == upload.body["size"]:
        upload.body["handle"] = secret("handle", "facebook")
    with world.store.transaction():
        world.store.put(upload)
    return graph.ok({"h": upload.body["handle"]})


def _upload_state(world: World, call: Call, _version: str, upload_id: str) -> Answer:
    graph.token_of(world, "facebook", call)
    upload = world.store.get(upload_id, "facebook", "upload")
    if upload is None:
        raise graph.missing(upload_id)
    return graph.ok({"id": upload.id, "file_offset": upload.body["got"]})


ROUTES = [
    route("POST", "rupload.facebook.com/video-upload/{}/{}", "facebook.upload", _rupload, streams=True),
    route("POST", "graph.facebook.com/{}/{}/uploads", "facebook.uploads", _start_upload),
    route(
        "POST",
        "graph.facebook.com/{}/upload:{}",
        "facebook.upload",
        lambda world, call, version, rest: _upload(world, call, version, f"upload:{rest}"),
        streams=True,
    ),
    route(
        "GET",
        "graph.facebook.com/{}/upload:{}",
        "facebook.upload_state",
        lambda world, call, version, rest: _upload_state(world, call, version, f"upload:{rest}"),
    ),
]
