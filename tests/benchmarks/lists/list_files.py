"""GET /files among 1 M files under row level security; floor: the same transaction written by hand."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from ddp import migrator
from ddp.queries import load
from tests.benchmarks.measure import Row, alternate, percentile
from tests.database.servers import DEFAULT, SCHEMA, DatabaseServer

ROUNDS = 2000
OWNERS, FILES, PAGE = 100, 1_000_000, 50
CALLER = UUID(int=1)
EVENT = json.loads((Path(__file__).parents[3] / "events/uploads/list_files.json").read_text(encoding="utf-8"))

SQL = load(__file__)


def rows() -> Iterator[Row]:
    """p50 and p99 of the whole handler (claims, routing, transaction, models, JSON) and of the bare statements."""
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        yield from _measure(server)
    finally:
        server.stop()


def _measure(server: DatabaseServer) -> Iterator[Row]:
    database = server.create()
    migrator.apply(database.url, SCHEMA)
    server.set_passwords()
    with database.connect() as connection:
        connection.execute("set session_replication_role = replica")  # no audit of a million rows
        connection.execute(SQL.seed_users, {"owners": OWNERS})
        connection.execute(SQL.seed_files, {"owners": OWNERS, "files": FILES})
        connection.execute("vacuum analyze public.files")
    url = server.url(database.name, "ddp_api")
    by_hand, handler = alternate([_by_hand(url), _handler(url)], rounds=ROUNDS)
    for percent in (50, 99):
        yield Row(
            what=f"GET /files, {PAGE} of {FILES // OWNERS:,} of the caller among {FILES:,}, p{percent}",
            measured=percentile(handler, percent),
            floor=percentile(by_hand, percent),
            target=2,
        )


def _by_hand(url: str) -> Callable[[], object]:
    """The unavoidable statements: begin, set the caller, query the page, commit."""
    connection = psycopg.connect(url, autocommit=True, prepare_threshold=None, row_factory=dict_row)
    claims = json.dumps({"sub": str(CALLER)})

    def call() -> None:
        with connection.transaction():
            connection.execute(SQL.who_asks, {"claims": claims})
            page = connection.execute(SQL.own_page, {"caller": CALLER, "page": PAGE}).fetchall()
        if len(page) != PAGE:
            raise RuntimeError(f"{len(page)} rows instead of {PAGE}")

    return call


def _handler(url: str) -> Callable[[], object]:
    os.environ |= {"DATABASE_URL": url, "DDP_BUCKET": "bucket", "DDP_STAGE": "local"}
    os.environ |= {"AWS_DEFAULT_REGION": "eu-central-1", "POWERTOOLS_LOG_LEVEL": "WARNING"}
    from functions.uploads.http import handler

    claims = {"sub": str(CALLER), "exp": time.time() + 3600}
    EVENT["requestContext"]["authorizer"] = {"lambda": {"claims": json.dumps(claims)}}
    EVENT["queryStringParameters"] = {"limit": str(PAGE)}
    context: Any = SimpleNamespace(
        function_name="uploads-http",
        memory_limit_in_mb=512,
        invoked_function_arn="arn:aws:lambda:eu-central-1:000000000000:function:uploads-http",
        aws_request_id="0",
    )

    def call() -> None:
        answer = handler(EVENT, context)
        if answer["statusCode"] != 200 or len(json.loads(answer["body"])["items"]) != PAGE:
            raise RuntimeError(str(answer)[:300])

    return call
