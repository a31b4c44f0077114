"""LinkedIn: media are uploaded first; one request then makes the post.

Sources: learn.microsoft.com/linkedin/marketing/community-management/shares/ (posts-api, images-api, videos-api).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from ddp.errors import Unknown
from ddp.providers.social import http, linkedin_api
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

_AGAIN_SECONDS = 10.0
_SKEW = timedelta(minutes=2)
_FEED = "https://www.linkedin.com/feed/update"


class LinkedIn:
    """Implements ddp.providers.social.base.Publisher."""

    platform = Platform.LINKEDIN

    def prepare(self, account: Account, post: Post, state: State, save: Callable[[State], None]) -> Progress:
        """Upload the images or the video."""
        made: dict[str, Any] = {"media": [], **state}
        for media in post.media[len(made["media"]) :]:
            upload = _video if media.is_video else _image
            made["media"] = [*made["media"], upload(account, media)]
            save(made)
        # A member's token may not read what became of the media.
        is_ready = not made["media"] or account.kind == "member"
        return Progress(state=made, is_ready=is_ready, again_in=_AGAIN_SECONDS)

    def check(self, account: Account, post: Post, state: State) -> Progress:
        """Whether LinkedIn has processed all media."""
        is_ready = True
        for urn in state["media"]:
            kind = "videos" if ":video:" in urn else "images"
            status = linkedin_api.get(f"{kind}/{quote(urn, safe='')}", account.access_token).get("status")
            if status == "PROCESSING_FAILED":
                raise Refused("media-refused", "LinkedIn could not process the media.")
            is_ready &= status == "AVAILABLE"
        return Progress(state=state, is_ready=is_ready, again_in=_AGAIN_SECONDS)

    def finalise(self, account: Account, post: Post, state: State) -> Published | Accepted:
        """Make the post."""
        answer = linkedin_api.post("posts", account.access_token, _body(account, post, state), finalises=True)
        if not (urn := answer.headers.get("x-restli-id")):
            raise Unknown(f"the answer names no post: {answer.text}")
        return _published(urn)

    def confirm(self, account: Account, state: State) -> Published | Accepted:
        """Never asked for: what finalise returns is published."""
        raise NotImplementedError

    def find(self, account: Account, post: Post, state: State, since: datetime) -> Published | Absent:
        """Look at an organisation's newest posts, by text and media; a member's cannot be read."""
        if account.kind != "organization" or len(state.get("media", [])) < len(post.media):
            return Absent.CANNOT_LOOK
        query = {"q": "author", "author": account.external_account_id, "count": "50", "sortBy": "CREATED"}
        body = _body(account, post, state)
        for given in linkedin_api.get("posts", account.access_token, query).get("elements", []):
            is_later = given.get("createdAt", 0) >= (since - _SKEW).timestamp() * 1000
            if (
                is_later
                and given.get("commentary") == body["commentary"]
                and _media_of(given) == _media_of(body)
            ):
                return _published(given["id"])
        return Absent.NOT_SEEN

    def comment(self, account: Account, external_id: str, text: str) -> Published:
        """Comment as the account."""
        body = {"actor": account.external_account_id, "object": external_id, "message": {"text": text}}
        path = f"socialActions/{quote(external_id, safe='')}/comments"
        answer = linkedin_api.post(path, account.access_token, body, finalises=True)
        return Published(external_id=answer.headers.get("x-restli-id") or answer.told("id"))

    def find_comment(
        self, account: Account, external_id: str, text: str, since: datetime
    ) -> Published | Absent:
        """Look at the comments of an organisation's post for one of its own with this text."""
        if account.kind != "organization":
            return Absent.CANNOT_LOOK
        path = f"socialActions/{quote(external_id, safe='')}/comments"
        for given in linkedin_api.get(path, account.access_token, {"count": "100"}).get("elements", []):
            is_own = given.get("actor") == account.external_account_id
            if is_own and given.get("message", {}).get("text") == text:
                return Published(external_id=str(given["id"]))
        return Absent.NOT_SEEN

    def remove(self, account: Account, external_id: str) -> None:
        """Delete the post."""
        url = f"{linkedin_api.API}/posts/{quote(external_id, safe='')}"
        http.call(
            "DELETE",
            url,
            classify=linkedin_api.classify,
            token=account.access_token,
            headers=linkedin_api.HEADERS,
            finalises=True,
        )


def _image(account: Account, media: Media) -> str:
    request = {"initializeUploadRequest": {"owner": account.external_account_id}}
    given = linkedin_api.post("images?action=initializeUpload", account.access_token, request).json()["value"]
    _put(given["uploadUrl"], account, media.read(0, media.size))
    return str(given["image"])


def _video(account: Account, media: Media) -> str:
    request = {
        "owner": account.external_account_id,
        "fileSizeBytes": media.size,
        "uploadCaptions": False,
        "uploadThumbnail": False,
    }
    path, body = "videos?action=initializeUpload", {"initializeUploadRequest": request}
    given = linkedin_api.post(path, account.access_token, body).json()["value"]
    parts = [
        # LinkedIn says which bytes go where.
        _put(
            part["uploadUrl"],
            account,
            media.read(part["firstByte"], part["lastByte"] - part["firstByte"] + 1),
        )
        for part in given["uploadInstructions"]
    ]
    finish = {"video": given["video"], "uploadToken": given["uploadToken"], "uploadedPartIds": parts}
    linkedin_api.post("videos?action=finalizeUpload", account.access_token, {"finalizeUploadRequest": finish})
    return str(given["video"])


def _put(url: str, account: Account, content: bytes) -> str:
    headers = {"Content-Type": "application/octet-stream"}
    answer = http.call(
        "PUT",
        url,
        classify=linkedin_api.classify,
        token=account.access_token,
        headers=headers,
        body=content,
        seconds=120,
    )
    return answer.headers.get("etag", "").strip('"')


def _body(account: Account, post: Post, state: State) -> dict[str, Any]:
    body: dict[str, Any] = {
        "author": account.external_account_id,
        "commentary": linkedin_api.little(post.text),
        "visibility": post.options.get("visibility", "PUBLIC"),
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    content = _content(post, state)
    return body | ({"content": content} if content else {})


def _content(post: Post, state: State) -> dict[str, Any] | None:
    if post.type == PostType.LINK:
        link = post.options["link"]
        return {"article": {"source": link, "title": post.title or link}}
    media = [
        {"id": urn} | ({"altText": one.alt_text} if one.alt_text else {})
        for urn, one in zip(state.get("media", []), post.media, strict=True)
    ]
    if len(media) > 1:
        return {"multiImage": {"images": media}}
    if media and post.title:
        media[0]["title"] = post.title
    return {"media": media[0]} if media else None


def _media_of(given: Mapping[str, Any]) -> list[str]:
    content = given.get("content", {})
    images = content.get("multiImage", {}).get("images", [])
    return [one["id"] for one in images or [content.get("media", {})] if "id" in one]


def _published(urn: str) -> Published:
    return Published(external_id=urn, permalink=f"{_FEED}/{urn}")
