"""What planning asks of a channel."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from psycopg import Cursor

from ddp.channels import Channel
from ddp.chunking import Run
from ddp.queries.sending.plans import Plan
from ddp.queries.sending.recipients import Batch, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedContent:
    """A plan's content as it will be rendered, and the most recipients that one provider call takes.

    `html` is None in a channel that has text alone.
    """

    html: str | None
    text: str
    call_size: int


class Reader(Protocol):
    """A channel's part of reading one plan's recipients. Its methods are called once per recipient."""

    @property
    def channel(self) -> Channel:
        """What the channel is."""
        ...

    def normalise(self, address: str, country: str) -> str:
        """The one form of an address; `country` as given, or empty.

        Raises ddp.addresses.AddressError, which says why it is not usable.
        """
        ...

    def hash(self, address: str) -> bytes:
        """The keyed hash under which suppressions know a normalised address: 32 bytes."""
        ...

    def kind(self, address: str, name: str, time_zone: str, data: str, variant: int | None) -> Kind:
        """What decides when, how and at what price the message of a recipient goes.

        Takes a normalised address, and name, time zone and the JSON text of template_data as given. `variant`: the one
        that the recipient gets; None: any of the plan's, so the price is that of the dearest. Raises Invalid, which
        says why there can be no message.
        """
        ...


class Planner(Protocol):
    """A channel's part of planning. Its methods are called once per plan, or for few kinds of recipients."""

    @property
    def channel(self) -> Channel:
        """What the channel is."""
        ...

    def prepare(self, plan: Plan) -> PreparedContent:
        """The work on the plan's own content that is the same for all recipients. Raises Unplannable."""
        ...

    def reader(self, plan: Plan) -> Reader:
        """Reads the plan's recipients. Raises Unplannable."""
        ...

    def screen(self, cursor: Cursor[Any], plan: Plan, batch: Batch) -> None:
        """Rejects recipients of a batch that only the database knows to be unusable."""
        ...

    def runs(self, cursor: Cursor[Any], plan: Plan, kinds: Collection[Kind]) -> Mapping[Kind, Run]:
        """When, how and at what price the messages of each kind of recipients go."""
        ...
