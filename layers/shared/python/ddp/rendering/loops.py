"""Loops that know what one turn costs, and ranges that end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from liquid.ast import Node
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags.for_tag import ForNode
from liquid.builtin.tags.tablerow_tag import TablerowNode
from liquid.context import RenderContext

from ddp.rendering.limits import STEPS, LimitReached

# Characters of an expression that count as one more step.
_STEP_LENGTH = 64


class WeighedFor(ForNode):
    """A `for` loop; `weight` is the steps of one turn."""

    __slots__ = ("weight",)
    weight: int

    def render_to_output(self, context: RenderContext, buffer: Any) -> int:
        """Tells the context what a turn costs, then renders."""
        context.weight, context.where = self.weight, self.token  # type: ignore[attr-defined]
        return super().render_to_output(context, buffer)


class WeighedTablerow(TablerowNode):
    """A `tablerow` loop; `weight` is the steps of one turn."""

    __slots__ = ("weight",)
    weight: int

    def render_to_output(self, context: RenderContext, buffer: Any) -> int:
        """Tells the context what a turn costs, then renders."""
        context.weight, context.where = self.weight, self.token  # type: ignore[attr-defined]
        return super().render_to_output(context, buffer)


def weigh(nodes: list[Node]) -> None:
    """Set the weight of each loop. Inner loops do not count: they are counted when they run."""
    for node in nodes:
        if isinstance(node, (WeighedFor, WeighedTablerow)):
            node.weight = 1 + sum(_weights(node.block.nodes))
        weigh(list(_children(node)))


def _weights(nodes: list[Node]) -> Iterator[int]:
    for node in nodes:
        yield 1 + sum(len(str(expression)) // _STEP_LENGTH for expression in node.expressions())
        if not isinstance(node, (WeighedFor, WeighedTablerow)):
            yield from _weights(list(_children(node)))


def _children(node: Node) -> Iterator[Node]:
    # The context would only serve to load other templates.
    yield from node.children(None, include_partials=False)  # type: ignore[arg-type]


def bounded_range(self: RangeLiteral, context: RenderContext) -> range:
    """In place of RangeLiteral.evaluate. Raises LimitReached: even `contains` takes as long as the range."""
    span = self._make_range(self.start.evaluate(context), self.stop.evaluate(context))
    if span and span[-1] - span[0] >= STEPS:
        raise LimitReached(f"a range of more than {STEPS:,}", token=self.token)
    return span
