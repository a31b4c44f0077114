"""Queue social-poll: each minute reads the numbers of posts that are due, and once a day asks what platforms send.

Readings are claimed with a lease. A worker that is killed leaves them to the next one; reading twice changes nothing.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues
from ddp.observability import logger
from ddp.providers.social.measures import Kind
from ddp.queries.engagement import events, polls
from functions.engagement import subscribing
from functions.engagement.readings import Readings, grouped

LEASE = timedelta(minutes=2)
CLAIM = 1_000
ACCOUNTS_AT_ONCE = 8
# Seconds of the function's time that are kept for the readings under way.
RESERVE = 100.0


def poll_posts(seconds: float) -> None:
    """Read what is due, until nothing is or the time is up."""
    ends, read = time.monotonic() + seconds, 0
    while True:
        found = _poll_some()
        read += found
        if found < CLAIM or time.monotonic() > ends:
            break
    with db.transaction(role="service_role", timeout_seconds=30) as cursor:
        matched = events.match(cursor, limit=CLAIM)
        for code in events.waiting_deletions(cursor, limit=100):
            events.forget(cursor, code)
        events.forget_raw(cursor, limit=10 * CLAIM)
        figures = polls.figures(cursor)
    subscribing.subscribe()
    # The schedule's heartbeat and the alarms read these lines.
    logger.info("figures", engagement=figures)
    logger.info("polled", read=read, matched=matched)


def _poll_some() -> int:
    """Claim readings and make them, several accounts at once. Returns how many."""
    worker = uuid4()
    with db.transaction(role="service_role", timeout_seconds=30) as cursor:
        claimed = polls.claim(cursor, limit=CLAIM, worker=worker, lease=LEASE)
        retired = polls.retired(cursor)
    groups = [
        Readings(
            worker=worker, kind=Kind(group[0].kind), polls=group, without=retired.get(group[0].platform, ())
        )
        for group in grouped(claimed)
    ]
    if groups:
        with ThreadPoolExecutor(min(len(groups), ACCOUNTS_AT_ONCE)) as threads:
            list(threads.map(_read, groups))
    return len(claimed)


def _read(readings: Readings) -> None:
    """Never raises: one account's trouble is not that of others, and the claim ends by itself."""
    try:
        readings.read()
    except Exception:  # noqa: BLE001
        logger.exception("readings were not recorded", account_id=str(readings.polls[0].account_id))


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Do what a batch of messages says; harmless when repeated."""

    def work(record: SQSRecord) -> None:
        match json.loads(record.body)["type"]:
            case "PollPosts":
                poll_posts(context.get_remaining_time_in_millis() / 1000 - RESERVE)
            case "CheckSubscriptions":
                subscribing.check()
            case other:
                raise ValueError(f"there is no message {other!r}")

    return queues.process(event, context, work)
