"""Tenants that take turns on one server connection never see each other's rows: PgBouncer with a pool of one."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from ddp import auth, db
from ddp.errors import Invalid, NotFound, Unavailable
from tests import lambdas
from tests.database import pooler
from tests.database.servers import DatabaseServer

pytestmark = pytest.mark.skipif(not pooler.BINARY, reason=pooler.MISSING)

WHO = """
    select pg_backend_pid() as pid, current_user::text as role, auth.uid() as uid,
        current_setting('request.headers', true) as headers, current_setting('statement_timeout') as timeout
"""
UPLOADS = "select count(*) as uploads from public.uploads"


@dataclass(slots=True)
class Environment:
    """An execution environment of the API with its own connection to the pooler; the module holds one at a time."""

    monkeypatch: pytest.MonkeyPatch
    connection: psycopg.Connection | None = None

    @contextlib.contextmanager
    def transaction(self, subject=None, **options) -> Iterator[psycopg.Cursor]:
        self.monkeypatch.setattr(db, "_connection", self.connection)
        claims = subject and auth.Claims(
            subject=subject, document=auth.json.dumps(lambdas.claims(subject, secret=f"of {subject}"))
        )
        try:
            with db.transaction(claims, **options) as cursor:
                yield cursor
        finally:
            self.connection = db._connection
            self.monkeypatch.setattr(db, "_connection", None)

    def ask(self, subject=None, **options):
        with self.transaction(subject, **options) as cursor:
            seen = cursor.execute(WHO).fetchone()
            if subject:  # others may not even query
                seen |= cursor.execute(UPLOADS).fetchone()
            return seen


@pytest.fixture
def environments(platform, tenants, server: DatabaseServer, monkeypatch):
    """Three execution environments that share one connection of the server."""
    db.close()
    directory = server.directory / f"pooler-{os.urandom(4).hex()}"
    own = pooler.start(directory, server_port=server.postgres.port(), passwords=server.passwords, pool_size=1)
    url = own.url("ddp_api", server.passwords["ddp_api"], platform.database.name)
    monkeypatch.setenv("DATABASE_URL", url)
    environments = [Environment(monkeypatch) for _ in range(3)]
    yield environments
    for environment in environments:
        if environment.connection:
            environment.connection.close()
    own.stop()


@pytest.fixture
def tenants(platform):
    """Two brands, each with a pending upload."""
    for name in ("brand", "rival"):
        assert platform.request(name).status == 201
    return platform.users["brand"], platform.users["rival"]


def assert_stranger(seen) -> None:
    assert (seen["role"], seen["uid"], seen["headers"]) == ("anon", None, "{}")


def test_in_turns_each_sees_itself(environments, tenants):
    brand, rival, nobody = environments
    pids = set()
    for turn in range(20):
        seen = brand.ask(tenants[0], headers={"user-agent": f"brand {turn}"}, timeout_seconds=3)
        assert (seen["uid"], seen["uploads"], seen["timeout"]) == (tenants[0], 1, "3s")
        assert seen["headers"] == f'{{"user-agent": "brand {turn}"}}'
        other = rival.ask(tenants[1])
        assert (other["uid"], other["uploads"], other["headers"]) == (tenants[1], 1, "{}")
        stranger = nobody.ask()
        assert_stranger(stranger)
        pids |= {seen["pid"], other["pid"], stranger["pid"]}
    assert len(pids) == 1  # it really was one connection for all three


ENDS = {
    "an error": ("select 1 / 0", Invalid),
    "a refusal": ("select public.soft_delete_file(gen_random_uuid())", NotFound),
    "a time-out": ("select pg_sleep(2)", Unavailable),
    "the caller's own error": (None, KeyError),
    "an error that the caller swallows": ("select 'x'::uuid", None),
}


@pytest.mark.parametrize("end", ENDS)
def test_after_a_transaction_that_failed_nothing_of_it_is_left(environments, tenants, end):
    brand, rival, nobody = environments
    statement, error = ENDS[end]
    before = brand.ask(tenants[0])["pid"]
    with pytest.raises(error) if error else contextlib.suppress(Exception):
        fail(brand, tenants[0], statement, swallow=error is None)
    stranger = nobody.ask()
    assert_stranger(stranger)
    other = rival.ask(tenants[1])
    assert (other["uid"], other["uploads"]) == (tenants[1], 1)
    assert before == stranger["pid"] == other["pid"]


def fail(environment, subject, statement, *, swallow):
    with environment.transaction(subject, headers={"user-agent": "secret"}, timeout_seconds=1) as cursor:
        if statement is None:
            raise KeyError
        with contextlib.suppress(psycopg.Error) if swallow else contextlib.nullcontext():
            cursor.execute(statement)


def test_who_vanishes_in_the_middle_of_a_transaction_leaves_nothing_behind(environments, tenants):
    brand, rival, nobody = environments
    with contextlib.suppress(Unavailable), brand.transaction(tenants[0]) as cursor:
        cursor.execute("select 1")
        with socket.socket(fileno=os.dup(db._connection.fileno())) as wire:
            wire.shutdown(socket.SHUT_RDWR)
    assert_stranger(nobody.ask())
    assert rival.ask(tenants[1])["uid"] == tenants[1]
    assert brand.ask(tenants[0])["uid"] == tenants[0]  # with a new connection


def test_a_connection_that_was_in_use_is_as_it_was_before(environments, tenants):
    """Another user of the pool finds no role, claims or limits left over."""
    brand, _, _ = environments
    pid = brand.ask(tenants[0], timeout_seconds=1)["pid"]
    query = (
        "select pg_backend_pid(), current_user::text, current_setting('role'),"
        " coalesce(current_setting('request.jwt.claims', true), ''), current_setting('statement_timeout')"
    )
    with psycopg.connect(os.environ["DATABASE_URL"], prepare_threshold=None, autocommit=True) as other:
        assert other.execute(query).fetchone() == (pid, "ddp_api", "none", "", "0")
