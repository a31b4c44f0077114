"""Applies events of Amazon SES to the ledger, thousands in one statement.

Events come at least once, in any order, early and late; ddp.apply_email_events() gives the same result for all of that.
An event that is not ours is logged and dropped. An event of ours that cannot be read, or that the database refuses, is
logged as an error and alone fails: SQS delivers it again, and after the last attempt keeps it in the dead-letter queue.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat
from operator import attrgetter
from typing import Any, NamedTuple, TypedDict

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db
from ddp.errors import HttpError, Unavailable
from ddp.observability import logger
from ddp.queries.email import events as email_events
from ddp.queries.email.events import Evidence, TestResult
from functions.email.ses.events import Event, NotOurs, parse
from functions.email.ses.evidence import gather
from functions.email.ses.fields import Malformed

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


class Failure(TypedDict):
    """An entry of a partial batch response."""

    itemIdentifier: str


class Answer(TypedDict):
    """A partial batch response."""

    batchItemFailures: list[Failure]


# The id of an SQS message, and the event that it brought.
Received = tuple[str, Event]


class Read(NamedTuple):
    """The events of some SQS messages, and the ids of the messages that could not be read."""

    received: list[Received]
    failed_items: list[str]


class Portion(NamedTuple):
    """Events for one transaction, and its parameters; None where no event is of that sort."""

    received: Sequence[Received]
    sends: email_events.Arrays | None
    test_sends: email_events.Arrays | None


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Answer:
    """Apply a batch of events; fails exactly the items that must come again, such as those there was no time for."""
    sys.setswitchinterval(_SWITCH)
    failed: list[str] = []
    applied = []
    # One thread, since there is one connection: it waits for the database while this one reads the next portion.
    with ThreadPoolExecutor(1, thread_name_prefix="database") as database:
        for records in _portions(event["Records"]):
            read = _read(records)
            failed += read.failed_items
            applied.append(database.submit(_apply_in_time, _portion(read.received), context))
    for future in applied:
        failed += future.result()
    return {"batchItemFailures": [{"itemIdentifier": item} for item in failed]}


def _portions(records: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    start = 0
    for size in chain(PORTIONS, repeat(PORTIONS[-1])):
        if start >= len(records):
            return
        yield records[start : start + size]
        start += size


def _read(records: Sequence[dict[str, Any]]) -> Read:
    """Parse messages. Those without an event are counted by reason, and logged once for all."""
    read = Read([], [])
    dropped: Counter[str] = Counter()
    malformed: Counter[str] = Counter()
    for record in records:
        try:
            read.received.append((record["messageId"], parse(record["body"])))
        except NotOurs as reason:
            dropped[str(reason)] += 1
        except Malformed as reason:
            malformed[str(reason)] += 1
            read.failed_items.append(record["messageId"])
        except Exception:  # noqa: BLE001 - a bug of ours: it must not stop the other events of the batch
            logger.exception("an event could not be read", item=record["messageId"])
            read.failed_items.append(record["messageId"])
    if dropped:
        logger.warning("not ours: dropped", dropped=dict(dropped))
    if malformed:
        logger.error("events of ours are malformed", malformed=dict(malformed))
    return read


def _portion(received: Sequence[Received]) -> Portion:
    # In the order of keys: neighbours in the database's indexes then follow each other.
    sends = sorted((event for _, event in received if event.attempt), key=attrgetter("send_id"))
    test_sends = [event for _, event in received if not event.attempt]
    return Portion(
        received,
        _send_arrays(sends) if sends else None,
        _test_send_arrays(test_sends) if test_sends else None,
    )


def _send_arrays(events: Sequence[Event]) -> email_events.Arrays:
    return email_events.arrays_of_sends(events, gather(events))


def _test_send_arrays(events: Sequence[Event]) -> email_events.Arrays:
    return email_events.arrays_of_test_sends([_test_result(evidence) for evidence in gather(events)])


def _test_result(evidence: Evidence) -> TestResult:
    """A test send has failed where SES refused it or its address does not exist."""
    reason = evidence.failure_reason or (evidence.bounce_reason if evidence.hard_bounced_at else None)
    return TestResult(evidence.send_id, "failed" if reason else "sent", evidence.message_id, reason)


def _apply_in_time(portion: Portion, context: LambdaContext) -> list[str]:
    if context.get_remaining_time_in_millis() < RESERVE_MILLISECONDS:
        logger.warning("no time is left: the events come again", events=len(portion.received))
        return [item for item, _ in portion.received]
    return _apply(portion)


def _apply(portion: Portion) -> list[str]:
    """Apply a portion in one transaction; returns the SQS message ids of the events that could not be applied.

    Halves the portion until an event that the database refuses stands alone, so that the others are applied.
    """
    received = portion.received
    try:
        _store(portion)
    except Unavailable:
        logger.exception("the database is unavailable: the events come again", events=len(received))
        return [item for item, _ in received]
    except HttpError:
        if len(received) == 1:
            ((item, event),) = received
            logger.exception("the database refuses an event", event_id=event.event_id)
            return [item]
        half = len(received) // 2
        return _apply(_portion(received[:half])) + _apply(_portion(received[half:]))
    return []


def _store(portion: Portion) -> None:
    if not portion.received:
        return
    with db.transaction(role="service_role", timeout_seconds=SECONDS) as cursor:
        if portion.test_sends:
            email_events.apply_to_tests(cursor, portion.test_sends)
        if not portion.sends:
            return
        applied = email_events.apply(cursor, portion.sends)
    _report(applied)


def _report(applied: email_events.Applied) -> None:
    logger.info(
        "events applied",
        events=applied.events,
        changed=applied.changed,
        suppressed=applied.suppressed,
        unknown_sends=applied.unknown_sends,
    )
    if applied.sent_twice:
        # An alarm counts these lines: two attempts of one message were accepted.
        logger.error("accepted twice", email_send_ids=applied.sent_twice, sent_twice=len(applied.sent_twice))
