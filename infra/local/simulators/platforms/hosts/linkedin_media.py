"""LinkedIn's images and videos, whose ranges it dictates; its errors, versions and roles."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from infra.local.simulators.faults import FaultKind
from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.calls import Answer, Call, PlatformError, route
from infra.local.simulators.platforms.media import new_file
from infra.local.simulators.platforms.oauth import TokenProblem, holder
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World, number, secret

PART = 4_194_304
UPLOAD_SECONDS = 86_400.0
MOST_VIDEO = 500 << 20


def error(status: int, code: str, message: str, **more: Any) -> PlatformError:
    """An error of the versioned API."""
    return PlatformError({"status": status, "code": code, "message": message, **more}, status)


def denied(what: str) -> PlatformError:
    """403."""
    return error(403, "ACCESS_DENIED", f"Not enough permissions to access: {what}", serviceErrorCode=100)


def fault_error(kind: FaultKind) -> PlatformError:
    """The error of a fault."""
    if kind in {FaultKind.THROTTLE, FaultKind.THROTTLE_ENTRIES}:
        message = "Resource level throttle APPLICATION DAY limit for calls to this resource is reached."
        return error(429, "TOO_MANY_REQUESTS", message, serviceErrorCode=101)
    if kind is FaultKind.TOKEN_EXPIRED:
        return _expired()
    return error(500, "INTERNAL_SERVER_ERROR", "Internal Server Error")


def _expired() -> PlatformError:
    return error(
        401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired", serviceErrorCode=65601
    )


def token_of(world: World, call: Call, *scopes: str, versioned: bool = True) -> Object:
    """The token of a call, whose headers are checked too. Raises PlatformError."""
    if versioned:
        _check_version(world, call)
    try:
        return holder(world, "linkedin", call.token, *scopes)
    except TokenProblem as problem:
        if problem.kind == "expired":
            raise _expired() from None
        if problem.kind == "invalid":
            message = "The token used in the request has been revoked by the user"
            raise error(401, "REVOKED_ACCESS_TOKEN", message, serviceErrorCode=65601) from None
        raise denied(f"{call.path.rpartition('/')[2]}.{call.method}") from None


def _check_version(world: World, call: Call) -> None:
    """A version is a month; about a year later it ends."""
    version = call.headers.get("linkedin-version", "")
    if not version:
        message = "A version must be present. Please specify a version by adding the LinkedIn-Version header."
        raise error(400, "VERSION_MISSING", message)
    now = datetime.fromtimestamp(world.now(), UTC)
    months = now.year * 12 + now.month
    age = (
        months - (int(version[:4]) * 12 + int(version[4:6]))
        if version[:6].isdigit() and len(version) >= 6
        else 99
    )
    if not 0 <= age <= 12:
        raise error(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
    if call.headers.get("x-restli-protocol-version") != "2.0.0":
        raise error(400, "ILLEGAL_ARGUMENT", "X-Restli-Protocol-Version has to be 2.0.0")


def acts_as(world: World, call: Call, urn: str, token: Object) -> str:
    """The id of the member or organisation, if the token may act for it. Raises PlatformError."""
    kind, _, owner = urn.removeprefix("urn:li:").partition(":")
    member, *organizations = accounts_of(world, "linkedin", token.owner)
    if kind == "person" and owner == member.id and "w_member_social" in token.body["scopes"]:
        return owner
    administers = {each.id for each in organizations if each.body["role"] == "ADMINISTRATOR"}
    if kind == "organization" and owner in administers and "w_organization_social" in token.body["scopes"]:
        return owner
    raise denied(f"{call.path.rpartition('/')[2]}.CREATE for {urn}")


def _new(world: World, call: Call, kind: str, body: dict[str, Any]) -> Object:
    token = token_of(world, call)
    wanted = call.fields.get("initializeUploadRequest") or {}
    owner = str(wanted.get("owner", ""))
    acts_as(world, call, owner, token)
    known: dict[str, Any] = {
        "owner": owner,
        "file": new_file(),
        "facts": None,
        "ready_at": None,
        "failed": None,
        "tags": {},
    }
    return Object(
        id=f"urn:li:{kind}:C{number()}",
        platform="linkedin",
        kind="media",
        owner=owner.rpartition(":")[2],
        at=world.now(),
        body=known | {"is_video": kind == "video", "secret": secret("upload", "linkedin")} | body,
    )


def _address(media: Object, part: int = 0) -> str:
    kind = "video" if media.body["is_video"] else "image"
    return f"https://www.linkedin.com/dms-uploads/{media.id}/uploaded-{kind}/{part}?ca=vector&sau={media.body['secret']}"


def _image(world: World, call: Call) -> Answer:
    image = world.store.put(_new(world, call, "image", {}))
    ends = int((image.at + UPLOAD_SECONDS) * 1_000)
    return Answer(
        body={"value": {"uploadUrlExpiresAt": ends, "uploadUrl": _address(image), "image": image.id}}
    )


def _video(world: World, call: Call) -> Answer:
    size = int((call.fields.get("initializeUploadRequest") or {}).get("fileSizeBytes") or 0)
    if not 0 < size <= MOST_VIDEO:
        raise error(400, "INVALID_VALUE", "fileSizeBytes is out of range")
    video = world.store.put(_new(world, call, "video", {"size": size}))
    starts = range(0, size, PART)
    instructions = [
        {"uploadUrl": _address(video, part), "firstByte": start, "lastByte": min(start + PART, size) - 1}
        for part, start in enumerate(starts)
    ]
    ends = int((video.at + UPLOAD_SECONDS) * 1_000)
    value = {
        "uploadUrlsExpireAt": ends,
        "video": video.id,
        "uploadInstructions": instructions,
        "uploadToken": "",
    }
    return Answer(body={"value": value})


def _act(world: World, call: Call, kind: str) -> Answer:
    action = call.query.get("action")
    if action == "initializeUpload":
        return _image(world, call) if kind == "images" else _video(world, call)
    if action == "finalizeUpload" and kind == "videos":
        return _finalize(world, call)
    raise error(400, "ILLEGAL_ARGUMENT", f"Unknown action {action}")


def _put(world: World, call: Call, urn: str, part: str) -> Answer:
    """An image, or one part of a video; the answer of a part carries its ETag. The same part may come again."""
    with world.store.transaction():
        media = world.store.get(urn, "linkedin", "media")
    if (
        media is None
        or call.query.get("sau") != media.body["secret"]
        or world.now() > media.at + UPLOAD_SECONDS
    ):
        raise PlatformError({"message": "Forbidden"}, 403)
    start = int(part) * PART
    if media.body["is_video"] and call.size != min(PART, media.body["size"] - start):
        raise PlatformError({"message": "The part has not the announced size."}, 400)
    got = world.media.receive(media.body["file"], start, call)
    if got < call.size:
        raise PlatformError({"message": "The body is incomplete."}, 400)
    tag = secret("etag", "linkedin")[-16:]
    with world.store.transaction():
        media = world.store.get(urn, "linkedin", "media") or media
        if media.body["is_video"]:
            media.body["tags"][part] = tag
        else:
            media.body |= {
                "facts": world.media.facts(media.body["file"], got),
                "ready_at": world.ready_at("image"),
            }
        world.store.put(media)
    return Answer(status=200, headers={"ETag": tag}) if media.body["is_video"] else Answer(status=201)


def _finalize(world: World, call: Call) -> Answer:
    token_of(world, call)
    wanted = call.fields.get("finalizeUploadRequest") or {}
    video = world.store.get(str(wanted.get("video", "")), "linkedin", "media")
    if video is None:
        raise error(404, "NOT_FOUND", "Could not find the video")
    tags = [video.body["tags"].get(str(part)) for part in range(-(-video.body["size"] // PART))]
    given = [str(tag).strip('"') for tag in wanted.get("uploadedPartIds") or []]
    if given != tags:
        raise error(400, "INVALID_VALUE", "uploadedPartIds do not name all parts in their order")
    video.body["facts"] = world.media.facts(video.body["file"], video.body["size"])
    video.body["ready_at"] = world.ready_at("video")
    world.store.put(video)
    return Answer(status=200)


def status_of(world: World, media: Object) -> str:
    """The status of an image or a video."""
    if media.body["failed"]:
        return "PROCESSING_FAILED"
    if media.body["ready_at"] is None:
        return "WAITING_UPLOAD"
    return "AVAILABLE" if world.now() >= media.body["ready_at"] else "PROCESSING"


def _read(world: World, call: Call, urn: str) -> Answer:
    """What became of an upload; member tokens may not read it."""
    token = token_of(world, call)
    media = world.store.get(urn, "linkedin", "media")
    if media is None:
        raise error(404, "NOT_FOUND", f"Could not find entity {urn}")
    if "organization" not in media.body["owner"] or "r_organization_social" not in token.body["scopes"]:
        raise denied(f"{call.path.split('/')[2]}.GET")
    facts = {"id": urn, "owner": media.body["owner"], "status": status_of(world, media)}
    reason = {"processingFailureReason": media.body["failed"]} if media.body["failed"] else {}
    return Answer(body=facts | reason)


def of_content(world: World, author: str, content: dict[str, Any]) -> list[Object]:
    """The media that a post names. Raises PlatformError for one that is not there or not the author's."""
    urns = [each.get("id") for each in (content.get("multiImage") or {}).get("images") or []]
    if content.get("media"):
        urns.append(content["media"].get("id"))
    if "multiImage" in content and not 2 <= len(urns) <= 20:
        raise error(400, "INVALID_VALUE", "multiImage needs 2 to 20 images")
    found = []
    for urn in urns:
        media = world.store.get(str(urn), "linkedin", "media")
        if media is None or media.body["owner"] != author or media.body["facts"] is None:
            raise error(400, "MEDIA_ASSET_WAITING_UPLOAD", f"The media {urn} is not uploaded.")
        if media.body["failed"] or (media.body["is_video"] and status_of(world, media) != "AVAILABLE"):
            raise error(400, "MEDIA_ASSET_PROCESSING", f"The media {urn} is not available yet.")
        found.append(media)
    return found


def alt_texts(content: dict[str, Any]) -> list[str]:
    """The alt texts of a post's media."""
    single = [content["media"]] if content.get("media") else []
    return [
        str(each.get("altText", "")) for each in (content.get("multiImage") or {}).get("images") or single
    ]


_API = "api.linkedin.com/rest"
ROUTES = [
    route("POST", f"{_API}/images", "linkedin.images", lambda world, call: _act(world, call, "images")),
    route("POST", f"{_API}/videos", "linkedin.videos", lambda world, call: _act(world, call, "videos")),
    route("GET", f"{_API}/images/{{}}", "linkedin.media", _read),
    route("GET", f"{_API}/videos/{{}}", "linkedin.media", _read),
    route("PUT", "www.linkedin.com/dms-uploads/{}/uploaded-image/{}", "linkedin.upload", _put, streams=True),
    route("PUT", "www.linkedin.com/dms-uploads/{}/uploaded-video/{}", "linkedin.upload", _put, streams=True),
]
