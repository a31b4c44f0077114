"""Subscriptions: what recipients chose through the unsubscribe links in their messages."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a recipient chose.

    `may_return_to_…`: this message's link made that choice, and may undo it. `is_barred`: suppressed for a reason that
    the recipient cannot lift.
    """

    sender_name: str
    left_sender: bool
    left_everything: bool
    may_return_to_sender: bool
    may_return_to_everything: bool
    is_barred: bool


def subscription(cursor: Cursor[DictRow], email_send_id: UUID) -> Subscription | None:
    """What the recipient of a message chose; None if there is no such message."""
    row = cursor.execute(SQL.subscription, {"email_send_id": email_send_id}).fetchone()
    return Subscription(**row) if row else None


def unsubscribe(cursor: Cursor[DictRow], email_send_id: UUID, *, everything: bool) -> None:
    """Stop messages from the message's sender, or from everyone. Repeating it changes nothing."""
    cursor.execute(SQL.unsubscribe, {"email_send_id": email_send_id, "everything": everything})


def resubscribe(cursor: Cursor[DictRow], email_send_id: UUID, *, everything: bool) -> None:
    """Undo an unsubscription of the same scope that this message's link made. All others stay."""
    cursor.execute(SQL.resubscribe, {"email_send_id": email_send_id, "everything": everything})
