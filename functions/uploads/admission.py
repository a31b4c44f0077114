"""Checks an upload request before any bytes are sent. Each refusal has a stable code and a sentence for people."""

from __future__ import annotations

import unicodedata

from ddp.errors import Invalid
from functions.uploads.content_types import LARGEST, MIB, SUPPORTED

NAME_LIMIT = 500

# These change the writing direction: with them "gpj.exe" is displayed as "exe.jpg".
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# Unicode categories: control characters, surrogates, line and paragraph separators.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def file_name(name: str) -> str:
    """Return the name without surrounding spaces.

    Raises Invalid if it is empty, too long, a path, or contains invisible characters.
    """
    name = name.strip()
    if not name:
        raise Invalid("Give the file a name.", code="invalid-file-name")
    if len(name) > NAME_LIMIT:
        raise Invalid(f"A file name may have at most {NAME_LIMIT} characters.", code="invalid-file-name")
    if "/" in name or "\\" in name or name in {".", ".."}:
        raise Invalid("Give only the file's name, without a path.", code="invalid-file-name")
    if any(c in _BIDI or unicodedata.category(c) in _UNPRINTABLE for c in name):
        raise Invalid(
            "The file name contains control characters or characters that change the writing direction: rename it.",
            code="invalid-file-name",
        )
    return name


def content_type(claimed: str) -> str:
    """Return the claimed type in lower case, without parameters. Raises Invalid if it is not supported."""
    plain = claimed.split(";")[0].strip().lower()
    if plain not in SUPPORTED:
        raise Invalid(
            f"Files of this type are not accepted. Accepted types: {', '.join(sorted(SUPPORTED))}.",
            code="unsupported-content-type",
        )
    return plain


def file_size(size: int, supported_type: str) -> int:
    """Return the size in bytes. Raises Invalid if the file is empty or larger than its type allows."""
    if size < 1:
        raise Invalid("The file is empty.", code="empty-file")
    largest = min(SUPPORTED[supported_type].largest, LARGEST)
    if size > largest:
        raise Invalid(
            f"A file of type {supported_type} may have at most {largest // MIB:,} MiB.", code="file-too-large"
        )
    return size


def sha256(text: str) -> bytes:
    """Return the 32 bytes of a hash given as 64 hexadecimal digits. Raises Invalid for any other text."""
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        digest = b""
    if len(digest) != 32 or len(text) != 64:
        raise Invalid("sha256 must be a SHA-256 hash of 64 hexadecimal digits.", code="invalid-sha256")
    return digest
