"""What a provider's events change, of either channel: a batch of them, and the results of test sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.channels import Channel
from ddp.queries import load_by_channel
from ddp.queries.arrays import Arrays, arrays

SQL = load_by_channel(__file__)


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


class TestResult(NamedTuple):
    """What events say of a test send: `sent`, or `failed` with a reason."""

    send_id: str
    status: str
    message_id: str | None
    reason: str | None


def arrays_of_test_sends(results: Sequence[TestResult]) -> Arrays:
    """The parameters of `apply_to_tests`: one result for each test send. Raises ValueError where there is none."""
    return arrays("test", TestResult._fields, results)


def apply_to_tests(cursor: Cursor[DictRow], channel: Channel, parameters: Arrays) -> int:
    """Set the results of test sends; `parameters` from `arrays_of_test_sends`. Returns how many changed."""
    row = cursor.execute(SQL[channel.name].apply_test_events, parameters).fetchone()
    assert row is not None  # noqa: S101 - a function call always returns its row
    changed: int = row["changed"]
    return changed
