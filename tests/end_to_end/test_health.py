"""GET /health of the local stack: what has stopped is named in time, and no longer once it runs again."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import DictRow

from infra.local.processes import LocalError, wait_until
from infra.local.schedules import make_up

from .queue_worker import QueueWorker, emulator_of

if TYPE_CHECKING:
    from .conftest import RunningStack

EVENTS, EXPORT = "email-events", "analytics-export"
# Seconds until something that stopped is named, and until all is well after everything runs again.
NAMED_WITHIN, WELL_WITHIN = 180, 120


def reasons(stack: RunningStack) -> set[str]:
    """What GET /health names; empty if all is well."""
    answer = stack.client().call("GET", "/health")
    assert answer.status == (503 if "reasons" in answer.body else 200)
    return set(answer.body.get("reasons", ()))


def events_of_email(stack: RunningStack) -> QueueWorker:
    return QueueWorker.of(stack, f"ddp-local-{EVENTS}", "functions.email.events.handler")


@contextlib.contextmanager
def disabled(scheduler: Any, name: str) -> Iterator[None]:
    """Disable a schedule during the block."""
    schedule = scheduler.get_schedule(Name=f"ddp-local-{name}")
    kept = {
        key: schedule[key] for key in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target", "State")
    }
    scheduler.update_schedule(**kept | {"State": "DISABLED"})
    try:
        yield
    finally:
        scheduler.update_schedule(**kept)


def test_a_worker_that_stopped_is_named_until_it_takes_messages_again(
    stack: RunningStack, database: psycopg.Connection[DictRow]
) -> None:
    """Without waiting: the heartbeats are made old."""
    sqs = emulator_of(stack).client("sqs")
    with events_of_email(stack).paused():
        database.execute(
            "update ddp.heartbeats set at = now() - interval '200 seconds' where name = %s", (EVENTS,)
        )
        wait_until(lambda: EVENTS in reasons(stack), what=f"the name {EVENTS}", seconds=20, interval=1)

    def is_well() -> bool:
        make_up(sqs)
        return EVENTS not in reasons(stack)

    # A worker that has just noted a heartbeat notes the next one after half a minute.
    wait_until(is_well, what="its end", seconds=90, interval=2)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_stops_is_named_within_three_minutes_and_not_two_minutes_after_it_is_back(
    start_stack: Callable[[], RunningStack],
) -> None:
    stack = start_stack()
    scheduler = emulator_of(stack).client("scheduler")
    wait_until(lambda: is_running(stack), what="a heartbeat of each worker", seconds=300, interval=1)
    wait_until(lambda: not reasons(stack), what="a healthy stack", seconds=300, interval=1)
    with (
        disabled(scheduler, "sending-reconcile"),
        disabled(scheduler, "social-due"),
        events_of_email(stack).paused(),
        QueueWorker.of(stack, f"ddp-local-{EXPORT}", "functions.analytics.export.handler").paused(),
    ):
        # It gets no pings: what shows is a file that nobody begins to write.
        assert stack.client("brand").call("POST", "/analytics/exports", {"list": "files"}).status == 202
        named = first_named(stack, {"sending-reconcile", "social-due", EVENTS, EXPORT})
    back = time.monotonic()
    wait_until(lambda: not reasons(stack), what="the end of all reasons", seconds=WELL_WITHIN, interval=1)
    print(f"named after seconds: {named}; well after {time.monotonic() - back:.0f}")


def is_running(stack: RunningStack) -> bool:
    """Whether each worker has noted a heartbeat: until then it has the half hour of a first deploy."""
    with psycopg.connect(stack.database_url) as connection:
        waiting = connection.execute("select from ddp.heartbeats where at > now() limit 1").fetchone()
    return waiting is None


def first_named(stack: RunningStack, names: set[str]) -> dict[str, float]:
    """After how many seconds each of these was named first; no other may be."""
    began = time.monotonic()
    named: dict[str, float] = {}

    def all_named() -> bool:
        found = reasons(stack)
        assert found <= names
        for name in found:
            named.setdefault(name, round(time.monotonic() - began))
        return named.keys() == names

    try:
        wait_until(all_named, what=f"the names of {names}", seconds=NAMED_WITHIN, interval=1)
    except LocalError as error:
        error.add_note(f"Named were, after seconds: {named}")
        raise
    return named
