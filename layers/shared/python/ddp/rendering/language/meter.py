"""Measures what making one message takes, and stops it."""

from __future__ import annotations

import time

from liquid.token import Token

from ddp.rendering.language.limits import SECONDS, STEPS, TRIAL, TooManySteps

# Steps between two looks at the clock, which takes half a step itself.
_LOOK = 50


class Meter:
    """Steps, and this thread's processor time since the first look. Use one per message, in one thread.

    A short message ends before the first look: asking for the time would cost it more than all else that this does.
    """

    __slots__ = ("_deadline", "_look_at", "_most", "_seconds", "steps")

    def __init__(self, *, share: float = 1.0) -> None:
        """`share`: the part of a message's limits that may be taken."""
        self.steps = 0
        self._most = STEPS * share
        self._look_at = min(_LOOK, self._most)
        self._seconds = SECONDS * share
        self._deadline: float | None = None

    @classmethod
    def for_trial(cls) -> Meter:
        """The meter of a draft or preview."""
        return cls(share=TRIAL)

    def spend(self, steps: int, token: Token | None = None) -> None:
        """Count steps before they are taken. Raises TooManySteps, naming the place."""
        self.steps += steps
        if self.steps >= self._look_at:
            self._look(token)

    def _look(self, token: Token | None) -> None:
        self._look_at = min(self.steps + _LOOK, self._most)
        now = time.thread_time()
        if self._deadline is None:
            self._deadline = now + self._seconds
        if self.steps > self._most or now > self._deadline:
            raise TooManySteps(
                "making the message takes too long: shorten its loops and lists, or use fewer filters",
                token=token,
            )
