"""Dashboard queries under row level security, against the best one by hand for that caller without it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg

from ddp import migrator
from ddp.queries import load
from infra.seed import development
from tests.benchmarks.measure import Row, alternate, percentile
from tests.database.conftest import DEFAULT, SCHEMA
from tests.database.servers import Database, DatabaseServer

FILE_ACTIONS = int(os.environ.get("DDP_BENCH_FILE_ACTIONS", "1_000_000"))
ROUNDS = int(os.environ.get("DDP_BENCH_ROUNDS", "300"))
OWN, SHARED = 1.2, 2.0
MOST_READ = 10  # rows read for each row returned
SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Query:
    """A query of dashboard.sql, who asks it, and how much more than by hand it may take."""

    name: str
    caller: str
    target: float
    is_list: bool = True  # a sum reads more than it returns


QUERIES = (
    Query("own_files", "brand", OWN),
    Query("own_recent_actions", "retailer", OWN),
    Query("actions_on_own_file", "brand", OWN),
    Query("own_campaigns", "brand", OWN),
    Query("own_email_sends", "retailer", OWN),
    Query("own_top_files", "brand", OWN),
    Query("own_email_campaigns", "retailer", OWN),
    Query("own_days", "brand", OWN, is_list=False),
    Query("live_assets", "retailer", SHARED),
    Query("shared_with_me", "retailer", SHARED),
    Query("campaigns_i_am_in", "retailer", SHARED),
    Query("top_assets", "retailer", SHARED),
)


def rows() -> Iterator[Row]:
    """Median of the whole transaction (begin, who asks, the query, commit), seeded with `ddp seed dev`'s rows."""
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        server.set_passwords()
        with database.connect() as connection:
            scale = development.Scale.of(FILE_ACTIONS, datetime.now(UTC).date())
            development.seed(connection, scale, lambda *_: None)
        yield from _measure(database)
    finally:
        server.stop()


def _measure(database: Database) -> Iterator[Row]:
    owner, api = (_connect(database, role) for role in (None, "ddp_api"))
    callers = dict(zip(("brand", "retailer", "admin"), owner.execute(SQL.callers).fetchone(), strict=True))
    large = {name for (name,) in owner.execute(SQL.large_tables)}
    for query in QUERIES:
        me = callers[query.caller]
        ruled, by_hand = _transaction(api, query.name, me), _transaction(owner, query.name, me, by_hand=True)
        if sorted(map(str, ruled())) != sorted(map(str, by_hand())):
            raise RuntimeError(f"{query.name}: the two do not say the same")
        note, wrong = _judge(_plan(api, query.name, me), large, is_list=query.is_list)
        taken = [percentile(seconds, 50) for seconds in alternate([ruled, by_hand], rounds=ROUNDS)]
        yield Row(
            what=f"{query.caller}: {query.name.replace('_', ' ')}; {note}",
            measured=taken[0],
            floor=taken[1],
            target=query.target,
            wrong=wrong,
        )


def _connect(database: Database, role: str | None) -> psycopg.Connection[Any]:
    return psycopg.connect(database.server.url(database.name, role), autocommit=True, prepare_threshold=None)


def _transaction(
    connection: psycopg.Connection[Any], name: str, me: UUID, *, by_hand: bool = False
) -> Callable[[], list[Any]]:
    """The same statements on both sides, so that the difference is what the policies cost."""
    suffix = "_by_hand" if by_hand else ""
    who_asks, query = getattr(SQL, f"who_asks{suffix}"), getattr(SQL, f"{name}{suffix}")
    parameters = {"me": me, "claims": json.dumps({"sub": str(me)})}

    def call() -> list[Any]:
        with connection.transaction():
            connection.execute(who_asks, parameters)
            return connection.execute(query, parameters).fetchall()

    return call


def _plan(connection: psycopg.Connection[Any], name: str, me: UUID) -> dict[str, Any]:
    parameters = {"me": me, "claims": json.dumps({"sub": str(me)})}
    with connection.transaction():
        connection.execute(SQL.who_asks, parameters)
        explained = connection.execute(
            b"explain (analyze, verbose, format json) " + getattr(SQL, name), parameters
        ).fetchone()
    plan: dict[str, Any] = explained[0][0]["Plan"]
    return plan


def _judge(plan: dict[str, Any], large: set[str], *, is_list: bool) -> tuple[str, bool]:
    """What the plan read for each row that it returned, and whether it did what no list may do."""
    nodes = list(_walk(plan))
    read = sum(_rows_read(node) for node in nodes if "Relation Name" in node)
    ratio = read / max(plan["Actual Rows"], 1)
    scans = {_parent(n["Relation Name"]) for n in nodes if n["Node Type"] == "Seq Scan" and _rows_read(n)}
    faults = [f"SEQ SCAN {name}" for name in sorted(scans & large)]
    faults += ["FUNCTION PER ROW"] * any(_calls_per_row(node) for node in nodes)
    faults += ["READS TOO MUCH"] * (is_list and ratio > MOST_READ)
    return ", ".join([f"reads {ratio:.1f} x of {plan['Actual Rows']:.0f}", *faults]), bool(faults)


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _walk(child)


def _rows_read(node: dict[str, Any]) -> float:
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    loops: float = (node["Actual Rows"] + removed) * node["Actual Loops"]
    return loops


def _parent(relation: str) -> str:
    """The table of a monthly partition."""
    return re.sub(r"_(\d{4}_\d{2}|default)$", "", relation)


def _calls_per_row(node: dict[str, Any]) -> bool:
    conditions = (str(value) for key, value in node.items() if key.endswith(("Filter", "Cond")))
    return any(re.search(r"\b(ddp|auth)\.\w+\(", condition) for condition in conditions)
