"""Unsubscribe links: a signed token (ddp.links.signed_ids) that names a message and nothing else.

    version (1 byte) · e-mail send id (16) · MAC (16)

as base64url, 44 characters. Who sent the message, and to whom, is known to the database alone. Links never expire: the
law requires them to work for weeks, and a recipient may unsubscribe from an old message.

Tokens of version 1, in messages sent before, also held the owner's id and the recipient's hash, between version and
send id. They are still accepted, but only their send id is used: they can do no more than the others.
"""

from __future__ import annotations

from uuid import UUID

from ddp import keys, settings
from ddp.links import signed_ids

# Base of the links: https and a host, without a trailing slash. Links in mail must be absolute.
PUBLIC_URL = settings.optional("DDP_PUBLIC_URL").rstrip("/")

# Stands in place of the token in test messages, whose link does nothing.
TEST = "test"

_VERSION, _OLD_VERSION = 2, 1
_ID_BYTES = 16
# Versions by the bytes of what a token says.
_VERSIONS = {17: _VERSION, 65: _OLD_VERSION}


def token(email_send_id: UUID) -> str:
    """The token for one message."""
    return signed_ids.sign(keys.UNSUBSCRIBE, bytes((_VERSION,)) + email_send_id.bytes)


def verify(token: str) -> UUID | None:
    """The e-mail send id that a token names; None if the token is not valid, for whatever reason."""
    said = signed_ids.verify(keys.UNSUBSCRIBE, token)
    if not said or _VERSIONS.get(len(said)) != said[0]:
        return None
    return UUID(bytes=said[-_ID_BYTES:])


def url(token: str) -> str:
    """The link for a token: GET shows a page, POST unsubscribes (RFC 8058)."""
    return f"{PUBLIC_URL}/unsubscribe/{token}"
