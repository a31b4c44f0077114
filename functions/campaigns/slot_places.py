"""Where slots stand in a page: at places at which a value stays a value, whatever somebody fills in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ddp.errors import Invalid

_LIQUID: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_SLOT: Final = re.compile(r"\bslot\s*(?:\.\s*([a-z][a-z0-9_]*)|\[\s*[\"']([a-z][a-z0-9_]*)[\"']\s*\])")
# The end of a page that ends inside of a tag: the attribute, its quote, and what of its value comes before.
_IN_TAG: Final = re.compile(
    r"<[a-z!/](?:[^<>\"']|\"[^\"]*\"|'[^']*')*(?:(?<![a-z:-])([a-z:-]+)\s*=\s*([\"'])([^\"']*))?\Z",
    re.IGNORECASE,
)
_PROGRAMS: Final = ("script", "style")
# Values that programs open, load or run.
_ADDRESSES: Final = frozenset(
    ["href", "src", "srcset", "background", "action", "formaction", "poster", "ping", "xlink:href"]
)
# The page before each is read again.
MOST_SHOWN: Final = 200


def check(html: str, kinds: Mapping[str, str]) -> None:
    """Check a page that shows slots, by name and kind. Raises Invalid for an unknown one, and at an unsafe place."""
    shown = [
        (output.start(), found[1] or found[2])
        for output in _LIQUID.finditer(html)
        for found in _SLOT.finditer(output[0])
    ]
    if len(shown) > MOST_SHOWN:
        raise Invalid(f"A page shows its slots at most {MOST_SHOWN} times.", code="slot-place")
    without = _LIQUID.sub(lambda output: " " * len(output[0]), html)
    folded = without.lower()
    for start, name in shown:
        if name not in kinds:
            raise _invalid(name, "is not one of the template's slots: add it, or leave it out")
        if any(
            folded.rfind(f"<{each}", 0, start) > folded.rfind(f"</{each}", 0, start) for each in _PROGRAMS
        ):
            raise _invalid(name, "stands in a script or style sheet: show it in the text")
        _check_tag(without[max(0, without.rfind("<", 0, start)) : start], name, kinds[name])


def _check_tag(before: str, name: str, kind: str) -> None:
    tag = _IN_TAG.match(before)
    if tag is None:
        return
    attribute = (tag[1] or "").lower()
    if not tag[2]:
        raise _invalid(
            name, "stands in a tag without quotes around it: put them around the attribute's value"
        )
    if attribute == "style" or attribute.startswith("on"):
        raise _invalid(
            name,
            f"stands in the attribute {attribute}, where it could change more than the slot: show it in the text",
        )
    if attribute in _ADDRESSES and kind not in {"url", "image"} and not tag[3].strip():
        raise _invalid(name, f"is the address in {attribute}: make it a slot of the kind url")


def _invalid(name: str, sentence: str) -> Invalid:
    return Invalid(f"slot.{name} {sentence}.", code="slot-place", extra={"slot": name})
