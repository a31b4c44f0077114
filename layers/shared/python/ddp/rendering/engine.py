"""Liquid with bounds: whatever a template says, it ends soon, stays small, and its error names the line.

python-liquid knows limits for loops, output and variables, each by itself. What they leave open is closed here:
loops after loops, filters that multiply text, ranges made into lists, patterns that go back and forth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from liquid import BoundTemplate, Environment
from liquid.ast import Node
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags.for_tag import ForNode
from liquid.builtin.tags.tablerow_tag import TablerowNode
from liquid.context import RenderContext
from liquid.exceptions import (
    ContextDepthError,
    LiquidError,
    LiquidSyntaxError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
)
from liquid.output import LimitedStringIO
from liquid.token import Token
from liquid.undefined import UNDEFINED, Undefined
from markupsafe import Markup

from ddp.errors import Invalid

# Bytes (UTF-8) of a template as written, and of what it renders to. Mail programs cut pages at about 100 KB.
SOURCE_LIMIT = 512 * 1024
OUTPUT_LIMIT = 1024 * 1024

# What one rendering may do. A step is about a microsecond or ten: a node of a loop's body, 256 characters through
# a filter. A page of 200 products with 50 places each takes 10,000.
STEPS = 100_000
# Characters in one value, items counted; and items in one list.
VALUE_LIMIT = 256 * 1024
ITEMS = 10_000
# Items that are compared each with each.
COMPARED_ITEMS = 1_000
NUMBER_BITS = 4_096
TAGS = 10_000
TAG_LENGTH = 4_000
DATE_LENGTH = 100
# Characters of expression that count as one more step.
_STEP_LENGTH = 64

# The tags read other templates; the filters give up escaping, or are made for scripts, which no mail runs.
_TAGS_OFF = ("include", "render")
_FILTERS_OFF = ("safe", "escapejs")

_LIMITS = (ContextDepthError, LocalNamespaceLimitError, LoopIterationLimitError, OutputStreamLimitError)

_OPENING = re.compile(r"\{[{%]")
_NEAR_END = re.compile(r"[\n]|-?[%}]\}")
_VERBATIM = re.compile(r"\{%-?\s*(raw|doc)\s*-?%\}")
_BLOCK_TAG = re.compile(r"\{%-?\s*(end)?(if|unless|case|for|tablerow|capture|ifchanged|comment)\b")
_TAG_IN_HTML = re.compile(r"<[^<>]*>")


class LimitReached(LiquidError):
    """The template, or what it makes of its data, is beyond what one message may take."""


def check(source: str, *, part: str = "html") -> None:
    """Raise Invalid unless `source` is a template whose own loops and texts stay within bounds.

    What depends on data shows only when rendered. `part` (subject, html, text) goes into the error's extra.
    """
    Template(source, part=part, autoescape=part == "html").try_out()


class Template:
    """One parsed source."""

    def __init__(self, source: str, *, part: str, autoescape: bool) -> None:
        self._part, self._source = part, source
        try:
            _scan(source)
            self._template = _parse(_ESCAPING if autoescape else _PLAIN, source)
            _weigh_loops(self._template.nodes)
        except LiquidError as error:
            raise self._invalid(error) from error

    def render(self, variables: Mapping[str, object]) -> tuple[str, frozenset[str]]:
        """The output, and the names that were asked for and not there. Raises Invalid."""
        context = _Context(self._template, globals=variables)
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
        """Look for unknown filters, and render without data for the limits: other errors may be the missing data's."""
        for name, places in self._template.analyze(include_partials=False).filters.items():
            if name not in self._template.env.filters:
                token = _token(self._source, places[0].index)
                raise self._invalid(LiquidError(f"unknown filter “{name}”", token=token))
        try:
            self.render({})
        except Invalid as error:
            if isinstance(error.__cause__, (LimitReached, LiquidSyntaxError, *_LIMITS)):
                raise

    def _invalid(self, error: LiquidError) -> Invalid:
        message = str(error.message or "this is no template").rstrip(".")
        extra: dict[str, object] = {"part": self._part}
        detail = f"{message[:1].upper()}{message[1:200]}."
        if error.token is not None and error.token.start_index >= 0:
            source, index = error.token.source, error.token.start_index
            extra["line"] = line = source.count("\n", 0, index) + 1
            near = _NEAR_END.split(source[index : index + 40].lstrip("{%- "))[0].strip()
            detail = f"Line {line}, at “{near}”: {message[:200]}."
        return Invalid(detail, code="template-invalid", extra=extra)


def _scan(source: str) -> None:
    """Refuse what would make the library's lexer look through the rest of the source again and again."""
    if len(source.encode(errors="replace")) > SOURCE_LIMIT:
        raise LimitReached(f"the template is larger than {SOURCE_LIMIT // 1024} KB", token=None)
    position = count = 0
    while match := _OPENING.search(source, position):
        count += 1
        position = _end_of_tag(source, match.start())
        if count > TAGS:
            raise LimitReached(f"more than {TAGS:,} tags", token=_token(source, match.start()))


