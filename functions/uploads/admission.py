"""What is refused at the door, before a byte is sent: each refusal has a sentence and a stable code."""

from __future__ import annotations

import unicodedata

from ddp.errors import Invalid
from functions.uploads.content_types import LARGEST, MIB, SUPPORTED

NAME_LIMIT = 500

# Characters that turn the direction of writing: with them "gpj.exe" is shown as "exe.jpg".
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# Control characters, lone surrogates (no valid text), line and paragraph separators.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def file_name(name: str) -> str:
    """The name without blanks around it; raises Invalid for what is no plain, visible file name."""
    name = name.strip()
    if not name:
        raise Invalid("Give the file a name.", code="invalid-file-name")
    if len(name) > NAME_LIMIT:
        raise Invalid(f"A file name may have {NAME_LIMIT} characters at most.", code="invalid-file-name")
    if "/" in name or "\\" in name or name in {".", ".."}:
        raise Invalid("Give the file's name alone, without a path.", code="invalid-file-name")
    if any(c in _BIDI or unicodedata.category(c) in _UNPRINTABLE for c in name):
        raise Invalid(
            "The file name holds control characters or characters that turn the direction of writing: rename it.",
            code="invalid-file-name",
        )
    return name


def content_type(claimed: str) -> str:
    """The claimed type in lower case, without parameters; raises Invalid where it is not supported."""
    plain = claimed.split(";")[0].strip().lower()
    if plain not in SUPPORTED:
        raise Invalid(
            f"Files of this type are not accepted. Accepted are: {', '.join(sorted(SUPPORTED))}.",
            code="unsupported-content-type",
        )
    return plain


def file_size(size: int, supported_type: str) -> int:
    """The size in bytes; raises Invalid for an empty file and for one over the limit of its type."""
    if size < 1:
        raise Invalid("The file is empty.", code="empty-file")
    largest = min(SUPPORTED[supported_type].largest, LARGEST)
    if size > largest:
        raise Invalid(
            f"A file of type {supported_type} may have {largest // MIB:,} MiB at most.", code="file-too-large"
        )
    return size


def sha256(text: str) -> bytes:
    """The hash's 32 bytes from its hexadecimal form; raises Invalid."""
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        digest = b""
    if len(digest) != 32 or len(text) != 64:
        raise Invalid("sha256 is the file's SHA-256 as 64 hexadecimal digits.", code="invalid-sha256")
    return digest
