"""A small campaign among nine large ones of other tenants, in the send stage at a limited rate; floor: alone."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from ddp import db, migrator
from ddp.channels import EMAIL
from tests.benchmarks import send_email
from tests.benchmarks.measure import Row
from tests.database.servers import DEFAULT, SCHEMA, DatabaseServer

LARGE, LARGE_COUNT, SMALL_COUNT = 9, 2_000, 400
PER_SECOND = 400
# Ten tenants share the rate, so a tenth of it takes ten times as long, and a little more if a turn has just ended.
# First come, first served would take 46 times as long.
TARGET = 1.1 * (LARGE + 1)
SECONDS = 60

SQL = send_email.SQL


def rows() -> list[Row]:
    """Seconds of the small campaign among the others and alone; both begin with an empty bucket."""
    from tests import lambdas  # noqa: F401  # the environment that functions read when imported

    os.environ["POWERTOOLS_LOG_LEVEL"] = "ERROR"
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        return [_measure(server)]
    finally:
        db.close()
        server.stop()


def _measure(server: DatabaseServer) -> Row:
    database = server.create()
    migrator.apply(database.url, SCHEMA)
    server.set_passwords()
    db.close()
    os.environ["DATABASE_URL"] = server.url(database.name, "ddp_worker")
    with database.connect() as owner:
        owner.execute(SQL.rate)
        alone, _ = _finish(owner, _seed(owner, SMALL_COUNT))
        for _ in range(LARGE):
            _seed(owner, LARGE_COUNT)
        among, others = _finish(owner, _seed(owner, SMALL_COUNT))
    return Row(
        what=f"{SMALL_COUNT} recipients among {LARGE} campaigns of {LARGE_COUNT:,}, {PER_SECOND} per second;"
        f" meanwhile {others:,} recipients of the others were sent to",
        measured=among,
        floor=alone,
        target=TARGET,
    )


def _seed(owner: psycopg.Connection[Any], recipients: int) -> UUID:
    """Insert a campaign of a new tenant. Returns its plan's id."""
    row = owner.execute(SQL.seed, {"recipients": recipients}).fetchone()
    assert row is not None
    plan: UUID = row[0]
    return plan


def _finish(owner: psycopg.Connection[Any], plan: UUID) -> tuple[float, int]:
    """Seconds until all of the plan's messages are accepted, and the number of other messages by then."""
    from functions.sending.dispatch import Dispatcher, Run

    owner.execute("update ddp.rate_buckets set per_second = %s, tokens = 0, filled_at = now()", [PER_SECOND])
    transport = _Watching(plan)
    dispatcher = Dispatcher(
        channel=EMAIL,
        bucket=EMAIL.name,
        queue_url="",
        transport=transport,
        composer_of=lambda _: _Composer(),
        in_flight=8,
    )
    start = time.monotonic()
    while transport.of_plan < SMALL_COUNT:
        if time.monotonic() - start > SECONDS:
            raise RuntimeError("the small campaign did not finish in time")
        # Short runs, so that the end of the watched plan is noticed soon.
        Run(dispatcher, deadline=time.monotonic() + 15.5).send_all()
        time.sleep(0.05)
    return transport.ended_at - start, transport.of_others


class _Composer:
    """Each message names its plan, and nothing else."""

    def compose(self, recipient: Any) -> Any:
        from ddp.providers.email.base import Message, mailbox

        address = mailbox(recipient.address)
        tags = {"plan": str(recipient.send_plan_id)}
        return Message(sender=address, recipient=address, subject="s", html="h", text="t", tags=tags)


@dataclass(slots=True)
class _Watching:
    """Accepts everything at once, and counts messages until the watched plan is finished."""

    plan: UUID
    of_plan: int = 0
    of_others: int = 0
    ended_at: float = 0.0
    longest_call: float = 0.0

    def fitting(self, messages: Sequence[Any]) -> int:
        return min(len(messages), 50)

    def send(self, messages: Sequence[Any]) -> list[Any]:
        from tests.transports import ACCEPTED

        for message in messages:
            self._note(message.tags["plan"] == str(self.plan))
        return [ACCEPTED] * len(messages)

    def _note(self, is_watched: bool) -> None:
        if self.of_plan == SMALL_COUNT:
            return
        self.of_plan += is_watched
        self.of_others += not is_watched
        if self.of_plan == SMALL_COUNT:
            self.ended_at = time.monotonic()

    def quota(self) -> None:
        return None
