"""YouTube's resumable uploads, which end in a video."""

from __future__ import annotations

import re
import secrets

from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.calls import Answer, Call, PlatformError, route
from infra.local.simulators.platforms.hosts.youtube.google import day_began, error, exceeded, token_of
from infra.local.simulators.platforms.hosts.youtube.videos import check, keep, resource
from infra.local.simulators.platforms.media import new_file
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World, secret

UNIT = 256 * 1024
SESSION_SECONDS = 7 * 86_400.0
# Where Google says that uploads go on.
UPLOAD = "https://www.googleapis.com/upload/youtube/v3/videos"
_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
_PARTS = ("snippet", "status", "processingDetails", "contentDetails", "statistics", "player", "fileDetails")


def _start(world: World, call: Call) -> Answer:
    """A session, in which the bytes come; its address is a secret."""
    token = token_of(world, call, "youtube.upload", "youtube", "youtube.force-ssl")
    channels = accounts_of(world, "youtube", token.owner)
    if not channels:
        raise error("youtubeSignupRequired", "Unauthorized", 401)
    if call.text("uploadType") != "resumable":
        raise error("badRequest", "uploadType has to be resumable", 400)
    snippet, status = call.fields.get("snippet") or {}, call.fields.get("status") or {}
    check(snippet, status)
    uploads = world.store.used("youtube", "uploads", "", day_began(world.now()) - 1)
    if uploads >= world.quota("youtube_uploads_per_day"):
        raise exceeded()
    world.store.use("youtube", "uploads", "", world.now())
    length = call.headers.get("x-upload-content-length", "")
    session = Object(
        id=secret("upload", "youtube"),
        platform="youtube",
        kind="upload",
        owner=channels[0].id,
        at=world.now(),
        body={
            "snippet": snippet,
            "status": status,
            "file": new_file(),
            "got": 0,
            "size": int(length) if length.isdigit() else None,
            "video": None,
        },
    )
    world.store.put(session)
    return Answer(headers={"Location": f"{UPLOAD}?uploadType=resumable&upload_id={session.id}"})


def _put(world: World, call: Call) -> Answer:
    """Bytes of a session, or the question how many have arrived. 308 with a Range as long as some are missing."""
    with world.store.transaction():
        session = world.store.get(call.query.get("upload_id", ""), "youtube", "upload")
    if session is None or world.now() > session.at + SESSION_SECONDS:
        raise PlatformError({"error": {"code": 404, "message": "Not Found"}}, 404)
    given = _RANGE.fullmatch(call.headers.get("content-range", f"bytes 0-{call.size - 1}/{call.size}"))
    if given is None:
        raise error("badRequest", "Failed to parse Content-Range header.", 400)
    if session.body["video"]:
        video = world.store.get(session.body["video"], "youtube", "post")
        return Answer(body=resource(world, video, _PARTS)) if video else Answer(status=404)
    if given[1] is None:
        return _unfinished(session)
    start, end, size = int(given[1]), int(given[2]), int(given[3]) if given[3] != "*" else None
    is_last = size is not None and end + 1 == size
    announced = session.body["size"]
    if (
        start > session.body["got"]
        or end - start + 1 != call.size
        or (size and announced and size != announced)
    ):
        raise error("badRequest", "Invalid request. The bytes do not follow those that have arrived.", 400)
    if not is_last and call.size % UNIT:
        raise error("badRequest", "Invalid request. The number of bytes must be a multiple of 262144.", 400)
    got = world.media.receive(session.body["file"], start, call)
    with world.store.transaction():
        # Another attempt may have brought more in the meantime.
        session = world.store.get(session.id, "youtube", "upload") or session
        session.body["got"] = max(session.body["got"], start + got)
        if is_last and size is not None and session.body["got"] == size and not session.body["video"]:
            return _complete(world, call, session, size)
        world.store.put(session)
    return _unfinished(session)


def _unfinished(session: Object) -> Answer:
    got = session.body["got"]
    return Answer(status=308, headers={"Range": f"bytes=0-{got - 1}"} if got else {})


def _complete(world: World, call: Call, session: Object, size: int) -> Answer:
    """The video. It is public at once unless its status says otherwise: a missing privacyStatus means public."""
    facts = world.media.facts(session.body["file"], size)
    status = {"privacyStatus": "public", "license": "youtube", "embeddable": True, **session.body["status"]}
    if not world.settings["audited"]["youtube"]:
        status["privacyStatus"] = "private"
    video = Object(
        id=secrets.token_urlsafe(8)[:11],
        platform="youtube",
        kind="post",
        owner=session.owner,
        at=world.now(),
        body={
            "snippet": session.body["snippet"],
            "status": status,
            "media": [facts],
            "ready_at": world.ready_at("video"),
        },
    )
    session.body["video"] = video.id
    world.store.put(session)
    keep(world, call, video, was_private=True)
    return Answer(body=resource(world, video, ("snippet", "status")), status=200)


ROUTES = [
    route("POST", "www.googleapis.com/upload/youtube/v3/videos", "youtube.start", _start),
    route("PUT", "www.googleapis.com/upload/youtube/v3/videos", "youtube.upload", _put, streams=True),
]
