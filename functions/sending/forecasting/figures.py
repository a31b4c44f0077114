"""Figures with their error: of a sample, what a whole file comes to, and within which bounds at 95 %."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from functions.sending.forecasting.tally import Tally

# Standard errors on each side of 95 % of a normal distribution.
_NORMAL_95 = 1.96


class Figure(NamedTuple):
    """A figure and its bounds; equal if it is exact."""

    value: float
    low: float
    high: float


class Whole:
    """All that was counted: figures are exact."""

    share = 1.0

    def __init__(self, tally: Tally) -> None:
        self.sums = tally

    def figure(self, of: Callable[[Tally], float]) -> Figure:
        """The figure."""
        value = of(self.sums)
        return Figure(value, value, value)


class Sample:
    """Blocks of a file of `size` bytes, read evenly over it.

    A ratio estimate of clusters: what a block holds per byte, times the size. The blocks' differences give the error;
    the share that was read has none.
    """

    def __init__(self, blocks: Sequence[Tally], size: float) -> None:
        self.sums = Tally()
        for block in blocks:
            self.sums.add(block)
        self._blocks = blocks
        self._size = size
        self.share = min(self.sums.weight / size, 1.0)

    def figure(self, of: Callable[[Tally], float]) -> Figure:
        """The figure of the whole file. Never less than what the sample itself has."""
        found, weight, count = of(self.sums), self.sums.weight, len(self._blocks)
        ratio, scale = found / weight, self._size / weight
        value = found * scale
        if count == 1:
            return Figure(value, found, math.inf)
        squares = math.fsum((of(block) - ratio * block.weight) ** 2 for block in self._blocks)
        error = _NORMAL_95 * scale * math.sqrt(squares * count / (count - 1) * (1 - self.share))
        return Figure(value, max(found, value - error), value + error)
