"""A template's source: what the lexer may be given, and where in it an error stands."""

from __future__ import annotations

import re

from liquid import BoundTemplate, Environment
from liquid.exceptions import LiquidError
from liquid.token import Token

from ddp.rendering.limits import SOURCE_LIMIT, LimitReached

TAGS = 10_000
TAG_LENGTH = 4_000

_OPENING = re.compile(r"\{[{%]")
_OUTPUT = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_VERBATIM = re.compile(r"\{%-?\s*(raw|doc)\s*-?%\}")
_BLOCK_TAG = re.compile(r"\{%-?\s*(end)?(if|unless|case|for|tablerow|capture|ifchanged|comment)\b")


def parse(environment: Environment, source: str) -> BoundTemplate:
    """The parsed template. Raises LiquidError (LimitReached where the source is too large), naming the place.

    Some of the library's errors name no place: then it is the first output that fails by itself, or the block whose end
    is missing.
    """
    _refuse_slow(source)
    try:
        return environment.from_string(source)
    except LiquidError as error:
        if error.token is None or error.token.start_index < 0:
            error.token = _first_faulty(environment, source)
        raise


def token_at(source: str, index: int) -> Token:
    """A token for an error at `index`."""
    return Token("tag", source[index : index + 2], index, source)


def _refuse_slow(source: str) -> None:
    """Refuse sources through which the library's lexer would look again and again."""
    if len(source.encode(errors="replace")) > SOURCE_LIMIT:
        raise LimitReached(f"the template is larger than {SOURCE_LIMIT // 1024} KB", token=None)
    position = count = 0
    while match := _OPENING.search(source, position):
        count += 1
        position = _end_of_tag(source, match.start())
        if count > TAGS:
            raise LimitReached(f"more than {TAGS:,} tags", token=token_at(source, match.start()))


def _end_of_tag(source: str, start: int) -> int:
    closing = "}}" if source.startswith("{{", start) else "%}"
    end = source.find(closing, start + 2, start + TAG_LENGTH)
    if end < 0:
        problem = f"no “{closing}” follows within {TAG_LENGTH:,} characters"
        raise LiquidError(problem, token=token_at(source, start))
    if verbatim := _VERBATIM.match(source, start, end + 2):
        ending = re.compile(rf"\{{%-?\s*end{verbatim[1]}\s*-?%\}}").search(source, end)
        if not ending:
            raise LiquidError(f"no end{verbatim[1]} follows", token=token_at(source, start))
        return ending.end()
    return end + 2


def _first_faulty(environment: Environment, source: str) -> Token | None:
    for place in _OUTPUT.finditer(source):
        try:
            environment.from_string(place[0])
        except LiquidError:
            return token_at(source, place.start())
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
