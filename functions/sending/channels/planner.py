"""What planning asks of a channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ddp.channels import Channel
from ddp.queries.sending.plans import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedContent:
    """A plan's content as it will be rendered, and the most recipients that one provider call takes.

    `html` is None in a channel that has text alone.
    """

    html: str | None
    text: str
    call_size: int


class Planner(Protocol):
    """A channel's part of planning. Its methods are called once per plan or once per recipient; they keep no state."""

    @property
    def channel(self) -> Channel:
        """What the channel is."""
        ...

    def normalise(self, address: str) -> str:
        """The one form of an address. Raises ddp.addresses.AddressError, which says why it is not usable."""
        ...

    def hash(self, address: str) -> bytes:
        """The keyed hash under which suppressions know a normalised address: 32 bytes."""
        ...

    def prepare(self, plan: Plan) -> PreparedContent:
        """The work on the content that is the same for all recipients. Raises Unplannable."""
        ...
