"""Liquid with bounds: every template ends soon, its output stays small, and its errors name the line.

python-liquid has limits for loops, output and variables. The modules around this one add what these leave open:

    source.py       the source's size, and tags on which the lexer would be slow
    loops.py        loops after loops, and long ranges
    context.py      steps, variables, and calls of filters
    filters.py      filters that multiply text or compare each item with every other
    environment.py  tags and filters that do not exist here
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from liquid.exceptions import (
    ContextDepthError,
    LiquidError,
    LiquidSyntaxError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
)
from liquid.output import LimitedStringIO

from ddp.errors import Invalid
from ddp.rendering import loops, source
from ddp.rendering.context import BoundedContext
from ddp.rendering.environment import ESCAPING, PLAIN
from ddp.rendering.limits import OUTPUT_LIMIT, LimitReached

# Errors that data cannot correct.
_OF_THE_TEMPLATE = (
    LimitReached,
    LiquidSyntaxError,
    ContextDepthError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
)

_NEAR_END = re.compile(r"[\n]|-?[%}]\}")


def check(text: str, *, part: str = "html") -> None:
    """Raise Invalid unless `text` is a template whose own loops and texts stay within bounds.

    What depends on data shows only when rendered. `part` (subject, html, text) goes into the error's extra.
    """
    Template(text, part=part, autoescape=part == "html").try_out()


class Template:
    """One parsed source. Raises Invalid where it is not a template, or too large."""

    def __init__(self, text: str, *, part: str, autoescape: bool) -> None:
        self._part, self._source = part, text
        try:
            self._template = source.parse(ESCAPING if autoescape else PLAIN, text)
            loops.weigh(self._template.nodes)
        except LiquidError as error:
            raise self._invalid(error) from error

    def render(self, variables: Mapping[str, object]) -> tuple[str, frozenset[str]]:
        """The output, and the names that were looked up and are undefined. Raises Invalid."""
        context = BoundedContext(self._template, globals=variables)
        buffer = LimitedStringIO(limit=OUTPUT_LIMIT)
        try:
            self._template.render_with_context(context, buffer)
        except LiquidError as error:
            error.token = error.token or context.where
            raise self._invalid(error) from error
        except Exception as error:  # whatever the library's own code raises on odd data
            unexpected = LiquidError(f"cannot be computed ({type(error).__name__})", token=context.where)
            raise self._invalid(unexpected) from error
        return buffer.getvalue(), frozenset(context.missing)

    def try_out(self) -> None:
        """Raise Invalid for an unknown filter, or where rendering without data reaches a limit.

        Other errors of that rendering may come from the missing data.
        """
        for name, places in self._template.analyze(include_partials=False).filters.items():
            if name not in self._template.env.filters:
                token = source.token_at(self._source, places[0].index)
                raise self._invalid(LiquidError(f"unknown filter “{name}”", token=token))
        try:
            self.render({})
        except Invalid as error:
            if isinstance(error.__cause__, _OF_THE_TEMPLATE):
                raise

    def _invalid(self, error: LiquidError) -> Invalid:
        message = str(error.message or "this is not a template").rstrip(".")
        extra: dict[str, object] = {"part": self._part}
        detail = f"{message[:1].upper()}{message[1:200]}."
        if error.token is not None and error.token.start_index >= 0:
            text, index = error.token.source, error.token.start_index
            extra["line"] = line = text.count("\n", 0, index) + 1
            near = _NEAR_END.split(text[index : index + 40].lstrip("{%- "))[0].strip()
            detail = f"Line {line}, at “{near}”: {message[:200]}."
        return Invalid(detail, code="template-invalid", extra=extra)
