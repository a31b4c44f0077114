"""How much an account, or an identity of it, may send."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

DAY = 86_400


class Refusal(StrEnum):
    """Why the quota refuses a call."""

    THROTTLED = "throttled"
    DAILY = "daily"


@dataclass(slots=True)
class Quota:
    """What may be sent per second and per 24 hours: recipients, or message parts.

    A call passes whole if anything is left of the second; the next calls fail until that debt is repaid.
    """

    per_second: float = 500
    per_day: float = 1_000_000
    clock: Callable[[], float] = time.time
    _tokens: float = field(init=False)
    _filled_at: float = field(init=False)
    _taken: deque[tuple[float, int]] = field(default_factory=deque, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        """Start with what one second allows."""
        self._tokens, self._filled_at = self.per_second, self.clock()

    def take(self, units: int) -> Refusal | None:
        """Count a call of this many units; None if it passes."""
        with self._lock:
            now = self.clock()
            earned = max(0.0, now - self._filled_at) * self.per_second
            self._tokens, self._filled_at = min(self.per_second, self._tokens + earned), now
            if self._sent(now) + units > self.per_day:
                return Refusal.DAILY
            if self._tokens <= 0:
                return Refusal.THROTTLED
            self._tokens -= units
            self._taken.append((now, units))
            return None

    def sent(self) -> int:
        """The number of units in the last 24 hours."""
        with self._lock:
            return self._sent(self.clock())

    def _sent(self, now: float) -> int:
        while self._taken and self._taken[0][0] <= now - DAY:
            self._taken.popleft()
        return sum(units for _, units in self._taken)
