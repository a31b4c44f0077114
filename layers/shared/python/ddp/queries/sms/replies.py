"""Automatic answers to messages that came in: an outbox, whose rows are each sent at most once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load

SQL = load(__file__)


class NewReply(NamedTuple):
    """An answer to a message; see inbound_messages.WantedReply."""

    inbound_message_id: UUID
    kind: str
    country: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer whose call begins. `origin`: the identity or its ARN. `price_per_part`: US dollars; None: unknown."""

    sms_reply_id: UUID
    phone: str
    body: str
    due_by: datetime
    origin: str
    message_type: str
    dlt_entity_id: str | None
    price_per_part: Decimal | None


class Result(NamedTuple):
    """What became of an answer: `sent`, `failed`, `unknown`, or `retry` (certainly not accepted) after `later`."""

    sms_reply_id: UUID
    outcome: str
    message_id: str | None
    code: str | None
    later: timedelta


def add(cursor: Cursor[DictRow], replies: Sequence[NewReply]) -> None:
    """Add answers; a message has one at most."""
    messages, kinds, countries, bodies = zip(*replies, strict=True)
    values = {"messages": messages, "kinds": kinds, "countries": countries, "bodies": bodies}
    cursor.execute(SQL.add, {name: list(column) for name, column in values.items()})


def begin(cursor: Cursor[DictRow], *, limit: int, lease: timedelta) -> list[Reply]:
    """Mark due answers as started and return them. Commit before their calls, and record these within the lease."""
    return [Reply(**row) for row in cursor.execute(SQL.begin, {"limit": limit, "lease": lease})]


def record(cursor: Cursor[DictRow], results: Sequence[Result]) -> None:
    """Record what became of started answers."""
    replies, outcomes, message_ids, codes, later = zip(*results, strict=True)
    values = {
        "replies": replies,
        "outcomes": outcomes,
        "message_ids": message_ids,
        "codes": codes,
        "later": later,
    }
    cursor.execute(SQL.record, {name: list(column) for name, column in values.items()})
