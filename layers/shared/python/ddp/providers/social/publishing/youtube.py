"""YouTube channels, by the Data API v3: a private video is uploaded in chunks, then its privacy is changed.

Sources: the discovery document youtube.v3 of 2026-11-04, and developers.google.com/youtube/v3/guides/ (page
using_resumable_upload_protocol).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ddp.errors import Transient
from ddp.providers.social import google, http
from ddp.providers.social.base import (
    Absent,
    Accepted,
    Account,
    Media,
    Platform,
    Post,
    PostType,
    Progress,
    Published,
    Refused,
    State,
    StateLost,
)
from ddp.providers.social.http import Answer

# A multiple of 256 KiB, as the protocol asks for.
CHUNK = 8 * 1024 * 1024

_RESUME, _GONE = 308, (404, 410)
_AGAIN_SECONDS = 15.0
_UNTIL = re.compile(r"bytes=0-(\d+)")


class YouTube:
    """Implements ddp.providers.social.base.Publisher."""

    platform = Platform.YOUTUBE

    def prepare(self, account: Account, post: Post, state: State, save: Callable[[State], None]) -> Progress:
        """Upload the video as private, from where an earlier attempt ended."""
        made = dict(state)
        if "video_id" not in made:
            video = post.media[0]
            if "session" not in made:
                made["session"] = _session(account, post, video)
                save(made)
            made = {"video_id": _upload(made["session"], account.access_token, video)}
            save(made)
        return Progress(state=made, is_ready=False, again_in=_AGAIN_SECONDS)

    def check(self, account: Account, post: Post, state: State) -> Progress:
        """Whether YouTube has processed the video."""
        video = _video(account, state["video_id"], "status")
        status = video.get("status", {})
        match status.get("uploadStatus"):
            case "processed":
                return Progress(state=state, is_ready=True)
            case "failed" | "rejected" | "deleted" as what:
                why = status.get("rejectionReason") or status.get("failureReason") or "no reason given"
                raise Refused("media-refused", f"YouTube says of the video: {what}, {why}.")
        return Progress(state=state, is_ready=False, again_in=_AGAIN_SECONDS)

    def finalise(self, account: Account, post: Post, state: State) -> Published | Accepted:
        """Give the video its privacy. Doing it again changes nothing."""
        body = {"id": state["video_id"], "status": _status(post, _privacy(post))}
        answer = http.call(
            "PUT",
            f"{google.API}/videos",
            classify=google.classify,
            token=account.access_token,
            query={"part": "status"},
            json_body=body,
            finalises=True,
        )
        return _published(post, answer.told("id"))

    def confirm(self, account: Account, state: State) -> Published | Accepted:
        """Not asked for: what finalise returns is published."""
        raise NotImplementedError

    def find(self, account: Account, post: Post, state: State, since: datetime) -> Published | Absent:
        """Ask by its id for the video's privacy: that proves both."""
        if "video_id" not in state:
            return Absent.CANNOT_LOOK
        status = _video(account, state["video_id"], "status").get("status", {})
        is_public = status.get("privacyStatus") == _privacy(post)
        return _published(post, state["video_id"]) if is_public else Absent.PROVED

    def comment(self, account: Account, external_id: str, text: str) -> Published:
        """Comment as the channel."""
        snippet = {"videoId": external_id, "topLevelComment": {"snippet": {"textOriginal": text}}}
        answer = http.call(
            "POST",
            f"{google.API}/commentThreads",
            classify=google.classify,
            token=account.access_token,
            query={"part": "snippet"},
            json_body={"snippet": snippet},
            finalises=True,
        )
        return Published(external_id=answer.told("id"))

    def find_comment(
        self, account: Account, external_id: str, text: str, since: datetime
    ) -> Published | Absent:
        """Look at the newest comments for one of the channel with this text."""
        query = {"part": "snippet", "videoId": external_id, "order": "time", "maxResults": "100"}
        for thread in google.get("commentThreads", account.access_token, query).get("items", []):
            comment = thread["snippet"]["topLevelComment"]["snippet"]
            writer = comment.get("authorChannelId", {}).get("value")
            if writer == account.external_account_id and comment.get("textOriginal") == text:
                return Published(external_id=thread["id"])
        return Absent.NOT_SEEN

    def remove(self, account: Account, external_id: str) -> None:
        """Delete the video."""
        http.call(
            "DELETE",
            f"{google.API}/videos",
            classify=google.classify,
            token=account.access_token,
            query={"id": external_id},
            finalises=True,
        )


def _video(account: Account, video_id: str, part: str) -> dict[str, Any]:
    items = google.get("videos", account.access_token, {"part": part, "id": video_id}).get("items", [])
    if not items:
        raise Refused("not-found", "YouTube has no such video: it was deleted there.")
    return dict(items[0])


def _privacy(post: Post) -> str:
    return str(post.options.get("privacy", "public"))


def _status(post: Post, privacy: str) -> dict[str, Any]:
    # A missing privacyStatus means public.
    return {
        "privacyStatus": privacy,
        "selfDeclaredMadeForKids": bool(post.options.get("made_for_kids", False)),
        "containsSyntheticMedia": bool(post.options.get("synthetic_media", False)),
    }


def _session(account: Account, post: Post, video: Media) -> str:
    """The address of a new upload, which is a secret."""
    snippet = {
        "title": post.title or "",
        "description": post.text,
        "tags": post.options.get("tags", []),
        "categoryId": post.options.get("category_id", "22"),
    }
    answer = http.call(
        "POST",
        google.RULES["api"]["upload"],
        classify=google.classify,
        token=account.access_token,
        query={"uploadType": "resumable", "part": "snippet,status"},
        headers={"X-Upload-Content-Length": str(video.size), "X-Upload-Content-Type": video.content_type},
        json_body={"snippet": snippet, "status": _status(post, "private")},
    )
    return answer.headers["location"]


def _upload(session: str, token: str, video: Media) -> str:
    """Send the chunks that YouTube does not have. Returns the video's id. Raises Transient if it keeps none of one."""
    answer, before = _put(session, token, b"", f"bytes */{video.size}"), -1
    while answer.status == _RESUME:
        until = _UNTIL.search(answer.headers.get("range", ""))
        start = int(until[1]) + 1 if until else 0
        if start <= before:
            raise Transient(f"YouTube kept nothing of the upload from byte {start:,} on")
        before = start
        chunk = video.read(start, min(CHUNK, video.size - start))
        answer = _put(session, token, chunk, f"bytes {start}-{start + len(chunk) - 1}/{video.size}")
    return str(answer.json()["id"])


def _put(session: str, token: str, chunk: bytes, content_range: str) -> Answer:
    answer = http.call(
        "PUT",
        session,
        classify=google.classify,
        token=token,
        headers={"Content-Range": content_range},
        body=chunk,
        accepts=(_RESUME, *_GONE),
        seconds=120,
    )
    if answer.status in _GONE:
        raise StateLost("YouTube forgot the upload")  # a session lives for about a week
    return answer


def _published(post: Post, video_id: str) -> Published:
    path = f"shorts/{video_id}" if post.type == PostType.REEL else f"watch?v={video_id}"
    return Published(external_id=video_id, permalink=f"https://www.youtube.com/{path}")
