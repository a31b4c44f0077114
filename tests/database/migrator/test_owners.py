"""The kinds of role that apply the schema, and connections as another role."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from ddp import migrator
from ddp.migrator import CannotConnect
from tests.database.conftest import SCHEMA
from tests.database.migrator.conftest import read_only
from tests.database.servers import Database, DatabaseServer, Kind


# The schema on other owners is `make test-owners`; here Supabase's, which has the fewest rights.
@pytest.fixture(scope="module", params=["supabase", pytest.param("rds", marks=pytest.mark.slow)])
def applied(request) -> Iterator[Database]:
    """A database with the schema, applied by a role that is not a superuser."""
    server = DatabaseServer(Kind(18, request.param))
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        server.set_passwords()
        yield database
        database.close()
    finally:
        server.stop()


def test_a_role_that_is_no_superuser_applies_the_same_schema(applied):
    assert [str(difference) for difference in migrator.verify(read_only(applied.url), SCHEMA)] == []
    assert migrator.apply(read_only(applied.url), SCHEMA) == migrator.Applied()


def test_a_login_that_may_become_the_owner_does(applied):
    with applied.server.admin(applied.name) as connection:
        connection.execute(f"create role deployer login noinherit password 'x' in role {applied.owner}")
    url = applied.server.postgres.url(applied.name, user="deployer", password="x")

    with psycopg.connect(url, autocommit=True) as connection:
        assert migrator.apply(connection, SCHEMA) == migrator.Applied()
        assert connection.execute("select current_user::text").fetchone() == ("deployer",)


def test_a_login_that_may_not_become_the_owner_is_told_so(applied):
    url = applied.server.url(applied.name, "ddp_api")
    with pytest.raises(CannotConnect, match=f"ddp_api may not act as {applied.owner}, which owns the schema"):
        migrator.apply(url, SCHEMA)


def test_a_role_that_may_not_create_schemas_is_told_so(server):
    database = server.create()
    with server.admin(database.name) as connection:
        connection.execute("drop role if exists visitor")
        connection.execute("create role visitor login password 'x'")
    with pytest.raises(CannotConnect, match=rf"GRANT CREATE ON DATABASE {database.name} TO visitor;"):
        migrator.apply(server.postgres.url(database.name, user="visitor", password="x"), SCHEMA)
    server.drop(database)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (
            "postgresql://me:secret@127.0.0.1:1/x",
            "Cannot connect to 127.0.0.1:1/x as me: Connection refused.",
        ),
        ("postgresql//me:secret@host", "The database URL cannot be read"),
        (
            "postgresql://postgres.ref:secret@aws-0-eu-west-1.pooler.supabase.com:6543/postgres",
            "Port 6543 is Supabase's transaction pooler",
        ),
    ],
)
def test_a_database_that_cannot_be_reached_gives_one_sentence_without_the_password(url, sentence):
    with pytest.raises(CannotConnect) as caught:
        migrator.apply(url, SCHEMA)
    assert str(caught.value).startswith(sentence)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_server_that_is_too_old_is_refused(database, monkeypatch):
    monkeypatch.setattr("ddp.migrator.connection.OLDEST_SUPPORTED", 99)
    with pytest.raises(CannotConnect, match=r"The server runs PostgreSQL \d+; 99 or newer is needed"):
        migrator.apply(database.url, SCHEMA)
