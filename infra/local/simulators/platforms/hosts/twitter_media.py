"""X's media: uploads in segments or at once, processing, alt texts; and X's errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.simulators.faults import FaultKind
from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.calls import Answer, Call, PlatformError, route
from infra.local.simulators.platforms.media import new_file
from infra.local.simulators.platforms.oauth import TokenProblem, holder
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import DAY, World, number

MOST_SEGMENT, MOST_SEGMENTS = 5 << 20, 1_000
MOST = {"tweet_image": 5 << 20, "tweet_gif": 15 << 20, "tweet_video": 512 << 20, "amplify_video": 512 << 20}
PREFIXES = {"tweet_image": "3", "tweet_gif": "16", "tweet_video": "7", "amplify_video": "13"}
PRICE_ALT_TEXT = 5  # in 0.001 US dollars


def problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> PlatformError:
    """An error of API v2."""
    return PlatformError(
        {"title": title, "detail": detail, "type": "about:blank", "status": status}, status, headers
    )


def forbidden(detail: str) -> PlatformError:
    """403."""
    return problem(403, "Forbidden", detail)


def invalid(message: str, **parameters: Any) -> PlatformError:
    """400, naming the parameters."""
    body = {
        "errors": [{"parameters": parameters, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.twitter.com/2/problems/invalid-request",
    }
    return PlatformError(body, 400)


def fault_error(kind: FaultKind) -> PlatformError:
    """The error of a fault."""
    if kind in {FaultKind.THROTTLE, FaultKind.THROTTLE_ENTRIES}:
        return problem(429, "Too Many Requests", "Too Many Requests", {"Retry-After": "3"})
    if kind is FaultKind.TOKEN_EXPIRED:
        return problem(401, "Unauthorized", "Unauthorized")
    return problem(503, "Service Unavailable", "Service Unavailable")


def token_of(world: World, call: Call, *scopes: str) -> Object:
    """The token of a call. Raises PlatformError."""
    try:
        return holder(world, "twitter", call.token, *scopes)
    except TokenProblem as refused:
        if refused.kind == "scope":
            raise forbidden("You are not permitted to perform this action.") from None
        raise problem(401, "Unauthorized", "Unauthorized") from None


def _user(world: World, call: Call) -> Object:
    return accounts_of(world, "twitter", token_of(world, call, "media.write").owner)[0]


def _new(world: World, user: Object, category: str, size: int) -> Object:
    if category not in MOST:
        raise invalid("media_category is invalid", media_category=[category])
    if not 0 < size <= MOST[category]:
        raise invalid(f"File size exceeds {MOST[category]} bytes.", total_bytes=[size])
    media_id = number()
    body = {
        "category": category,
        "size": size,
        "file": new_file(),
        "segments": {},
        "facts": None,
        "ready_at": None,
        "key": f"{PREFIXES[category]}_{media_id}",
        "failed": None,
    }
    return Object(id=media_id, platform="twitter", kind="media", owner=user.id, at=world.now(), body=body)


def _initialize(world: World, call: Call) -> Answer:
    category = call.text("media_category") or "tweet_image"
    media = _new(world, _user(world, call), category, int(call.fields.get("total_bytes") or 0))
    if not call.text("media_type"):
        raise invalid("media_type is required", media_type=[])
    return Answer(body={"data": _data(world.store.put(media))})


def _data(media: Object) -> dict[str, Any]:
    return {"id": media.id, "media_key": media.body["key"], "expires_after_secs": int(DAY) - 1}


def _own(world: World, call: Call, media_id: str) -> Object:
    media, user = world.store.get(media_id, "twitter", "media"), _user(world, call)
    if media is None or media.owner != user.id or world.now() > media.at + DAY:
        raise invalid("Media id is invalid or expired.", media_id=[media_id])
    return media


def _append(world: World, call: Call, media_id: str) -> Answer:
    """One segment of at most 5 MB, in order; the same one may come again."""
    media, content = _own(world, call, media_id), call.files.get("media", b"")
    segments: dict[str, int] = media.body["segments"]
    index = call.text("segment_index")
    if not index.isdigit() or int(index) >= MOST_SEGMENTS or int(index) > len(segments):
        raise invalid("segment_index is invalid", segment_index=[index])
    if not 0 < len(content) <= MOST_SEGMENT:
        raise invalid("The segment is empty or larger than 5 MB.", media=[len(content)])
    start = sum(segments[str(each)] for each in range(int(index)))
    pieces = iter((content, b""))
    world.media.write(media.body["file"], start, lambda _: next(pieces))
    segments[index] = len(content)
    world.store.put(media)
    return Answer(body={"data": {"expires_at": int(media.at + DAY)}})


def _finalize(world: World, call: Call, media_id: str) -> Answer:
    media = _own(world, call, media_id)
    got = sum(media.body["segments"].values())
    if got != media.body["size"]:
        raise invalid(f"Segments do not add up to provided total file size: {got}.", media_id=[media_id])
    _complete(world, media)
    return Answer(body={"data": _data(media) | {"size": got} | _processing(world, media)})


def _complete(world: World, media: Object) -> None:
    media.body["facts"] = world.media.facts(media.body["file"], media.body["size"])
    is_image = media.body["category"] == "tweet_image"
    media.body["ready_at"] = world.now() if is_image else world.ready_at("video")
    world.store.put(media)


def _processing(world: World, media: Object) -> dict[str, Any]:
    """The member processing_info; images have none."""
    if media.body["category"] == "tweet_image":
        return {}
    if media.body["failed"]:
        reason = {"code": 1, "name": "InvalidMedia", "message": media.body["failed"]}
        return {"processing_info": {"state": "failed", "error": reason}}
    if media.body["ready_at"] is None or world.now() < media.body["ready_at"]:
        state = "pending" if media.body["ready_at"] is None else "in_progress"
        return {"processing_info": {"state": state, "check_after_secs": 1, "progress_percent": 50}}
    return {"processing_info": {"state": "succeeded", "progress_percent": 100}}


def _status(world: World, call: Call) -> Answer:
    media = _own(world, call, call.text("media_id"))
    return Answer(body={"data": _data(media) | {"size": media.body["size"]} | _processing(world, media)})


def _at_once(world: World, call: Call) -> Answer:
    """An image, whole."""
    content = call.files.get("media", b"")
    category = call.text("media_category") or "tweet_image"
    if category not in {"tweet_image", "dm_image", "subtitles"}:
        raise invalid("Videos and GIFs are uploaded in segments.", media_category=[category])
    media = _new(world, _user(world, call), category, len(content))
    pieces = iter((content, b""))
    world.media.write(media.body["file"], 0, lambda _: next(pieces))
    media.body["segments"] = {"0": len(content)}
    _complete(world, media)
    return Answer(body={"data": _data(media) | {"size": len(content)}})


def _metadata(world: World, call: Call) -> Answer:
    media = _own(world, call, call.text("id"))
    text = ((call.fields.get("metadata") or {}).get("alt_text") or {}).get("text", "")
    if not 0 < len(text) <= 1_000:
        raise invalid("alt_text has 1 to 1,000 characters", alt_text=[text])
    media.body["alt_text"] = text
    world.store.put(media)
    world.store.use("twitter", "dollars", media.owner, world.now(), PRICE_ALT_TEXT)
    return Answer(body={"data": {"id": media.id, "associated_metadata": {"alt_text": {"text": text}}}})


def usable(world: World, user: Object, media_id: str) -> Object:
    """A medium of the user that is ready. Raises PlatformError."""
    media = world.store.get(media_id, "twitter", "media")
    is_ready = (
        media is not None and media.body["ready_at"] is not None and world.now() >= media.body["ready_at"]
    )
    if (
        media is None
        or media.owner != user.id
        or not is_ready
        or world.now() > media.at + DAY
        or media.body["failed"]
    ):
        raise invalid("Your media IDs are invalid.", media_ids=[media_id])
    return media


_API = "api.x.com/2/media"
ROUTES = [
    route("POST", f"{_API}/upload/initialize", "twitter.initialize", _initialize),
    route("POST", f"{_API}/upload/{{}}/append", "twitter.append", _append),
    route("POST", f"{_API}/upload/{{}}/finalize", "twitter.finalize", _finalize),
    route("GET", f"{_API}/upload", "twitter.status", _status),
    route("POST", f"{_API}/upload", "twitter.upload", _at_once),
    route("POST", f"{_API}/metadata", "twitter.metadata", _metadata),
]
