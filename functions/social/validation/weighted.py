"""X's count of a text: most characters of European scripts count one, others two, an address 23, an emoji two.

Source: docs.x.com/resources/fundamentals/counting-characters (configuration v3), after normalisation to NFC. The time
grows with the length alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from functions.social.validation import addresses

ADDRESS: Final = 23
EMOJI: Final = 2

# Characters that count one (weight 100 of a scale of 100); all others count two.
_EUROPEAN: Final = 4351
_ONE: Final = ((8192, 8205), (8208, 8223), (8242, 8247))

# One emoji: a flag, a key, or pictures joined to one, with skin colours, variations and tags.
_PICTURE = (
    "[\u203c\u2049\u2139\u2194-\u21aa\u231a-\u23ff\u24c2"
    "\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_ONE_PICTURE = f"{_PICTURE}\ufe0f?[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
_EMOJI: Final = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|[\u00a9\u00ae\u2122\u265f]\ufe0f"
    f"|{_ONE_PICTURE}(?:\u200d{_ONE_PICTURE})*"
)


def weighted(text: str) -> int:
    """How many characters X counts."""
    return sum(weight for _, weight in _pieces(normal(text)))


def fitting(text: str, most: int) -> int:
    """How many characters of the normalised text fit; an address or emoji fits whole, or not at all."""
    weight = 0
    for start, own in _pieces(text):
        weight += own
        if weight > most:
            return start
    return len(text)


def normal(text: str) -> str:
    """The text as X counts and publishes it."""
    return unicodedata.normalize("NFC", text)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Where each address, emoji or character begins, and what it counts."""
    place = 0
    for start, end in addresses.found(text):
        yield from _of_words(text, place, start)
        yield start, ADDRESS
        place = end
    yield from _of_words(text, place, len(text))


def _of_words(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    place = start
    for emoji in _EMOJI.finditer(text, start, end):
        yield from _of_characters(text, place, emoji.start())
        yield emoji.start(), EMOJI
        place = emoji.end()
    yield from _of_characters(text, place, end)


def _of_characters(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for place in range(start, end):
        yield place, 1 if _counts_one(ord(text[place])) else 2


def _counts_one(point: int) -> bool:
    return point <= _EUROPEAN or any(first <= point <= last for first, last in _ONE)
