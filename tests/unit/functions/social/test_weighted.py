"""X's count of a text, and what it takes for an address: by X's own samples, and for any text in linear time."""

from __future__ import annotations

import json
import random
import sys
import time
import unicodedata
from pathlib import Path

import pytest

from functions.social.validation import addresses, text, weighted

pytestmark = pytest.mark.thorough

SAMPLES = json.loads((Path(__file__).parent / "samples/x.json").read_text())


@pytest.mark.parametrize("sample", SAMPLES["lengths"], ids=lambda sample: sample["about"][:60])
def test_texts_are_counted_as_x_counts_them(sample):
    assert weighted.weighted(sample["text"]) == sample["length"]


@pytest.mark.parametrize("sample", SAMPLES["addresses"], ids=lambda sample: sample["about"][:60])
def test_addresses_are_those_that_x_sees(sample):
    given = unicodedata.normalize("NFC", sample["text"])
    found = [given[start:end] for start, end in addresses.found(given)]
    assert found == [unicodedata.normalize("NFC", address) for address in sample["addresses"]]


@pytest.mark.parametrize(
    ("given", "length"),
    [
        ("", 0),
        ("Only 3.5 francs. And so on", 26),
        ("me@example.com", 14),
        ("e\u0301", 1),
        ("©®", 2),
        ("©\ufe0f", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 2),
        ("1\ufe0f\u20e3", 2),
        ("🇨🇭🇨🇭", 4),
        ("漢字", 4),
        ("https://example.com/(a)).", 25),
        ("a.co b.co", 47),
        ("http://t.co/abc.", 24),
        ("example.notatopleveldomain", 26),
        ("https://example.com/" + "x" * 4_000, 23),
    ],
)
def test_counts(given, length):
    assert weighted.weighted(given) == length


@pytest.mark.parametrize(
    ("given", "most", "kept"),
    [
        ("abcdef", 3, "abc"),
        ("ab👨‍👩‍👧‍👦", 3, "ab"),
        ("ab👨‍👩‍👧‍👦!", 4, "ab👨‍👩‍👧‍👦"),
        ("漢字", 3, "漢"),
        ("a example.com/watch b", 24, "a "),
        ("a example.com/watch b", 25, "a example.com/watch"),
        ("short", 280, "short"),
    ],
)
def test_what_fits_is_cut_between_characters_addresses_and_emoji(given, most, kept):
    assert given[: weighted.fitting(given, most)] == kept


@pytest.mark.parametrize("counted_in", ["characters", "bytes", "utf16", "little", "weighted"])
def test_what_fits_is_the_longest_beginning_that_fits(counted_in):
    rule = {"counted_in": counted_in}
    for given in ("Grüße 👋🏽 漢字 example.com/x and on", "👨‍👩‍👧‍👦👨‍👩‍👧‍👦", "abc"):
        for most in range(1, 40):
            end = text.fitting(rule, given, most)
            assert text.counted(rule, given[:end]) <= most, (given, most)
            assert (
                end == len(given) or text.counted(rule, given[: end + 1]) > most or counted_in == "weighted"
            )


LONGEST = 4_000
PIECES = [
    "a.", "a.co.", ".co", "a-", "_a.", "http://", "https://a.co/", "あ.", "あ", "漢字.com",
    "👨‍👩‍👧‍👦", "👍🏽", "\u0301", "e\u0301", "/", "(",
    ")", ").", "a.com/(", "a.com?.", "?", "&x=", "xn--", "http://xn--a", "1\ufe0f", "🏴\U000e0061",
    "🇨", "@a.b", "#a", "$A",
    "\u200d", "\ufe0f", "\u202e", "t.co/aaaa", " ", "\n", "\\", "{", "`", "ﬁ", "\uac00", "\u1100\u1161", "%", "é.com",
]  # fmt: skip


def hostile() -> list[str]:
    chance = random.Random(17)
    repeated = [piece * (LONGEST // len(piece) + 1) for piece in PIECES]
    mixed = ["".join(chance.choices(PIECES, k=LONGEST)) for _ in range(40)]
    pairs = [(first + second) * LONGEST for first in PIECES for second in chance.sample(PIECES, 2)]
    grown = [first + second * LONGEST for first in ("http://", "a.co/", "a.co?", "@") for second in PIECES]
    return [given[:LONGEST] for given in [*repeated, *mixed, *pairs, *grown]]


def seconds(given: str) -> float:
    """Of processor time, for all that is counted and looked for in a text; the best of three."""
    rule = {"counted_in": "weighted", "longest": 280, "hashtags": 1, "mentions": 1, "cashtags": 1}
    little = {"counted_in": "little", "longest": 3_000}
    best = []
    for _ in range(3):
        start = time.thread_time()
        list(text.of_text(rule, given))
        list(text.of_text(little, given))
        weighted.fitting(weighted.normal(given), 280)
        best.append(time.thread_time() - start)
        if best[-1] < 0.05:
            break
    return min(best)


@pytest.mark.slow
def test_no_text_of_4000_characters_takes_longer_than_50_ms():
    """Of processor time, so that it does not matter what else the machine does; X's library takes seconds."""
    slow = {ascii(given[:20]): taken for given in hostile() if (taken := seconds(given)) > 0.05}
    assert slow == {}


@pytest.mark.parametrize("piece", PIECES, ids=ascii)
def test_the_work_grows_with_the_length_alone(piece):
    """Counted in steps of the interpreter, which are the same on every machine."""
    short, long = (steps((piece * 4_000)[:length]) for length in (1_000, 4_000))
    assert long < 6 * short + 2_000


def steps(given: str) -> int:
    count = 0

    def counting(_frame: object, event: str, _arg: object) -> object:
        nonlocal count
        count += event == "line"
        return counting

    sys.settrace(counting)
    try:
        weighted.weighted(given)
    finally:
        sys.settrace(None)
    return count
