"""A new database with published posts, for the benchmarks of engagement."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from ddp import migrator
from ddp.queries import load
from tests.database.servers import DEFAULT, SCHEMA, Database, DatabaseServer

SQL = load(str(Path(__file__).with_name("engagement.sql")))


class Tenant(NamedTuple):
    """An account and its owner, with the id of its page."""

    account_id: UUID
    user_id: UUID
    page: str


@contextmanager
def migrated() -> Iterator[Database]:
    """A database with the schema, which the functions use. Its server stops with the block."""
    from tests import lambdas  # noqa: F401  # the environment that functions read when imported

    os.environ["POWERTOOLS_LOG_LEVEL"] = "ERROR"
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        server.set_passwords()
        os.environ["DATABASE_URL"] = server.url(database.name, "ddp_worker")
        yield database
    finally:
        from ddp import db

        db.close()
        server.stop()


def seed(
    owner: psycopg.Connection[Any], *, accounts: int, posts: int, years: float = 0.0
) -> Sequence[Tenant]:
    """Accounts of tenants of their own, each with so many posts that have been out for so long."""
    made = []
    for number in range(accounts):
        page = str(10**6 + number)
        row = owner.execute(SQL.account, {"external_id": page}).fetchone()
        assert row is not None
        made.append(Tenant(row[0], row[1], page))
        owner.execute(SQL.posts, {"account_id": row[0], "external_id": page, "posts": posts, "years": years})
    owner.execute("vacuum analyze")
    return made
