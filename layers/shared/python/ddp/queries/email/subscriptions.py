"""Who does not want to be written to, as recipients say it by the links in their messages."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load
from ddp.unsubscribe import Unsubscribe

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Where a recipient stands. `is_barred`: suppressed for a reason that is not its own to lift."""

    sender_name: str
    left_sender: bool
    left_everything: bool
    is_barred: bool


def subscription(cursor: Cursor[DictRow], link: Unsubscribe) -> Subscription | None:
    """Where the link's recipient stands; None where its sender is gone."""
    row = cursor.execute(SQL.subscription, asdict(link)).fetchone()
    return Subscription(**row) if row else None


def unsubscribe(cursor: Cursor[DictRow], link: Unsubscribe, *, everything: bool) -> None:
    """Nothing more from the link's sender, or from anybody. Again: no change."""
    cursor.execute(SQL.unsubscribe, asdict(link) | {"everything": everything})


def resubscribe(cursor: Cursor[DictRow], link: Unsubscribe, *, everything: bool) -> None:
    """Take an unsubscription of the same scope back; other reasons to be suppressed stay."""
    cursor.execute(SQL.resubscribe, asdict(link) | {"everything": everything})
