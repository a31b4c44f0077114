"""Sends a person to a platform's consent page, with a state that works once and for ten minutes."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from ddp import settings
from ddp.providers import kms
from ddp.providers.social import access, applications, http
from functions.social.access.waiting import answering

PUBLIC_URL = settings.required("DDP_PUBLIC_URL").rstrip("/")

VERIFIER = "verifier"

# 32 random bytes as base64url.
STATE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A consent page that was not opened yet. `url` has the state, which is stored as a hash only."""

    connection_id: UUID
    url: str = field(repr=False)
    state_hash: bytes
    verifier_encrypted: str | None


def redirect_uri(platform: str) -> str:
    """Where the platform sends people back to; it has to be registered there, letter by letter."""
    return f"{PUBLIC_URL}/oauth/{platform}/callback"


def hashed(state: str) -> bytes:
    """The state as it is stored."""
    return hashlib.sha256(state.encode()).digest()


def ask(platform: str) -> Asked:
    """A new consent page. Raises Conflict for a platform that is off, Unavailable."""
    applications.require(platform)
    connection_id, state = uuid4(), secrets.token_urlsafe(32)
    with answering("The store of secrets"):
        asked = access.of(platform).authorise(
            applications.of(platform), redirect_uri=redirect_uri(platform), state=state
        )
        verifier = (
            kms.encrypt(asked.verifier, owner_id=connection_id, purpose=VERIFIER) if asked.verifier else None
        )
    return Asked(
        connection_id=connection_id,
        url=http.address(asked.url),
        state_hash=hashed(state),
        verifier_encrypted=verifier,
    )
