"""Claims of readings that are due; floor: a bare UPDATE of as many, with what a worker needs of posts and accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.rows import dict_row

from tests.benchmarks.engagement.measured_posts import SQL, migrated, seed
from tests.benchmarks.measure import Row, alternate

ACCOUNTS, POSTS, PORTION, ROUNDS = 200, 500, 1_000, 3
DUE = ACCOUNTS * POSTS
# At least half of the floor's speed.
TARGET = 2.0


def rows() -> Iterator[Row]:
    """Seconds until all of them are claimed."""
    with migrated() as database, database.connect() as owner:
        seed(owner, accounts=ACCOUNTS, posts=POSTS)
        owner.execute(SQL.not_due)
        url = database.server.url(database.name, "ddp_worker")
        with psycopg.connect(url, autocommit=True, row_factory=dict_row, prepare_threshold=None) as bare:
            bare.execute("set role service_role")
            calls = [_floor(owner, bare), _claims(owner)]
            # The first round connects and warms up.
            floor, taken = (median(side[1:]) for side in zip(*_rounds(calls, owner), strict=True))
    yield Row(
        what=f"{DUE:,} readings that are due in {ACCOUNTS} accounts, claimed {PORTION:,} at a time"
        f" ({DUE / taken:,.0f} per second; {floor / taken:.2f} of the floor)",
        measured=taken,
        floor=floor,
        target=TARGET,
    )


def _rounds(calls: list[Callable[[], object]], owner: psycopg.Connection[Any]) -> Iterator[list[float]]:
    for _ in range(ROUNDS + 1):
        seconds = []
        for call in calls:
            owner.execute(SQL.due)
            owner.execute("vacuum analyze ddp.social_polls")
            ((one,),) = alternate([call], rounds=1)
            seconds.append(one)
        yield seconds


def _floor(owner: psycopg.Connection[Any], bare: psycopg.Connection[dict[str, Any]]) -> Callable[[], object]:
    def call() -> None:
        found = 0
        while some := bare.execute(SQL.bare_claim, {"limit": PORTION, "worker": uuid4()}).fetchall():
            found += len(some)
        _require(found)

    return call


def _claims(owner: psycopg.Connection[Any]) -> Callable[[], object]:
    from ddp import db
    from ddp.queries.engagement import polls

    def call() -> None:
        found = 0
        while True:
            with db.transaction(role="service_role") as cursor:
                some = polls.claim(cursor, limit=PORTION, worker=uuid4(), lease=timedelta(minutes=2))
            if not some:
                break
            found += len(some)
        _require(found)

    return call


def _require(found: int) -> None:
    if found != DUE:
        raise RuntimeError(f"claimed {found} readings instead of {DUE}")
