"""The budget of requests: what it adds to a request (floor: without), and a tenant beside one far over its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median
from uuid import UUID

import psycopg

from ddp import migrator
from tests.benchmarks.http import request_budget_process
from tests.benchmarks.lists import list_files
from tests.benchmarks.measure import Row, alternate, percentile
from tests.database.servers import DEFAULT, SCHEMA, DatabaseServer

ROUNDS = 3000
RATE, BURST = 20, 40
# What the budget may add to a request.
MOST_SECONDS = 0.001

OWNERS, FILES = 10, 20_000
GREEDY, OTHER = UUID(int=1), UUID(int=2)
# The greedy tenant's environments, and how often each of them asks: ten times the budget together.
ENVIRONMENTS = 4
GREEDY_EACH = 10 * RATE / ENVIRONMENTS
OTHER_EACH, SECONDS, TURNS = 10.0, 10.0, 3

Budget = tuple[int, int]
ON, OFF = (RATE, BURST), (0, 0)
# Never exhausted, so that each request takes one.
AMPLE = (1_000_000, 10_000_000)


def rows() -> Iterator[Row]:
    """p50 of a request with and without, also while an old snapshot is open; p95 of the other tenant."""
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        server.set_passwords()
        with database.connect() as owner:
            owner.execute("set session_replication_role = replica")
            owner.execute(list_files.SQL.seed_users, {"owners": OWNERS})
            owner.execute(list_files.SQL.seed_files, {"owners": OWNERS, "files": FILES})
            owner.execute("vacuum analyze public.files")
        url = server.url(database.name, "ddp_api")
        yield _added("", url)
        with psycopg.connect(server.url(database.name, "ddp_worker")) as old:
            old.execute("set transaction isolation level repeatable read")
            old.execute("select 1")
            yield _added(", while a snapshot is open that is older than all of them", url)
        yield from _neighbours(url)
    finally:
        server.stop()


def _added(what: str, url: str) -> Row:
    with_budget = request_budget_process.files_of(GREEDY, url, rate=AMPLE[0], burst=AMPLE[1])
    without = request_budget_process.files_of(GREEDY, url, rate=0, burst=0)
    floor, measured = alternate([without, with_budget], rounds=ROUNDS)
    added = median(measured) - median(floor)
    return Row(
        what=f"GET /files with a budget{what}, p50 of {ROUNDS:,}: {added * 1000:+.2f} ms (at most 1)",
        measured=percentile(measured, 50),
        floor=percentile(floor, 50),
        wrong=added > MOST_SECONDS,
    )


def _neighbours(url: str) -> Iterator[Row]:
    with ProcessPoolExecutor(ENVIRONMENTS + 1, mp_context=get_context("spawn")) as pool:
        _turn(pool, url, ON, greedy=True)  # imports, and connects
        for budget, name in ((ON, ""), (OFF, ", without a budget")):
            alone: list[float] = []
            beside: list[float] = []
            refused = asked = 0
            for _ in range(TURNS):
                alone += _turn(pool, url, budget, greedy=False)[0]
                taken, of_turn, all_of_turn = _turn(pool, url, budget, greedy=True)
                beside, refused, asked = beside + taken, refused + of_turn, asked + all_of_turn
            yield Row(
                what=f"GET /files of a tenant beside one at 10 times its budget{name}, p95 "
                f"({refused:,} of {asked:,} of its requests refused)",
                measured=percentile(beside, 95),
                floor=percentile(alone, 95),
                target=1.5 if budget is ON else None,
                wrong=budget is ON and not asked * 0.8 < refused < asked * 0.95,
            )


def _turn(
    pool: ProcessPoolExecutor, url: str, budget: Budget, *, greedy: bool
) -> tuple[list[float], int, int]:
    """Times of the other tenant's requests; how many of the greedy one's were refused, and how many it made."""
    start = time.time() + 3
    plan = [(OTHER, OTHER_EACH, start)]
    if greedy:
        plan += [(GREEDY, GREEDY_EACH, start + n / GREEDY_EACH / ENVIRONMENTS) for n in range(ENVIRONMENTS)]
    futures = [
        pool.submit(request_budget_process.ask, account, url, budget, each, begin, start + SECONDS)
        for account, each, begin in plan
    ]
    (taken, _), *others = [future.result() for future in futures]
    return taken, sum(refused for _, refused in others), sum(len(times) for times, _ in others)
