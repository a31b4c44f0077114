"""How long one plan takes in the send stage while others are open."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from ddp import db, migrator
from ddp.channels import EMAIL, Channel
from tests.benchmarks.sending import sending
from tests.database.servers import DEFAULT, SCHEMA, DatabaseServer

SECONDS = 60


@contextmanager
def platform(channel: Channel) -> Iterator[psycopg.Connection[Any]]:
    """A database that the stage works on, and its owner's connection."""
    from tests import lambdas  # noqa: F401  # the environment that functions read when imported

    os.environ["POWERTOOLS_LOG_LEVEL"] = "ERROR"
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        server.set_passwords()
        db.close()
        os.environ["DATABASE_URL"] = server.url(database.name, "ddp_worker")
        with database.connect() as owner:
            sending.prepare(owner, channel)
            yield owner
    finally:
        db.close()
        server.stop()


def finish(
    channel: Channel, plan: UUID, count: int, *, in_flight: int, call_seconds: float = 0
) -> tuple[float, int]:
    """Seconds until all `count` messages of the plan are accepted, and the number of other messages by then."""
    from functions.sending.dispatch import Dispatcher, Run

    transport = _Watching(plan, count, call_seconds)
    dispatcher: Dispatcher[Any] = Dispatcher(
        channel=channel,
        quota_bucket=channel.name if channel is EMAIL else None,
        queue_url="",
        transport=transport,
        composer_of=lambda _plan, _variant: _Composer(),
        in_flight=in_flight,
    )
    start = time.monotonic()
    while transport.of_plan < count:
        if time.monotonic() - start > SECONDS:
            raise RuntimeError("the watched campaign did not finish in time")
        # Short runs, so that the end of the watched plan is noticed soon.
        Run(dispatcher, deadline=time.monotonic() + 15.5).send_all()
        time.sleep(0.05)
    return transport.ended_at - start, transport.of_others


class _Composer:
    """Each message is the id of its plan, and nothing else."""

    def compose(self, recipient: Any) -> UUID:
        plan: UUID = recipient.send_plan_id
        return plan


@dataclass(slots=True)
class _Watching:
    """Accepts everything, and counts messages until the watched plan is finished."""

    plan: UUID
    count: int
    call_seconds: float
    of_plan: int = 0
    of_others: int = 0
    ended_at: float = 0.0
    longest_call: float = 0.0

    def fitting(self, messages: Sequence[Any]) -> int:
        return min(len(messages), 50)

    def send(self, messages: Sequence[Any]) -> list[Any]:
        from tests.transports import ACCEPTED

        time.sleep(self.call_seconds)
        for plan in messages:
            self._note(plan == self.plan)
        return [ACCEPTED] * len(messages)

    def _note(self, is_watched: bool) -> None:
        if self.of_plan == self.count:
            return
        self.of_plan += is_watched
        self.of_others += not is_watched
        if self.of_plan == self.count:
            self.ended_at = time.monotonic()

    def quota(self) -> None:
        return None
