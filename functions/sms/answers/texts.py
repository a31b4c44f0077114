"""The texts of automatic answers, in the language of the country; they are in texts.tsv."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from functions.sms.texts.text import transliterated

# A sender's name may be long, and every part costs.
LONGEST_NAME: Final = 40


class _Texts(NamedTuple):
    stop: str
    start: str
    help: str


def reply(kind: str, country: str, *, sender: str, contact: str) -> str:
    """The answer to a `stop`, `start` or `help`, in GSM characters where that is possible."""
    texts = _BY_COUNTRY.get(country, _ENGLISH)
    name = " ".join("".join(c if c.isprintable() else " " for c in sender).split())[:LONGEST_NAME].rstrip()
    # One pass: what a name has in braces is no place of ours.
    text: str = getattr(texts, kind)
    return transliterated(text.format(sender=name, contact=contact))


def _read(path: Path) -> tuple[_Texts, dict[str, _Texts]]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    by_country: dict[str, _Texts] = {}
    by_language: dict[str, _Texts] = {}
    for line in lines:
        language, countries, *texts = line.split("\t")
        by_language[language] = _Texts(*texts)
        by_country.update(dict.fromkeys(countries.split(), by_language[language]))
    return by_language["en"], by_country


_READ: Final = _read(Path(__file__).with_suffix(".tsv"))
_ENGLISH: Final[_Texts] = _READ[0]
_BY_COUNTRY: Final[Mapping[str, _Texts]] = _READ[1]
