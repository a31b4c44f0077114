"""A parsed template: renders, and is tried out without data and with much of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions.filtered import Filter
from liquid.exceptions import (
    ContextDepthError,
    LiquidError,
    LiquidInterrupt,
    LiquidSyntaxError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
)
from liquid.token import Token

from ddp.errors import Invalid
from ddp.rendering.language import source
from ddp.rendering.language.context import BoundedContext
from ddp.rendering.language.environment import ESCAPING, NODE, PLAIN
from ddp.rendering.language.limits import LimitReached, TooManySteps
from ddp.rendering.language.meter import Meter
from ddp.rendering.language.output import Output

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


class TooSlow(Invalid):
    """The content takes too long to render. Other recipients' messages would probably take as long."""

    default_code = "template-too-slow"


def check(text: str, *, part: str = "html") -> Template:
    """The parsed template. Raises Invalid unless it is one, and its own loops and texts stay within bounds; TooSlow.

    What depends on data shows only when rendered. `part` (subject, html, text) goes into the error's extra.
    """
    template = Template(text, part=part)
    template.refuse_unknown_filters()
    template.try_out()
    return template


class Template:
    """One parsed source. Raises Invalid where it is not a template, or too large."""

    def __init__(self, text: str, *, part: str) -> None:
        """`part`: subject, html or text; values are escaped in html. It goes into the extra of errors."""
        self._part = part
        try:
            self._template = source.parse(ESCAPING if part == "html" else PLAIN, text)
        except LiquidError as error:
            raise self._invalid(error) from error
        # The text between tags and outputs is written as it is; None: a node that has to be rendered.
        self._pieces = [
            (node.text if type(node) is ContentNode else None, node) for node in self._template.nodes
        ]
        self._texts = sum(text is not None for text, _ in self._pieces)

    def render(self, variables: Mapping[str, object], meter: Meter) -> tuple[str, frozenset[str]]:
        """The output, and the names that were looked up and are undefined. Raises Invalid, and TooSlow."""
        context = BoundedContext(self._template, globals=variables, meter=meter)
        output = Output()
        place: Token | None = None
        try:
            meter.spend(NODE * self._texts)
            # As the library's render_with_context, which puts a name of its own, `partial`, before the data's.
            for text, node in self._pieces:
                place = node.token
                if text is None:
                    node.render(context, output)  # type: ignore[arg-type]  # it only writes
                else:
                    output.write(text)
            place = None
            return output.whole(), frozenset(context.missing)
        except LiquidError as error:
            error.token = error.token or place
            raise self._invalid(error) from error
        except LiquidInterrupt as interrupt:
            raise self._invalid(_outside_of_loop(interrupt, place)) from interrupt

    def refuse_unknown_filters(self) -> None:
        """Raise Invalid for an unknown filter, also where it would not be reached."""
        for used in _filters(self._template.nodes):
            if used.name not in self._template.env.filters:
                raise self._invalid(LiquidError(f"unknown filter “{used.name}”", token=used.token))

    def try_out(self) -> None:
        """Raise Invalid where rendering without data reaches a limit, and TooSlow where data would make it slow.

        Data: each name stands for a list of five texts, so that conditions hold and loops repeat. Both trials go on
        behind errors that may come from the wrong data.
        """
        self._try_out(is_filled=False, errors=_OF_THE_TEMPLATE)
        self._try_out(is_filled=True, errors=(TooManySteps,))

    def _try_out(self, *, is_filled: bool, errors: tuple[type[LiquidError], ...]) -> None:
        context = BoundedContext(self._template, meter=Meter.for_trial(), is_filled=is_filled)
        for node in self._template.nodes:
            try:
                node.render(context, Output())  # type: ignore[arg-type]
            except errors as error:
                raise self._invalid(error) from error
            except LiquidInterrupt as interrupt:
                raise self._invalid(_outside_of_loop(interrupt, node.token)) from interrupt
            except Exception:  # noqa: BLE001, S112 - whatever happens with such data
                continue

    def _invalid(self, error: LiquidError) -> Invalid:
        message = str(error.message or "this is not a template").rstrip(".")
        extra: dict[str, object] = {"part": self._part}
        detail = f"{message[:1].upper()}{message[1:200]}."
        if error.token is not None and error.token.start_index >= 0:
            text, index = error.token.source, error.token.start_index
            extra["line"] = line = text.count("\n", 0, index) + 1
            near = _NEAR_END.split(text[index : index + 40].lstrip("{%- "))[0].strip()
            detail = f"Line {line}, at “{near}”: {message[:200]}."
        if isinstance(error, TooManySteps):
            return TooSlow(detail, extra=extra)
        return Invalid(detail, code="template-invalid", extra=extra)


def _outside_of_loop(interrupt: LiquidInterrupt, place: Token | None) -> LiquidSyntaxError:
    return LiquidSyntaxError(f"“{interrupt}” outside of a loop", token=place)


def _filters(nodes: Iterable[Node]) -> Iterator[Filter]:
    for node in nodes:
        for expression in node.expressions():
            yield from getattr(expression, "filters", None) or ()
        # The context would only serve to load other templates.
        yield from _filters(node.children(None, include_partials=False))  # type: ignore[arg-type]
