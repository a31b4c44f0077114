"""Signed tokens for links: a few bytes and their MAC, as base64url.

The MAC is HMAC-SHA256 truncated to 16 bytes (RFC 2104, section 5), with a key for each purpose: a token made for one
purpose is not valid for another.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from ddp import keys

_MAC_BYTES = 16


def sign(purpose: str, said: bytes) -> str:
    """The token that says these bytes: 2 more than a multiple of three, so that base64 needs no padding."""
    return urlsafe_b64encode(said + mac(purpose, said)).decode()


def verify(purpose: str, token: str) -> bytes | None:
    """What a token says; None if it is not valid, for whatever reason."""
    if not token.isascii() or not 0 < len(token) <= 200:
        return None
    try:
        whole = urlsafe_b64decode(token)
    except ValueError:
        return None
    # The decoder ignores foreign characters, so encode again and compare: each token has one spelling.
    if urlsafe_b64encode(whole).decode() != token:
        return None
    said, given = whole[:-_MAC_BYTES], whole[-_MAC_BYTES:]
    return said if hmac.compare_digest(given, mac(purpose, said)) else None


def mac(purpose: str, said: bytes) -> bytes:
    """The 16 bytes that prove that we said these."""
    return hmac.digest(keys.derive(purpose), said, "sha256")[:_MAC_BYTES]