def _end_of_tag(source: str, start: int) -> int:
    closing = "}}" if source.startswith("{{", start) else "%}"
    end = source.find(closing, start + 2, start + TAG_LENGTH)
    if end < 0:
        problem = f"no “{closing}” follows within {TAG_LENGTH:,} characters"
        raise LiquidError(problem, token=_token(source, start))
    if verbatim := _VERBATIM.match(source, start, end + 2):
        ending = re.compile(rf"\{{%-?\s*end{verbatim[1]}\s*-?%\}}").search(source, end)
        if not ending:
            raise LiquidError(f"no end{verbatim[1]} follows", token=_token(source, start))
        return ending.end()
    return end + 2


def _parse(environment: Environment, source: str) -> BoundTemplate:
    """Some of the library's errors do not say where: then the first place that fails by itself is meant."""
    try:
        return environment.from_string(source)
    except LiquidError as error:
        if error.token is None or error.token.start_index < 0:
            error.token = _first_faulty(environment, source)
        raise


def _first_faulty(environment: Environment, source: str) -> Token | None:
    for place in re.finditer(r"\{\{.*?\}\}", source, re.DOTALL):
        try:
            environment.from_string(place[0])
        except LiquidError:
            return _token(source, place.start())
    return _last_open(source)


def _last_open(source: str) -> Token | None:
    """The block whose end is missing."""
    opened: list[tuple[str, int]] = []
    for tag in _BLOCK_TAG.finditer(source):
        if not tag[1]:
            opened.append((tag[2], tag.start()))
        elif opened and opened[-1][0] == tag[2]:
            opened.pop()
    return _token(source, opened[-1][1]) if opened else None


def _token(source: str, index: int) -> Token:
    return Token("tag", source[index : index + 2], index, source)


def _weigh_loops(nodes: list[Node]) -> None:
    """Note with each loop what one turn of it costs, inner loops not counted: they count themselves."""
    for node in nodes:
        if isinstance(node, (_ForNode, _TablerowNode)):
            node.weight = 1 + sum(_weights(node.block.nodes))
        _weigh_loops(list(_children(node)))


