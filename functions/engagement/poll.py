"""Queue social-poll: each minute reads the numbers of posts that are due, and once a day asks what platforms send.

Readings are claimed with a lease, which is longer than the function runs. A worker that is killed leaves them to the
next one; reading twice changes nothing.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues
from ddp.observability import logger
from ddp.providers.social.measures import Kind
from ddp.queries import heartbeats
from ddp.queries.engagement import events, polls
from functions.engagement import subscribing
from functions.engagement.readings import Readings, grouped

LEASE = timedelta(minutes=6)
CLAIM = 1_000
ACCOUNTS_AT_ONCE = 8
# Seconds of the function's time that are kept for the readings under way.
RESERVE = 100.0


class Outcomes(defaultdict[str, Counter[str]]):
    """How many readings ended in which way, by platform."""

    def __init__(self) -> None:
        super().__init__(Counter)


def poll_posts(seconds: float) -> None:
    """Read what is due, until nothing is or the time is up."""
    deadline, read, outcomes = time.monotonic() + seconds, 0, Outcomes()
    while True:
        found = _poll_some(deadline, outcomes)
        heartbeats.beat("social-poll")
        read += found
        if found < CLAIM or time.monotonic() > deadline:
            break
    with db.transaction(role="service_role", timeout_seconds=30) as cursor:
        matched = events.match(cursor, limit=CLAIM)
        for code in events.waiting_deletions(cursor, limit=100):
            events.forget(cursor, code)
        events.forget_raw(cursor, limit=10 * CLAIM)
        figures = polls.figures(cursor)
    _log(figures, outcomes)
    heartbeats.beat("social-poll", engagement=round(figures["oldest_due_seconds"]))
    # The schedule's heartbeat reads this line.
    logger.info("polled", read=read, matched=matched)
    subscribing.subscribe_some()


def _log(figures: dict[str, Any], outcomes: Outcomes) -> None:
    """The alarms read the first line, the dashboard's rows of platforms the others."""
    platforms = figures.pop("platforms")
    logger.info("figures", engagement=figures)
    for platform, counted in platforms.items():
        made = outcomes[platform]
        told = {**counted, "readings": made["measured"], "failed": made["failed"]}
        logger.info("figures of a platform", platform=platform, engagement_platform=told)


def _poll_some(deadline: float, outcomes: Outcomes) -> int:
    """Claim readings and make them until then, several accounts at once. Returns how many were claimed."""
    worker = uuid4()
    with db.transaction(role="service_role", timeout_seconds=30) as cursor:
        claimed = polls.claim(cursor, limit=CLAIM, worker=worker, lease=LEASE)
        retired = polls.retired(cursor)
        waiting = polls.waiting(cursor)
    groups = [
        Readings(
            worker=worker,
            kind=Kind(group[0].kind),
            polls=group,
            without=retired.get(group[0].platform, ()),
            deadline=deadline,
            waiting=waiting,
        )
        for group in grouped(claimed)
    ]
    if groups:
        with ThreadPoolExecutor(min(len(groups), ACCOUNTS_AT_ONCE)) as threads:
            list(threads.map(_read, groups))
    for group in groups:
        outcomes[group.polls[0].platform].update(group.outcomes)
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
