"""What a transport of any channel takes and answers. Transports differ in how; what an answer means is the same.

No provider call is idempotent, so the one rule is: RETRY needs proof that the message was not accepted. Where there
is none, the outcome is UNKNOWN, and nobody sends it again blindly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ddp.outcomes import Outcome

Message = TypeVar("Message", contravariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one message.

    `message_id` is the provider's, of an accepted message. `later`: seconds before which trying again is pointless (of
    RETRY). `slow_down`: the account's rate or quota is used up, so other messages would fare alike.
    """

    outcome: Outcome
    message_id: str | None = None
    code: str | None = None
    reason: str | None = None
    slow_down: bool = False
    later: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What an account may send: recipients per second, and what is left of its 24-hour quota (None: no limit)."""

    per_second: float
    daily_left: float | None


class Transport(Protocol[Message]):
    """A way to hand a channel's messages to a provider. Several threads may use one at once."""

    # Seconds that a call of `send` takes at most, time-outs included.
    longest_call: float

    def fitting(self, messages: Sequence[Message]) -> int:
        """How many of the messages, from the first, one call takes: at least 1."""
        ...

    def send(self, messages: Sequence[Message]) -> list[Answer]:
        """Make one provider call. Returns an answer for each message, in their order; never raises."""
        ...

    def quota(self) -> Quota | None:
        """What the account may send now; None if this transport has no quota. Raises Transient."""
        ...
