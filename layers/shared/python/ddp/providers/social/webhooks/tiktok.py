"""TikTok's webhooks.

Sources: developers.tiktok.com/doc/webhooks-verification, …/doc/webhooks-events,
…/doc/content-posting-api-reference-get-video-status (the events of posts).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ddp.providers.social import webhooks
from ddp.providers.social.base import Platform
from ddp.providers.social.webhooks import Event, EventKind, identity, members

# Seconds that the signed time may differ from our clock, either way.
TOLERANCE = 300

_KINDS = {
    "post.publish.complete": EventKind.POST_PUBLISHED,
    "post.publish.publicly_available": EventKind.POST_PUBLISHED,
    "post.publish.failed": EventKind.POST_FAILED,
    # TikTok's spelling.
    "post.publish.no_longer_publicaly_available": EventKind.POST_WITHDRAWN,
    "authorization.removed": EventKind.ACCESS_REVOKED,
}


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[bytes], now: datetime) -> bool:
    """Whether TikTok signed this body, within five minutes of `now`."""
    given = webhooks.header(headers, "tiktok-signature")
    parts = dict(part.strip().partition("=")[::2] for part in given.split(","))
    at, signature = parts.get("t", ""), webhooks.hexadecimal(parts.get("s", ""))
    if not (at.isascii() and at.isdigit() and len(at) <= 12):
        return False
    is_timely = abs(now.timestamp() - int(at)) <= TOLERANCE
    return webhooks.is_signed(at.encode() + b"." + body, signature, secrets) and is_timely


def entries(document: Any) -> list[Event]:
    """The event of a webhook; none if it names none. `content` is JSON in a text; it may lack what it should have."""
    given = members(document)
    if not isinstance(given.get("event"), str):
        return []
    content = _content(given.get("content"))
    digest, stored = webhooks.identified(dict(given))
    event = Event(
        platform=Platform.TIKTOK,
        kind=_KINDS.get(given["event"], EventKind.OTHER),
        digest=digest,
        raw=stored,
        external_account_id=identity(given.get("user_openid")),
        external_post_id=identity(content.get("post_id")),
        external_publish_id=identity(content.get("publish_id")),
        external_user_id=identity(given.get("user_openid")),
        occurred_at=webhooks.moment(given.get("create_time")),
    )
    return [event]


def _content(text: Any) -> Mapping[str, Any]:
    if not isinstance(text, str):
        return members(text)
    try:
        return members(webhooks.document(text.encode("utf-8", "replace")))
    except ValueError:
        return {}
