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
    """Composes the messages of one variant of a plan. What is the same for all recipients was made before."""

    def compose(self, recipient: Claimed) -> Composed:
        """One recipient's message. Raises Invalid, or ValueError, if there can be none for this recipient.

        The code is TOO_SLOW if composing was stopped because it takes too long.
        """
        ...


# Returns the composer of a plan's variant, by the plan's id and the variant (1 is A; None: the plan tests nothing).
# Raises Invalid if no message of it can be made.
ComposerOf = Callable[[UUID, int | None], Composer[Message]]


class Composers(Generic[Message]):
    """The composers that a run has met. The content of a plan's variant is frozen, so it is read once per run."""

    def __init__(self, composer_of: ComposerOf[Message]) -> None:
        self._read = composer_of
        self._known: dict[tuple[UUID, int | None], Composer[Message] | Invalid] = {}

    def of(self, send_plan_id: UUID, variant: int | None) -> Composer[Message]:
        """The composer of the plan's variant. Raises Invalid, each time, if no message of it can be made."""
        key = send_plan_id, variant
        if key not in self._known:
            try:
                self._known[key] = self._read(send_plan_id, variant)
            except Invalid as error:
                self._known[key] = error
        known = self._known[key]
        if isinstance(known, Invalid):
            # Without its traceback, which would grow with each recipient and keep all of them in memory.
            raise known.with_traceback(None)
        return known
