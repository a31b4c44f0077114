"""Addresses of front ends, to which people come back from a platform: only those that the settings name."""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import UUID

from ddp import settings
from ddp.errors import Invalid

# Origins of front ends, separated by spaces: those that CORS allows.
ORIGINS = tuple(settings.optional("DDP_CORS_ORIGINS").split())

LONGEST = 1_900  # with connection_id and status, it fits into its column

# Nothing that browsers read in another way than Python does: no backslashes, blanks or control characters.
_PLAIN = re.compile(r"https?://[!-\[\]-~]+")


def require(return_url: str) -> None:
    """Raises Invalid for an address that is not one of a front end's."""
    if _PLAIN.fullmatch(return_url) and len(return_url) <= LONGEST and _origin(return_url) in ORIGINS:
        return
    if not ORIGINS:
        sentence = (
            "No front end is set up: an administrator has to add its address to the setting cors_origins."
        )
    else:
        sentence = f"return_url must be a page of the front end: it begins with {' or '.join(ORIGINS)}."
    raise Invalid(sentence, code="invalid-return-url")


def with_outcome(return_url: str, connection_id: UUID, status: str) -> str:
    """The address with what the front end needs to know: nothing that came from the platform."""
    parts = urlsplit(return_url)
    said = urlencode({"connection_id": connection_id, "status": status})
    return urlunsplit(parts._replace(query=f"{parts.query}&{said}" if parts.query else said))


def _origin(url: str) -> str:
    """Scheme, host and port, as browsers send them; empty if the address has none."""
    try:
        parts = urlsplit(url)
    except ValueError:  # a bracket without its pair
        return ""
    return f"{parts.scheme}://{parts.netloc}"
