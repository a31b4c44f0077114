"""Applies events of the provider to the ledger of SMS, thousands in one statement.

functions/sending/reports/batches.py has how they are received; ddp.apply_sms_events() gives the same result for any
order and any number of repetitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.channels import SMS
from ddp.observability import logger
from ddp.queries import heartbeats
from ddp.queries.arrays import Arrays
from ddp.queries.sending import reported
from ddp.queries.sending.reported import Applied, TestResult
from ddp.queries.sms import events as sms_events
from ddp.queries.sms.events import Evidence
from functions.sending.reports.batches import Batches
from functions.sending.reports.partial import Answer
from functions.sms.reports.receipts import KINDS, Event, parse


class Parameters(NamedTuple):
    """The parameters of a portion's statements; None where no event is of that sort."""

    sends: Arrays | None
    test_sends: Arrays | None


@logger.inject_lambda_context(clear_state=True)
@heartbeats.of_worker
def handler(event: dict[str, Any], context: LambdaContext) -> Answer:
    """Apply a batch of events; fails just the items that must come again, such as those there was no time for."""
    return _BATCHES.apply(event["Records"], context)


def gather(events: Iterable[Event]) -> list[Evidence]:
    """What events prove about each message: only minima, maxima and unions, so that order does not matter."""
    by_send: dict[str, Evidence] = {}
    for event in events:
        evidence = by_send.get(event.send_id)
        if evidence is None:
            evidence = by_send[event.send_id] = Evidence(event.send_id)
        _add_acceptance(evidence, event)
        _add_fate(evidence, event)
        _add_charge(evidence, event)
    return list(by_send.values())


def _add_acceptance(evidence: Evidence, event: Event) -> None:
    if event.attempt:  # a test send has no attempts
        evidence.accepted |= 1 << (event.attempt - 1)
    if evidence.attempt is None or event.attempt > evidence.attempt:
        evidence.attempt, evidence.message_id = event.attempt, event.message_id
    evidence.sent_at = _earliest(evidence.sent_at, event.accepted_at)
    evidence.status = evidence.status or "sent"


def _add_fate(evidence: Evidence, event: Event) -> None:
    kind, at = KINDS[event.kind], event.occurred_at
    if kind.status == "delivered":
        evidence.delivered_at = _earliest(evidence.delivered_at, at)
        evidence.status = "delivered"
    if kind.is_unreachable:
        evidence.undelivered_at = _earliest(evidence.undelivered_at, at)
    if event.is_last_word:
        latest = -1 if evidence.reported_attempt is None else evidence.reported_attempt
        if event.attempt > latest:
            evidence.reported_attempt, evidence.reported_at = event.attempt, at
        elif event.attempt == latest:
            evidence.reported_at = _earliest(evidence.reported_at, at)
    if kind.code is not None:
        _add_failure(evidence, event, kind.code, kind.sentence)


def _add_failure(evidence: Evidence, event: Event, code: str, sentence: str | None) -> None:
    """Keeps the failure of the latest attempt: only that can be about the current one. Of several, the earliest."""
    latest = -1 if evidence.failed_attempt is None else evidence.failed_attempt
    known = (evidence.failed_at or "", evidence.failure_code or "")
    if event.attempt > latest or (event.attempt == latest and (event.occurred_at, code) < known):
        evidence.failed_attempt, evidence.failed_at = event.attempt, event.occurred_at
        evidence.failure_code, evidence.failure_reason = code, sentence


def _add_charge(evidence: Evidence, event: Event) -> None:
    if event.charge is not None:
        attempt = str(event.attempt)
        evidence.charges[attempt] = max(evidence.charges.get(attempt, 0.0), float(event.charge))


def _earliest(known: str | None, at: str) -> str:
    return at if known is None or at < known else known


def _prepare(events: Sequence[Event]) -> Parameters:
    # In the order of keys: neighbours in the database's indexes then follow each other.
    sends = sorted((event for event in events if event.attempt), key=attrgetter("send_id"))
    test_sends = [event for event in events if not event.attempt]
    return Parameters(
        sms_events.arrays_of_sends(sends, gather(sends)) if sends else None,
        reported.arrays_of_test_sends([_test_result(one) for one in gather(test_sends)])
        if test_sends
        else None,
    )


def _test_result(evidence: Evidence) -> TestResult:
    status = "failed" if evidence.failure_code and evidence.status != "delivered" else "sent"
    return TestResult(
        evidence.send_id, status, evidence.message_id, evidence.failure_reason if status == "failed" else None
    )


def _store(cursor: Cursor[DictRow], parameters: Parameters) -> Applied | None:
    if parameters.test_sends:
        reported.apply_to_tests(cursor, SMS, parameters.test_sends)
    return sms_events.apply(cursor, parameters.sends) if parameters.sends else None


_BATCHES = Batches(parse=parse, prepare=_prepare, store=_store)
