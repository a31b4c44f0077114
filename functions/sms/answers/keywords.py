"""What an answer to a message asks for: no more messages, messages again, help, or something a person has to read.

The words are in keywords.tsv, in many languages, and all of them count wherever the answer comes from. Before
comparing, `simplified` drops what people vary: case, accents, emoji, punctuation, letters repeated for emphasis.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Final

# A longer answer that only contains a word is not an opt-out; one that begins or ends with a word is for a person.
SHORT: Final = 5
# An answer may come in many parts, but what it asks for stands near its beginning.
MOST_CHARACTERS: Final = 2_000


class Answer(StrEnum):
    """What an answer asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    # Begins or ends like an opt-out, but is too long for one ("Cancel my order for Friday please"): a person decides,
    # and no marketing is sent meanwhile.
    PERSON = "person"
    OTHER = "other"


class Match(StrEnum):
    """Where the texts of keywords.tsv count: a whole answer always does."""

    ALONE = "alone"
    # Also inside a short answer, and at the beginning or end of a longer one.
    WORD = "word"
    # Also inside any answer.
    PHRASE = "phrase"


def answer(body: str) -> Answer:
    """What the sender of this text wants. To stop comes first: "help, stop" stops."""
    words = simplified(body[:MOST_CHARACTERS]).split()
    whole = " ".join(words)
    short = _length(words) <= SHORT
    if _is_among(whole, Answer.STOP) or _contains(words, Match.PHRASE):
        return Answer.STOP
    if short and _contains(words, Match.WORD):
        return Answer.STOP
    if any(_begins_with(whole, word) or _ends_with(whole, word) for word in _WORDS):
        return Answer.PERSON
    return next((each for each in (Answer.START, Answer.HELP) if _is_among(whole, each)), Answer.OTHER)


def simplified(text: str) -> str:
    """The words of a text, lower case, separated by one space, without what does not change their meaning."""
    text = text.replace("\N{OCTAGONAL SIGN}", " stop ")
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in decomposed if unicodedata.category(c) not in {"Mn", "Me", "Cf"}).casefold()
    text = unicodedata.normalize("NFC", plain.translate(_ALIKE))
    text = _APOSTROPHES.sub("", _ELIDED.sub(r"\1 ", text))
    text = _REPEATED.sub(r"\1", _NOT_IN_WORDS.sub(" ", text))
    text = _NUMBER_AFTER_WORD.sub(r"\1 \2", text)
    return _SPELLED.sub(lambda found: found[0].replace(" ", ""), " ".join(text.split()))


# Letters that have no decomposition, and are typed as others where a keyboard lacks them.
_ALIKE: Final = str.maketrans({"\u0131": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae"})
_APOSTROPHE: Final = "['`\u00b4\u02bc\u2018\u2019\u201b\u2032]"
_APOSTROPHES: Final = re.compile(_APOSTROPHE)
# d'arreter is two words, don't is one.
_ELIDED: Final = re.compile(rf"\b(\w|qu){_APOSTROPHE}(?=\w)")
# Vowel signs of Indian scripts (Mc) are part of their words.
_NOT_IN_WORDS: Final = re.compile(r"[^\w\u0900-\u0dff]|_")
_REPEATED: Final = re.compile(r"([^\W\d])\1{2,}")
_NUMBER_AFTER_WORD: Final = re.compile(r"\b([^\W\d]{2,})(\d+)\b")
# s t o p
_SPELLED: Final = re.compile(r"\b[^\W\d](?: [^\W\d]){2,}\b")
# Chinese, Japanese, Korean and Thai: words are not, or not always, separated by spaces.
_UNSPACED: Final = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def _length(words: Sequence[str]) -> int:
    """Words in an answer; two characters of an unspaced script count as one."""
    return sum(-(-len(word) // 2) if _UNSPACED.search(word) else 1 for word in words)


def _is_among(whole: str, wanted: Answer) -> bool:
    return any(whole in texts for (answered, _), texts in _TEXTS.items() if answered is wanted)


def _contains(words: Sequence[str], match: Match) -> bool:
    """Whether a text of this kind stands in the answer, as words of its own where its script has spaces."""
    texts = _TEXTS[Answer.STOP, match]
    if any(run in texts for run in _runs(words)):
        return True
    joined = "".join(words)
    return bool(_UNSPACED.search(joined)) and any(text in joined for text in _UNSPACED_TEXTS[match])


def _runs(words: Sequence[str]) -> Iterator[str]:
    """All sequences of words that are no longer than the longest text."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + _LONGEST, len(words)) + 1):
            yield " ".join(words[start:end])


def _begins_with(whole: str, word: str) -> bool:
    return whole.startswith(word) and (
        whole[len(word) : len(word) + 1] in {"", " "} or bool(_UNSPACED.match(word[-1]))
    )


def _ends_with(whole: str, word: str) -> bool:
    before = whole[: -len(word)]
    return whole.endswith(word) and (before[-1:] in {"", " "} or bool(_UNSPACED.match(word[0])))


def _read(path: Path) -> dict[tuple[Answer, Match], frozenset[str]]:
    texts: dict[tuple[Answer, Match], set[str]] = {(a, m): set() for a in Answer for m in Match}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            _language, answered, match, listed = line.split("\t")
            for pattern in listed.split(","):
                texts[Answer(answered), Match(match)].update(_spelled_out(pattern))
    return {key: frozenset(found) for key, found in texts.items()}


def _spelled_out(pattern: str) -> Iterator[str]:
    """All texts that a pattern stands for, such as `stop/quit these/all text/`, simplified."""
    choices = [[simplified(choice) for choice in word.split("/")] for word in pattern.split()]
    for words in product(*choices):
        yield " ".join(filter(None, words))


_TEXTS: Final[Mapping[tuple[Answer, Match], frozenset[str]]] = _read(Path(__file__).with_suffix(".tsv"))
_WORDS: Final = _TEXTS[Answer.STOP, Match.WORD]
_LONGEST: Final = max(text.count(" ") + 1 for texts in _TEXTS.values() for text in texts)
_UNSPACED_TEXTS: Final[Mapping[Match, Sequence[str]]] = {
    match: sorted(text.replace(" ", "") for text in _TEXTS[Answer.STOP, match] if _UNSPACED.search(text))
    for match in Match
}
