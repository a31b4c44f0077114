"""RDS from PostgreSQL 16 on: who lets others authenticate by IAM loses its own password.

The server's pg_hba.conf has RDS's line for members of rds_iam. Here it refuses them, as RDS refuses their passwords.
The superuser makes the grants: RDS lets its master make them without being a member itself, and PostgreSQL does not.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from ddp import migrator
from tests.database.migrator.test_function import CONTEXT, answers, event, secrets  # noqa: F401 - fixtures
from tests.database.servers import SCHEMA, Database, DatabaseServer, Kind

pytestmark = pytest.mark.slow  # two schemas on a server of its own


@pytest.fixture(scope="module")
def rds() -> Iterator[DatabaseServer]:
    """A server of RDS's kind, with its role for IAM."""
    server = DatabaseServer(Kind(18, "rds"))
    try:
        server.start()
        with server.admin() as superuser:
            superuser.execute("create role rds_iam")
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def deployed(rds) -> Database:
    """A database with the schema."""
    database = rds.create()
    migrator.apply(database.url, SCHEMA)
    return database


@pytest.fixture
def second_deploy(rds, deployed) -> Database:
    """A database after its first deploy: the logins may authenticate by IAM."""
    with rds.admin() as superuser:
        superuser.execute("grant rds_iam to ddp_api, ddp_worker")
    return deployed


@pytest.fixture
def refused(rds, second_deploy) -> Iterator[None]:
    """Members of rds_iam are refused, whatever their password."""
    with rds.admin() as superuser:
        (path,) = superuser.execute("select setting from pg_settings where name = 'hba_file'").fetchone()
        with open(path) as file:  # noqa: PTH123
            before = file.read()
        write(superuser, path, "host all +rds_iam 127.0.0.1/32 reject\n" + before)
        yield
        write(superuser, path, before)


def write(superuser: psycopg.Connection, path: str, text: str) -> None:
    with open(path, "w") as file:  # noqa: PTH123
        file.write(text)
    superuser.execute("select pg_reload_conf()")
    superuser.execute("select pg_sleep(0.2)")  # the postmaster reads it when the signal arrives


def test_the_master_becomes_a_member_and_its_password_is_refused(second_deploy, refused):
    with pytest.raises(
        psycopg.OperationalError, match=r"pg_hba\.conf rejects connection .* user \"app_master\""
    ):
        psycopg.connect(second_deploy.url)


@pytest.mark.usefixtures("answers")
def test_the_next_migration_logs_in_by_iam(rds, second_deploy, secrets, answers, monkeypatch):  # noqa: F811
    """IAM is played by changing the password to the token: the secret's password no longer works."""
    monkeypatch.setenv("DDP_DATABASE_IAM", "true")
    function = secrets(migrator={"url": second_deploy.url})
    monkeypatch.setattr(function.logins, "iam_token", lambda _url: "token")
    change = sql.SQL("alter role app_master password {}")
    with rds.admin() as superuser:
        superuser.execute(change.format("token"))
        try:
            function.handler(event(answers), CONTEXT)
        finally:
            superuser.execute(change.format(rds.owner_password()))

    assert [(answer["Status"], answer["Reason"][:14]) for answer in answers] == [
        ("SUCCESS", "Nothing to do.")
    ]


def test_the_first_migration_logs_in_with_the_password(rds, secrets, answers, monkeypatch):  # noqa: F811
    rds.set_passwords()
    monkeypatch.setenv("DDP_DATABASE_IAM", "true")
    function = secrets(migrator={"url": rds.create().url})
    with rds.admin() as superuser:
        superuser.execute(
            "grant rds_iam to ddp_api, ddp_worker"
        )  # done already, so that nothing is left to grant

    function.handler(event(answers), CONTEXT)

    assert [answer["Status"] for answer in answers] == ["SUCCESS"], answers


def test_a_login_that_may_use_iam_is_left_alone_and_another_one_is_not(rds, second_deploy, secrets):  # noqa: F811
    function = secrets(migrator={"url": second_deploy.url})
    with rds.admin(second_deploy.name) as superuser:
        assert function.logins.allow_iam(superuser) == []
        superuser.execute("revoke rds_iam from ddp_worker")
        assert function.logins.allow_iam(superuser) == ["ddp_worker now authenticates by IAM."]


def test_a_server_without_iam_is_left_alone(database, secrets):  # noqa: F811
    function = secrets()
    assert function.logins.allow_iam(database.connect()) == []
