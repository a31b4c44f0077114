"""Applies events of a provider to a ledger, thousands in one statement.

Events come at least once, in any order, early and late; the channel's SQL gives the same result for all of that. An
event that is not ours is logged and dropped. An event of ours that cannot be read, or that the database refuses, is
logged as an error and alone fails: SQS delivers it again, and after the last attempt keeps it in the dead-letter queue.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import db
from ddp.observability import count, logger
from ddp.queries.sending.reported import Applied
from functions.sending.reports import partial
from functions.sending.reports.partial import Answer

EVENTS = partial.Noun("an event", "events")

# Events in each transaction: enough to be set-wise, few enough that other transactions do not wait long for the rows.
# Small portions first, so that the database starts early and works while the next portion is read.
PORTIONS = (500, 1_000, 2_000)

# Seconds after which the thread that reads yields to the one that has an answer of the database.
_SWITCH = 0.000_5

# Seconds that one statement may take. Events are no hints: what a killed worker had comes back only when the queue
# shows it again, after six of this function's time-outs. So these are short.
SECONDS = 8
# What must be left of the function's time for another transaction to begin.
RESERVE_MILLISECONDS = 4_000


class Report(Protocol):
    """What every channel's event has. `event_id`: 32 hexadecimal digits; an event that comes again has the same id."""

    @property
    def event_id(self) -> str: ...


AnyReport = TypeVar("AnyReport", bound=Report)
Parameters = TypeVar("Parameters")


class _Portion(NamedTuple, Generic[AnyReport, Parameters]):
    """Events for one transaction, and the parameters of its statements."""

    received: Sequence[tuple[str, AnyReport]]
    parameters: Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches(Generic[AnyReport, Parameters]):
    """How one channel's events are read and applied.

    `parse` makes an event of the body of an SQS message; it raises NotOurs or Malformed. `prepare` makes the parameters
    of a portion, while the database works on the portion before. `store` applies them in its caller's transaction;
    None: they change nothing of the ledger.
    """

    parse: Callable[[str], AnyReport]
    prepare: Callable[[Sequence[AnyReport]], Parameters]
    store: Callable[[Cursor[DictRow], Parameters], Applied | None]

    def apply(self, records: Sequence[dict[str, Any]], context: LambdaContext) -> Answer:
        """Apply a batch of events; fails just the items that must come again, such as those there was no time for."""
        sys.setswitchinterval(_SWITCH)
        failed: list[str] = []
        applied = []
        # One thread, since there is one connection: it waits for the database while this one reads the next portion.
        with ThreadPoolExecutor(1, thread_name_prefix="database") as database:
            for some in _portions(records):
                read = partial.read(some, lambda record: self.parse(record["body"]), EVENTS)
                failed += read.failed_items
                applied.append(database.submit(self._apply_in_time, self._portion(read.received), context))
        for future in applied:
            failed += future.result()
        return partial.answer(failed)

    def _portion(self, received: Sequence[tuple[str, AnyReport]]) -> _Portion[AnyReport, Parameters] | None:
        return _Portion(received, self.prepare([report for _, report in received])) if received else None

    def _apply_in_time(
        self, portion: _Portion[AnyReport, Parameters] | None, context: LambdaContext
    ) -> list[str]:
        if portion is None:
            return []
        if context.get_remaining_time_in_millis() < RESERVE_MILLISECONDS:
            logger.warning("no time is left: the events come again", events=len(portion.received))
            return [item for item, _ in portion.received]
        return self._apply(portion)

    def _apply(self, portion: _Portion[AnyReport, Parameters]) -> list[str]:
        """Apply a portion; returns the SQS message ids of the events that could not be applied."""

        def store(received: Sequence[tuple[str, AnyReport]]) -> None:
            is_whole = len(received) == len(portion.received)
            parameters = portion.parameters if is_whole else self.prepare([report for _, report in received])
            with db.transaction(role="service_role", timeout_seconds=SECONDS) as cursor:
                applied = self.store(cursor, parameters)
            if applied:
                _report(applied)

        return partial.applied(portion.received, store, EVENTS)


def _portions(records: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    start = 0
    for size in chain(PORTIONS, repeat(PORTIONS[-1])):
        if start >= len(records):
            return
        yield records[start : start + size]
        start += size


def _report(applied: Applied) -> None:
    count(events_applied=applied.events)
    logger.info(
        "events applied",
        events=applied.events,
        changed=applied.changed,
        suppressed=applied.suppressed,
        unknown_sends=applied.unknown_sends,
    )
    if applied.sent_twice:
        # Two attempts of one message were accepted; reconciliation counts them for the alarm.
        logger.error("accepted twice", send_ids=applied.sent_twice, sent_twice=len(applied.sent_twice))