def _weights(nodes: list[Node]) -> Iterator[int]:
    for node in nodes:
        yield 1 + sum(len(str(expression)) // _STEP_LENGTH for expression in node.expressions())
        if not isinstance(node, (_ForNode, _TablerowNode)):
            yield from _weights(list(_children(node)))


def _children(node: Node) -> Iterator[Node]:
    # The context would only serve to load other templates.
    yield from node.children(None, include_partials=False)  # type: ignore[arg-type]


class _ForNode(ForNode):
    """A loop that knows the cost of a turn."""

    __slots__ = ("weight",)
    weight: int

    def render_to_output(self, context: RenderContext, buffer: Any) -> int:
        context.weight, context.where = self.weight, self.token  # type: ignore[attr-defined]
        return super().render_to_output(context, buffer)


class _TablerowNode(TablerowNode):
    __slots__ = ("weight",)
    weight: int

    def render_to_output(self, context: RenderContext, buffer: Any) -> int:
        context.weight, context.where = self.weight, self.token  # type: ignore[attr-defined]
        return super().render_to_output(context, buffer)


class _Context(RenderContext):
    """One rendering: counts its steps, keeps its values small, and notes which names were missing."""

    __slots__ = ("missing", "sizes", "steps", "sum_of_sizes", "weight", "where")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.missing: set[str] = set()
        self.sizes: dict[str, int] = {}
        self.sum_of_sizes = 0
        self.steps = 0
        self.weight = 1
        self.where: Token | None = None

    def spend(self, steps: int, token: Token | None) -> None:
        """Count steps; raises LimitReached, naming where, when there are too many."""
        self.steps += steps
        if self.steps > STEPS:
            raise LimitReached("the template takes too many steps", token=token)

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        """As the library does, noting what is not there."""
        value = super().get(path, token=token, default=default)
        if isinstance(value, Undefined):
            self.missing.add(".".join(str(segment) for segment in path))
        return value

    def assign(self, key: str, val: Any) -> None:
        """As the library does; its own sum over all variables at each assignment takes quadratic time."""
        size = _size(val, VALUE_LIMIT)
        self.sum_of_sizes += size - self.sizes.get(key, 0)
        self.sizes[key] = size
        if self.sum_of_sizes > VALUE_LIMIT or len(self.sizes) > ITEMS:
            raise LimitReached("the template's variables grow too large", token=self.where)
        self.locals[key] = val

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """A loop begins, of so many turns."""
        self.spend(length * self.weight, self.where)

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """The filter, bounded."""
        function = super().filter(name, token)

        def bounded(value: Any, *arguments: Any, **options: Any) -> object:
            self.where = token
            given = _size(value, VALUE_LIMIT) + sum(_size(a, VALUE_LIMIT) for a in arguments)
            self.spend(1 + given // 256, token)
            if given > 2 * VALUE_LIMIT or _growth(name, value, arguments) > VALUE_LIMIT:
                raise LimitReached(f"{name} makes too much of it", token=token)
            result = function(value, *arguments, **options)
            if name == "default" and isinstance(value, Undefined):
                self.missing = {path for path in self.missing if path.split(".")[0] != value.name}
            if _size(result, VALUE_LIMIT) > VALUE_LIMIT:
                raise LimitReached(f"{name} makes too much of it", token=token)
            return result

        return bounded


def _size(value: object, limit: int) -> int:
    """Characters that a value would take, about; counting ends soon after `limit`."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, int):
        return value.bit_length() // 3
    if isinstance(value, range):
        return len(value)
    if isinstance(value, Mapping) and not isinstance(value, Undefined):
        value = [part for pair in list(value.items())[:limit] for part in pair]
    if isinstance(value, (list, tuple)):
        total = len(value)
        for item in value:
            total += _size(item, limit - total)
            if total > limit:
                break
        return total if len(value) <= ITEMS else limit + 1
    return 1


def _growth(name: str, value: Any, arguments: tuple[Any, ...]) -> int:
    """The size of the result where it may be much more than what goes in; else 0."""
    match name, arguments:
        case "replace", (seq, *rest):
            text, sought, put = str(value), str(seq), str(rest[0]) if rest else ""
            found = text.count(sought) if sought else len(text) + 1
            return len(text) + found * len(put)
        case "join", (separator, *_) if isinstance(value, (list, tuple, range)):
            return _size(value, VALUE_LIMIT) + len(value) * len(str(separator))
        case (("sort" | "reverse" | "concat" | "map" | "sum" | "where" | "join" | "compact"), _):
            return VALUE_LIMIT + 1 if isinstance(value, range) and len(value) > ITEMS else 0
        case "uniq", _:
            return VALUE_LIMIT + 1 if _count(value) > COMPARED_ITEMS else 0
        case "times", (other, *_):
            bits = _bits(value) + _bits(other)
            return VALUE_LIMIT + 1 if bits > NUMBER_BITS else 0
        case "date", (form, *_):
            return VALUE_LIMIT + 1 if max(len(str(value)), len(str(form))) > DATE_LENGTH else 0
    return 0


def _count(value: object) -> int:
    return len(value) if isinstance(value, (list, tuple, range)) else 1


def _bits(value: object) -> int:
    if isinstance(value, int):
        return value.bit_length()
    return len(value) * 4 if isinstance(value, str) else 64


def _range(self: RangeLiteral, context: RenderContext) -> range:
    """A range no longer than what a template may go through: even asking what it contains takes its length."""
    span = self._make_range(self.start.evaluate(context), self.stop.evaluate(context))
    if span and span[-1] - span[0] >= STEPS:
        raise LimitReached(f"a range of more than {STEPS:,}", token=self.token)
    return span


def _strip_html(value: object) -> str:
    """The text without tags; the library's own goes over it once per tag."""
    text = _TAG_IN_HTML.sub("", "" if value is None else str(value))
    return Markup(text) if isinstance(value, Markup) else text  # noqa: S704  # it was escaped before


def _split(value: object, separator: object = " ") -> list[str]:
    text = "" if value is None else str(value)
    wanted = "" if separator is None else str(separator)
    parts = text.count(wanted) if wanted else len(text)
    if parts > ITEMS:
        raise LimitReached(f"split makes more than {ITEMS:,} parts", token=None)
    if not wanted:
        return list(text)
    return [] if not text or text == wanted else text.split(None if wanted == " " else wanted)


class _Environment(Environment):
    """Strict: an unknown tag or filter is an error; a variable that is not there is empty."""

    block_nesting_limit = 30
    context_depth_limit = 30
    output_stream_limit = OUTPUT_LIMIT

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for name in _TAGS_OFF:
            del self.tags[name]
        for name in _FILTERS_OFF:
            self.filters.pop(name, None)
        self.tags["for"].node_class = _ForNode  # type: ignore[attr-defined]
        self.tags["tablerow"].node_class = _TablerowNode  # type: ignore[attr-defined]
        self.add_filter("strip_html", _strip_html)
        self.add_filter("split", _split)


# The one place where the library leaves no other: expressions are made by its parser, by name.
RangeLiteral.evaluate = _range  # type: ignore[method-assign]

_ESCAPING = _Environment(autoescape=True)
_PLAIN = _Environment(autoescape=False)
