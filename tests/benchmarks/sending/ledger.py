"""The cost of triggers on an audited bulk insert and on the e-mail ledger; floor: the same without triggers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg

from ddp.queries import load
from tests.benchmarks.measure import Row, alternate, percentile
from tests.benchmarks.seeded import seeded

FILE_ACTIONS = 100_000  # seeded first, so that tables and indexes have rows
ROWS, CHUNK = 100_000, 500
AUDITED, INSERTED = 3.0, 1.1
ROUNDS = 5
SQL = load(__file__)
UPDATES = {"claim": "pending to sending", "mark": "sending to sent", "deliver": "sent to delivered"}


def rows() -> Iterator[Row]:
    """Median of one statement, rolled back; alternately with and without triggers."""
    with seeded(FILE_ACTIONS) as database, database.connect() as connection:
        parameters = {
            "rows": ROWS,
            "brand": _value(connection, SQL.brand),
            "campaigns": _value(connection, SQL.campaigns),
        }
        yield _row(connection, f"insert {ROWS:,} products, audited", "products", AUDITED, [parameters])
        yield _row(connection, f"plan {ROWS:,} e-mails", "plan", INSERTED, [parameters])
        connection.execute(SQL.plan, parameters | {"rows": ROWS // 5})
        connection.execute("vacuum analyze public.email_sends")
        chunks = list(_chunks(connection))
        for name, states in UPDATES.items():
            yield _row(connection, f"{name} {CHUNK} e-mails ({states})", name, None, chunks)


def _value(
    connection: psycopg.Connection[Any], statement: bytes, parameters: dict[str, Any] | None = None
) -> Any:
    (value,) = connection.execute(statement, parameters).fetchall()[0]
    return value


def _chunks(connection: psycopg.Connection[Any]) -> Iterator[dict[str, Any]]:
    planned = _value(connection, SQL.planned, {"rows": ROWS // 5})
    for first in range(0, len(planned), CHUNK):
        yield {"chunk": planned[first : first + CHUNK]}


def _row(
    connection: psycopg.Connection[Any],
    what: str,
    name: str,
    target: float | None,
    statements: list[dict[str, Any]],
) -> Row:
    taken: list[list[float]] = [[], []]

    def once(side: int) -> None:
        with connection.transaction(force_rollback=True):
            if side:
                connection.execute(SQL.without_audit)
                connection.execute(SQL.without_triggers)
            started = time.perf_counter()
            for parameters in statements:
                connection.execute(getattr(SQL, name), parameters)
            taken[side].append((time.perf_counter() - started) / len(statements))

    alternate([lambda: once(0), lambda: once(1)], rounds=ROUNDS)
    measured, floor = (percentile(seconds, 50) for seconds in taken)
    return Row(what=what, measured=measured, floor=floor, target=target)
