"""Events of Amazon SES: thousands in one statement. What is not ours is logged and dropped, and holds nobody up.

They come at least once, in any order, early and late; ddp.apply_email_events() makes that no difference.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat
from operator import attrgetter
from typing import Any, NamedTuple, TypedDict

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db
from ddp.errors import CallerError, Unavailable
from ddp.observability import logger
from ddp.queries import email_events
from functions.email.ses import events as ses_events
from functions.email.ses import evidence as outcomes
from functions.email.ses.events import Event, NotOurs

# Events a transaction: enough to be set-wise, few enough that others do not wait long for its rows. The first ones are
# smaller: the database begins soon, and works on one portion while the next one, not twice as long to read, is read.
PORTIONS = (500, 1_000, 2_000)

# Seconds after which the thread that reads lets the other one go on that has an answer of the database.
_SWITCH = 0.000_5

SECONDS = 60


class Failure(TypedDict):
    """An entry of a partial batch response."""

    itemIdentifier: str


class Answer(TypedDict):
    """A partial batch response."""

    batchItemFailures: list[Failure]


Received = tuple[str, Event]


class Portion(NamedTuple):
    """Events with the ids of their messages, and the arrays that hand them to PostgreSQL (None: there are no such)."""

    received: Sequence[Received]
    sends: email_events.Arrays | None
    tests: email_events.Arrays | None


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Answer:  # noqa: ARG001 - Lambda passes both
    """Apply a batch of events; only messages that may be applied later come again."""
    records: Sequence[dict[str, Any]] = event["Records"]
    sys.setswitchinterval(_SWITCH)
    # One thread, as there is one connection: it waits for the database, while this one reads the next portion.
    with ThreadPoolExecutor(1, thread_name_prefix="database") as database:
        applied = [database.submit(_apply, _portion(list(_parse(portion)))) for portion in _portions(records)]
    failed = [message_id for portion in applied for message_id in portion.result()]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _portions(records: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    start = 0
    for size in chain(PORTIONS, repeat(PORTIONS[-1])):
        if start >= len(records):
            return
        yield records[start : start + size]
        start += size


def _parse(records: Iterable[dict[str, Any]]) -> Iterator[Received]:
    """Events with the ids of their messages; the others are counted by why they are none, once a portion."""
    dropped: Counter[str] = Counter()
    for record in records:
        try:
            yield record["messageId"], ses_events.parse(record["body"])
        except NotOurs as reason:
            dropped[str(reason)] += 1
    if dropped:
        logger.warning("not ours: dropped", dropped=dict(dropped))


def _portion(received: Sequence[Received]) -> Portion:
    # In the order of keys, neighbours in the database's indexes come one after the other.
    sends = sorted((event for _, event in received if event.attempt), key=attrgetter("send_id"))
    tests = [event for _, event in received if not event.attempt]
    return Portion(
        received,
        email_events.arrays(_columns(sends)) if sends else None,
        email_events.arrays(_test_columns(tests)) if tests else None,
    )


def _apply(portion: Portion) -> list[str]:
    """Apply a portion in one transaction; the message ids of what could not be applied.

    An event that the database refuses is found by halving, so that it keeps no other from being applied.
    """
    received = portion.received
    try:
        _store(portion)
    except Unavailable:
        logger.exception("the database does not answer: the events come again", events=len(received))
        return [message_id for message_id, _ in received]
    except CallerError:
        if len(received) == 1:
            logger.exception("an event that cannot be applied", event_id=received[0][1].event_id)
            return [received[0][0]]
        half = len(received) // 2
        return _apply(_portion(received[:half])) + _apply(_portion(received[half:]))
    return []


def _store(portion: Portion) -> None:
    if not portion.received:
        return
    with db.transaction(role="service_role", timeout_seconds=SECONDS) as cursor:
        if portion.tests:
            email_events.apply_to_tests(cursor, portion.tests)
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


def _columns(events: Sequence[Event]) -> dict[str, email_events.Column]:
    """The events, and what they say together about each message, by the names of apply_events' parameters."""
    gathered = outcomes.gather(events)
    said = gathered.values()
    return {
        "event_ids": [e.event_id for e in events],
        "occurred_at": [e.occurred_at for e in events],
        "event_sends": [e.send_id for e in events],
        "event_attempts": [e.attempt for e in events],
        "event_types": [e.kind for e in events],
        "is_machine": [e.is_machine for e in events],
        "details": [e.detail for e in events],
        "sends": list(gathered),
        "accepted": [o.accepted for o in said],
        "attempts": [o.attempt for o in said],
        "message_ids": [o.message_id for o in said],
        "statuses": [o.status for o in said],
        "sent_at": [o.sent_at for o in said],
        "delivered_at": [o.delivered_at for o in said],
        "opened_at": [o.opened_at for o in said],
        "machine_opened_at": [o.machine_opened_at for o in said],
        "clicked_at": [o.clicked_at for o in said],
        "bounced_at": [o.bounced_at for o in said],
        "bounce_reasons": [o.bounce_reason for o in said],
        "hard_bounced_at": [o.hard_bounced_at for o in said],
        "soft_bounced_at": [o.soft_bounced_at for o in said],
        "complained_at": [o.complained_at for o in said],
        "failed_attempts": [o.failed_attempt for o in said],
        "failed_at": [o.failed_at for o in said],
        "failure_codes": [o.failure_code for o in said],
        "failure_reasons": [o.failure_reason for o in said],
    }


def _test_columns(events: Sequence[Event]) -> dict[str, email_events.Column]:
    """A test send is sent, or failed: refused, or its address does not exist."""
    gathered = outcomes.gather(events)
    said = gathered.values()
    reasons = [o.failure_reason or (o.bounce_reason if o.hard_bounced_at else None) for o in said]
    return {
        "tests": list(gathered),
        "statuses": ["failed" if reason else "sent" for reason in reasons],
        "message_ids": [o.message_id for o in said],
        "reasons": reasons,
    }
