"""What stands in a rendered message for the unsubscribe link."""

from __future__ import annotations

# Nobody can own the domain (RFC 2606): where it is left over, it leads nowhere.
PLACEHOLDER = "https://unsubscribe.invalid/"
_INERT = "unsubscribe"


def inert(text: str) -> str:
    """The text without placeholders: each becomes a word that says nothing."""
    return text.replace(PLACEHOLDER, _INERT)
