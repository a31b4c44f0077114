"""Events of SES through the function's handler (parse, apply, commit); floor: a bare UPDATE of as many rows."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import uuid4

import psycopg

from ddp import migrator
from ddp.queries import load
from ddp.queries.arrays import array, uuids
from tests import lambdas, ses_events
from tests.benchmarks.measure import Row, alternate
from tests.database.servers import DEFAULT, SCHEMA, Database, DatabaseServer

EVENTS = int(os.environ.get("DDP_BENCH_EMAIL_EVENTS", "400_000"))
BATCH = 5_000
# As many messages as a large campaign has: a table that fits into the processor's cache flatters the bare UPDATE.
# At most twice the bare statement; the rest is parsing, storing the events, locks and sums.
TARGET = 2.0
AT = {"delivery": "2026-10-12T08:00:01.903Z", "open": "2026-10-12T09:14:03.220Z"}
SQL = load(__file__)

Step = Callable[[], object]


def rows() -> Iterator[Row]:
    """Each message gets a Delivery and, in a later batch, an Open. The two sides alternate, batch by batch."""
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        server.set_passwords()
        yield from _measure(database)
    finally:
        server.stop()


def _measure(database: Database) -> Iterator[Row]:
    from ddp.observability import logger
    from functions.email.ses import events as parsing

    logger.setLevel("WARNING")

    handled, bare = (_batches(_ledger(database)) for _ in range(2))
    with database.connect() as connection:
        connection.execute("vacuum analyze public.email_sends")
    batches = [ses_events.batch(ses_events.event(name, send) for name, send in batch) for batch in handled]
    seconds = [0.0, 0.0, 0.0]
    for batch, update in zip(batches, _bare(database, bare), strict=True):
        bodies = [record["body"] for record in batch["Records"]]
        calls = (
            _handle(database, batch),
            update,
            lambda bodies=bodies: [parsing.parse(body) for body in bodies],
        )
        for side, (taken,) in enumerate(alternate(calls, rounds=1)):
            seconds[side] += taken
    measured, floor, parsed = seconds
    what = f"{EVENTS:,} events in batches of {BATCH:,}: {EVENTS / measured:,.0f} per second"
    yield Row(what=what, measured=measured, floor=floor, target=TARGET, wrong=not _is_done(database))
    yield Row(what="parsing alone", measured=parsed)


def _ledger(database: Database) -> list[str]:
    """Insert messages of a new sender, half as many as there will be events. Returns their ids."""
    parameters = {"owner": uuid4(), "count": EVENTS // 2}
    with database.connect() as connection:
        for name in ("platform", "campaign", "email_campaign"):
            connection.execute(getattr(SQL, name), parameters)
        return [row[0] for row in connection.execute(SQL.sends, parameters)]


def _batches(sends: Sequence[str]) -> list[list[tuple[str, str]]]:
    """Names of events and their messages: all deliveries, then all opens, in different random orders."""
    chance = random.Random(1)
    events = [(name, send) for name in ("delivery", "open") for send in chance.sample(sends, len(sends))]
    return [events[start : start + BATCH] for start in range(0, len(events), BATCH)]


def _handle(database: Database, batch: dict[str, Any]) -> Step:
    from functions.email import events

    os.environ["DATABASE_URL"] = database.server.url(database.name, "ddp_worker")

    def call() -> None:
        answer = events.handler(batch, lambdas.Context())  # type: ignore[arg-type]  # as much of one as is read
        if answer["batchItemFailures"]:
            raise RuntimeError("events were not applied")

    return call


def _bare(database: Database, batches: Sequence[Sequence[tuple[str, str]]]) -> Iterator[Step]:
    """One UPDATE per batch by the owner, to whom no policy applies; its arrays are made beforehand."""
    connection = psycopg.connect(database.url, autocommit=True, prepare_threshold=None)
    connection.execute(
        "set enable_hashjoin = off; set enable_mergejoin = off"
    )  # look rows up by key, as the function does
    for batch in batches:
        (name,) = {name for name, _ in batch}
        at = array([AT[name]] * len(batch))
        nothing = array([None] * len(batch))
        parameters = {
            "sends": uuids([send for _, send in batch]),
            "statuses": array([{"delivery": "delivered", "open": "opened"}[name]] * len(batch)),
            "delivered_at": at if name == "delivery" else nothing,
            "opened_at": at if name == "open" else nothing,
        }
        yield lambda parameters=parameters: connection.execute(SQL.bare_update, parameters)
    connection.close()


def _is_done(database: Database) -> bool:
    """Whether both sides led to the same ledger, and every event of the handler is stored."""
    with database.connect() as connection:
        rows = connection.execute(SQL.result).fetchall()
    return rows == [(EVENTS // 2, EVENTS // 2, EVENTS)] * 2
