"""A pooler between the migrator and the server: refused if it keeps no session, harmless if it does."""

from __future__ import annotations

import contextlib
import os
import threading
import time

import psycopg
import pytest

from ddp import migrator
from ddp.migrator import ApplyFailed, CannotConnect
from ddp.migrator import connection as migrator_connection
from infra.cli import main as cli
from tests.database import pooler
from tests.database.migrator.conftest import SchemaDirectory
from tests.database.servers import Database

pytestmark = pytest.mark.skipif(not pooler.BINARY, reason=pooler.MISSING)


@pytest.fixture
def pooled(empty_database: Database):
    """Start a pooler of this mode in front of the database. Returns the owner's URL through it."""
    server = empty_database.server
    started = []

    def start(**options) -> str:
        directory = server.directory / f"pooler-{os.urandom(4).hex()}"
        user, password = (
            psycopg.conninfo.conninfo_to_dict(empty_database.url)["user"],
            server.owner_password(),
        )
        port = server.postgres.port()
        started.append(pooler.start(directory, server_port=port, passwords={user: password}, **options))
        return started[-1].url(user, password, empty_database.name)

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def schema(tmp_path) -> SchemaDirectory:
    directory = SchemaDirectory(tmp_path / "schema")
    directory.write("migrations/0001_a.sql", "create table a (n integer);")
    directory.write("functions/f.sql", "create or replace function f() returns integer return 1;")
    return directory


def settings_left(url: str) -> tuple[str, int]:
    """The role and the locks that the next client of the connection finds."""
    query = (
        "select current_user::text = session_user::text,"
        " (select count(*) from pg_locks where locktype = 'advisory')"
    )
    with psycopg.connect(url, prepare_threshold=None, autocommit=True) as connection:
        return connection.execute(query).fetchone()


@pytest.mark.parametrize("pool_size", [1, 2, 3, 5])
@pytest.mark.parametrize("turns", [0, 1], ids=["last-used", "in-turns"])
def test_transaction_mode_is_refused_before_anything_is_set(empty_database, pooled, schema, pool_size, turns):
    url = pooled(pool_size=pool_size, server_round_robin=turns)
    warm_up(url, pool_size)
    with pytest.raises(CannotConnect, match=r"a pooler in transaction mode.*pool_mode=session") as refusal:
        migrator.apply(url, schema.path)
    assert empty_database.server.owner_password() not in str(refusal.value)
    assert empty_database.connect().execute("select to_regnamespace('ddp')").fetchone() == (None,)
    assert settings_left(url) == (True, 0)


def warm_up(url: str, number: int) -> None:
    """Open all connections of the pool."""
    with contextlib.ExitStack() as stack:
        for _ in range(number):
            connection = stack.enter_context(psycopg.connect(url, prepare_threshold=None))
            connection.execute("select 1")


@pytest.mark.parametrize("pool_size", [1, 2, 3])
def test_it_is_refused_while_others_use_the_pool(pooled, schema, pool_size):
    url = pooled(pool_size=pool_size)
    stopped = threading.Event()

    def use() -> None:
        with psycopg.connect(url, prepare_threshold=None, autocommit=True) as connection:
            while not stopped.is_set():
                connection.execute("select pg_sleep(0.002)")

    users = [threading.Thread(target=use) for _ in range(4)]
    for user in users:
        user.start()
    try:
        for _ in range(10):
            with pytest.raises(CannotConnect, match="a pooler in transaction mode"):
                migrator.status(url, schema.path)
    finally:
        stopped.set()
        for user in users:
            user.join()


def test_the_command_says_how_to_mend_it(pooled, capsys):
    assert cli.main(["migrate", "apply", "--database-url", pooled()]) == 1
    assert "Connect to the server itself, or to a pooler in session mode" in capsys.readouterr().err


def test_session_mode_is_as_good_as_the_server_itself(pooled, schema):
    url = pooled(pool_mode="session", pool_size=5)
    assert migrator.apply(url, schema.path).migrations == ("migrations/0001_a.sql",)
    assert migrator.status(url, schema.path).plan.steps == ()


def test_session_mode_with_one_connection_is_waited_for_and_then_believed(pooled, schema):
    started = time.monotonic()
    assert migrator.apply(pooled(pool_mode="session", pool_size=1), schema.path).migrations
    assert time.monotonic() - started < 20


def test_an_applier_that_is_not_the_holder_of_the_lock_changes_nothing(empty_database, schema, monkeypatch):
    """Each step checks it, even if comparing the connections missed it."""
    monkeypatch.setattr(migrator_connection, "_try_lock", lambda _: True)
    with pytest.raises(ApplyFailed, match="another session than the one that holds the migrator's lock"):
        migrator.apply(empty_database.url, schema.path)
    assert empty_database.connect().execute("select to_regclass('a')").fetchone() == (None,)
