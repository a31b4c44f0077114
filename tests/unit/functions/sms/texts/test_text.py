"""The size of a text, against another implementation and at every seam; what could replace dear characters."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
import smsutil

from functions.sms.texts.text import (
    BASIC,
    EXTENSION,
    Encoding,
    Forced,
    Size,
    UnsendableTextError,
    forced,
    size,
    transliterated,
)

PAIR = "\U0001f600"


def oracle(text: str) -> Size:
    """What the library smsutil says, which counts bytes."""
    split = smsutil.split(text)
    gsm = split.encoding == "gsm0338"
    units = split.total_bytes if gsm else split.total_bytes // 2
    return Size(Encoding.GSM if gsm else Encoding.UCS2, units, len(split.parts))


def texts(count: int) -> Iterator[str]:
    """Texts of all lengths that a call takes, most of them near a seam, with few or many dear characters."""
    chance = random.Random(338)
    alphabets = [
        BASIC,
        BASIC * 9 + EXTENSION,
        EXTENSION,
        BASIC + "\u0119",
        "\u0119\u4e2d",
        "a" * 40 + PAIR,
        PAIR,
    ]
    for _ in range(count):
        near = chance.choice([0, 67, 70, 134, 153, 160, 201, 306, 459, 1600])
        length = max(1, near // chance.choice([1, 2]) + chance.randint(-3, 3))
        yield "".join(chance.choices(chance.choice(alphabets), k=length))


def differences(count: int) -> list[tuple[str, Size, Size]]:
    return [(text, size(text), oracle(text)) for text in texts(count) if size(text) != oracle(text)]


def test_sizes_are_those_of_another_implementation() -> None:
    assert differences(2_000) == []


@pytest.mark.slow
def test_sizes_are_those_of_another_implementation_on_many_texts() -> None:
    assert differences(100_000) == []


GSM, UCS2 = Encoding.GSM, Encoding.UCS2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 160, (GSM, 160, 1)),
        ("a" * 161, (GSM, 161, 2)),
        ("a" * 306, (GSM, 306, 2)),
        ("a" * 307, (GSM, 307, 3)),
        ("\u0119" * 70, (UCS2, 70, 1)),
        ("\u0119" * 71, (UCS2, 71, 2)),
        ("\u0119" * 134, (UCS2, 134, 2)),
        ("\u0119" * 135, (UCS2, 135, 3)),
        ("a" * 158 + "{", (GSM, 160, 1)),
        ("a" * 159 + "{", (GSM, 161, 2)),
        # An escape would be the last of 153 septets: the pair moves on, and one septet is lost.
        ("a" * 152 + "{" + "a" * 152, (GSM, 306, 3)),
        ("a" * 151 + "{" + "a" * 153, (GSM, 306, 2)),
        ("a" * 68 + PAIR, (UCS2, 70, 1)),
        ("a" * 66 + PAIR + "a" * 66, (UCS2, 134, 3)),
        ("a" * 65 + PAIR + "a" * 67, (UCS2, 134, 2)),
        (PAIR * 67, (UCS2, 134, 3)),
        (EXTENSION * 9, (GSM, 180, 2)),
        ("\n\r\f", (GSM, 4, 1)),
        # Forces UCS-2 although nothing is seen: a mark of direction, a tab.
        ("a\u202e", (UCS2, 2, 1)),
        ("a\t", (UCS2, 2, 1)),
    ],
)
def test_sizes_at_the_seams(text: str, expected: tuple[Encoding, int, int]) -> None:
    assert size(text) == expected
    assert oracle(text) == expected


def test_what_the_other_implementation_gets_wrong() -> None:
    assert size("") == (GSM, 0, 1)
    assert size("\x1b") == (UCS2, 1, 1)  # the escape is not a character of the alphabet


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ab\0", "Character 3 of the text is the character NUL"),
        ("\ud83d", "Character 1 of the text is half of a surrogate pair"),
        ("a\ude00\ud83d", "Character 2 of the text is half of a surrogate pair"),
    ],
)
def test_what_no_message_can_carry_is_refused_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(UnsendableTextError, match=sentence):
        size(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It\u2019s 5\u20ac \u2026", [(2, "\u2019", "'"), (8, "\u2026", "...")]),
        ("a\u202eb\u00a0c", [(1, "\u202e", ""), (3, "\u00a0", " ")]),
        ("cafe\u0301", [(3, "e\u0301", "\u00e9")]),  # the alphabet has the letter with its accent
        ("s\u0327i\u015f", [(0, "s\u0327", "s"), (3, "\u015f", "s")]),
        ("\u039a\u03bb\u03ae", [(0, "\u039a", "K"), (1, "\u03bb", "\u039b"), (2, "\u03ae", "H")]),
        ("\u4e2d \U0001f468\u200d\U0001f469", [(0, "\u4e2d", None), (2, "\U0001f468\u200d\U0001f469", None)]),
        ("1\ufe0f\u20e3 \u00bd", [(0, "1\ufe0f\u20e3", "1"), (4, "\u00bd", "1/2")]),
        ("\ud83d", [(0, "\ud83d", None)]),
        (BASIC + EXTENSION, []),
    ],
)  # fmt: skip
def test_each_dear_character_has_its_place_and_a_replacement_if_there_is_one(
    text: str, found: list[tuple[int, str, str | None]]
) -> None:
    assert forced(text) == [Forced(*each) for each in found]


def test_a_text_becomes_cheap_or_stays_as_it_is() -> None:
    assert (
        transliterated("\u201cNa\u0142\u0119cz\u00f3w\u201d \u2013 5\u00a0\u20ac") == '"Naleczow" - 5 \u20ac'
    )
    assert transliterated("\u201cHi\u201d " + PAIR) == "\u201cHi\u201d " + PAIR
    assert transliterated("plain") == "plain"


def test_every_replacement_is_in_the_cheap_alphabet() -> None:
    letters = "".join(chr(code) for code in range(0xA0, 0x2600))
    for each in forced(letters):
        assert each.replacement is None or forced(each.replacement) == [], each
