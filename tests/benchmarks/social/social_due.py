"""The scan: 10,000 steps that fall due in one minute are claimed and queued; floor: bare SQL and sending."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.rows import dict_row

from ddp import migrator
from ddp.queries import load
from tests.benchmarks.measure import Row, alternate
from tests.benchmarks.services import services
from tests.database.servers import DEFAULT, SCHEMA, DatabaseServer

STEPS, PORTION, ROUNDS, ACCOUNTS = 10_000, 1_000, 5, 50
# At least half of the floor's speed.
TARGET = 2.0

SQL = load(str(Path(__file__).with_name("social.sql")))


def rows() -> Iterator[Row]:
    """Seconds to claim 10,000 steps and send their messages."""
    from tests import lambdas  # noqa: F401  # the environment that functions read when imported

    os.environ["POWERTOOLS_LOG_LEVEL"] = "ERROR"
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        server.set_passwords()
        os.environ["DATABASE_URL"] = server.url(database.name, "ddp_worker")
        with (
            database.connect() as owner,
            tempfile.NamedTemporaryFile() as file,
            services(Path(file.name)) as endpoint,
        ):
            os.environ["AWS_ENDPOINT_URL_SQS"] = endpoint
            seed(owner)
            yield _compared(
                owner, psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, row_factory=dict_row)
            )
    finally:
        from ddp import db

        db.close()
        server.stop()


def seed(owner: psycopg.Connection[Any]) -> None:
    """Accounts with posts that fall due within one minute; and as many that fall due tomorrow."""
    for _ in range(ACCOUNTS):
        row = owner.execute(SQL.account, {"external_id": str(uuid4()), "token": "t"}).fetchone()
        assert row is not None
        values = {"account_id": row[0], "posts": STEPS // ACCOUNTS, "status": "scheduled", "step": "prepare"}
        apart = timedelta(minutes=1) / (STEPS // ACCOUNTS)
        owner.execute(SQL.posts, values | {"due_in": timedelta(0), "apart": apart})
        owner.execute(SQL.posts, values | {"due_in": timedelta(days=1), "apart": apart})
    owner.execute("vacuum analyze")


def _compared(owner: psycopg.Connection[Any], bare: psycopg.Connection[dict[str, Any]]) -> Row:
    bare.execute("set role service_role")
    # The first round connects and warms up; its steps are claimed for the first time.
    by_hand, scan = alternate([_floor(owner, bare), _scan(owner)], rounds=ROUNDS + 1)
    bare.close()
    measured, floor = median(scan[1:]), median(by_hand[1:])
    return Row(
        what=f"{STEPS:,} steps that fall due in one minute, claimed and queued ({STEPS / measured:,.0f} per second;"
        f" {floor / measured:.2f} of the floor); floor: one bare UPDATE of {PORTION:,} at a time, and their messages",
        measured=measured,
        floor=floor,
        target=TARGET,
    )


def _floor(owner: psycopg.Connection[Any], bare: psycopg.Connection[dict[str, Any]]) -> Callable[[], object]:
    from ddp import queues
    from functions.social import hints, messages

    def call() -> None:
        owner.execute(SQL.again)
        told = 0
        while claimed := bare.execute(SQL.claim, {"limit": PORTION}).fetchall():
            told += queues.send_each(
                hints.QUEUE_URL,
                (
                    queues.Message(body=messages.do_step(row["post_id"]), delay=int(row["delay"]))
                    for row in claimed
                ),
            )
        _require(told)

    return call


def _scan(owner: psycopg.Connection[Any]) -> Callable[[], object]:
    from functions.social import due_scan, hints

    told = 0
    tell = hints.tell

    def counted(due: Any) -> None:
        nonlocal told
        tell(due)
        told += len(due)

    hints.tell = counted

    def call() -> None:
        nonlocal told
        owner.execute(SQL.again)
        told = 0
        due_scan.scan(None)  # type: ignore[arg-type]  # a scan does not look at its message
        _require(told)

    return call


def _require(told: int) -> None:
    if told != STEPS:
        raise RuntimeError(f"told about {told} steps instead of {STEPS}")
