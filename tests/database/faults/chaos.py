"""Where things go wrong, decided by a seed: the same seed gives the same accidents.

A process that is killed does nothing more: after `Killed` every point of it raises again, so that no handler of
errors, no `finally` and no other thread of it can do what a dead process could not. `restart` is the next process.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import psycopg


class Killed(BaseException):
    """kill -9. No handler of errors catches it, as none would run."""


class Chaos:
    """Accidents at named points, each with probability `rate`."""

    def __init__(self, seed: int, rate: float) -> None:
        self.random = random.Random(seed)
        self.rate = rate
        self.is_dead = False
        self.met: Counter[str] = Counter()

    def happens(self, name: str, rate: float | None = None) -> bool:
        """Whether this accident happens here and now."""
        if self.rate == 0 or self.random.random() >= (self.rate if rate is None else rate):
            return False
        self.met[name] += 1
        return True

    def point(self, name: str) -> None:
        """A place where the process may be killed."""
        if self.is_dead:
            raise Killed(name)
        if self.happens(f"killed {name}"):
            self.is_dead = True
            raise Killed(name)

    def commit(self, commit: Callable[[], None], drop: Callable[[], None]) -> None:
        """A commit: killed before it, or after it; or the connection lost before it, or after it."""
        self.point("before commit")
        if self.happens("connection lost before commit", self.rate / 2):
            drop()
            raise psycopg.OperationalError("the connection was lost")
        commit()
        self.point("after commit")
        if self.happens("connection lost after commit", self.rate / 2):
            drop()
            raise psycopg.OperationalError("the connection was lost")

    def restart(self) -> None:
        """A new process."""
        self.is_dead = False

    def stop(self) -> None:
        """No more accidents."""
        self.rate = 0
        self.restart()
