"""Dashboard queries under row level security; floor: the best hand-written query without it for that caller."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ddp.queries import load
from tests.benchmarks.lists.asking import OWN, SHARED, Query, Values, compare, first
from tests.benchmarks.measure import Row
from tests.benchmarks.seeded import seeded
from tests.database.servers import Database

FILE_ACTIONS = int(os.environ.get("DDP_BENCH_FILE_ACTIONS", "1_000_000"))
SQL = load(__file__)

QUERIES = (  # of dashboard.sql, with the caller and the maximum ratio
    ("own_files", "brand", OWN),
    ("own_recent_actions", "retailer", OWN),
    ("actions_on_own_file", "brand", OWN),
    ("own_campaigns", "brand", OWN),
    ("recipients", "retailer", OWN),
    ("next_recipients", "retailer", OWN),
    ("own_top_files", "brand", OWN),
    ("own_email_campaigns", "retailer", OWN),
    ("own_days", "brand", OWN),
    ("all_files", "admin", OWN),
    ("live_assets", "retailer", SHARED),
    ("shared_with_me", "retailer", SHARED),
    ("campaigns_i_am_in", "retailer", SHARED),
    ("top_assets", "retailer", SHARED),
)
SUMS = {"own_days"}


def rows() -> Iterator[Row]:
    """On the rows of `ddp seed dev`."""
    with seeded(FILE_ACTIONS) as database:
        yield from measure(database)


def measure(database: Database) -> Iterator[Row]:
    """One row per query; the database is seeded and belongs to a superuser."""
    with database.connect() as owner:
        callers = first(owner, SQL.callers)
        subjects = first(owner, SQL.subjects, callers)
    yield from compare(database, [_query(*query, subjects | {"me": callers[query[1]]}) for query in QUERIES])


def _query(name: str, caller: str, target: float, parameters: Values) -> Query:
    return Query(
        what=f"{caller}: {name.replace('_', ' ')}",
        target=target,
        ruled=getattr(SQL, name),
        by_hand=getattr(SQL, f"{name}_by_hand"),
        parameters=parameters,
        is_list=name not in SUMS,
    )
