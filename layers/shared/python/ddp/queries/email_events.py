"""What the provider reported about messages, handed to PostgreSQL in columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load

SQL = load(__file__)

# A column of a set: what stands at one place of all columns belongs together.
Column = Sequence[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a batch came to: new events, messages that are not ours, rows changed, addresses suppressed.

    `sent_twice`: messages of which it is known since this batch that two attempts were accepted.
    """

    events: int
    unknown_sends: int
    changed: int
    suppressed: int
    sent_twice: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """A sender that was paused, why (`bounces` or `complaints`), and in a sentence for people."""

    user_id: UUID
    pause_code: str
    pause_reason: str


def apply(cursor: Cursor[DictRow], columns: Mapping[str, Column]) -> Applied:
    """Take events and what they say together; `columns` by the names of `apply_events`' parameters."""
    arrays = {name: array(column) for name, column in columns.items()}
    row = cursor.execute(SQL.apply_events, arrays).fetchone()
    assert row is not None  # noqa: S101 - a function call always returns its row
    return Applied(**row["counts"])


def apply_to_tests(cursor: Cursor[DictRow], columns: Mapping[str, Column]) -> int:
    """The same for test sends; returns how many changed."""
    arrays = {name: array(column) for name, column in columns.items()}
    row = cursor.execute(SQL.apply_test_events, arrays).fetchone()
    assert row is not None  # noqa: S101
    changed: int = row["changed"]
    return changed


def pause_unhealthy_senders(cursor: Cursor[DictRow]) -> list[Paused]:
    """Pause senders whose messages bounce or annoy too much; those that were paused by this call."""
    return [Paused(**row) for row in cursor.execute(SQL.pause_unhealthy_senders)]


def array(values: Iterable[object]) -> str:
    """A PostgreSQL array as text. psycopg adapts element by element, which takes ten times as long for thousands."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
