"""YouTube's videos: what they are, their numbers, and changes of them."""

from __future__ import annotations

import re
from typing import Any

from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.audience import posts, telling
from infra.local.simulators.platforms.calls import Answer, Call, route
from infra.local.simulators.platforms.hosts.youtube.google import (
    error,
    missing,
    spend,
    time_text,
    token_of,
)
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World

MOST_IDS = 50


def check(snippet: dict[str, Any], status: dict[str, Any]) -> None:
    """Raises PlatformError for metadata that YouTube refuses."""
    title, description = str(snippet.get("title") or ""), str(snippet.get("description") or "")
    if not 1 <= len(title) <= 100 or re.search("[<>]", title):
        raise error("invalidTitle", "The request metadata specifies an invalid or empty video title.", 400)
    if len(description.encode()) > 5_000 or re.search("[<>]", description):
        raise error("invalidDescription", "The request metadata specifies an invalid video description.", 400)
    tags = ",".join(f'"{tag}"' if " " in tag else tag for tag in snippet.get("tags") or [])
    if len(tags) > 500:
        raise error("invalidTags", "The request metadata specifies invalid video keywords.", 400)
    if status.get("privacyStatus", "public") not in {"public", "private", "unlisted"}:
        raise error("invalidVideoMetadata", "The request metadata is invalid.", 400)
    if status.get("publishAt") and status.get("privacyStatus") != "private":
        raise error(
            "invalidPublishAt", "The request metadata specifies an invalid scheduled publishing time.", 400
        )


def keep(world: World, call: Call, video: Object, *, was_private: bool) -> None:
    """Keep a video, and make it public if it is public from now on."""
    if was_private and video.body["status"]["privacyStatus"] != "private":
        video.body["published_at"] = world.now()
        world.publish(call, video, text=video.body["snippet"].get("title", ""), media=video.body["media"])
    else:
        world.store.put(video)


def resource(world: World, video: Object, parts: tuple[str, ...]) -> dict[str, Any]:
    """A video as the API shows it."""
    is_ready = world.now() >= video.body["ready_at"]
    failed = video.body.get("failed")
    upload = "failed" if failed else "processed" if is_ready else "uploaded"
    public_at = video.body.get("published_at", video.at)
    snippet = {"tags": [], "categoryId": "22", **video.body["snippet"], "channelId": video.owner}
    status = {
        "madeForKids": False,
        **video.body["status"],
        "uploadStatus": upload,
        "publicStatsViewable": True,
    }
    known = {
        "snippet": {
            **snippet,
            "publishedAt": time_text(public_at),
            "thumbnails": {},
            "liveBroadcastContent": "none",
        },
        "status": status | ({"failureReason": failed} if failed else {}),
        "processingDetails": {
            "processingStatus": "failed" if failed else "succeeded" if is_ready else "processing"
        },
        "contentDetails": {"duration": "PT5S", "definition": "hd"},
        "statistics": _statistics(world, video),
    }
    chosen = {part: known[part] for part in parts if part in known}
    return {"kind": "youtube#video", "etag": "e1", "id": video.id, **chosen}


def _statistics(world: World, video: Object) -> dict[str, str]:
    """Numbers are texts. Where nobody may comment, there is no count of comments."""
    counts = telling.told(world, video, telling.COUNTERS) or dict.fromkeys(("view", "like", "comment"), 0)
    shown = {"viewCount": counts["view"], "likeCount": counts["like"], "favoriteCount": 0}
    if not video.body["status"].get("selfDeclaredMadeForKids"):
        shown["commentCount"] = counts["comment"]
    return {name: str(count) for name, count in shown.items()}


def _list(world: World, call: Call) -> Answer:
    token = token_of(world, call, "youtube.readonly", "youtube.force-ssl", "youtube")
    spend(world, 1)
    channels = accounts_of(world, "youtube", token.owner)
    if any(channel.body.get("private") for channel in channels):
        raise error("channelSuspended", "The channel specified in the request has been suspended.", 403)
    mine, ids = {channel.id for channel in channels}, call.text("id").split(",")
    if len(ids) > MOST_IDS:
        raise error("invalidFilters", "The request specifies an invalid filter parameter.", 400)
    found = [_video(world, each) for each in dict.fromkeys(ids)]
    shown = [
        each
        for each in found
        if each and (each.owner in mine or each.body["status"]["privacyStatus"] != "private")
    ]
    items = [resource(world, each, tuple(call.text("part").split(","))) for each in shown]
    total = len(items)
    if call.is_partial:
        items = items[: total // 2]
    count = {"totalResults": total, "resultsPerPage": len(items)}
    return Answer(body={"kind": "youtube#videoListResponse", "etag": "e1", "items": items, "pageInfo": count})


def _video(world: World, video_id: str) -> Object | None:
    """A video, public or not, unless it was removed."""
    return posts.alive(world, "youtube", video_id) or world.store.get(video_id, "youtube", "post")


def _own(world: World, call: Call, video_id: str) -> Object:
    token = token_of(world, call, "youtube.force-ssl", "youtube")
    video = world.store.get(video_id, "youtube", "post")
    if video is None:
        raise missing()
    if video.owner not in {channel.id for channel in accounts_of(world, "youtube", token.owner)}:
        raise error("forbidden", "The request is not properly authorized to update the video.", 403)
    return video


def _update(world: World, call: Call) -> Answer:
    """Replaces whole parts: what a part leaves out is reset."""
    video = _own(world, call, call.text("id"))
    spend(world, 50)
    parts = call.text("part").split(",")
    was_private = video.body["status"]["privacyStatus"] == "private"
    snippet = call.fields.get("snippet") if "snippet" in parts else video.body["snippet"]
    status = call.fields.get("status") if "status" in parts else video.body["status"]
    check(snippet or {}, status or {})
    video.body |= {
        "snippet": snippet,
        "status": {"license": "youtube", "embeddable": True, "privacyStatus": "public", **(status or {})},
    }
    if not world.settings["audited"]["youtube"]:
        video.body["status"]["privacyStatus"] = "private"
    keep(world, call, video, was_private=was_private)
    return Answer(body=resource(world, video, tuple(parts)))


def _delete(world: World, call: Call) -> Answer:
    video = _own(world, call, call.text("id"))
    spend(world, 50)
    posts.remove(world, video)
    return Answer(status=204)


def _playlist(world: World, call: Call) -> Answer:
    """The uploads of a channel, the newest first."""
    token_of(world, call, "youtube.readonly", "youtube.force-ssl", "youtube")
    spend(world, 1)
    channel = f"UC{call.text('playlistId')[2:]}"
    videos = world.store.of("youtube", "post", channel, limit=int(call.text("maxResults") or 5))
    items = [
        {
            "kind": "youtube#playlistItem",
            "id": f"i-{video.id}",
            "snippet": {"title": video.body["snippet"].get("title"), "resourceId": {"videoId": video.id}},
            "contentDetails": {"videoId": video.id, "videoPublishedAt": time_text(video.at)},
            "status": {"privacyStatus": video.body["status"]["privacyStatus"]},
        }
        for video in videos
    ]
    count = {"totalResults": len(items), "resultsPerPage": len(items)}
    return Answer(body={"kind": "youtube#playlistItemListResponse", "items": items, "pageInfo": count})


_API = "www.googleapis.com/youtube/v3"
ROUTES = [
    route("GET", f"{_API}/videos", "youtube.list", _list),
    route("PUT", f"{_API}/videos", "youtube.update", _update),
    route("DELETE", f"{_API}/videos", "youtube.delete", _delete),
    route("GET", f"{_API}/playlistItems", "youtube.playlist", _playlist),
]
