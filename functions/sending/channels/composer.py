"""What composing messages asks of a channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar
from uuid import UUID

from ddp.queries.sending.sends import Claimed

Message = TypeVar("Message")
Composed = TypeVar("Composed", covariant=True)


class Composer(Protocol[Composed]):
    """Composes the messages of one plan. What is the same for all recipients was made before."""

    def compose(self, recipient: Claimed) -> Composed:
        """One recipient's message. Raises Invalid, or ValueError, if there can be none for this recipient."""
        ...


# Returns the composer of a plan, by the plan's id. Raises Invalid if no message of the plan can be made.
ComposerOf = Callable[[UUID], Composer[Message]]
