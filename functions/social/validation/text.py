"""A post's text and title: counted as each platform counts, in time that grows with the length alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ddp.providers.social.base import Problem
from ddp.providers.social.linkedin_api import little
from functions.social.validation.problems import problem
from functions.social.validation.weighted import fitting as fitting_weighted
from functions.social.validation.weighted import weighted

COUNTS: dict[str, Callable[[str], int]] = {
    "characters": len,
    "bytes": lambda text: len(text.encode()),
    "utf16": lambda text: len(text.encode("utf-16-le")) // 2,
    # Escapes do not count, but the whole must fit.
    "little": len,
    "weighted": weighted,
}
_UNITS = {
    "bytes": "bytes (characters outside of English take two to four)",
    "weighted": "characters, as X counts them",
}

_HASHTAG = re.compile(r"(?<![\w&/])#\w+")
_MENTION = re.compile(r"(?<![\w/])@[\w.]+")
_CASHTAG = re.compile(r"(?<![\w$])\$[A-Za-z]{1,6}(?![\w$])")
# Characters that no platform shows, and that hide what is written.
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# What LinkedIn takes for a whole post, escapes included.
_LITTLE = 5_900


def counted(rules: dict[str, Any], text: str) -> int:
    """How long the text is under these rules."""
    return COUNTS[rules["counted_in"]](text)


def fitting(rules: dict[str, Any], text: str, most: int) -> int:
    """How many characters of the text are within the limit. For X, the text is normalised (weighted.normal)."""
    match rules["counted_in"]:
        case "weighted":
            return fitting_weighted(text, most)
        case "bytes":
            return len(text.encode()[:most].decode(errors="ignore"))
        case "utf16":
            return len(text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", errors="ignore"))
    return min(most, len(text))


def of_text(
    rules: dict[str, Any], text: str, *, field: str = "text", longest: int | None = None
) -> Iterator[Problem]:
    """What is wrong with a text under these rules: `longest`, `counted_in`, `hashtags`, `mentions`, `forbidden`."""
    name = "The text" if field == "text" else "The title" if field == "title" else "The first comment"
    if _HIDDEN.search(text):
        yield problem(
            field,
            "hidden-characters",
            f"{name} has characters that cannot be seen (control characters, or marks that turn the direction): remove"
            " them.",
        )
        return
    counted_in, most = rules["counted_in"], longest or rules["longest"]
    length = counted(rules, text)
    if length > most:
        unit = _UNITS.get(counted_in, "characters")
        yield problem(
            field, "too-long", f"{name} has {length:,} {unit}; at most {most:,} are allowed.", limit=most
        )
    elif counted_in == "little" and len(little(text)) > _LITTLE:
        yield problem(
            field, "too-long", f"{name} has too many special characters for LinkedIn: shorten it.", limit=most
        )
    yield from _tags(rules, text, field)
    if found := sorted({mark for mark in rules.get("forbidden", "") if mark in text}):
        yield problem(field, "forbidden-characters", f"{name} may not have {' or '.join(found)}: remove it.")


def _tags(rules: dict[str, Any], text: str, field: str) -> Iterator[Problem]:
    for rule, pattern, words in (
        ("hashtags", _HASHTAG, "hashtags"),
        ("mentions", _MENTION, "mentions"),
        ("cashtags", _CASHTAG, "cashtags (such as $DDP)"),
    ):
        most = rules.get(rule)
        if most is not None and (count := len(pattern.findall(text))) > most:
            sentence = f"There are {count} {words}; at most {most} {'is' if most == 1 else 'are'} allowed: remove some."
            yield problem(field, f"too-many-{rule}", sentence, limit=most)
