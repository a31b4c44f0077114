"""Links as events keep them: senders read events, and must not read a recipient's unsubscribe token in one."""

from __future__ import annotations

import re
from urllib.parse import unquote

# What follows the path of the unsubscribe page. A link in a link in a link is escaped several times over.
_OURS = re.compile(r"(/unsubscribe/)[^/?#&\s]+", re.IGNORECASE)
_ESCAPED_LEVELS = 3
# Whatever may be a token: 44 characters now, 108 in older messages.
_LONG = re.compile(r"[A-Za-z0-9_-]{44,}")


def without_tokens(link: str) -> str:
    """The link with each unsubscribe token replaced by an ellipsis, wherever it stands and however it is escaped."""
    plain = _replaced(_unescaped(link))
    return plain if "…" in plain else link


def _replaced(link: str) -> str:
    return _LONG.sub(_token_replaced, _OURS.sub(r"\1…", link))


def _token_replaced(found: re.Match[str]) -> str:
    """Titles of pages are long too, but seldom have capitals and digits."""
    text = found[0]
    is_title = text == text.lower() or text == text.upper() or not re.search("[0-9]", text)
    return text if is_title else "…"


def _unescaped(link: str) -> str:
    for _ in range(_ESCAPED_LEVELS):
        if "%" not in link:
            return link
        link = unquote(link)
    return link
