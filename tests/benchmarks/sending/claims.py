"""Claiming recipients: with one open plan and with 10,000, through the twin for SMS, and under a frequency cap."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg

from ddp import migrator
from ddp.queries import load
from tests.benchmarks.measure import Row, alternate
from tests.database.servers import DEFAULT, SCHEMA, DatabaseServer

ROUNDS, CLAIM = 30, 500
# Open plans of other senders: due now and served after the measured one, due tomorrow, and paused.
OTHERS = 3_333
WAIT_TARGET = 0.005

SQL = load(__file__)


def rows() -> Iterator[Row]:
    """Seconds of a claim of 500, of asking how long to wait, of the same claim for SMS, and of sending under a cap."""
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        few, many = _worker(server, others=0), _worker(server, others=OTHERS)
        yield from _open_plans(few, many)
        yield _twin(few)
        yield _capped(few, _worker(server, others=0, is_capped=True))
    finally:
        server.stop()


def _worker(server: DatabaseServer, *, others: int, is_capped: bool = False) -> psycopg.Connection[Any]:
    """A worker's connection to a database with a large plan, and other open plans of as many senders.

    `is_capped`: the sender of the large plan has a frequency cap, and has written to its recipients before.
    """
    database = server.create()
    migrator.apply(database.url, SCHEMA)
    server.set_passwords()
    with database.connect() as owner:
        owner.execute(SQL.rates)
        for due_in, paused in (
            (timedelta(0), False), (timedelta(days=1), False), (timedelta(0), True)
        ):  # fmt: skip
            values = {"senders": others, "recipients": 1, "due_in": due_in, "paused": paused}
            owner.execute(SQL.senders, values)
        owner.execute(SQL.served_last)
        large = {"senders": 1, "recipients": 4 * (ROUNDS + 1) * CLAIM}
        owner.execute(SQL.senders, large | {"due_in": timedelta(0), "paused": False})
        owner.execute(SQL.sms, large)
        if is_capped:
            owner.execute(SQL.cap)
            owner.execute(SQL.counters)
    with database.connect() as owner:
        owner.execute("vacuum analyze")
    worker = psycopg.connect(server.url(database.name, "ddp_worker"), autocommit=True)
    worker.execute("set role service_role")
    return worker


def _claim(worker: psycopg.Connection[Any], channel: str) -> Callable[[], object]:
    statement = f"select * from ddp.claim_{channel}_sends({CLAIM}, '3 minutes')".encode()

    def call() -> None:
        if (claimed := len(worker.execute(statement).fetchall())) != CLAIM:
            raise RuntimeError(f"claimed {claimed} recipients instead of {CLAIM}")
        # As if it had not been served: the others come after it in each round.
        worker.execute(
            "update ddp.bucket_senders set last_served_at = null where last_served_at < now() + interval '1 minute'"
        )

    return call


def _open_plans(few: psycopg.Connection[Any], many: psycopg.Connection[Any]) -> Iterator[Row]:
    alone, among = alternate([_claim(few, "email"), _claim(many, "email")], rounds=ROUNDS)
    yield Row(
        what=f"a claim of {CLAIM} among {3 * OTHERS:,} open plans; floor: with one",
        measured=statistics.median(among),
        floor=statistics.median(alone),
        target=1.3,
    )
    yield Row(
        what=f"the first claim among them, which passes over {OTHERS:,} paused senders",
        measured=among[0],
    )
    (waits,) = alternate([lambda: many.execute("select ddp.send_wait('email')").fetchone()], rounds=ROUNDS)
    yield Row(
        what=f"how long to wait, among them (at most {WAIT_TARGET * 1000:.0f} ms)",
        measured=statistics.median(waits),
        wrong=statistics.median(waits) > WAIT_TARGET,
    )


def _twin(few: psycopg.Connection[Any]) -> Row:
    email, sms = alternate([_claim(few, "email"), _claim(few, "sms")], rounds=ROUNDS)
    return Row(
        what=f"a claim of {CLAIM} of SMS, by the twin; floor: of e-mail",
        measured=statistics.median(sms),
        floor=statistics.median(email),
        target=1.05,
    )


def _send(worker: psycopg.Connection[Any]) -> Callable[[], object]:
    """Claims recipients, starts their calls, and records that all were accepted, as a worker does."""
    claim = f"select send_call_id, email_send_id from ddp.claim_email_sends({CLAIM}, '3 minutes')".encode()

    def call() -> None:
        claimed = worker.execute(claim).fetchall()
        calls = list({call for call, _ in claimed})
        started = worker.execute(SQL.start, {"calls": calls}).fetchone()
        if started != (CLAIM,):
            raise RuntimeError(f"{started} of {CLAIM} recipients may go")
        worker.execute(SQL.record, {"calls": calls, "sends": [send for _, send in claimed]})

    return call


def _capped(few: psycopg.Connection[Any], capped: psycopg.Connection[Any]) -> Row:
    free, under = alternate([_send(few), _send(capped)], rounds=ROUNDS)
    return Row(
        what=f"claim, start and record {CLAIM} under a frequency cap; floor: without one",
        measured=statistics.median(under),
        floor=statistics.median(free),
        target=1.3,
    )
