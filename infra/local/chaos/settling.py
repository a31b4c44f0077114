"""After the fire: wait until everything has come to rest, by the schedules and leases of the platform itself."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from ddp.queries import load
from infra.local.chaos.platform import Platform
from infra.local.schedules import reconcile_now

SQL = load(__file__)
HALF_A_MINUTE = Path(__file__).with_name("half_a_minute.sql").read_text()
EVENT_QUEUES = ("ddp-local-email-events", "ddp-local-sms-events")
DEPTH = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
# The promise is 90 seconds from any kill to moving again. Posts that failed for a while are tried again ever later.
SECONDS = 480.0
PAUSE = 2.0
# Every so many pauses, half a minute passes for what is in a hurry.
HURRIED = 2


def settle(platform: Platform, *, is_hurried: bool, show: Callable[[dict[str, int]], None]) -> dict[str, int]:
    """Wait until nothing waits any more; returns what still does after SECONDS, by kind.

    Reconciliation is triggered instead of waiting for its minute. `is_hurried`: half a minute passes at once, again and
    again, for everything that waits; that is harder on the platform than waiting is.
    """
    deadline, number = time.monotonic() + SECONDS, 0
    while waiting := _waiting(platform):
        show(waiting)
        if time.monotonic() > deadline:
            break
        if is_hurried and number % HURRIED == 0:
            with platform.database() as connection:
                half_a_minute_passes(connection)
        with contextlib.suppress(BotoCoreError, ClientError):
            reconcile_now(platform.sqs)
        number += 1
        time.sleep(PAUSE)
    return waiting


def half_a_minute_passes(database: psycopg.Connection[Any]) -> None:
    """Let half a minute pass for everything that waits."""
    for statement in HALF_A_MINUTE.strip().split("\n\n"):
        database.execute(statement.encode())


def _waiting(platform: Platform) -> dict[str, int]:
    """What has not come to rest, by kind; kinds of which nothing waits are left out."""
    try:
        with platform.database() as connection:
            found = connection.execute(SQL.waiting).fetchone() or {}
        counts = {name: int(number) for name, number in found.items()}
        counts["events at the providers"] = (
            platform.mailbox.counts()["events_waiting"] + platform.phones.counts()["events_waiting"]
        )
        counts["events in queues"] = sum(_depth(platform.sqs, name) for name in EVENT_QUEUES)
    except (psycopg.OperationalError, urllib3.exceptions.HTTPError, BotoCoreError, ClientError):
        return {"parts that start again": 1}
    return {name: number for name, number in counts.items() if number}


def _depth(sqs: Any, name: str) -> int:
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=DEPTH)["Attributes"]
    return sum(int(attributes[each]) for each in DEPTH)
