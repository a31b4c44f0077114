"""Provider calls without threads, so that the seed decides when each is made, and what happens between."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from random import Random
from typing import Any


class _Call(Future[Any]):
    """A call that is made when `make` is first called."""

    def __init__(self, call: Callable[[], object]) -> None:
        super().__init__()
        self._call = call

    def make(self) -> None:
        if self.done():
            return
        try:
            self.set_result(self._call())
        except BaseException as error:  # noqa: BLE001 - as threads of a pool do: the error is the call's result
            self.set_exception(error)


class Calls:
    """Stands in for the stage's pool: makes each call at once, or when the stage waits for it."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._calls: list[_Call] = []

    def submit(self, call: Callable[..., object], *arguments: object) -> Future[Any]:
        submitted = _Call(lambda: call(*arguments))
        self._calls.append(submitted)
        if self._random.random() < 0.5:
            submitted.make()
        return submitted

    def shutdown(self) -> None:
        for call in self._calls:
            call.make()


def wait(calls: Iterable[_Call], **options: Any) -> Any:
    """Stands in for concurrent.futures.wait."""
    waited_for = list(calls)
    for call in waited_for:
        call.make()
    return concurrent.futures.wait(waited_for, **options)
