"""Facebook pages, by the Graph API: an unpublished post, video or reel is made first, then published by its id.

Sources: developers.facebook.com/docs/pages-api/posts, …/docs/video-api/guides/publishing, …/guides/reels-publishing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ddp.errors import Transient
from ddp.providers.social import http, meta
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
)

_GRAPH = meta.graph(Platform.FACEBOOK)
_VIDEOS = _GRAPH.replace("graph.", "graph-video.")
_AGAIN_SECONDS = 10.0
# An upload has to go on from another offset, which the error names.
_WRONG_OFFSET = 1363037
# An unpublished post is kept for long; an upload that was never finished is not.
_KEPT = timedelta(hours=23)


class Facebook:
    """Implements ddp.providers.social.base.Publisher."""

    platform = Platform.FACEBOOK

    def prepare(self, account: Account, post: Post, state: State, save: Callable[[State], None]) -> Progress:
        """Upload photos or the video, and make the unpublished post."""
        made = dict(state)
        match post.type:
            case PostType.VIDEO:
                if "id" not in made:
                    made |= self._video(account, post, made, save)
                    save(made)
                return Progress(state=made, is_ready=False, again_in=_AGAIN_SECONDS, expires_at=_expiry())
            case PostType.REEL:
                if "id" not in made:
                    started = self._post(
                        account, f"{account.external_account_id}/video_reels", {"upload_phase": "start"}
                    )
                    made |= {"id": str(started["video_id"]), "upload_url": started["upload_url"]}
                    save(made)
                arrived = self._status(account, made["id"]).get("uploading_phase", {}) if state else {}
                meta.upload(made["upload_url"], account.access_token, post.media[0], arrived)
                return Progress(state=made, is_ready=False, again_in=_AGAIN_SECONDS, expires_at=_expiry())
        for media in post.media[len(made.get("photos", [])) :]:
            made["photos"] = [*made.get("photos", []), self._photo(account, media)]
            save(made)
        if "id" not in made:
            fields = {"published": "false", **_text_fields(post)} | {
                f"attached_media[{place}]": json.dumps({"media_fbid": photo})
                for place, photo in enumerate(made.get("photos", []))
            }
            made["id"] = str(self._post(account, f"{account.external_account_id}/feed", fields)["id"])
            save(made)
        return Progress(state=made, is_ready=True)

    def check(self, account: Account, post: Post, state: State) -> Progress:
        """Whether the video is processed, or a reel's upload complete."""
        status = self._status(account, state["id"])
        if status.get("video_status") == "error":
            phases = (status.get(phase, {}) for phase in ("uploading_phase", "processing_phase"))
            errors = [error.get("message", "") for phase in phases for error in phase.get("errors") or []]
            raise Refused("media-refused", " ".join(errors) or "Facebook could not process the video.")
        if post.type == PostType.REEL:
            is_ready = status.get("uploading_phase", {}).get("status") == "complete"
        else:
            is_ready = status.get("video_status") == "ready"
        return Progress(state=state, is_ready=is_ready, again_in=_AGAIN_SECONDS, expires_at=_expiry())

    def finalise(self, account: Account, post: Post, state: State) -> Published | Accepted:
        """Publish what was made, by its id."""
        if post.type == PostType.REEL:
            fields = {"upload_phase": "finish", "video_id": state["id"], "video_state": "PUBLISHED"}
            path = f"{account.external_account_id}/video_reels"
            self._post(account, path, {**fields, "description": post.text}, finalises=True)
        else:
            name = "published" if post.type == PostType.VIDEO else "is_published"
            self._post(account, state["id"], {name: "true"}, finalises=True)
        return _published(account, post, state["id"])

    def confirm(self, account: Account, state: State) -> Published | Accepted:
        """Never asked for: what finalise returns is published."""
        raise NotImplementedError

    def find(self, account: Account, post: Post, state: State, since: datetime) -> Published | Absent:
        """Ask by its id whether it is published: that proves both."""
        if "id" not in state:
            return Absent.CANNOT_LOOK
        field = {PostType.REEL: "status", PostType.VIDEO: "published"}.get(post.type, "is_published")
        given = meta.get(_GRAPH, state["id"], account.access_token, {"fields": field})
        if post.type == PostType.REEL:
            phase = given.get("status", {}).get("publishing_phase", {}).get("status")
            if phase == "in_progress":
                raise Transient("Facebook is publishing the reel", retry_after=_AGAIN_SECONDS)
            is_published = phase == "complete"
        else:
            is_published = bool(given.get(field))
        return _published(account, post, state["id"]) if is_published else Absent.PROVED

    def comment(self, account: Account, external_id: str, text: str) -> Published:
        """Comment as the page."""
        made = self._post(account, f"{external_id}/comments", {"message": text}, finalises=True)
        return Published(external_id=str(made["id"]))

    def find_comment(
        self, account: Account, external_id: str, text: str, since: datetime
    ) -> Published | Absent:
        """Look at the newest comments for one of the page with this text."""
        query = {"fields": "id,message,from", "order": "reverse_chronological", "limit": "100"}
        for given in meta.get(_GRAPH, f"{external_id}/comments", account.access_token, query).get("data", []):
            writer = given.get("from", {}).get("id")
            if writer == account.external_account_id and given.get("message") == text:
                return Published(external_id=str(given["id"]))
        return Absent.NOT_SEEN

    def remove(self, account: Account, external_id: str) -> None:
        """Delete the post."""
        url = f"{_GRAPH}/{external_id}"
        http.call("DELETE", url, classify=meta.classify, token=account.access_token, finalises=True)

    def _status(self, account: Account, video: str) -> dict[str, Any]:
        given = meta.get(_GRAPH, video, account.access_token, {"fields": "status"})
        return dict(given.get("status", {}))

    def _photo(self, account: Account, media: Media) -> str:
        fields: dict[str, http.Field] = {"published": "false", "source": _file(media)}
        if media.alt_text:
            fields["alt_text_custom"] = media.alt_text
        url = f"{_GRAPH}/{account.external_account_id}/photos"
        answer = http.call("POST", url, classify=meta.classify, token=account.access_token, multipart=fields)
        return str(answer.json()["id"])

    def _video(
        self, account: Account, post: Post, made: State, save: Callable[[State], None]
    ) -> dict[str, str]:
        """Upload in the pieces that Facebook asks for. Returns the unpublished video's id."""
        path, video = f"{account.external_account_id}/videos", post.media[0]
        told = made.get("upload")
        if told is None:
            told = self._post_video(account, path, {"upload_phase": "start", "file_size": str(video.size)})
        while told["start_offset"] != told["end_offset"]:
            start, end = int(told["start_offset"]), int(told["end_offset"])
            piece = video.read(start, min(end - start, meta.PIECE))
            fields: dict[str, http.Field] = {
                "upload_phase": "transfer",
                "upload_session_id": str(told["upload_session_id"]),
                "start_offset": str(start),
                "video_file_chunk": ("video", piece, "application/octet-stream"),
            }
            told = {**told, **self._post_video(account, path, fields)}
            save({**made, "upload": told})
        finish = {"upload_phase": "finish", "upload_session_id": str(told["upload_session_id"])}
        more = {"published": "false", "description": post.text} | (
            {"title": post.title} if post.title else {}
        )
        self._post_video(account, path, {**finish, **more})
        return {"id": str(told["video_id"])}

    def _post(
        self, account: Account, path: str, fields: Mapping[str, str], *, finalises: bool = False
    ) -> dict[str, Any]:
        return meta.post(_GRAPH, path, account.access_token, fields, finalises=finalises)

    def _post_video(self, account: Account, path: str, fields: Mapping[str, http.Field]) -> dict[str, Any]:
        url = f"{_VIDEOS}/{path}"
        answer = http.call(
            "POST",
            url,
            classify=meta.classify,
            token=account.access_token,
            multipart=fields,
            accepts=(400,),
            seconds=120,
        )
        error = answer.json().get("error") or {}
        if error.get("error_subcode") == _WRONG_OFFSET and "start_offset" in (error.get("error_data") or {}):
            return dict(error["error_data"])
        if answer.status != 200:
            raise meta.classify(answer, finalises=False) or Refused("refused", answer.text)
        return dict(answer.json())


def _text_fields(post: Post) -> dict[str, str]:
    fields = {"message": post.text} if post.text else {}
    return fields | ({"link": post.options["link"]} if post.type == PostType.LINK else {})


def _file(media: Media) -> tuple[str, bytes, str]:
    return f"{media.position}", media.read(0, media.size), media.content_type


def _published(account: Account, post: Post, made: str) -> Published:
    path = {PostType.REEL: f"reel/{made}", PostType.VIDEO: f"{account.external_account_id}/videos/{made}"}
    return Published(external_id=made, permalink=f"https://www.facebook.com/{path.get(post.type, made)}")


def _expiry() -> datetime:
    return datetime.now(UTC) + _KEPT
