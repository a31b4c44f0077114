"""What composing messages asks of a channel, and the composers of one run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from ddp.errors import Invalid
from ddp.queries.sending.sends import Claimed

Message = TypeVar("Message")
Composed = TypeVar("Composed", covariant=True)


# The code of Invalid if a message took too long to compose: others with this content would too.
TOO_SLOW = "template-too-slow"


class Composer(Protocol[Composed]):
    """Composes the messages of one plan. What is the same for all recipients was made before."""

    def compose(self, recipient: Claimed) -> Composed:
        """One recipient's message. Raises Invalid, or ValueError, if there can be none for this recipient.

        The code is TOO_SLOW if composing was stopped because it takes too long.
        """
        ...


# Returns the composer of a plan, by the plan's id. Raises Invalid if no message of the plan can be made.
ComposerOf = Callable[[UUID], Composer[Message]]


class Composers(Generic[Message]):
    """The composers of the plans that a run has met. A plan's content is frozen, so it is read once per run."""

    def __init__(self, composer_of: ComposerOf[Message]) -> None:
        self._read = composer_of
        self._known: dict[UUID, Composer[Message] | Invalid] = {}

    def of(self, send_plan_id: UUID) -> Composer[Message]:
        """The plan's composer. Raises Invalid, each time, if no message of the plan can be made."""
        if send_plan_id not in self._known:
            try:
                self._known[send_plan_id] = self._read(send_plan_id)
            except Invalid as error:
                self._known[send_plan_id] = error
        known = self._known[send_plan_id]
        if isinstance(known, Invalid):
            # Without its traceback, which would grow with each recipient and keep all of them in memory.
            raise known.with_traceback(None)
        return known
