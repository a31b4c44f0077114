"""Events that the provider reported about messages, applied to the ledger set-wise: one array per column."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load
from ddp.queries.arrays import Column, Uuids, array, uuids

SQL = load(__file__)

# The columns that the statements take. A parameter is named for what it describes and its column (`event.send_id`);
# the objects that a column is taken from have an attribute of the same name.
EVENT_COLUMNS = ("event_id", "occurred_at", "send_id", "attempt", "kind", "is_machine", "detail")
MESSAGE_COLUMNS = (
    "send_id",
    "accepted",
    "attempt",
    "message_id",
    "status",
    "sent_at",
    "delivered_at",
    "opened_at",
    "machine_opened_at",
    "clicked_at",
    "bounced_at",
    "bounce_reason",
    "hard_bounced_at",
    "soft_bounced_at",
    "complained_at",
    "failed_attempt",
    "failed_at",
    "failure_code",
    "failure_reason",
)
TEST_SEND_COLUMNS = ("send_id", "status", "message_id", "reason")

# Sent in binary: PostgreSQL would spend as long on parsing their texts as on finding the rows.
_UUID_COLUMNS = ("event_id", "send_id")
# Sent as one JSON array, which the statement takes apart: to encode each value takes three times as long.
_JSON_COLUMNS = ("detail",)

# The parameters of a statement, by name.
Arrays = Mapping[str, "str | Uuids"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Counts of what a batch changed: new events, events about unknown messages, changed rows, new suppressions.

    `sent_twice`: ids of messages of which this batch proved that a second attempt was accepted too.
    """

    events: int
    unknown_sends: int
    changed: int
    suppressed: int
    sent_twice: list[str]


def arrays_of_sends(events: Sequence[object], messages: Sequence[object]) -> Arrays:
    """The parameters of `apply`: events, and what they prove together about each message.

    Ids are 32 hexadecimal digits, with or without hyphens; times are ISO 8601 texts; `detail` is what JSON can
    hold. Raises ValueError where a sequence is empty.
    """
    return _arrays("event", EVENT_COLUMNS, events) | _arrays("message", MESSAGE_COLUMNS, messages)


def arrays_of_test_sends(results: Sequence[object]) -> Arrays:
    """The parameters of `apply_to_tests`: one result for each test send. Raises ValueError where there is none."""
    return _arrays("test", TEST_SEND_COLUMNS, results)


def _arrays(prefix: str, names: Sequence[str], rows: Sequence[object]) -> dict[str, str | Uuids]:
    columns = zip(*map(attrgetter(*names), rows), strict=True)
    return {f"{prefix}.{name}": _parameter(name, column) for name, column in zip(names, columns, strict=True)}


def _parameter(name: str, column: Column) -> str | Uuids:
    if name in _UUID_COLUMNS:
        return uuids(column)
    return json.dumps(column) if name in _JSON_COLUMNS else array(column)


def apply(cursor: Cursor[DictRow], arrays: Arrays) -> Applied:
    """Store events and apply what they prove to the ledger; `arrays` from `arrays_of_sends`."""
    row = cursor.execute(SQL.apply_events, arrays).fetchone()
    assert row is not None  # noqa: S101 - a function call always returns its row
    return Applied(**row["counts"])


def apply_to_tests(cursor: Cursor[DictRow], arrays: Arrays) -> int:
    """Set the results of test sends; `arrays` from `arrays_of_test_sends`. Returns how many changed."""
    row = cursor.execute(SQL.apply_test_events, arrays).fetchone()
    assert row is not None  # noqa: S101 - a function call always returns its row
    changed: int = row["changed"]
    return changed
