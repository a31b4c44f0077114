"""X: media are uploaded in segments; one request then makes the post.

Sources: docs.x.com/x-api/media/quickstart/media-upload-chunked, docs.x.com/x-api/posts/create-post.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

from ddp.providers.social import http, x_api
from ddp.providers.social.base import (
    Absent,
    Accepted,
    Account,
    Media,
    Platform,
    Post,
    Progress,
    Published,
    Refused,
    State,
)

# A segment has at most 5 MB.
SEGMENT = 4 * 1024 * 1024
# Uploaded media can be used for a day.
_LIVES = timedelta(hours=23)
_AGAIN_SECONDS = 5.0
_SKEW = timedelta(minutes=2)


class Twitter:
    """Implements ddp.providers.social.base.Publisher."""

    platform = Platform.TWITTER

    def prepare(self, account: Account, post: Post, state: State, save: Callable[[State], None]) -> Progress:
        """Upload the images or the video."""
        made: dict[str, Any] = {"media": [], "made_at": datetime.now(UTC).isoformat(), **state}
        for media in post.media[len(made["media"]) :]:
            made = self._upload(account, media, made, save)
        return _progress(made, is_ready=not any(one["is_processing"] for one in made["media"]))

    def check(self, account: Account, post: Post, state: State) -> Progress:
        """Whether X has processed the video."""
        made, again_in = {**state, "media": [dict(one) for one in state["media"]]}, _AGAIN_SECONDS
        for one in made["media"]:
            if not one["is_processing"]:
                continue
            query = {"command": "STATUS", "media_id": one["id"]}
            given = x_api.get("media/upload", account.access_token, query).get("data", {})
            info = given.get("processing_info", {})
            if info.get("state") == "failed":
                raise Refused("media-refused", str(info.get("error", {}).get("message", "no reason given")))
            one["is_processing"] = info.get("state") not in {None, "succeeded"}
            again_in = info.get("check_after_secs", again_in)
        is_ready = not any(one["is_processing"] for one in made["media"])
        return _progress(made, is_ready=is_ready, again_in=again_in)

    def finalise(self, account: Account, post: Post, state: State) -> Published | Accepted:
        """Make the post."""
        text = x_api.written(post.text, post.type, post.options)
        body: dict[str, Any] = {"text": text} if text else {}
        if ids := [one["id"] for one in state.get("media", [])]:
            body["media"] = {"media_ids": ids}
        if (settings := post.options.get("reply_settings", "everyone")) != "everyone":
            body["reply_settings"] = settings
        made = x_api.post("tweets", account.access_token, body, finalises=True)
        return _published(account, made["id"])

    def confirm(self, account: Account, state: State) -> Published | Accepted:
        """Never asked for: what finalise returns is published."""
        raise NotImplementedError

    def find(self, account: Account, post: Post, state: State, since: datetime) -> Published | Absent:
        """Look at the account's own posts for one with the same media, or the same text."""
        query = {
            "start_time": (since - _SKEW).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "max_results": "100",
            "tweet.fields": "created_at,attachments,entities,note_tweet",
        }
        keys = {one["key"] for one in state.get("media", [])}
        text = x_api.written(post.text, post.type, post.options).strip()
        answer = x_api.get(f"users/{account.external_account_id}/tweets", account.access_token, query)
        for given in answer.get("data", []):
            seen = set(given.get("attachments", {}).get("media_keys", []))
            if seen == keys if keys else _expanded(given) == text:
                return _published(account, given["id"], given.get("created_at"))
        return Absent.NOT_SEEN

    def comment(self, account: Account, external_id: str, text: str) -> Published:
        """X takes replies of applications only where they were asked for."""
        raise Refused(
            "not-offered",
            "X does not let an application reply to its own post: put it into the post.",
        )

    def find_comment(
        self, account: Account, external_id: str, text: str, since: datetime
    ) -> Published | Absent:
        """There is none."""
        return Absent.CANNOT_LOOK

    def remove(self, account: Account, external_id: str) -> None:
        """Delete the post."""
        url = f"{x_api.API}/tweets/{external_id}"
        http.call("DELETE", url, classify=x_api.classify, token=account.access_token, finalises=True)

    def _upload(
        self, account: Account, media: Media, made: dict[str, Any], save: Callable[[State], None]
    ) -> dict[str, Any]:
        token, under_way = account.access_token, made.get("under_way")
        if under_way is None:
            request = {
                "media_type": media.content_type,
                "total_bytes": media.size,
                "media_category": _category(media),
            }
            given = x_api.post("media/upload/initialize", token, request)
            under_way = {"id": str(given["id"]), "key": given.get("media_key"), "sent": 0}
        for number in range(under_way["sent"], -(-media.size // SEGMENT)):
            segment = media.read(number * SEGMENT, min(SEGMENT, media.size - number * SEGMENT))
            fields: dict[str, http.Field] = {
                "segment_index": str(number),
                "media": ("media", segment, media.content_type),
            }
            url = f"{x_api.API}/media/upload/{under_way['id']}/append"
            http.call("POST", url, classify=x_api.classify, token=token, multipart=fields, seconds=120)
            under_way = {**under_way, "sent": number + 1}
            save({**made, "under_way": under_way})
        given = x_api.post(f"media/upload/{under_way['id']}/finalize", token)
        if media.alt_text:
            text = {"id": under_way["id"], "metadata": {"alt_text": {"text": media.alt_text}}}
            x_api.post("media/metadata", token, text)
        state = given.get("processing_info", {}).get("state")
        done = {
            "id": under_way["id"],
            "key": given.get("media_key") or under_way["key"],
            "is_processing": state not in {None, "succeeded"},
        }
        made = {**made, "media": [*made["media"], done], "under_way": None}
        save(made)
        return made


def _category(media: Media) -> str:
    if media.is_video:
        return "tweet_video"
    return "tweet_gif" if media.content_type == "image/gif" else "tweet_image"


def _expanded(given: Mapping[str, Any]) -> str:
    """The text as it was written: X shortens addresses, writes & < > as entities, and cuts off what is long."""
    whole = given.get("note_tweet") or given
    text = str(whole.get("text", ""))
    for address in whole.get("entities", {}).get("urls", []):
        text = text.replace(address["url"], address.get("expanded_url", address["url"]))
    return unescape(text).strip()


def _published(account: Account, external_id: str, at: str | None = None) -> Published:
    return Published(
        external_id=external_id,
        permalink=f"https://x.com/{account.handle}/status/{external_id}",
        published_at=datetime.fromisoformat(at) if at else None,
    )


def _progress(made: State, *, is_ready: bool, again_in: float = _AGAIN_SECONDS) -> Progress:
    expires_at = datetime.fromisoformat(made["made_at"]) + _LIVES
    return Progress(state=made, is_ready=is_ready, again_in=again_in, expires_at=expires_at)
