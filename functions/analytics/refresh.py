"""Queue analytics-refresh, each minute: adds what changed to statistics; every six hours, compares a sample with facts.

The database holds the work: a queue of changes, and the slices of a recomputation. Each portion is one transaction, so
that a worker which is killed loses the portion under way and nothing else. Two at once are harmless: the second finds
the first at work, and leaves it to it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg.errors import QueryCanceled

from ddp import db, queues
from ddp.errors import Unavailable
from ddp.observability import logger
from ddp.queries import heartbeats
from ddp.queries.analytics import exports, refreshing
from ddp.queries.analytics.refreshing import Portion
from functions.analytics.exports import waiting

# Seconds that one portion may take at most; the function begins none that might not end in time.
PORTION_SECONDS = 100
RESERVE = (PORTION_SECONDS + 10) * 1000
# Seconds of a run in which counts are begun that no portion has room for.
COUNTING_SECONDS = 30
# The share of the statistics that is compared with the facts at each check: of four each day, 1 %.
SAMPLE = 0.0025


def process(record: SQSRecord, context: LambdaContext) -> None:
    """Do what a message asks for; whatever is not a check is a refresh."""
    if _type(record.body) == "Check":
        check()
    else:
        waiting.tell()
        refresh(lambda: context.get_remaining_time_in_millis() < RESERVE)


def refresh(time_is_short: Callable[[], bool]) -> None:
    """Take portion after portion until nothing is left or the time is short; harmless when repeated."""
    with _transaction() as cursor:
        run_id = refreshing.begin(cursor)
    try:
        taken = _take(run_id, time_is_short)
    except Exception as error:
        _end(run_id, error=f"{type(error).__name__}: {error}")
        raise
    _count_recipients(time_is_short)
    left = _end(run_id)
    with _transaction() as cursor:
        fresh = refreshing.freshness(cursor)
    # The schedule's heartbeat and the alarm on as_of read this line.
    logger.info("refreshed", taken=taken, left=left, as_of_seconds=fresh.seconds)


def check() -> None:
    """Compare a sample of the statistics with the facts; then have scores derived that change as time goes by."""
    with _transaction() as cursor:
        differing = refreshing.differing(cursor, share=SAMPLE)
        refreshing.touch_aging_scores(cursor)
    # An alarm reads this line.
    logger.info("statistics checked", differing=differing)


def _take(run_id: int, time_is_short: Callable[[], bool]) -> int:
    taken = 0
    while not time_is_short():
        portion = _take_portion(run_id)
        if portion is None:
            continue
        taken += portion.taken or 0
        if portion.is_drained or portion.taken is None:
            break
    return taken


def _take_portion(run_id: int) -> Portion | None:
    """One portion; None if it was a slice of a recomputation that took too long: now it is two."""
    try:
        with _transaction() as cursor:
            portion = refreshing.take_portion(cursor, run_id)
            unbegun = exports.unbegun_seconds(cursor)
    except Unavailable as error:
        if not (isinstance(error.__cause__, QueryCanceled) and _cut_slice()):
            raise
        return None
    heartbeats.beat("analytics-refresh", **{"analytics-export": unbegun})
    return portion


def _cut_slice() -> bool:
    with _transaction() as cursor:
        is_cut = refreshing.cut_slice(cursor)
    logger.warning("a slice of a recomputation took too long", is_cut=is_cut)
    return is_cut


def _count_recipients(time_is_short: Callable[[], bool]) -> None:
    """Count the recipients of senders with many messages, which no portion does; one that fails is due in an hour."""
    until = time.monotonic() + COUNTING_SECONDS
    while not time_is_short() and time.monotonic() < until:
        with _transaction() as cursor:
            sender = refreshing.take_template_sender(cursor)
        if sender is None:
            break
        try:
            with _transaction() as cursor:
                refreshing.count_template_sender(cursor, sender)
        except Unavailable:
            logger.warning("the recipients of a template were not counted", sender=str(sender["user_id"]))


def _end(run_id: int, *, error: str | None = None) -> int:
    with _transaction() as cursor:
        return refreshing.end(cursor, run_id, error=error)


def _transaction() -> Any:
    return db.transaction(role="service_role", timeout_seconds=PORTION_SECONDS)


def _type(body: str) -> object:
    try:
        message = json.loads(body)
    except ValueError:
        return None
    return message.get("type") if isinstance(message, dict) else None


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Work on a batch of messages; each says the same as the next, so that refreshing again finds nothing to do."""
    return queues.process(event, context, lambda record: process(record, context))
