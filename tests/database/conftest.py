"""Fixtures: a real server a session, a database a test, cloned from a template the migrator made once.

`database` has the schema applied; `empty_database` has nothing. Both come in several kinds (see servers.py):
PostgreSQL 18 owned by a superuser by default, the others marked slow. DDP_TEST_DATABASE=17-rds runs one kind.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ddp import migrator
from tests.database.servers import REPOSITORY, Database, DatabaseServer, Kind

SCHEMA = REPOSITORY / "schema"
DEFAULT = Kind(18, "superuser")
SLOW = (Kind(18, "rds"), Kind(18, "supabase"), Kind(17, "superuser"), Kind(16, "rds"), Kind(15, "supabase"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "server" in metafunc.fixturenames:
        metafunc.parametrize("server", _kinds(), indirect=True, scope="session", ids=_name)


def _kinds() -> list[object]:
    if only := os.environ.get("DDP_TEST_DATABASE"):
        major, _, owner = only.partition("-")
        return [Kind(int(major), owner or DEFAULT.owner)]
    return [DEFAULT, *(pytest.param(kind, marks=pytest.mark.slow) for kind in SLOW)]


def _name(kind: object) -> str:
    return str(kind)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[DatabaseServer]:
    """A running server with its owner role; no database of ours in it yet."""
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
    """A database with nothing of ours in it, for one test."""
    database = server.create()
    yield database
    server.drop(database)
