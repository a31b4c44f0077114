"""Unsubscribe links: a signed token that names a message and nothing else.

    version (1 byte) · e-mail send id (16) · MAC (16)

as base64url, 44 characters. The MAC is HMAC-SHA256 truncated to 16 bytes (RFC 2104, section 5), with its own key. Who
sent the message, and to whom, is known to the database alone. Links never expire: the law requires them to work for
weeks, and a recipient may unsubscribe from an old message.

Tokens of version 1, in messages sent before, also held the owner's id and the recipient's hash, between version and
send id. They are still accepted, but only their send id is used: they can do no more than the others.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from ddp import keys, settings

# Base of the links: https and a host, without a trailing slash. Links in mail must be absolute.
PUBLIC_URL = settings.optional("DDP_PUBLIC_URL").rstrip("/")

# Stands in place of the token in test messages, whose link does nothing.
TEST = "test"

_VERSION, _OLD_VERSION = 2, 1
_ID_BYTES = _MAC_BYTES = 16
# Versions by the bytes of a whole token: multiples of three, so that base64 needs no padding.
_VERSIONS = {33: _VERSION, 81: _OLD_VERSION}


def token(email_send_id: UUID) -> str:
    """The token for one message."""
    said = bytes((_VERSION,)) + email_send_id.bytes
    return urlsafe_b64encode(said + _mac(said)).decode()


def verify(token: str) -> UUID | None:
    """The e-mail send id that a token names; None if the token is not valid, for whatever reason."""
    version = _VERSIONS.get(len(token) * 3 // 4)
    if version is None or not token.isascii():
        return None
    try:
        whole = urlsafe_b64decode(token)
    except ValueError:
        return None
    # The decoder ignores foreign characters, so encode again and compare: each token has one spelling.
    if urlsafe_b64encode(whole).decode() != token:
        return None
    said, mac = whole[:-_MAC_BYTES], whole[-_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(said)) or said[0] != version:
        return None
    return UUID(bytes=said[-_ID_BYTES:])


def url(token: str) -> str:
    """The link for a token: GET shows a page, POST unsubscribes (RFC 8058)."""
    return f"{PUBLIC_URL}/unsubscribe/{token}"


def _mac(said: bytes) -> bytes:
    return hmac.digest(keys.derive(keys.UNSUBSCRIBE), said, "sha256")[:_MAC_BYTES]
