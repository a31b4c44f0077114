"""Instagram: a container is made from the media, and published once when it is finished.

Images are fetched by Instagram from our own address, videos are uploaded. A container lives for 24 hours.
Source: developers.facebook.com/docs/instagram-platform/content-publishing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ddp.errors import Transient, WorkerError
from ddp.providers.social import meta, rules
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
    QuotaReached,
    Refused,
    State,
    StateLost,
)

_GRAPH = meta.graph(Platform.INSTAGRAM)
_LIVES = timedelta(hours=rules.of(Platform.INSTAGRAM)["lives"]["container_hours"] - 1)
_AGAIN_SECONDS = 30.0
# A little before what our clock says, because theirs may differ.
_SKEW = timedelta(minutes=2)


class Instagram:
    """Implements ddp.providers.social.base.Publisher."""

    platform = Platform.INSTAGRAM

    def prepare(self, account: Account, post: Post, state: State, save: Callable[[State], None]) -> Progress:
        """Make the container, or those of a carousel's items, and upload videos into them."""
        if not state:
            _require_quota(account)
        made: dict[str, Any] = {"made_at": datetime.now(UTC).isoformat(), **state}
        is_carousel = post.type == PostType.CAROUSEL
        for media in post.media[len(made.get("items", [])) :]:
            fields = _item(media) | ({"is_carousel_item": "true"} if is_carousel else _caption(post))
            given = self._make(account, fields)
            made["items"] = [*made.get("items", []), {"id": str(given["id"]), "uri": given.get("uri")}]
            save(made)
        for media, item in zip(post.media, made["items"], strict=True):
            if item["uri"]:
                is_known = item in state.get("items", [])
                arrived = self._uploading(account, item["id"]) if is_known else {}
                meta.upload(item["uri"], account.access_token, media, arrived)
        if not is_carousel:
            made["container"] = made["items"][0]["id"]
        return _progress(made, is_ready=False)

    def check(self, account: Account, post: Post, state: State) -> Progress:
        """Whether the containers are finished; makes a carousel's container from those of its items."""
        made = dict(state)
        if "container" not in made:
            if not all(self._is_finished(account, item["id"]) for item in made["items"]):
                return _progress(made, is_ready=False)
            children = ",".join(item["id"] for item in made["items"])
            fields = {"media_type": "CAROUSEL", "children": children, **_caption(post)}
            made["container"] = str(self._make(account, fields)["id"])
        return _progress(made, is_ready=self._is_finished(account, made["container"]))

    def finalise(self, account: Account, post: Post, state: State) -> Published | Accepted:
        """Publish the container."""
        path, fields = f"{account.external_account_id}/media_publish", {"creation_id": state["container"]}
        made = meta.post(_GRAPH, path, account.access_token, fields, finalises=True)
        external_id = str(made["id"])
        try:
            link = meta.get(_GRAPH, external_id, account.access_token, {"fields": "permalink"}).get(
                "permalink"
            )
        except WorkerError:
            link = None  # it is published all the same
        return Published(external_id=external_id, permalink=link)

    def confirm(self, account: Account, state: State) -> Published | Accepted:
        """Never asked for: what finalise returns is published."""
        raise NotImplementedError

    def find(self, account: Account, post: Post, state: State, since: datetime) -> Published | Absent:
        """Ask whether the container is published, which proves both; then find the post that it became."""
        if "container" not in state:
            return Absent.CANNOT_LOOK
        status, _ = self._status(account, state["container"])
        if status == "FINISHED":
            return Absent.PROVED
        if status != "PUBLISHED":
            return Absent.NOT_SEEN
        query = {"fields": "id,caption,timestamp,permalink", "limit": "50"}
        path = f"{account.external_account_id}/media"
        for given in meta.get(_GRAPH, path, account.access_token, query).get("data", []):
            at = datetime.fromisoformat(given["timestamp"])
            if at >= since - _SKEW and (given.get("caption") or "") == post.text:
                return Published(
                    external_id=str(given["id"]), permalink=given.get("permalink"), published_at=at
                )
        raise Transient("Instagram says that it is published, but does not list it yet", retry_after=60)

    def comment(self, account: Account, external_id: str, text: str) -> Published:
        """Comment as the account."""
        fields = {"message": text}
        made = meta.post(_GRAPH, f"{external_id}/comments", account.access_token, fields, finalises=True)
        return Published(external_id=str(made["id"]))

    def find_comment(
        self, account: Account, external_id: str, text: str, since: datetime
    ) -> Published | Absent:
        """Look at the comments for one of the account with this text."""
        query = {"fields": "id,text,username,timestamp", "limit": "50"}
        for given in meta.get(_GRAPH, f"{external_id}/comments", account.access_token, query).get("data", []):
            # By the name: the id of a comment's writer is not the account's.
            if given.get("username") == account.handle and given.get("text") == text:
                return Published(external_id=str(given["id"]))
        return Absent.NOT_SEEN

    def remove(self, account: Account, external_id: str) -> None:
        """Instagram lets no application delete a post."""
        raise Refused("not-offered", "Instagram lets no application delete a post: delete it there.")

    def _uploading(self, account: Account, container: str) -> dict[str, Any]:
        """How much of a video has arrived in its container."""
        given = meta.get(_GRAPH, container, account.access_token, {"fields": "status_code,video_status"})
        if given.get("status_code") == "FINISHED":
            return {"status": "complete"}
        return dict((given.get("video_status") or {}).get("uploading_phase") or {})

    def _make(self, account: Account, fields: Mapping[str, str]) -> dict[str, Any]:
        return meta.post(_GRAPH, f"{account.external_account_id}/media", account.access_token, fields)

    def _is_finished(self, account: Account, container: str) -> bool:
        status, why = self._status(account, container)
        if status == "ERROR":
            raise Refused("media-refused", f"Instagram could not use the media: {why}")
        if status == "EXPIRED":
            raise StateLost("the container is too old")
        return status == "FINISHED"

    def _status(self, account: Account, container: str) -> tuple[str, str]:
        given = meta.get(_GRAPH, container, account.access_token, {"fields": "status_code,status"})
        return str(given.get("status_code")), str(given.get("status", ""))


def _require_quota(account: Account) -> None:
    """Raises QuotaReached. Documents name 25, 50 and 100 posts: what the platform says holds."""
    total, left = meta.posts_left(account)
    if left == 0:
        raise QuotaReached(
            f"Instagram takes {total:,} posts of the account in 24 hours, and none is left:"
            " it waits until the first of them is 24 hours old."
        )


def _item(media: Media) -> dict[str, str]:
    if media.is_video:
        return {"media_type": "REELS", "upload_type": "resumable"}
    if media.url is None:
        raise Refused("media-not-fetched", "There is no public address of the image.")
    return {"image_url": media.url} | ({"alt_text": media.alt_text} if media.alt_text else {})


def _caption(post: Post) -> dict[str, str]:
    fields = {"caption": post.text} if post.text else {}
    if post.type in {PostType.REEL, PostType.VIDEO}:
        fields["share_to_feed"] = "true" if post.options.get("share_to_feed", True) else "false"
    return fields


def _progress(made: State, *, is_ready: bool) -> Progress:
    expires_at = datetime.fromisoformat(made["made_at"]) + _LIVES
    return Progress(state=made, is_ready=is_ready, again_in=_AGAIN_SECONDS, expires_at=expires_at)
