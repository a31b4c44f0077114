"""The cost of a million recipients: measured on ten thousand in the real stages, and scaled."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg

from ddp import db, migrator
from ddp.channels import EMAIL
from tests import ses_events
from tests.benchmarks.events import email_events, reporting
from tests.benchmarks.measure import Row
from tests.benchmarks.sending import sending, sending_process
from tests.database.servers import DEFAULT, SCHEMA, Database, DatabaseServer

MILLION, RECIPIENTS = 1_000_000, 10_000
# The memory that infra/capabilities gives the functions.
GB = 1769 / 1024
CHUNK, SES_CALL = 500, 50
# A chunk's hint is sent, received and deleted. SNS puts events in; they are received and deleted ten at a time.
REQUESTS_A_CHUNK, REQUESTS_AN_EVENT = 3, 1 + 2 / 10


def rows() -> Iterator[Row]:
    """One row per stage: `measured` is its time for a million recipients or events on this machine."""
    from tests import lambdas  # noqa: F401  # the environment that functions read when imported

    os.environ["POWERTOOLS_LOG_LEVEL"] = "ERROR"
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        server.set_passwords()
        yield _sending(database)
        yield _events(database)
    finally:
        db.close()
        server.stop()


def _sending(database: Database) -> Row:
    """The stage without rendering and without waiting for the provider."""
    with database.connect() as owner:
        sending.prepare(owner, EMAIL)
        sending.seed(owner, EMAIL, RECIPIENTS)
    url = database.server.url(database.name, "ddp_worker")
    seconds, statements, commits = _count(database, lambda: sending_process.stage(EMAIL, url))
    factor = MILLION / RECIPIENTS
    return Row(
        what=f"send a million recipients: {seconds * factor * GB:,.0f} GB-s, {statements * factor:,.0f} statements"
        f" in {commits * factor:,.0f} transactions, {REQUESTS_A_CHUNK * MILLION // CHUNK:,} SQS requests,"
        f" {MILLION // SES_CALL:,} SES calls",
        measured=seconds * factor,
    )


def _events(database: Database) -> Row:
    from ddp.observability import logger
    from functions.email import events
    from tests import lambdas

    logger.setLevel("WARNING")
    ledger = email_events.REPORTING.ledger(database)
    batches = [
        ses_events.batch(ses_events.event(name, send) for name, send in batch)
        for batch in email_events.REPORTING.batches(ledger)
    ]

    def stage() -> None:
        for batch in batches:
            events.handler(batch, lambdas.Context())  # type: ignore[arg-type]  # as much of one as is read

    seconds, statements, commits = _count(database, stage)
    factor = MILLION / reporting.EVENTS
    return Row(
        what=f"apply a million events: {seconds * factor * GB:,.0f} GB-s, {statements * factor:,.0f} statements"
        f" in {commits * factor:,.0f} transactions, {REQUESTS_AN_EVENT * MILLION:,.0f} SQS requests",
        measured=seconds * factor,
    )


def _count(database: Database, call: Callable[[], object]) -> tuple[float, int, int]:
    """Seconds, statements that the worker sent (BEGIN with its settings is one), and committed transactions."""
    statements, execute = 0, psycopg.Cursor.execute

    def counted(self: Any, *values: Any, **options: Any) -> Any:
        nonlocal statements
        statements += self.connection.info.user == "ddp_worker"
        return execute(self, *values, **options)

    db.close()
    os.environ["DATABASE_URL"] = database.server.url(database.name, "ddp_worker")
    before = _commits(database)
    psycopg.Cursor.execute = counted  # type: ignore[method-assign]
    try:
        start = time.perf_counter()
        call()
        seconds = time.perf_counter() - start
    finally:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]
        db.close()  # the statistics include a connection's work once it has ended
    time.sleep(0.5)
    return seconds, statements, _commits(database) - before


def _commits(database: Database) -> int:
    with database.connect() as connection:
        query = "select xact_commit from pg_stat_database where datname = current_database()"
        row = connection.execute(query).fetchone()
    assert row is not None
    commits: int = row[0]
    return commits
