"""Short links in SMS: opting out, and where a link leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What the recipient of an SMS is shown.

    `is_shared`: all senders share the number that it came from, and stopping it stops all of them. `has_left`: it was
    stopped already.
    """

    sender_name: str
    is_shared: bool
    has_left: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a link leads. `sent_at`: when the provider accepted the message; None: not known. `is_tracked`: orders are
    credited to the message."""

    sms_send_id: UUID
    url: str
    sent_at: datetime | None
    is_tracked: bool


def subscription(cursor: Cursor[DictRow], code: str) -> Subscription | None:
    """What the page behind a code shows; None if there is no such code."""
    row = cursor.execute(SQL.subscription, {"code": code}).fetchone()
    return Subscription(**row) if row else None


def stop(cursor: Cursor[DictRow], code: str) -> None:
    """Stop messages to the recipient of a code. Repeating it changes nothing, nor does a code that does not exist."""
    cursor.execute(SQL.stop, {"code": code})


def link(cursor: Cursor[DictRow], code: str, link_no: int) -> Link | None:
    """Where link `link_no` (1 to 99) of a code leads; None if there is no such link."""
    row = cursor.execute(SQL.link, {"code": code, "link_no": link_no}).fetchone()
    return Link(**row) if row else None


def note_click(
    cursor: Cursor[DictRow], sms_send_id: UUID, link_no: int, *, agent: str, is_machine: bool
) -> None:
    """Record that somebody followed a link of a message. `agent`: the User-Agent, at most 1,000 characters."""
    cursor.execute(
        SQL.note_click,
        {
            "sms_send_id": sms_send_id,
            "event_id": uuid4(),
            "link_no": link_no,
            "agent": agent,
            "is_machine": is_machine,
        },
    )
