"""What happened to the platform so far, counted by several threads."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Happened:
    """Counters by name. Methods may be called from several threads."""

    killed: Counter[str] = field(default_factory=Counter)  # by function or part
    accidents: Counter[str] = field(default_factory=Counter)  # by what went wrong at which provider
    refused: Counter[str] = field(default_factory=Counter)  # hostile requests that were refused, by kind
    breaches: list[str] = field(default_factory=list)  # hostile requests that were not
    declined: Counter[str] = field(default_factory=Counter)  # honest requests that were refused, and why
    unanswered: int = 0  # requests without an answer, or with a failure of ours
    trouble: list[str] = field(default_factory=list)  # what makes the run worthless
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def kill(self, name: str) -> None:
        """Something was killed."""
        with self._lock:
            self.killed[name] += 1

    def accident(self, name: str) -> None:
        """A provider was told to do something wrong."""
        with self._lock:
            self.accidents[name] += 1

    def attack(self, kind: str, *, status: int | None) -> None:
        """A hostile request was answered with this status; None: not by the platform."""
        with self._lock:
            if status is None:
                self.unanswered += 1
            elif status < 400:
                self.breaches.append(f"{kind} was answered with {status}")
            else:
                self.refused[kind] += 1

    def decline(self, why: str) -> None:
        """A request of an honest tenant was refused."""
        with self._lock:
            self.declined[why] += 1

    def no_answer(self) -> None:
        """A request of an honest tenant got no answer."""
        with self._lock:
            self.unanswered += 1

    def fail(self, what: str) -> None:
        """Something that makes the whole run worthless, such as a part that does not start again."""
        with self._lock:
            self.trouble.append(what)
