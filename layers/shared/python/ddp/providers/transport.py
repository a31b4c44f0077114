"""What a transport of any channel takes and answers.

No provider call is idempotent. Therefore one rule holds for every transport: RETRY needs proof that the message was not
accepted. Without proof the outcome is UNKNOWN, and the message is never sent again blindly.
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

    `message_id`: the provider's, of an accepted message. `code`: a stable word, at most 50 characters; `reason`: the
    provider's words, at most 500. `slow_down`: the account reached its rate or quota, so other messages would be
    refused too. `later`: seconds to wait before a RETRY.
    """

    outcome: Outcome
    message_id: str | None = None
    code: str | None = None
    reason: str | None = None
    slow_down: bool = False
    later: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What an account may send: recipients per second, and recipients left of its 24-hour quota (None: no limit)."""

    per_second: float
    daily_left: float | None


class Transport(Protocol[Message]):
    """Hands a channel's messages to a provider. Several threads may use one transport at once."""

    # The longest that a call of `send` can take, in seconds, time-outs included.
    longest_call: float

    def fitting(self, messages: Sequence[Message]) -> int:
        """How many of the messages, counted from the first, one call of `send` takes: at least 1."""
        ...

    def send(self, messages: Sequence[Message]) -> list[Answer]:
        """Make one provider call; returns one answer per message, in the same order.

        Takes no more messages than `fitting` says. Never raises: errors of provider and connection become answers.
        """
        ...

    def quota(self) -> Quota | None:
        """What the account may send now; None: the transport has no quota. Raises Transient if it cannot be read."""
        ...
