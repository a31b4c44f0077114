"""What credits an order to a message, and how a retailer's shop signs its reports.

The reference `ddp_ref` in links of tracked messages is a signed token (ddp.links.signed_ids) that names the message:

    version (1 byte) · e-mail send id (16) · MAC (16)

It passes through the shop's pages, so it can only credit: an order to the retailer who sent the message, after a person
clicked in it, or one visit of the page of thanks.

A shop signs with a key that its retailer was shown once. It is not stored anywhere: it is derived from the platform's
secret, the retailer's id and the key's id, so a copy of the database signs nothing.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from uuid import UUID

from ddp import keys
from ddp.links import signed_ids

# Seconds that a report's timestamp may differ from our clock, either way.
TOLERANCE = 300

_VERSION = 1
_BYTES = 17


def reference(email_send_id: UUID) -> str:
    """The reference to one message, 44 characters."""
    return signed_ids.sign(keys.CONVERSION_REFERENCE, bytes((_VERSION,)) + email_send_id.bytes)


def referred(reference: str) -> UUID | None:
    """The e-mail send id that a reference names; None if it is not valid, for whatever reason."""
    said = signed_ids.verify(keys.CONVERSION_REFERENCE, reference)
    if not said or len(said) != _BYTES or said[0] != _VERSION:
        return None
    return UUID(bytes=said[1:])


def hook_key(retailer_id: UUID, key_id: UUID) -> str:
    """The key with which the retailer's shop signs, as the retailer sees it: 43 characters."""
    key = hmac.digest(keys.derive(keys.CONVERSION_HOOK), retailer_id.bytes + key_id.bytes, "sha256")
    return urlsafe_b64encode(key).decode().rstrip("=")


def signature(key: str, timestamp: str, body: bytes) -> bytes:
    """What proves that the holder of the key sent this body at that time: HMAC-SHA256 of `timestamp.body`, 32 bytes."""
    return hmac.digest(key.encode(), timestamp.encode() + b"." + body, "sha256")
