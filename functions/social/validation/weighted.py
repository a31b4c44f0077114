"""X's count of a text: most characters of European scripts count one, others two, an address 23, an emoji two.

Source: docs.x.com/resources/fundamentals/counting-characters (configuration v3), after normalisation to NFC. Each
pattern is bounded, so that the time grows with the length alone.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

ADDRESS: Final = 23
EMOJI: Final = 2

# Characters that count one (weight 100 of a scale of 100); all others count two.
_ONE: Final = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))

# One emoji: a flag, a key, or pictures joined to one, with skin colours, variations and tags.
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2"
    "\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_ONE_PICTURE = f"{_PICTURE}\ufe0f?[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
_EMOJI: Final = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_ONE_PICTURE}(?:\u200d{_ONE_PICTURE})*"
)
# An address with its scheme, or a host whose last label is one that X knows as a top-level domain.
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,10}"
_ADDRESS: Final = re.compile(
    rf"(?<![@\w$#.-])(?:https?://{_HOST}[a-z]{{2,24}}|{_HOST}(?:com|net|org|edu|gov|mil|int|info|biz|io|app|dev|shop|store|ch|de|fr|it|uk|"
    r"eu|at|us|ca|au|jp|cn|in|nl|be|es|pt|se|no|dk|fi|pl|ie|nz|br|mx|me|tv|co|ai))(?![\w@-])(?::\d{1,5})?(?:[/?#][^\s]*)?",
    re.IGNORECASE,
)


def weighted(text: str) -> int:
    """How many characters X counts."""
    normal = unicodedata.normalize("NFC", text)
    rest, addresses = _ADDRESS.subn("", normal)
    rest, emoji = _EMOJI.subn("", rest)
    return addresses * ADDRESS + emoji * EMOJI + sum(1 if _counts_one(ord(mark)) else 2 for mark in rest)


def _counts_one(point: int) -> bool:
    return any(first <= point <= last for first, last in _ONE)
