"""Messages that people send to our identities: what workers store of them, and what their owners see and decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import found, load, value
from ddp.queries.listing import NEWEST, Asked, Listing

SQL = load(__file__)

OWN, ALL = (
    Listing(statement, key="inbound_message_id", sorts={"received_at": NEWEST})
    for statement in (SQL.list_own, SQL.list_all)
)


class Inbound(NamedTuple):
    """A message that came in.

    `phone`: E.164, with its hash (ddp.addresses.phone_hash). `body`: at most 2,000 characters that PostgreSQL stores;
    None: it came without one. `verdict`: stop, start, help, person or other. `answered`: the provider's id of the
    message before, if it named one.
    """

    provider_id: str
    received_at: datetime
    identity: str
    phone: str
    phone_hash: bytes
    body: str | None
    verdict: str
    answered: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedReply:
    """An automatic answer that a message gets. `kind`: stop, start or help. `country`: of the identity.

    `sender`: the account that the message belongs to, else the identity. `contact`: whom its answers name.
    """

    inbound_message_id: UUID
    kind: str
    country: str
    sender: str
    contact: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How many messages were new, to which identities that are not ours, and which get an answer."""

    stored: int
    unknown_identities: list[str]
    replies: list[WantedReply]


def apply(cursor: Cursor[DictRow], messages: Sequence[Inbound]) -> Applied:
    """Store messages and do what they ask for; those that were stored before change nothing."""
    columns = (
        "provider_ids",
        "received_at",
        "identities",
        "phones",
        "hashes",
        "bodies",
        "verdicts",
        "answered",
    )
    arrays = {name: list(column) for name, column in zip(columns, zip(*messages, strict=True), strict=True)}
    applied = value(cursor.execute(SQL.apply, arrays))
    return Applied(
        stored=applied["stored"],
        unknown_identities=applied["unknown_identities"],
        replies=[
            WantedReply(**reply | {"inbound_message_id": UUID(reply["inbound_message_id"])})
            for reply in applied["replies"]
        ],
    )


def page(
    cursor: Cursor[DictRow], asked: Asked, *, verdict: str | None, is_waiting: bool | None
) -> tuple[list[DictRow], str | None]:
    """The messages that the caller may see, the latest first, and the cursor of the next page."""
    visible = ALL if value(cursor.execute(SQL.is_admin)) else OWN
    return visible.page(cursor, asked, {"verdict": verdict, "is_waiting": is_waiting})


def get(cursor: Cursor[DictRow], inbound_message_id: UUID) -> DictRow:
    """One message that the caller may see. Raises NotFound."""
    rows = cursor.execute(SQL.get, {"inbound_message_id": inbound_message_id})
    return found(rows, "inbound message")


def decide(cursor: Cursor[DictRow], inbound_message_id: UUID, decision: str) -> None:
    """Decide what was not understood: `stop` or `not_stop`. Raises NotFound, and Conflict if it cannot be decided."""
    cursor.execute(SQL.decide, {"inbound_message_id": inbound_message_id, "decision": decision})
