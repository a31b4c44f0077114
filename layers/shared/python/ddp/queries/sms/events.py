"""Events that the provider reported about SMS, applied to the ledger set-wise: one array per column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load
from ddp.queries.arrays import Arrays, arrays
from ddp.queries.sending.reported import Applied

SQL = load(__file__)


@dataclass(slots=True)
class Evidence:
    """What a batch of events proves about one message: a ddp.sms_evidence, whose attributes these are, in order.

    Each time is the earliest of its sort, as ISO 8601 text. `accepted` has bit n - 1 set for each attempt n that the
    provider is known to have accepted; `attempt` is the highest of them, with its `message_id`. `status` is the highest
    that an acceptance proves, failures apart. The `failed_`, `failure_` and `reported_` fields describe the latest
    attempt that failed, or of which the last word was said. `charges`: US dollars by attempt.
    """

    send_id: str
    accepted: int = 0
    attempt: int | None = None
    message_id: str | None = None
    status: str | None = None
    sent_at: str | None = None
    delivered_at: str | None = None
    clicked_at: str | None = None
    undelivered_at: str | None = None
    reported_attempt: int | None = None
    reported_at: str | None = None
    failed_attempt: int | None = None
    failed_at: str | None = None
    failure_code: str | None = None
    failure_reason: str | None = None
    charges: dict[str, float] = field(default_factory=dict)


# The columns that the statement takes, as in ddp.queries.email.events. Events are any objects that have attributes of
# these names: those of a ddp.sms_event, in order.
EVENT_COLUMNS = ("event_id", "occurred_at", "send_id", "attempt", "kind", "is_machine", "detail")
EVIDENCE_COLUMNS = tuple(field.name for field in fields(Evidence))


def arrays_of_sends(events: Sequence[object], evidence: Sequence[Evidence]) -> Arrays:
    """The parameters of `apply`: events, and what they prove together about each message.

    Ids are 32 hexadecimal digits, with or without hyphens; times are ISO 8601 texts; `detail` is what JSON can hold.
    Raises ValueError where a sequence is empty.
    """
    return arrays("event", EVENT_COLUMNS, events) | arrays("evidence", EVIDENCE_COLUMNS, evidence)


def apply(cursor: Cursor[DictRow], parameters: Arrays) -> Applied:
    """Store events and apply what they prove to the ledger; `parameters` from `arrays_of_sends`."""
    row = cursor.execute(SQL.apply_events, parameters).fetchone()
    assert row is not None  # noqa: S101 - a function call always returns its row
    return Applied(**row["counts"])
