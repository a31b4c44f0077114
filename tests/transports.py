"""Transports that send nothing: for tests and benchmarks of the send stage."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from threading import Lock

from ddp.outcomes import Outcome
from ddp.providers.email.base import Message
from ddp.providers.transport import Answer, Quota

ACCEPTED = Answer(outcome=Outcome.ACCEPTED, message_id="m")


@dataclass(slots=True)
class NullTransport:
    """Accepts everything and keeps nothing; each call takes `longest_call` seconds."""

    longest_call: float = 0.0

    def fitting(self, messages: Sequence[Message]) -> int:
        return min(len(messages), 50)

    def send(self, messages: Sequence[Message]) -> list[Answer]:
        if self.longest_call:
            time.sleep(self.longest_call)
        return [ACCEPTED] * len(messages)

    def quota(self) -> Quota | None:
        return None


@dataclass(slots=True)
class ScriptedTransport:
    """Keeps what it is given, and answers as `script` says for each message; by default it accepts."""

    script: Callable[[Message], Answer] | None = None
    before: Callable[[Sequence[Message]], object] | None = None
    fits: int = 50
    longest_call: float = 1.0
    allowed: Quota | None = None
    calls: list[list[Message]] = field(default_factory=list)
    quotas_asked: int = 0
    _numbers: count[int] = field(default_factory=count)
    _lock: Lock = field(default_factory=Lock)

    def fitting(self, messages: Sequence[Message]) -> int:
        return min(len(messages), self.fits)

    def send(self, messages: Sequence[Message]) -> list[Answer]:
        with self._lock:
            self.calls.append(list(messages))
        if self.before:
            self.before(messages)
        return [self.script(m) if self.script else self.accept() for m in messages]

    def accept(self) -> Answer:
        return Answer(outcome=Outcome.ACCEPTED, message_id=f"m{next(self._numbers)}")

    def quota(self) -> Quota | None:
        self.quotas_asked += 1
        return self.allowed

    @property
    def messages(self) -> list[Message]:
        """All messages that it was given, in order."""
        return [message for call in self.calls for message in call]

    @property
    def recipients(self) -> Counter[str]:
        """How many messages it was given for each address."""
        return Counter(message.recipient.address for message in self.messages)
