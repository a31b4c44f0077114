"""Addresses from which platforms fetch a post's images: signed, for two hours, naming a post and a position."""

from __future__ import annotations

import time
from uuid import UUID

from ddp import settings
from ddp.links import signed_ids

PURPOSE = "social-media"
SECONDS = 7_200

# Where this API is reached from outside.
PUBLIC_URL = settings.optional("DDP_PUBLIC_URL")


def address(post_id: UUID, position: int) -> str:
    """The address of a converted image."""
    until = int(time.time()) + SECONDS
    said = post_id.bytes + bytes([position]) + until.to_bytes(6)
    return f"{PUBLIC_URL}/media/{signed_ids.sign(PURPOSE, said)}"


def read(token: str) -> tuple[UUID, int] | None:
    """The post and position that a token names; None if it is not valid, or too old."""
    said = signed_ids.verify(PURPOSE, token)
    if said is None or len(said) != 23 or int.from_bytes(said[17:]) < time.time():
        return None
    return UUID(bytes=said[:16]), said[16]
