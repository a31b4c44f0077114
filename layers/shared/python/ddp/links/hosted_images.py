"""Addresses of hosted images: a token that the database made (hosted_images.sql), which also names the object.

    file id (16 bytes) · 122 random bits in 16

as base64url, 43 characters. It is not signed: whoever guesses one must find an object of that name. So images are
served without a database and without a key.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from ddp import settings

# Where this API is reached from outside.
PUBLIC_URL = settings.optional("DDP_PUBLIC_URL").rstrip("/")
PATH = "/i/"

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
# As ddp.image_tokens in the database has it.
_IN_TEXT = re.compile(rf"{PATH}({_TOKEN.pattern})(?![A-Za-z0-9_-])")


def address(token: str) -> str:
    """The public address of an image."""
    return f"{PUBLIC_URL}{PATH}{token}"


def token_in(url: str) -> str | None:
    """The text that stands for the token in an address of ours; None: the address is another's."""
    start = f"{PUBLIC_URL}{PATH}"
    return url.removeprefix(start) if PUBLIC_URL and url.startswith(start) else None


def files_in(text: str) -> set[UUID]:
    """The files that the addresses of hosted images in a text name, whether there are such images or not."""
    return {UUID(bytes=urlsafe_b64decode(f"{token}=")[:16]) for token in _IN_TEXT.findall(text)}


def key(token: str) -> str | None:
    """The key of the object that a token names; None if it is not a token. The decoder ignores the last bits, so encode
    again and compare: each token has one spelling.
    """
    if not _TOKEN.fullmatch(token):
        return None
    said = urlsafe_b64decode(token + "=")
    if urlsafe_b64encode(said).decode().rstrip("=") != token:
        return None
    return f"hosted/{UUID(bytes=said[:16])}/{said[16:].hex()}"
