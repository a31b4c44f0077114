"""The erasure of one recipient of a million, with a whole second pass that finds nothing; floor: five seconds."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.rows import dict_row

from ddp import migrator
from ddp.channels import EMAIL
from ddp.queries import load
from tests.benchmarks.measure import Row
from tests.benchmarks.sending import sending
from tests.database.servers import DEFAULT, SCHEMA, DatabaseServer

RECIPIENTS = int(os.environ.get("DDP_BENCH_ERASURE_RECIPIENTS", "1_000_000"))
MOST_SECONDS = 5.0
SQL = load(__file__)
# What each recipient leaves behind.
TRACES = ("events", "rejections", "audit", "answers", "counters")


def rows() -> Iterator[Row]:
    """Seconds from the first portion to the end, and the longest portion."""
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        with database.connect("superuser") as owner:
            fill(owner, RECIPIENTS)
            portions = erase(owner, address(RECIPIENTS // 2 // 1000 * 1000))
            counts, has_ended, is_forgotten = owner.execute(SQL.found).fetchone() or ({}, False, False)
        yield Row(
            what=f"erase one recipient of {RECIPIENTS:,} ({len(portions)} portions, the longest"
            f" {max(portions):.2f} s; found {counts}); floor: what it may take",
            measured=sum(portions),
            floor=MOST_SECONDS,
            target=1,
            wrong=not (has_ended and is_forgotten and counts.get("sends") == 1),
        )
        database.close()
    finally:
        server.stop()


def address(number: int) -> str:
    """The address of a recipient; each thousandth stands wherever an address can stand."""
    return f"r{number}@customer.example"


def fill(owner: psycopg.Connection[Any], recipients: int) -> None:
    """A send to so many, delivered, and what it leaves behind."""
    send_plan_id, email_campaign_id = sending.seed(owner, EMAIL, 0)
    values = {
        "recipients": recipients,
        "send_plan_id": send_plan_id,
        "email_campaign_id": email_campaign_id,
    }
    owner.execute(SQL.without_triggers)
    owner.execute(SQL.sends, values)
    for name in TRACES:
        owner.execute(getattr(SQL, name), values)
    owner.execute("reset session_replication_role")
    owner.execute(SQL.analyse)


def erase(owner: psycopg.Connection[Any], person: str) -> list[float]:
    """Erase whoever has this address, as the worker does; returns the seconds of each portion."""
    from tests import lambdas  # noqa: F401  # the environment that functions read when imported
    from functions.maintenance.runs import PORTION  # isort: skip

    owner.execute(SQL.ask, {"address": person})
    portions = []
    with owner.cursor(row_factory=dict_row) as cursor:
        is_left = True
        while is_left:
            began = time.perf_counter()
            row = cursor.execute(SQL.portion, {"rows": PORTION}).fetchone()
            portions.append(time.perf_counter() - began)
            is_left = bool(row and row["is_left"])
    return portions
