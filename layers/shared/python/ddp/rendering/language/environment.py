"""The Liquid that templates are written in: the library's, without what is not safe, with our filters and charges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from liquid import Environment
from liquid.ast import Node
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.context import RenderContext
from liquid.exceptions import LiquidError, LiquidInterrupt
from liquid.lex import _tokenize_template
from liquid.token import Token

from ddp.rendering.language import filters
from ddp.rendering.language.limits import ITEMS, OUTPUT_LIMIT, LimitReached
from ddp.rendering.language.source import RULES

# These tags read other templates.
_TAGS_OFF = ("include", "render")
# These filters switch escaping off, or are for scripts, which no mail program runs.
_FILTERS_OFF = ("safe", "escapejs")

# Steps of a tag, an output, or the text between them.
NODE = 2


class _Environment(Environment):
    """Strict: an unknown tag or filter is an error. An undefined variable is empty."""

    block_nesting_limit = 30
    context_depth_limit = 30
    output_stream_limit = OUTPUT_LIMIT

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """The library calls this once."""
        super().setup_tags_and_filters(extra=extra)
        for name in _TAGS_OFF:
            del self.tags[name]
        for name in _FILTERS_OFF:
            self.filters.pop(name, None)
        self.add_filter("strip_html", filters.strip_html)
        self.add_filter("split", filters.split)

    def tokenizer(self) -> Callable[[str], Iterator[Token]]:
        """The library's lexer with rules of ours."""
        return partial(_tokenize_template, rules=RULES)


def _render(self: Node, context: RenderContext, buffer: Any) -> int:
    """In place of Node.render: charges for each node, and gives errors the innermost node's place."""
    try:
        context.meter.spend(NODE, self.token)  # type: ignore[attr-defined]
        return self.render_to_output(context, buffer)
    except LiquidInterrupt:
        raise
    except LiquidError as error:
        error.token = error.token or self.token
        raise
    except Exception as error:  # whatever the library's own code raises on odd data
        raise LiquidError(f"cannot be computed ({type(error).__name__})", token=self.token) from error


def _range(self: RangeLiteral, context: RenderContext) -> range:
    """In place of RangeLiteral.evaluate. Raises LimitReached: even `contains` takes as long as the range."""
    span = self._make_range(self.start.evaluate(context), self.stop.evaluate(context))
    if span and span[-1] - span[0] >= ITEMS:
        raise LimitReached(f"a range of more than {ITEMS:,}", token=self.token)
    return span


# Patched, because every class of nodes inherits the one, and the library's parser makes the other by name.
Node.render = _render  # type: ignore[method-assign]
RangeLiteral.evaluate = _range  # type: ignore[method-assign]

ESCAPING = _Environment(autoescape=True)
PLAIN = _Environment(autoescape=False)
