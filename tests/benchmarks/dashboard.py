"""Dashboard queries under row level security; floor: the best hand-written query without it for that caller."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

import psycopg
from psycopg.rows import dict_row

from ddp import migrator
from ddp.queries import load
from functions.maintenance.seed import development
from tests.benchmarks.measure import Row, alternate, percentile
from tests.database.servers import DEFAULT, SCHEMA, Database, DatabaseServer

FILE_ACTIONS = int(os.environ.get("DDP_BENCH_FILE_ACTIONS", "1_000_000"))
ROUNDS = int(os.environ.get("DDP_BENCH_ROUNDS", "300"))
OWN, SHARED = 1.2, 2.0
MOST_READ = 10  # rows read per row returned
FEW_ROWS = 1_000  # small tables are read whole, because nothing is faster
EXPLAIN = b"explain (analyze, verbose, timing off, format json) "
SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Query:
    """A query of dashboard.sql, its caller, and the maximum ratio to the hand-written query."""

    name: str
    caller: str
    target: float
    is_list: bool = True  # a sum reads more than it returns


QUERIES = (
    Query("own_files", "brand", OWN),
    Query("own_recent_actions", "retailer", OWN),
    Query("actions_on_own_file", "brand", OWN),
    Query("own_campaigns", "brand", OWN),
    Query("recipients", "retailer", OWN),
    Query("next_recipients", "retailer", OWN),
    Query("own_top_files", "brand", OWN),
    Query("own_email_campaigns", "retailer", OWN),
    Query("own_days", "brand", OWN, is_list=False),
    Query("all_files", "admin", OWN),
    Query("live_assets", "retailer", SHARED),
    Query("shared_with_me", "retailer", SHARED),
    Query("campaigns_i_am_in", "retailer", SHARED),
    Query("top_assets", "retailer", SHARED),
)


def rows() -> Iterator[Row]:
    """Median of the whole transaction (begin, set the caller, query, commit), on the rows of `ddp seed dev`."""
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        server.set_passwords()
        with database.connect() as connection:
            scale = development.Scale.of(FILE_ACTIONS, datetime.now(UTC).date())
            development.seed(connection, scale, lambda *_: None)
        yield from measure(database)
    finally:
        server.stop()


def measure(database: Database) -> Iterator[Row]:
    """One row per query; the database is seeded and belongs to a superuser."""
    with database.connect() as owner:
        owner.execute(SQL.reader)
        callers = _named(owner, SQL.callers, {})
        subjects = _named(owner, SQL.subjects, callers)
        large = {name for (name,) in owner.execute(SQL.large_tables)}
    with database.connect("ddp_api") as connection:
        connection.prepare_threshold = None
        for query in QUERIES:
            yield _row(query, Asking(connection, query.name, subjects | {"me": callers[query.caller]}), large)


def _named(
    connection: psycopg.Connection[Any], statement: bytes, parameters: dict[str, Any]
) -> dict[str, Any]:
    found = connection.cursor(row_factory=dict_row).execute(statement, parameters).fetchone()
    return found or {}


@dataclass(frozen=True, slots=True)
class Asking:
    """One query of one caller, under the policies and by hand.

    Both run in the same session, which becomes either `authenticated` or a role to which policies do not apply. Two
    sessions would differ more than the two queries do, because each runs on another core.
    """

    connection: psycopg.Connection[Any]
    name: str
    parameters: dict[str, Any]

    def ruled(self) -> list[Any]:
        return self._ask("authenticated", getattr(SQL, self.name))

    def by_hand(self) -> list[Any]:
        return self._ask("ddp_bench_reader", getattr(SQL, f"{self.name}_by_hand"))

    def explain_ruled(self) -> dict[str, Any]:
        explained: dict[str, Any] = self._ask("authenticated", EXPLAIN + getattr(SQL, self.name))[0][0][0]
        return explained

    def explain_by_hand(self) -> dict[str, Any]:
        statement = EXPLAIN + getattr(SQL, f"{self.name}_by_hand")
        explained: dict[str, Any] = self._ask("ddp_bench_reader", statement)[0][0][0]
        return explained

    def _ask(self, role: str, statement: bytes) -> list[Any]:
        parameters = self.parameters | {
            "role": role,
            "claims": json.dumps({"sub": str(self.parameters["me"])}),
        }
        with self.connection.transaction():
            self.connection.execute(SQL.who_asks, parameters)
            return self.connection.execute(statement, parameters).fetchall()


def _row(query: Query, asking: Asking, large: set[str]) -> Row:
    if sorted(map(str, asking.ruled())) != sorted(map(str, asking.by_hand())):
        raise RuntimeError(f"{query.name}: the two queries return different rows")
    note, wrong = _judge(asking.explain_ruled()["Plan"], large, is_list=query.is_list)
    ruled, by_hand = alternate([asking.ruled, asking.by_hand], rounds=ROUNDS)
    return Row(
        what=f"{query.caller}: {query.name.replace('_', ' ')}; {note}; {_breakdown(asking)}",
        measured=percentile(ruled, 50),
        floor=percentile(by_hand, 50),
        target=query.target,
        wrong=wrong,
    )


def _breakdown(asking: Asking) -> str:
    """The server's own planning and execution times, and the ratio of the execution times."""
    pairs = [(asking.explain_ruled(), asking.explain_by_hand()) for _ in range(ROUNDS // 5)]
    plan, plan_by_hand, run, run_by_hand = (
        median(pair[side][time] for pair in pairs) * 1000
        for time in ("Planning Time", "Execution Time")
        for side in (0, 1)
    )
    return (
        f"planning {plan:.0f} µs (by hand {plan_by_hand:.0f}), executing {run:.0f} µs (by hand {run_by_hand:.0f}),"
        f" ratio {run / run_by_hand:.2f}"
    )


def _judge(plan: dict[str, Any], large: set[str], *, is_list: bool) -> tuple[str, bool]:
    """The rows that the plan read per row returned, and whether it did what no list may do."""
    nodes = list(_walk(plan))
    read = sum(_rows_read(node) for node in nodes if "Relation Name" in node or "Function Name" in node)
    ratio = read / max(plan["Actual Rows"], 1)
    scans = {_parent(n["Relation Name"]) for n in nodes if n["Node Type"] == "Seq Scan" and _rows_read(n)}
    faults = [f"SEQ SCAN {name}" for name in sorted(scans & large)]
    faults += ["FUNCTION PER ROW"] * any(_calls_per_row(node) for node in nodes)
    faults += ["READS TOO MUCH"] * (is_list and ratio > MOST_READ and read > FEW_ROWS)
    note = f"reads {ratio:.1f} rows for each of {plan['Actual Rows']:.0f} returned"
    return ", ".join([note, *faults]), bool(faults)


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
