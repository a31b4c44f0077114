"""The e-mail ledger partitioned by its campaign's month, beside the ledger as it is; neither has triggers or policies.

What was decided by these figures is in infra/docs/scale.md.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from statistics import median
from typing import Any
from uuid import uuid4

import psycopg

from ddp import migrator
from ddp.queries import load
from tests.benchmarks.measure import Row, alternate
from tests.database.servers import DEFAULT, SCHEMA, DatabaseServer

ROWS = int(os.environ.get("DDP_BENCH_LEDGER_ROWS", "1_000_000"))
MONTHS = 24
CAMPAIGN = 20_000  # recipients
BATCH, CHUNK, EVENTS = 5_000, 500, 5_000
ROUNDS = 20
OLDEST, NEWEST = date(2025, 1, 1), date(2026, 12, 1)
SQL = load(__file__)

# A statement with its values, on the flat and on the partitioned ledger.
Sides = Sequence[tuple[bytes, Mapping[str, Any]]]


def rows() -> Iterator[Row]:
    """Median seconds of a statement on the partitioned ledger; floor: on the ledger as it is."""
    server = DatabaseServer(DEFAULT)
    server.start()
    try:
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        with database.connect("superuser") as connection:
            connection.autocommit = True
            yield from _fill(connection)
            for measured in (_planning, _events, _progress, _retention):
                yield from measured(connection)
        database.close()
    finally:
        server.stop()


def _fill(connection: psycopg.Connection[Any]) -> Iterator[Row]:
    """Load both, then make their indexes."""
    campaigns = max(MONTHS, ROWS // CAMPAIGN)
    connection.execute("set work_mem = '256MB'; set maintenance_work_mem = '1GB'")
    connection.execute(SQL.schema)
    connection.execute(SQL.campaigns, {"campaigns": campaigns, "months": MONTHS})
    for (statement,) in connection.execute(SQL.partition_statements, {"months": MONTHS}).fetchall():
        connection.execute(statement)
    step = 50
    for first in range(0, campaigns, step):
        last = min(first + step, campaigns) - 1
        connection.execute(SQL.load, {"recipients": CAMPAIGN, "first": first, "last": last})
    for month in range(MONTHS):
        connection.execute(SQL.copy, {"month": month})
    for (statement,) in connection.execute(SQL.index_statements).fetchall():
        connection.execute(statement)
    connection.execute("vacuum analyze spike.flat, spike.parted")
    flat, parted = connection.execute(SQL.sizes).fetchone() or (0, 0)
    yield Row(
        what=f"{campaigns * CAMPAIGN:,} recipients in {MONTHS} months: {flat / 1e9:.1f} GB as it is,"
        f" {parted / 1e9:.1f} GB partitioned",
        measured=0,
    )


def _planning(connection: psycopg.Connection[Any]) -> Iterator[Row]:
    """Recipients of a new campaign of the newest month, a batch at a time."""
    campaign = uuid4()
    batches = [
        {"campaign": campaign, "month": NEWEST, "first": n * BATCH, "last": (n + 1) * BATCH - 1}
        for n in range(ROUNDS)
    ]
    yield _row(
        connection,
        f"plan {BATCH:,} recipients, on conflict do nothing",
        [[(SQL.plan_flat, values), (SQL.plan_parted, values)] for values in batches],
    )
    yield from _claims(connection, campaign)


def _claims(connection: psycopg.Connection[Any], campaign: object) -> Iterator[Row]:
    """Chunks of a campaign that was planned just now."""
    chunks = [{"campaign": campaign, "month": NEWEST, "chunk": n + 1} for n in range(ROUNDS)]
    yield _row(
        connection,
        f"claim {CHUNK} of a chunk; the plan says the month",
        [[(SQL.claim_flat, values), (SQL.claim_parted, values)] for values in chunks],
    )


def _events(connection: psycopg.Connection[Any]) -> Iterator[Row]:
    """Batches of a provider's events, by the ids of their messages."""
    connection.execute(
        "set enable_hashjoin = off; set enable_mergejoin = off"
    )  # by key, as the function does
    for since, what in ((NEWEST, "the newest month"), (OLDEST, "any month")):
        values = {"since": since, "count": ROUNDS * EVENTS, "percent": 100 if ROWS <= 2_000_000 else 20}
        found = connection.execute(SQL.sample, values).fetchall()
        batches = [found[first : first + EVENTS] for first in range(0, len(found), EVENTS)]
        for statement, how in (
            (SQL.events_parted, "which say no month"),
            (SQL.events_parted_told, "if they said the month"),
        ):
            sides = []
            for batch in batches:
                given = {"ids": [row[0] for row in batch], "months": [row[1] for row in batch]}
                sides.append([(SQL.events_flat, given), (statement, given)])
            yield _row(connection, f"{EVENTS:,} events of {what}, {how}", sides)
    connection.execute("reset enable_hashjoin; reset enable_mergejoin")


def _progress(connection: psycopg.Connection[Any]) -> Iterator[Row]:
    """Counts by state of one campaign, which says no month."""
    found = connection.execute("select email_campaign_id from spike.campaigns order by n limit 20").fetchall()
    yield _row(
        connection,
        f"count a campaign of {CAMPAIGN:,} by state",
        [
            [(SQL.progress_flat, {"campaign": campaign}), (SQL.progress_parted, {"campaign": campaign})]
            for (campaign,) in found
        ],
    )


def _retention(connection: psycopg.Connection[Any]) -> Iterator[Row]:
    """The oldest month: names and addresses erased as today, deleted, or dropped with its partition."""
    oldest = range(0, max(MONTHS, ROWS // CAMPAIGN), MONTHS)
    erased = _seconds(lambda: [connection.execute(SQL.retire_flat, {"n": n}) for n in oldest])
    deleted = _seconds(lambda: [connection.execute(SQL.delete_flat, {"n": n}) for n in oldest])
    vacuumed = _seconds(lambda: connection.execute("vacuum spike.flat"))
    dropped = _seconds(lambda: connection.execute(SQL.drop_parted))
    for what, floor in (
        ("erased as today", erased),
        (f"deleted, and then {vacuumed:.1f} s of vacuum", deleted),
    ):
        yield Row(
            what=f"drop the oldest month, {len(oldest) * CAMPAIGN:,} recipients; floor: {what}",
            measured=dropped,
            floor=floor,
        )


def _row(connection: psycopg.Connection[Any], what: str, rounds: Sequence[Sides]) -> Row:
    """The medians of both sides, which alternate."""
    taken: list[list[float]] = [[], []]
    for flat, parted in rounds:
        calls = [
            lambda s=statement, v=values: connection.execute(s, v) for statement, values in (flat, parted)
        ]
        for side, (seconds,) in enumerate(alternate(calls, rounds=1)):
            taken[side].append(seconds)
    floor, measured = map(median, taken)
    return Row(what=what, measured=measured, floor=floor)


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
