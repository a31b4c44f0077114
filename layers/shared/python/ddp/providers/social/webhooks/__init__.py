"""Webhooks of the platforms that send any: proof of who sent one, and the events that it has.

A webhook is a nudge: it says of which post to read the numbers again, and never carries a number that is kept. Nothing
here makes a call, reads a database or raises for what a sender wrote, except `document`.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ddp.providers.social.base import Platform

# The longest request that is looked at.
BODY_BYTES = 1_000_000
_ID_CHARACTERS = 255
# Times above this are in milliseconds.
_MILLISECONDS = 100_000_000_000


class EventKind(StrEnum):
    """What an event is about."""

    POST_CHANGED = "post_changed"
    POST_PUBLISHED = "post_published"
    POST_FAILED = "post_failed"
    # No longer public: deleted, or private now. Only readings say which.
    POST_WITHDRAWN = "post_withdrawn"
    ACCESS_REVOKED = "access_revoked"
    DELETION_REQUESTED = "deletion_requested"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of a webhook. Ids are the platform's; None: the event names none.

    `external_publish_id`: what TikTok calls a post until it has an id. `digest`: the same for each delivery of the same
    event. `raw`: the event as JSON that PostgreSQL can store; it may name persons.
    """

    platform: Platform
    kind: EventKind
    digest: bytes
    raw: Mapping[str, Any]
    external_account_id: str | None = None
    external_post_id: str | None = None
    external_publish_id: str | None = None
    external_user_id: str | None = None
    occurred_at: datetime | None = None


def document(body: bytes) -> Any:
    """A request's body as JSON. Raises ValueError for what is not JSON: too deep, endless numbers, another encoding."""
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def is_signed(message: bytes, signature: bytes, secrets: Sequence[bytes]) -> bool:
    """Whether the signature is the message's HMAC-SHA256 with one of the secrets.

    All secrets are tried, so that the time says nothing. An empty secret signs nothing.
    """
    matches = [
        hmac.compare_digest(hmac.digest(secret, message, "sha256"), signature) for secret in secrets if secret
    ]
    return any(matches)


def hexadecimal(text: str) -> bytes:
    """The bytes that a header writes in hexadecimal digits; none if it does not."""
    try:
        return binascii.unhexlify(text)
    except ValueError:
        return b""


def header(headers: Mapping[str, str], name: str) -> str:
    """A header's value, by its name in any case; empty: there is none."""
    return next((value for each, value in headers.items() if each.lower() == name), "")


def identified(entry: Any) -> tuple[bytes, Any]:
    """The digest of an entry, SHA-256 of its canonical JSON, and the entry as jsonb takes it.

    jsonb refuses NUL, and halves of surrogate pairs. Few entries have any, which their canonical JSON shows.
    """
    text = _CANONICAL.encode(entry)
    is_strange = "\\u0000" in text or "\\ud" in text
    return hashlib.sha256(text.encode()).digest(), _without_them(entry) if is_strange else entry


def digest(entry: Any) -> bytes:
    """SHA-256 of the entry's canonical JSON, 32 bytes."""
    return identified(entry)[0]


def storable(entry: Any) -> Any:
    """The entry as jsonb takes it."""
    return identified(entry)[1]


def _without_them(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_without_them(name): _without_them(each) for name, each in value.items()}
    return [_without_them(each) for each in value] if isinstance(value, list) else value


def identity(*values: Any) -> str | None:
    """The first value that can be a platform's id, as a text."""
    return next(filter(None, map(_identity, values)), None)


def moment(*values: Any) -> datetime | None:
    """The first value that can be a time, in seconds or milliseconds since 1970."""
    return next(filter(None, map(_moment, values)), None)


def members(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> Sequence[Any]:
    """The value's items if it is a list, else none."""
    return value if isinstance(value, list) else ()


def _identity(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, int) and value.bit_length() > 64:
        return None
    text = str(value)
    return text if 0 < len(text) <= _ID_CHARACTERS and text.isascii() and text.isprintable() else None


def _moment(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS else value, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _finite(text: str) -> float:
    """The number; a text that means none, or an infinite one, is not JSON that PostgreSQL can store."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a number")
    return number


# One for all requests: json.loads and json.dumps would make one for each.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)
_DECODER = json.JSONDecoder(parse_constant=_finite, parse_float=_finite)
