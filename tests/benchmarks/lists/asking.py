"""Queries of callers under row level security, beside the best hand-written queries without it for those callers."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import psycopg
from psycopg.rows import dict_row

from ddp import migrator
from ddp.queries import Queries, load
from tests.benchmarks.measure import Row, alternate, percentile
from tests.database.servers import DEFAULT, SCHEMA, Database, DatabaseServer

ROUNDS = int(os.environ.get("DDP_BENCH_ROUNDS", "300"))
RUNS = 5  # of ROUNDS / RUNS each; odd, so that one of them has the median ratio
OWN, SHARED = 1.2, 2.0
MOST_READ = 10  # rows read per row returned
FEW_ROWS = 1_000  # small tables are read whole, because nothing is faster
EXPLAIN = b"explain (analyze, verbose, timing off, format json) "
SQL = load(__file__)

Values = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query of a caller, what a caller's best query by hand is, and the maximum ratio of the two."""

    what: str
    target: float
    ruled: bytes
    by_hand: bytes
    parameters: Values  # `me` is the caller
    is_list: bool = True  # a sum reads more than it returns


@dataclass(frozen=True, slots=True)
class Asking:
    """One query under the policies and by hand.

    Both run in the same session, which becomes either `authenticated` or a role to which policies do not apply. Two
    sessions would differ more than the two queries do, because each runs on another core.
    """

    connection: psycopg.Connection[Any]
    query: Query

    def ruled(self) -> list[Any]:
        return self._ask("authenticated", self.query.ruled)

    def by_hand(self) -> list[Any]:
        return self._ask("ddp_bench_reader", self.query.by_hand)

    def explain_ruled(self) -> dict[str, Any]:
        explained: dict[str, Any] = self._ask("authenticated", EXPLAIN + self.query.ruled)[0][0][0]
        return explained

    def explain_by_hand(self) -> dict[str, Any]:
        explained: dict[str, Any] = self._ask("ddp_bench_reader", EXPLAIN + self.query.by_hand)[0][0][0]
        return explained

    def _ask(self, role: str, statement: bytes) -> list[Any]:
        claims = json.dumps({"sub": str(self.query.parameters["me"])})
        with self.connection.transaction():
            self.connection.execute(SQL.who_asks, {"role": role, "claims": claims})
            return self.connection.execute(statement, self.query.parameters).fetchall()


def first(connection: psycopg.Connection[Any], statement: bytes, parameters: Values | None = None) -> Values:
    """The first row that a statement returns, by column."""
    found = connection.cursor(row_factory=dict_row).execute(statement, parameters).fetchone()
    return found or {}


def compare_among(
    seeding: Queries,
    seeds: Sequence[str],
    scale: Mapping[str, int],
    queries: Callable[[Values], Iterable[Query]],
    more: Callable[[Database, Values], Iterable[Row]] = lambda _, __: (),
) -> Iterator[Row]:
    """Compare in a database of its own, which `seeding` fills by its statements `seed_…`.

    `queries` gets what the statement `subjects` returns: the callers, and what they look for. `more` measures in the
    same database afterwards.
    """
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        server.set_passwords()
        with database.connect() as connection:
            connection.execute(seeding.without_triggers)
            for name in seeds:
                connection.execute(getattr(seeding, f"seed_{name}"), scale)
            connection.execute(seeding.clean)
            subjects = first(connection, seeding.subjects, dict(scale))
        yield from compare(database, list(queries(subjects)))
        yield from more(database, subjects)
        database.close()
    finally:
        server.stop()


def compare(database: Database, queries: Sequence[Query]) -> Iterator[Row]:
    """One row per query: of the run that has the median ratio, the median time of the whole transaction.

    A transaction is: begin, set the caller, query, commit. The runs of all queries alternate, so that a noisy minute
    affects one run of each. The database belongs to a superuser.
    """
    with database.connect() as owner:
        owner.execute(SQL.reader)
        large = {name for (name,) in owner.execute(SQL.large_tables)}
    with database.connect("ddp_api") as connection:
        connection.prepare_threshold = None
        askings = [Asking(connection, query) for query in queries]
        plans = [_checked(asking, large) for asking in askings]
        runs = [[_run(asking) for asking in askings] for _ in range(RUNS)]
        for asking, (note, wrong), pairs in zip(askings, plans, zip(*runs, strict=True), strict=True):
            yield _row(asking, note, pairs, wrong=wrong)


def _checked(asking: Asking, large: set[str]) -> tuple[str, bool]:
    if sorted(map(str, asking.ruled())) != sorted(map(str, asking.by_hand())):
        raise RuntimeError(f"{asking.query.what}: the two queries return different rows")
    return _judge(asking.explain_ruled()["Plan"], large, is_list=asking.query.is_list)


def _run(asking: Asking) -> tuple[float, float]:
    ruled, by_hand = alternate([asking.ruled, asking.by_hand], rounds=max(ROUNDS // RUNS, 2))
    return percentile(ruled, 50), percentile(by_hand, 50)


def _row(asking: Asking, note: str, runs: Sequence[tuple[float, float]], *, wrong: bool) -> Row:
    ordered = sorted(runs, key=lambda run: run[0] / run[1])
    least, middle, most = (ordered[place] for place in (0, RUNS // 2, -1))
    spread = f"ratios {least[0] / least[1]:.2f} to {most[0] / most[1]:.2f}"
    return Row(
        what=f"{asking.query.what}; {note}; {spread}; {_breakdown(asking)}",
        measured=middle[0],
        floor=middle[1],
        target=asking.query.target,
        wrong=wrong,
    )


def _breakdown(asking: Asking) -> str:
    """The server's own planning and execution times, and the ratio of the execution times."""
    pairs = [(asking.explain_ruled(), asking.explain_by_hand()) for _ in range(max(ROUNDS // 5, 1))]
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
