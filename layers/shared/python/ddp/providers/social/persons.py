"""People as they are kept: as a hash of the platform's id, which is enough to forget them when they ask for it."""

from __future__ import annotations

from hashlib import sha256


def hashed(person_id: str) -> bytes:
    """SHA-256 of the platform's id of a person."""
    return sha256(person_id.encode()).digest()
