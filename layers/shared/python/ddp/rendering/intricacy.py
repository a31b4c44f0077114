"""Pages that the HTML parser, the CSS inliner and the text maker would take long for: none can be interrupted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from ddp.errors import Invalid

# Elements, with those that the parser adds. 6,000 take 0.3 s to inline and to make into text.
_ELEMENTS = 6_000
# Nested elements. Parsers recurse for each.
_DEPTH = 200
# Declarations that rules give to elements, times the declarations of all rules: each is merged with those before it.
# This many take 0.2 s.
_MERGES = 120_000_000

_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
# The parser repeats these in each element that begins while they are open.
_REPEATED = frozenset(
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]
)
# The parser makes these also of nothing, or of others.
_MADE = frozenset(["html", "head", "body", "colgroup", "tbody", "tr", "img"])
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
_CLASS = re.compile(r"\bclass\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)
_SHEET = re.compile(r"<style\b[^>]*>(.*?)(?:</style|\Z)", re.IGNORECASE | re.DOTALL)
_BRACE = re.compile(r"([{}])")
_COMBINATOR = re.compile(r"[\s>+~]+")
_CONDITION = re.compile(r"[:\[]")
_SIMPLE = re.compile(r"(?P<tag>[a-z][a-z0-9]*)|(?:[a-z][a-z0-9]*|\*)?(?P<name>\.[a-z0-9_-]+)[a-z0-9_.#-]*")


@dataclass(slots=True)
class _Counts:
    """`elements`: those that are written, and repetitions. `depth`: the most that are open at once.

    `names`: tags by name, and classes by `.name`.
    """

    elements: int = 0
    depth: int = 0
    names: Counter[str] = field(default_factory=Counter)


def refuse_labyrinths(html: str) -> None:
    """Raise Invalid for a page that would take the parsers too long. Counts roughly, and rather too many."""
    counts = _count(html)
    if counts.elements > _ELEMENTS:
        raise Invalid(
            f"The page is too intricate: it has more than {_ELEMENTS:,} elements.",
            code="template-too-large",
            extra={"part": "html"},
        )
    if counts.depth > _DEPTH:
        raise Invalid(
            f"Elements are nested more than {_DEPTH} deep, or are not closed.",
            code="template-too-deep",
            extra={"part": "html"},
        )
    _refuse_many_merges(html, counts)


def _count(html: str) -> _Counts:
    counts, depth, repeated = _Counts(), 0, 0
    for tag in _TAG.finditer(html):
        name, step = tag[2].lower(), -1 if tag[1] else 1
        counts.names[name] += 1
        counts.elements += 0 if tag[1] else 1 + repeated
        if name in _VOID:
            continue
        if name in _REPEATED:
            repeated = max(repeated + step, 0)
        depth = max(depth + step, 0)
        counts.depth = max(counts.depth, depth)
    for found in _CLASS.finditer(html):
        counts.names.update(f".{name}" for name in unescape(found[1]).strip("\"'").lower().split())
    return counts


def _refuse_many_merges(html: str, counts: _Counts) -> None:
    given = declared = 0
    for selectors, declarations in _rules(html):
        given += declarations * sum(_matches(selector, counts) for selector in selectors.split(","))
        declared += declarations
        if given * declared > _MERGES:
            raise Invalid(
                "The page is too intricate: its style sheets have too many rules for too many elements.",
                code="template-too-large",
                extra={"part": "html"},
            )


def _rules(html: str) -> Iterator[tuple[str, int]]:
    """Selectors, and how many declarations they may have. Declarations without selectors are for all elements.

    Reads no texts and comments in a style sheet: what stands between braces there counts as well.
    """
    for sheet in _SHEET.finditer(html):
        before, brace = "*", "}"
        for part in _BRACE.split(sheet[1]):
            if part in ("{", "}"):
                brace = part
                continue
            declarations = part.count(";") + 1
            if brace == "{":
                yield before, declarations
            elif declarations > 1:
                yield "*", declarations
            before = part


def _matches(selector: str, counts: _Counts) -> int:
    """The elements that a selector can mean: those of its last part's class or name, or else all."""
    last = _COMBINATOR.split(selector.strip())[-1].lower()
    last = _CONDITION.split(last)[0]
    if found := _SIMPLE.fullmatch(last):
        name = found["name"] or found["tag"]
        if name not in _MADE and name not in _REPEATED:
            return counts.names[name]
    return counts.elements
