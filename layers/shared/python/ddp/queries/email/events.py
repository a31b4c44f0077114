"""Events that the provider reported about messages, applied to the ledger set-wise: one array per column."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import NamedTuple

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load
from ddp.queries.arrays import Column, Uuids, array, uuids

SQL = load(__file__)


@dataclass(slots=True)
class Evidence:
    """What a batch of events proves about one message: a ddp.email_evidence, whose attributes these are, in order.

    Each time is the earliest of its sort, as ISO 8601 text. `accepted` has bit n - 1 set for each attempt n that the
    provider is known to have accepted; `attempt` is the highest of them, with its `message_id`. `status` is the highest
    that an acceptance proves; None: there are only refusals. The `failed_` and `failure_` fields describe the latest
    attempt that the provider refused.
    """

    send_id: str
    accepted: int = 0
    attempt: int | None = None
    message_id: str | None = None
    status: str | None = None
    sent_at: str | None = None
    delivered_at: str | None = None
    opened_at: str | None = None
    machine_opened_at: str | None = None
    clicked_at: str | None = None
    bounced_at: str | None = None
    bounce_reason: str | None = None
    hard_bounced_at: str | None = None
    soft_bounced_at: str | None = None
    complained_at: str | None = None
    failed_attempt: int | None = None
    failed_at: str | None = None
    failure_code: str | None = None
    failure_reason: str | None = None


class TestResult(NamedTuple):
    """What events say of a test send: `sent`, or `failed` with a reason."""

    send_id: str
    status: str
    message_id: str | None
    reason: str | None


# The columns that the statements take. A parameter is named for what it describes and its column (`event.send_id`).
# Events are any objects that have attributes of these names: those of a ddp.email_event, in order.
EVENT_COLUMNS = ("event_id", "occurred_at", "send_id", "attempt", "kind", "is_machine", "detail")
EVIDENCE_COLUMNS = tuple(field.name for field in fields(Evidence))

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


def arrays_of_sends(events: Sequence[object], evidence: Sequence[Evidence]) -> Arrays:
    """The parameters of `apply`: events, and what they prove together about each message.

    Ids are 32 hexadecimal digits, with or without hyphens; times are ISO 8601 texts; `detail` is what JSON can
    hold. Raises ValueError where a sequence is empty.
    """
    return _arrays("event", EVENT_COLUMNS, events) | _arrays("evidence", EVIDENCE_COLUMNS, evidence)


def arrays_of_test_sends(results: Sequence[TestResult]) -> Arrays:
    """The parameters of `apply_to_tests`: one result for each test send. Raises ValueError where there is none."""
    return _arrays("test", TestResult._fields, results)


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
