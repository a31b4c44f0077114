"""What a text costs as an SMS: its alphabet, its length, its parts; and which characters make it dear.

One character outside the alphabet of GSM 03.38 makes the whole text UCS-2, with fewer than half as many characters in a
part. text.tsv says what could stand for such characters; nothing is replaced unless the sender asks for it.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

# What a provider takes in one call, in characters.
MOST_CHARACTERS: Final = 1_600

# GSM 03.38: one septet each, without the escape.
BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# An escape and another septet.
EXTENSION: Final = "\f^{}\\[~]|€"


class Encoding(StrEnum):
    """How a text is sent; the values are the provider's words."""

    GSM = "GSM"
    UCS2 = "UNICODE"


class Size(NamedTuple):
    """What a text takes: units are septets in GSM, UTF-16 code units in UCS-2."""

    encoding: Encoding
    units: int
    parts: int


class Forced(NamedTuple):
    """A character, with its accents, that is not in the GSM alphabet."""

    # Counted in code points from 0.
    place: int
    character: str
    # What could stand for it; empty for what nobody sees; None if there is nothing.
    replacement: str | None


class UnsendableTextError(ValueError):
    """A text has a character that no SMS can carry; the sentence says which and where."""


def size(text: str) -> Size:
    """Encoding, units and parts; an empty text is one part. Raises UnsendableTextError."""
    if not _FORCING.search(text):
        units = len(text)
        if not _ESCAPED.search(text):
            return Size(Encoding.GSM, units, 1 if units <= 160 else -(-units // 153))
        septets = text.translate(_SEPTETS)
        return Size(Encoding.GSM, len(septets), _parts(septets, _ESCAPE, 160, 153))
    _refuse_unsendable(text)
    units = len(text)
    if not _PAIRED.search(text):
        return Size(Encoding.UCS2, units, 1 if units <= 70 else -(-units // 67))
    code_units = _PAIRED.sub(_HIGH + "-", text)
    return Size(Encoding.UCS2, len(code_units), _parts(code_units, _HIGH, 70, 67))


def forced(text: str) -> list[Forced]:
    """Each character that forces UCS-2, in order."""
    return [
        Forced(found.start(), found[0], _replacement(found[0]))
        for found in _CLUSTER.finditer(text)
        if _FORCING.search(found[0])
    ]


def transliterated(text: str) -> str:
    """The text in the GSM alphabet; unchanged if a character has no replacement, because it would be UCS-2 anyway."""
    found = forced(text)
    if any(each.replacement is None for each in found):
        return text
    for place, character, replacement in reversed(found):
        text = text[:place] + (replacement or "") + text[place + len(character) :]
    return text


def _parts(units: str, first_of_pair: str, alone: int, several: int) -> int:
    """How many parts hold these units, when a pair is not divided between two."""
    if len(units) <= alone:
        return 1
    count = place = 0
    while place < len(units):
        place += several
        if place < len(units) and units[place - 1] == first_of_pair:
            place -= 1
        count += 1
    return count


def _refuse_unsendable(text: str) -> None:
    found = _UNSENDABLE.search(text)
    if found:
        name = "the character NUL" if found[0] == "\0" else "half of a surrogate pair"
        raise UnsendableTextError(
            f"Character {found.start() + 1} of the text is {name}, which no SMS can carry."
        )


def _replacement(character: str) -> str | None:
    """What stands for one character and its accents."""
    composed = unicodedata.normalize("NFC", character)
    if len(composed) == 1 and not _FORCING.search(composed):
        return composed
    return _joined(composed)


def _simple(character: str) -> str | None:
    if not _FORCING.search(character):
        return character
    if character in _REPLACEMENTS:
        return _REPLACEMENTS[character]
    if unicodedata.category(character).startswith("M"):
        return ""
    decomposed = unicodedata.normalize("NFKD", character)
    return None if decomposed == character else _joined(decomposed)


def _joined(characters: str) -> str | None:
    letters = [_simple(character) for character in characters]
    known = [letter for letter in letters if letter is not None]
    return "".join(known) if len(known) == len(letters) else None


def _read(path: Path) -> dict[str, str]:
    replacements: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            replacement, _, characters = line.partition("\t")
            for character in characters.split(" "):
                replacements[_character(character)] = replacement
    return replacements


def _character(written: str) -> str:
    return chr(int(written.removeprefix("U+"), base=16)) if written.startswith("U+") else written


_FORCING: Final = re.compile(f"[^{re.escape(BASIC + EXTENSION)}]")
_ESCAPED: Final = re.compile(f"[{re.escape(EXTENSION)}]")
_PAIRED: Final = re.compile("[\U00010000-\U0010ffff]")
_UNSENDABLE: Final = re.compile("[\0\ud800-\udfff]")
# A character, and what is drawn onto it or joined to it.
_MARKS: Final = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\U0001f3fb-\U0001f3ff"
_CLUSTER: Final = re.compile(f"(?s:.)(?:[{_MARKS}]|\u200d(?s:.))*")
_ESCAPE: Final = "\x1b"
_SEPTETS: Final = str.maketrans({character: _ESCAPE + character for character in EXTENSION})
_HIGH: Final = "\ud800"
_REPLACEMENTS: Final = _read(Path(__file__).with_suffix(".tsv"))
