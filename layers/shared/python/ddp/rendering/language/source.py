"""A template's source: what the parser may be given, the lexer's rules, and where in the source an error stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from liquid import BoundTemplate, Environment
from liquid.exceptions import LiquidError
from liquid.token import TOKEN_CONTENT, TOKEN_OUTPUT, Token

from ddp.rendering.language.limits import SOURCE_LIMIT, LimitReached

TAGS = 2_000
TAG_LENGTH = 4_000
# Words and signs in one tag, and in all tags. The parser takes about 3 µs for each.
TAG_WORDS = 500
WORDS = 15_000
# The library looks again for the end of such a run at each of its characters.
_BLANKS = 100

# The library's rules, but each reads its text once: the library's own take 50 ms for a tag of 4,000 blanks.
# `(?>(?:…)*)` and not `(?:…)*+`, which Python 3.11.2 (Debian 12's) matches wrongly.
RULES = re.compile(
    r"(?P<RAW>\{%-?\s*+raw\s*+(?P<rsr>-?)%\}(?P<raw>.*?)\{%-?\s*+endraw\s*+(?P<rsr_e>-?)%\})"
    r"|(?P<DOC>\{%-?\s*+doc\s*+(?P<lsd>-?)%\}(?P<doc>.*?)\{%-?\s*+enddoc\s*+(?P<rsd>-?)%\})"
    rf"|(?P<{TOKEN_OUTPUT}>\{{\{{-?\s*+(?P<stmt>(?>(?:(?!-?\}}\}})\S|\s++(?!-?\}}\}}))*))\s*+(?P<rss>-?)\}}\}})"
    r"|(?P<TAG>\{%-?\s*+(?P<name>\#|\w++)\s*+(?P<expr>(?>(?:(?!-?%\})\S|\s++(?!-?%\}))*))\s*+(?P<rst>-?)%\})"
    rf"|(?P<{TOKEN_CONTENT}>.+?(?=((\{{%|\{{\{{)(?P<rstrip>-?))|$))",
    re.DOTALL,
)

_OPENING = re.compile(r"\{[{%]")
_VERBATIM = re.compile(r"\{%-?\s*(raw|doc)\s*-?%\}")
_BLOCK_TAG = re.compile(r"\{%-?\s*(end)?(if|unless|case|for|tablerow|capture|ifchanged|comment)\b")
_LINES_OF_TAGS = re.compile(r"\{%-?\s*liquid\b")
_LONG_BLANK = re.compile(rf"(?<!\s)\s{{{_BLANKS + 1}}}")
# A text in quotes is one word.
_WORD = re.compile(r"\"[^\"]*\"|'[^']*'|\w+|[^\w\s]")
_WORD_OR_QUOTE = re.compile(r"\w+|[^\w\s]")
_BRACKET = re.compile(r"[(\[]")


class _Span(NamedTuple):
    """Where a tag or an output stands. `end` is behind its own end; `over`, behind the text that it keeps verbatim."""

    start: int
    end: int
    over: int


def parse(environment: Environment, source: str) -> BoundTemplate:
    """The parsed template. Raises LiquidError (LimitReached where the source is too large), naming the place.

    Some of the library's errors name no place: then it is the first output that fails by itself, or the block whose end
    is missing.
    """
    spans = _refuse_slow(source)
    try:
        return environment.from_string(source)
    except LiquidError as error:
        if error.token is None or error.token.start_index < 0:
            error.token = _first_faulty(environment, source, spans)
        raise


def token_at(source: str, index: int) -> Token:
    """A token for an error at `index`."""
    return Token("tag", source[index : index + 2], index, source)


def _refuse_slow(source: str) -> Sequence[_Span]:
    """The places of all tags and outputs. Raises for a source that would take the parser long."""
    if len(source.encode(errors="replace")) > SOURCE_LIMIT:
        raise LimitReached(f"the template is larger than {SOURCE_LIMIT // 1024} KB", token=None)
    spans, words = [], 0
    for span in _spans(source):
        spans.append(span)
        words += _words(source, span)
        if len(spans) > TAGS or words > WORDS:
            problem = f"more than {TAGS:,} tags, or {WORDS:,} words and signs in tags"
            raise LimitReached(problem, token=token_at(source, span.start))
    return spans


def _spans(source: str) -> Iterator[_Span]:
    position = 0
    while match := _OPENING.search(source, position):
        span = _span(source, match.start())
        yield span
        position = span.over


def _span(source: str, start: int) -> _Span:
    closing = "}}" if source.startswith("{{", start) else "%}"
    end = source.find(closing, start + 2, start + TAG_LENGTH)
    if end < 0:
        problem = f"no “{closing}” follows within {TAG_LENGTH:,} characters"
        raise LiquidError(problem, token=token_at(source, start))
    if verbatim := _VERBATIM.match(source, start, end + 2):
        ending = re.compile(rf"\{{%-?\s*+end{verbatim[1]}\s*+-?%\}}").search(source, end)
        if not ending:
            raise LiquidError(f"no end{verbatim[1]} follows", token=token_at(source, start))
        return _Span(start, end + 2, ending.end())
    return _Span(start, end + 2, end + 2)


def _words(source: str, span: _Span) -> int:
    """What a tag weighs: its words and signs, and its brackets, for each of which the library reads on to the end."""
    tag = source[span.start : span.end]
    words = len((_WORD_OR_QUOTE if _LINES_OF_TAGS.match(tag) else _WORD).findall(tag, 2, len(tag) - 2))
    words += len(_BRACKET.findall(tag)) * len(tag) // 100
    if words > TAG_WORDS:
        problem = f"a tag of more than {TAG_WORDS} words and signs"
        raise LimitReached(problem, token=token_at(source, span.start))
    if _LONG_BLANK.search(tag):
        problem = f"more than {_BLANKS} blanks in a row inside a tag"
        raise LimitReached(problem, token=token_at(source, span.start))
    return words


def _first_faulty(environment: Environment, source: str, spans: Sequence[_Span]) -> Token | None:
    for span in spans:
        if source.startswith("{{", span.start):
            try:
                environment.from_string(source[span.start : span.end])
            except LiquidError:
                return token_at(source, span.start)
    return _last_open(source)


def _last_open(source: str) -> Token | None:
    """The block whose end is missing."""
    opened: list[tuple[str, int]] = []
    for tag in _BLOCK_TAG.finditer(source):
        if not tag[1]:
            opened.append((tag[2], tag.start()))
        elif opened and opened[-1][0] == tag[2]:
            opened.pop()
    return token_at(source, opened[-1][1]) if opened else None
