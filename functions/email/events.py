"""Applies events of Amazon SES to the ledger, thousands in one statement; see functions/sending/reports/batches.py."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.channels import EMAIL
from ddp.observability import logger
from ddp.queries import heartbeats
from ddp.queries.arrays import Arrays
from ddp.queries.email import events as email_events
from ddp.queries.email.events import Evidence
from ddp.queries.sending import reported
from ddp.queries.sending.reported import Applied, TestResult
from functions.email.ses.events import Event, parse
from functions.email.ses.evidence import gather
from functions.sending.reports.batches import Batches
from functions.sending.reports.partial import Answer


class Parameters(NamedTuple):
    """The parameters of a portion's statements; None where no event is of that sort."""

    sends: Arrays | None
    test_sends: Arrays | None


@logger.inject_lambda_context(clear_state=True)
@heartbeats.of_worker
def handler(event: dict[str, Any], context: LambdaContext) -> Answer:
    """Apply a batch of events; fails exactly the items that must come again, such as those there was no time for."""
    return _BATCHES.apply(event["Records"], context)


def _prepare(events: Sequence[Event]) -> Parameters:
    # In the order of keys: neighbours in the database's indexes then follow each other.
    sends = sorted((event for event in events if event.attempt), key=attrgetter("send_id"))
    test_sends = [event for event in events if not event.attempt]
    return Parameters(
        _send_arrays(sends) if sends else None, _test_send_arrays(test_sends) if test_sends else None
    )


def _send_arrays(events: Sequence[Event]) -> Arrays:
    return email_events.arrays_of_sends(events, gather(events))


def _test_send_arrays(events: Sequence[Event]) -> Arrays:
    return reported.arrays_of_test_sends([_test_result(evidence) for evidence in gather(events)])


def _test_result(evidence: Evidence) -> TestResult:
    """A test send has failed where SES refused it or its address does not exist."""
    reason = evidence.failure_reason or (evidence.bounce_reason if evidence.hard_bounced_at else None)
    return TestResult(evidence.send_id, "failed" if reason else "sent", evidence.message_id, reason)


def _store(cursor: Cursor[DictRow], parameters: Parameters) -> Applied | None:
    if parameters.test_sends:
        reported.apply_to_tests(cursor, EMAIL, parameters.test_sends)
    return email_events.apply(cursor, parameters.sends) if parameters.sends else None


_BATCHES = Batches(parse=parse, prepare=_prepare, store=_store)
