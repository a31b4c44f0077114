"""Unsubscribe links: a signed token that identifies sender, recipient and message, without the address.

    version (1 byte) · owner's user id (16) · recipient's hash (32) · e-mail send id (16) · MAC (16)

as base64url, 108 characters. The MAC is HMAC-SHA256 truncated to 16 bytes (RFC 2104, section 5), with its own key.
Links never expire: the law requires them to work for weeks, and a recipient may unsubscribe from an old message.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

from ddp import keys, settings

VERSION = 1

# Base of the links: https and a host, without a trailing slash. Links in mail must be absolute.
PUBLIC_URL = settings.optional("DDP_PUBLIC_URL").rstrip("/")

_MAC_BYTES = 16
_HASH_BYTES = 32
_BYTES = 1 + 16 + _HASH_BYTES + 16 + _MAC_BYTES
_CHARACTERS = _BYTES * 4 // 3  # no padding: 81 bytes are 27 groups of three


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribe:
    """The content of a token: the sender (a user), the hash of the recipient's address, and the message."""

    owner_user_id: UUID
    recipient_hash: bytes
    email_send_id: UUID


def token(owner_user_id: UUID, recipient_hash: bytes, email_send_id: UUID) -> str:
    """The token for one message. `recipient_hash` is the 32 bytes of ddp.addresses.email_hash."""
    if len(recipient_hash) != _HASH_BYTES:
        raise ValueError(f"a recipient's hash has {_HASH_BYTES} bytes, not {len(recipient_hash)}")
    said = bytes((VERSION,)) + owner_user_id.bytes + recipient_hash + email_send_id.bytes
    return urlsafe_b64encode(said + _mac(said)).decode()


def verify(token: str) -> Unsubscribe | None:
    """The content of a token; None if the token is not valid, for whatever reason."""
    if len(token) != _CHARACTERS or not token.isascii():
        return None
    try:
        whole = urlsafe_b64decode(token)
    except ValueError:
        return None
    # The decoder ignores foreign characters, so encode again and compare: each token has one spelling.
    if urlsafe_b64encode(whole).decode() != token:
        return None
    said, mac = whole[:-_MAC_BYTES], whole[-_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(said)) or said[0] != VERSION:
        return None
    return Unsubscribe(
        owner_user_id=UUID(bytes=said[1:17]),
        recipient_hash=said[17:49],
        email_send_id=UUID(bytes=said[49:65]),
    )


def url(token: str) -> str:
    """The link for a token: GET shows a page, POST unsubscribes (RFC 8058)."""
    return f"{PUBLIC_URL}/unsubscribe/{token}"


def _mac(said: bytes) -> bytes:
    return hmac.digest(keys.derive(keys.UNSUBSCRIBE), said, "sha256")[:_MAC_BYTES]
