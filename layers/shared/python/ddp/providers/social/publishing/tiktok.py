"""TikTok: a video's last chunk publishes it; photos are published by the request that names their addresses.

Sources: developers.tiktok.com/doc/content-posting-api-reference-direct-post, …-photo-post, …-get-video-status, and
…/doc/content-posting-api-media-transfer-guide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ddp.errors import Transient, Unknown, WorkerError
from ddp.providers.social import http, tiktok_api
from ddp.providers.social.base import (
    Absent,
    Accepted,
    Account,
    Media,
    NotPublished,
    Platform,
    Post,
    Progress,
    Published,
    Refused,
    State,
    StateLost,
)
from ddp.providers.social.http import Answer

# A chunk has 5 to 64 MB, the last one up to twice as much; a smaller video is one chunk.
CHUNK = 8 * 1024 * 1024
# The answer to the last chunk.
_CREATED = 201
# A chunk that does not follow those that have arrived.
_NOT_THE_NEXT = 416
# An upload address lives for an hour.
_LIVES = timedelta(minutes=55)
_AGAIN_SECONDS = 10.0


class TikTok:
    """Implements ddp.providers.social.base.Publisher."""

    platform = Platform.TIKTOK

    def prepare(self, account: Account, post: Post, state: State, save: Callable[[State], None]) -> Progress:
        """Begin a video's upload, and send all chunks but the last. Of photos nothing can be prepared."""
        if not post.media[0].is_video:
            return Progress(state={}, is_ready=True)
        video, made = post.media[0], dict(state)
        if "publish_id" not in made:
            source = {
                "source": "FILE_UPLOAD",
                "video_size": video.size,
                "chunk_size": min(CHUNK, video.size),
                "total_chunk_count": _chunks(video),
            }
            body = {"post_info": _post_info(post) | {"title": post.text}, "source_info": source}
            given = tiktok_api.post("post/publish/video/init/", account.access_token, body)
            made = {
                "publish_id": given["publish_id"],
                "upload_url": given["upload_url"],
                "sent": 0,
                "expires_at": (datetime.now(UTC) + _LIVES).isoformat(),
            }
            save(made)
        else:
            # An answer may have been lost: the chunks have to follow each other.
            got = int(tiktok_api.status(account.access_token, made["publish_id"]).get("uploaded_bytes") or 0)
            made["sent"] = min(got // CHUNK, _chunks(video) - 1)
        for number in range(made["sent"], _chunks(video) - 1):
            _put(made["upload_url"], video, number * CHUNK, CHUNK)
            made["sent"] = number + 1
            save(made)
        return Progress(state=made, is_ready=True, expires_at=datetime.fromisoformat(made["expires_at"]))

    def check(self, account: Account, post: Post, state: State) -> Progress:
        """Never asked for: preparation ends ready."""
        raise NotImplementedError

    def finalise(self, account: Account, post: Post, state: State) -> Published | Accepted:
        """Send the last chunk, or the request for photos: TikTok then publishes in its own time."""
        if post.media[0].is_video:
            video, start = post.media[0], (_chunks(post.media[0]) - 1) * CHUNK
            _put(state["upload_url"], video, start, video.size - start, finalises=True)
            return Accepted(state={"publish_id": state["publish_id"]}, again_in=_AGAIN_SECONDS)
        info = _post_info(post) | {"title": post.title or "", "description": post.text}
        body = {
            "media_type": "PHOTO",
            "post_mode": "DIRECT_POST",
            "post_info": {name: value for name, value in info.items() if name not in _OF_VIDEOS},
            "source_info": {
                "source": "PULL_FROM_URL",
                "photo_images": [_address(media) for media in post.media],
                "photo_cover_index": 0,
            },
        }
        path = "post/publish/content/init/"
        given = tiktok_api.post(path, account.access_token, body, finalises=True)
        return Accepted(state={"publish_id": given["publish_id"]}, again_in=_AGAIN_SECONDS)

    def confirm(self, account: Account, state: State) -> Published | Accepted:
        """Ask what became of it."""
        status = tiktok_api.status(account.access_token, state["publish_id"])
        match status.get("status"):
            case "PUBLISH_COMPLETE":
                return _published(account, state, status)
            case "FAILED":
                raise NotPublished("refused", f"TikTok did not publish it: {status.get('fail_reason')}")
        return Accepted(state=state, again_in=_AGAIN_SECONDS)

    def find(self, account: Account, post: Post, state: State, since: datetime) -> Published | Absent:
        """Ask for the video's status; of photos nothing can be asked, because their request gave no id."""
        if "publish_id" not in state:
            return Absent.CANNOT_LOOK
        status = tiktok_api.status(account.access_token, state["publish_id"])
        match status.get("status"):
            case "PUBLISH_COMPLETE":
                return _published(account, state, status)
            case "FAILED":
                raise NotPublished("refused", f"TikTok did not publish it: {status.get('fail_reason')}")
            case "PROCESSING_UPLOAD" if status.get("uploaded_bytes", 0) < post.media[0].size:
                return Absent.PROVED
        raise Transient("TikTok is at work on the video", retry_after=_AGAIN_SECONDS)

    def comment(self, account: Account, external_id: str, text: str) -> Published:
        """TikTok lets no application comment."""
        raise Refused("not-offered", "TikTok lets no application comment: put it into the text.")

    def find_comment(
        self, account: Account, external_id: str, text: str, since: datetime
    ) -> Published | Absent:
        """There is none."""
        return Absent.CANNOT_LOOK

    def remove(self, account: Account, external_id: str) -> None:
        """TikTok lets no application delete a post."""
        raise Refused("not-offered", "TikTok lets no application delete a post: delete it there.")


_OF_VIDEOS = {"disable_duet", "disable_stitch", "is_aigc"}


def _post_info(post: Post) -> dict[str, Any]:
    options = post.options
    return {
        "privacy_level": options["privacy"],
        "disable_comment": bool(options.get("disable_comment")),
        "disable_duet": bool(options.get("disable_duet")),
        "disable_stitch": bool(options.get("disable_stitch")),
        "brand_content_toggle": bool(options.get("brand_content")),
        "brand_organic_toggle": bool(options.get("brand_organic")),
        "is_aigc": bool(options.get("is_ai_generated")),
    }


def _chunks(video: Media) -> int:
    return max(1, video.size // CHUNK)


def _put(url: str, video: Media, start: int, length: int, *, finalises: bool = False) -> None:
    headers = {
        "Content-Type": video.content_type,
        "Content-Range": f"bytes {start}-{start + length - 1}/{video.size}",
    }
    answer = http.call(
        "PUT",
        url,
        classify=_of_upload,
        headers=headers,
        body=video.read(start, length),
        finalises=finalises,
        seconds=120,
    )
    if finalises and answer.status != _CREATED:
        raise Unknown(f"TikTok answered the last chunk with {answer.status}: {answer.text}")


def _of_upload(answer: Answer, finalises: bool) -> WorkerError | None:
    """What an upload address answers: one that is too old or unknown has published nothing."""
    if answer.status in {403, 404}:
        return StateLost(f"TikTok forgot the upload: {answer.text}")
    if answer.status == _NOT_THE_NEXT:
        # More has arrived than we know of, perhaps all: the status tells.
        return Unknown(answer.text) if finalises else Transient(answer.text)
    return tiktok_api.classify(answer, finalises)


def _address(media: Media) -> str:
    if media.url is None:
        raise Refused("media-not-fetched", "There is no public address of the photo.")
    return media.url


def _published(account: Account, state: State, status: Mapping[str, Any]) -> Published:
    post_id = tiktok_api.public_id(status)
    if post_id is None:
        return Published(external_id=str(state["publish_id"]))
    return Published(
        external_id=post_id, permalink=f"https://www.tiktok.com/@{account.handle}/video/{post_id}"
    )
