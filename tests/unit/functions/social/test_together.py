"""Threads that share one connection share transactions too: whoever waits is served with those who wait."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.social.steps.together import Together


class Work:
    """Doubles numbers. The first time, it waits until told to go on."""

    def __init__(self) -> None:
        self.taken: list[list[int]] = []
        self.has_begun, self.may_go_on = threading.Event(), threading.Event()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.taken.append(sorted(items))
        if len(self.taken) == 1:
            self.has_begun.set()
            assert self.may_go_on.wait(20)
        if 13 in items:
            raise ValueError("13")
        return [2 * item for item in items]


def waiting(together: Together[int, int], count: int) -> None:
    """Wait until so many wait."""
    pause = threading.Event()
    for _ in range(2_000):
        if len(together._waiting) == count:
            return
        pause.wait(0.01)
    raise AssertionError(together._waiting)


@pytest.mark.parametrize("bad", [None, 13])
def test_who_comes_meanwhile_is_served_at_once_with_the_others(bad: int | None) -> None:
    work = Work()
    together = Together(work)
    numbers = [2, 3, bad or 4]
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(together, 1)
        assert work.has_begun.wait(20)
        rest = [threads.submit(together, number) for number in numbers]
        waiting(together, 3)
        work.may_go_on.set()
        assert first.result() == 2
        if bad:
            assert all(isinstance(one.exception(), ValueError) for one in rest)
        else:
            assert [one.result() for one in rest] == [4, 6, 8]
    assert work.taken == [[1], sorted(numbers)]
    assert together(5) == 10
