"""Fixtures: one real server per session, one database per test, cloned from a template that the migrator made.

`database` has the schema applied; `empty_database` has nothing. Both are of one kind (see servers.py): PostgreSQL 18
owned by a superuser, or the kind that DDP_TEST_DATABASE names (15-supabase, 17-rds, …). `make test-slow` runs several.
The kind behind a pooler is skipped if PgBouncer is not installed, and for tests of tools that need a session.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ddp import migrator
from tests.database import pooler
from tests.database.platform import functions_database, platform, s3_bucket  # noqa: F401 - fixtures
from tests.database.servers import DEFAULT, SCHEMA, Database, DatabaseServer, Kind

POOLED = Kind(18, "pooled")
# They apply schemas and load data as an administrator, who connects without the pooler.
NEED_SESSIONS = ("migrator", "seed")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "server" in metafunc.fixturenames:
        needs_session = Path(metafunc.module.__file__).parent.name in NEED_SESSIONS
        kinds = [kind for kind in [_kind()] if not (needs_session and kind == POOLED)]
        metafunc.parametrize("server", kinds, indirect=True, scope="session", ids=str)


def _kind() -> Kind:
    major, _, owner = os.environ.get("DDP_TEST_DATABASE", str(DEFAULT)).partition("-")
    return Kind(int(major), owner)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[DatabaseServer]:
    """A running server with its owner role, and no database of ours yet."""
    if request.param.owner == POOLED.owner and not pooler.BINARY:
        pytest.skip(pooler.MISSING)
    server = DatabaseServer(request.param)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def template(server: DatabaseServer) -> Database:
    """The database that `database` is cloned from: the real schema, applied by the real migrator."""
    template = server.create()
    migrator.apply(template.url, SCHEMA)
    server.set_passwords()
    return template


@pytest.fixture
def database(server: DatabaseServer, template: Database) -> Iterator[Database]:
    """A database with the schema applied, for one test."""
    database = server.create(template=template.name)
    yield database
    server.drop(database)


@pytest.fixture
def empty_database(server: DatabaseServer) -> Iterator[Database]:
    """A database without our schema, for one test."""
    database = server.create()
    yield database
    server.drop(database)
