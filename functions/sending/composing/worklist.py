"""Claimed calls whose messages are not composed yet, and what their senders' content takes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from ddp.providers.transport import Transport
from functions.sending.calls import Call, ComposedCall, Composition
from functions.sending.channels.composer import ComposerOf

Message = TypeVar("Message")

# Seconds of processor time per message from which content is slow. An ordinary message takes 0.003, one with a hundred
# products of twenty values 0.02, and rendering ends at 0.1.
SLOW_SECONDS = 0.03
# Messages after which this is known, and after which what came before no longer counts.
MEASURED, WINDOW = 10, 50


@dataclass(slots=True)
class Pace:
    """What one sender's messages took in this run: all together, and the latest ones."""

    total_seconds: float = 0.0
    seconds: float = 0.0
    messages: int = 0

    def add(self, messages: int, seconds: float) -> None:
        """Note messages, and the seconds of processor time that they took."""
        if self.messages >= WINDOW:
            self.restart()
        self.total_seconds += seconds
        self.seconds += seconds
        self.messages += messages

    def restart(self) -> None:
        """Measure again: the content may be another."""
        self.seconds, self.messages = 0.0, 0

    @property
    def is_measured(self) -> bool:
        """Whether there were enough messages to judge by."""
        return self.messages >= MEASURED

    @property
    def is_slow(self) -> bool:
        """Whether the content is slow, as far as it is measured."""
        return self.is_measured and self.seconds > SLOW_SECONDS * self.messages


class Worklist(Generic[Message]):
    """The calls to compose. The sender is next whose content took the least time so far.

    So slow content delays nobody else's messages by more than one message. Composing a call can stop between messages,
    and go on later.
    """

    def __init__(
        self,
        composer_of: ComposerOf[Message],
        transport: Transport[Message],
        *,
        clock: Callable[[], float] = time.thread_time,
    ) -> None:
        self._composer_of = composer_of
        self._transport = transport
        self._clock = clock
        self._compositions: list[Composition[Message]] = []
        self._paces: defaultdict[UUID, Pace] = defaultdict(Pace)

    def add(self, calls: Iterable[Call]) -> None:
        """Add calls, after those of the same senders that are waiting."""
        self._compositions += [Composition(call=call) for call in calls]

    @property
    def calls(self) -> list[Call]:
        """The calls that are not composed."""
        return [composition.call for composition in self._compositions]

    def pace(self, sender: UUID) -> Pace:
        """What the sender's messages took in this run."""
        return self._paces[sender]

    def next(self) -> Composition[Message]:
        """The call to go on with."""
        return min(self._compositions, key=lambda each: self._paces[each.call.sender_user_id].total_seconds)

    def go_on(self, composition: Composition[Message], *, until: float) -> ComposedCall[Message] | None:
        """Compose at least one message, and more until `until` (of time.monotonic()).

        Returns the call once all its messages are composed; it is then no longer here. Raises Invalid if no message of
        the plan can be made.
        """
        begun, before = self._clock(), composition.composed
        try:
            call = composition.call
            composition.go_on(self._composer_of(call.send_plan_id, call.variant), until=until)
        finally:
            pace = self._paces[composition.call.sender_user_id]
            pace.add(composition.composed - before, self._clock() - begun)
        if not composition.is_whole:
            return None
        self._compositions.remove(composition)
        return composition.finish(self._transport)

    def take_out(self, which: Callable[[Call], bool]) -> list[Composition[Message]]:
        """Remove the calls for which `which` says so, and return them."""
        taken = [composition for composition in self._compositions if which(composition.call)]
        self._compositions = [each for each in self._compositions if not which(each.call)]
        return taken
