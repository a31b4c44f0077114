"""Webhooks of Facebook and Instagram, and the requests that Meta sends when a person removes the application.

Sources: developers.facebook.com/docs/graph-api/webhooks/getting-started, …/docs/graph-api/webhooks/reference/page,
…/docs/instagram-platform/webhooks, …/docs/development/create-an-app/app-dashboard/data-deletion-callback.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ddp.providers.social import webhooks
from ddp.providers.social.base import Platform
from ddp.providers.social.webhooks import Event, EventKind, identity, items, members

_PREFIX = "sha256="
_ALGORITHM = "HMAC-SHA256"
# A signed request holds a person's id and two times.
_SIGNED_REQUEST_CHARACTERS = 10_000
_PLATFORMS = {"page": Platform.FACEBOOK, "instagram": Platform.INSTAGRAM}
# What a change of a page's feed or of an Instagram account is about: a post's numbers may be different now.
_FIELDS = {"feed", "comments", "mentions", "live_comments", "story_insights"}


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[bytes], now: datetime) -> bool:  # noqa: ARG001
    """Whether Meta signed this body. It signs no time: `now` is TikTok's, and a replay is not seen here."""
    given = webhooks.header(headers, "x-hub-signature-256")
    signature = webhooks.hexadecimal(given.removeprefix(_PREFIX))
    return given.startswith(_PREFIX) and webhooks.is_signed(body, signature, secrets)


def entries(document: Any) -> list[Event]:
    """The events of a webhook: one per change of each entry. Instagram's examples stand in a list."""
    return [
        event
        for root in items(document) or [document]
        for entry in items(members(root).get("entry"))
        for event in _events(members(root).get("object"), members(entry))
    ]


def signed_request(value: str, secrets: Sequence[bytes]) -> dict[str, Any] | None:
    """What Meta says in a signed request; None: it is not signed with one of the secrets, or cannot be read."""
    if len(value) > _SIGNED_REQUEST_CHARACTERS or not value.isascii():
        return None
    signature, _, payload = value.partition(".")
    try:
        if not webhooks.is_signed(payload.encode(), _decoded(signature), secrets):
            return None
        told = webhooks.document(_decoded(payload))
    except ValueError:
        return None
    if not isinstance(told, dict) or str(told.get("algorithm", "")).upper() != _ALGORITHM:
        return None
    return told


def confirmation_code(value: str) -> str:
    """The code by which whoever sent this signed request, which was verified, asks what became of it.

    It is the same for each delivery, however the signature is spelled, and as hard to guess as the signature.
    """
    signature, _, _ = value.partition(".")
    digest = hashlib.sha256(b"confirmation code " + _decoded(signature)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def removal(told: Mapping[str, Any], kind: EventKind, platform: Platform) -> Event:
    """The event of a signed request: access revoked, or deletion requested."""
    return Event(
        platform=platform,
        kind=kind,
        # Meta does not say which of its platforms is meant: each gets an event of its own.
        digest=webhooks.digest({"platform": platform, "kind": kind, "signed_request": told}),
        raw=webhooks.storable(dict(told)),
        external_user_id=identity(told.get("user_id")),
        occurred_at=webhooks.moment(told.get("issued_at")),
    )


def _events(kind_of_object: Any, entry: Mapping[str, Any]) -> list[Event]:
    """An entry lists its changes, or is one itself (Instagram Login), or is about something else."""
    if "field" in entry:
        return [_event(kind_of_object, entry, entry)]
    rest = {name: value for name, value in entry.items() if name != "changes"}
    changes = list(items(entry.get("changes")))
    if not changes:
        return [_event(kind_of_object, rest, {})] if rest else []
    return [_event(kind_of_object, {**rest, "changes": [change]}, members(change)) for change in changes]


def _event(kind_of_object: Any, entry: Mapping[str, Any], change: Mapping[str, Any]) -> Event:
    raw = {"object": kind_of_object, **entry}
    digest, stored = webhooks.identified(raw)
    value = members(change.get("value"))
    # Permissions are a person's: the entry is about one.
    person = entry if kind_of_object == "permissions" else members(value.get("from"))
    platform = _PLATFORMS.get(str(kind_of_object), Platform.FACEBOOK)
    return Event(
        platform=platform,
        kind=_kind(kind_of_object, change.get("field"), value),
        digest=digest,
        raw=stored,
        external_account_id=identity(entry.get("id")),
        external_post_id=_post(platform, value),
        external_user_id=identity(person.get("id"), value.get("sender_id")),
        occurred_at=webhooks.moment(value.get("created_time"), entry.get("time")),
    )


def _kind(kind_of_object: Any, field: Any, value: Mapping[str, Any]) -> EventKind:
    if kind_of_object == "permissions":
        return EventKind.ACCESS_REVOKED if value.get("verb") == "revoked" else EventKind.OTHER
    is_known = str(kind_of_object) in _PLATFORMS and str(field) in _FIELDS
    return EventKind.POST_CHANGED if is_known else EventKind.OTHER


def _post(platform: Platform, value: Mapping[str, Any]) -> str | None:
    """Instagram names the medium in two ways; the id beside them is the comment's own."""
    if platform is Platform.INSTAGRAM:
        return identity(members(value.get("media")).get("id"), value.get("media_id"))
    return identity(value.get("post_id"))


def _decoded(text: str) -> bytes:
    """Base64 in its spelling for addresses, without padding. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
