"""Subscriptions: what recipients chose through the unsubscribe links in their messages."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load
from ddp.unsubscribe import Unsubscribe

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a recipient chose. `is_barred`: suppressed for a reason that the recipient cannot lift."""

    sender_name: str
    left_sender: bool
    left_everything: bool
    is_barred: bool


def subscription(cursor: Cursor[DictRow], link: Unsubscribe) -> Subscription | None:
    """What the link's recipient chose; None if the sender no longer exists."""
    row = cursor.execute(SQL.subscription, asdict(link)).fetchone()
    return Subscription(**row) if row else None


def unsubscribe(cursor: Cursor[DictRow], link: Unsubscribe, *, everything: bool) -> None:
    """Stop messages from the link's sender, or from everyone. Repeating it changes nothing."""
    cursor.execute(SQL.unsubscribe, asdict(link) | {"everything": everything})


def resubscribe(cursor: Cursor[DictRow], link: Unsubscribe, *, everything: bool) -> None:
    """Undo an unsubscription of the same scope. Suppressions for other reasons stay."""
    cursor.execute(SQL.resubscribe, asdict(link) | {"everything": everything})
