"""Faults at named points, decided by a seed: the same seed gives the same faults.

A killed process does nothing more: after `Killed` each of its points raises again, so that no error handler, `finally`
block or other thread does what a dead process could not. `restart` is the next process.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import psycopg


class Killed(BaseException):
    """kill -9. No `except Exception` catches it, because none would run."""


class Chaos:
    """Faults at named points, each with probability `rate`."""

    def __init__(self, seed: int, rate: float) -> None:
        self.random = random.Random(seed)
        self.rate = rate
        self.is_dead = False
        self.met: Counter[str] = Counter()

    def happens(self, name: str, rate: float | None = None) -> bool:
        """Whether this fault happens now."""
        if self.rate == 0 or self.random.random() >= (self.rate if rate is None else rate):
            return False
        self.met[name] += 1
        return True

    def point(self, name: str) -> None:
        """A point where the process may be killed."""
        if self.is_dead:
            raise Killed(name)
        if self.happens(f"killed {name}"):
            self.is_dead = True
            raise Killed(name)

    def commit(self, commit: Callable[[], None], drop: Callable[[], None]) -> None:
        """A commit. The process may be killed, or the connection lost, before or after it."""
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
        """Start the next process."""
        self.is_dead = False

    def stop(self) -> None:
        """Stop all faults."""
        self.rate = 0
        self.restart()
