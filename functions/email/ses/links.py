"""Links as events keep them: senders read events, and must not read a recipient's unsubscribe token in one."""

from __future__ import annotations

import re
from urllib.parse import unquote

# What follows the path of the unsubscribe page. A link in a link in a link is escaped several times over.
_OURS = re.compile(r"(/unsubscribe/)[^/?#&\s]+", re.IGNORECASE)
_ESCAPED_LEVELS = 3
# Whatever may be a token: 44 characters now, 108 in older messages. Titles of pages seldom have capitals and digits.
_TOKEN = re.compile(r"(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*[0-9])[A-Za-z0-9_-]{44,}")


def without_tokens(link: str) -> str:
    """The link with each unsubscribe token replaced by an ellipsis, wherever it stands and however it is escaped."""
    if _hides(plain := _unescaped(link)):
        link = plain
    return _TOKEN.sub("…", _OURS.sub(r"\1…", link))


def _hides(plain: str) -> bool:
    return _OURS.search(plain) is not None or _TOKEN.search(plain) is not None


def _unescaped(link: str) -> str:
    for _ in range(_ESCAPED_LEVELS):
        link = unquote(link)
    return link
