"""What several threads want of the database at once, in one transaction: they share one connection.

Whoever comes first works alone; those who come meanwhile wait, and the next of them works for all that wait. Nobody
waits for company.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Together(Generic[Item, Result]):
    """`work` takes items and returns a result for each, in their order. What it raises, each of them gets."""

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._work = work
        self._waiting: list[tuple[Item, Future[Result]]] = []
        self._of_waiting, self._turn = threading.Lock(), threading.Lock()

    def __call__(self, item: Item) -> Result:
        """The result for an item."""
        mine: Future[Result] = Future()
        with self._of_waiting:
            self._waiting.append((item, mine))
        with self._turn:
            if not mine.done():
                self._work_for_all()
        return mine.result()

    def _work_for_all(self) -> None:
        with self._of_waiting:
            taken, self._waiting = self._waiting, []
        try:
            results = self._work([item for item, _ in taken])
        except BaseException as error:
            for _, future in taken:
                future.set_exception(error)
            raise
        for (_, future), result in zip(taken, results, strict=True):
            future.set_result(result)
