"""PostgreSQL servers for the tests, one per major version and kind of owner.

The first three kinds are the roles that apply the schema in deployments:

* `superuser`: the local runtime.
* `rds`: Amazon's master user: CREATEROLE and CREATEDB, owns the database, neither SUPERUSER nor BYPASSRLS.
* `supabase`: `postgres` is not a superuser; schema `auth` and the API roles exist and belong to others; default
  privileges grant everything on new objects in `public` to the API roles.
* `pooled`: a superuser's database behind PgBouncer in transaction mode. All connections go through it except those to
  `url`, which is for the migrator and other tools that need a session.
"""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import psycopg
from psycopg import sql

from infra.local.postgres.binaries import find_binaries
from infra.local.postgres.server import HOST, PostgresServer
from tests.database import pooler

REPOSITORY = Path(__file__).resolve().parents[2]
SCHEMA = REPOSITORY / "schema"
BINARIES = REPOSITORY / ".ddp" / "postgres"
SETUP = Path(__file__).parent / "owners"
SUPERUSERS = {
    "superuser": "postgres",
    "rds": "rdsadmin",
    "supabase": "supabase_admin",
    "pooled": "postgres",
}
OWNERS = {"superuser": "postgres", "rds": "app_master", "supabase": "postgres", "pooled": "postgres"}
LOGINS = ("ddp_api", "ddp_worker", "ddp_migrator")


@dataclass(frozen=True, slots=True)
class Kind:
    """A major version, and the kind of role that owns the database."""

    major: int
    owner: str

    def __str__(self) -> str:
        return f"{self.major}-{self.owner}"


DEFAULT = Kind(18, "superuser")


@dataclass(slots=True)
class Database:
    """One database of a test; connections made through it are closed when the test ends."""

    name: str
    server: DatabaseServer
    opened: list[psycopg.Connection] = field(default_factory=list)
    kept: dict[str, psycopg.Connection] = field(default_factory=dict)
    # The functions' connections that are not in use now, by login.
    parked: dict[str, psycopg.Connection] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The URL for the owner, who applies the schema."""
        return self.server.url(self.name)

    @property
    def owner(self) -> str:
        """The role that applies the schema."""
        return OWNERS[self.server.kind.owner]

    def connect(
        self, role: str | None = None, *, autocommit: bool = True, session: bool = False
    ) -> psycopg.Connection:
        """Connect as the owner, as one of the logins ddp_api, ddp_worker, ddp_migrator, or as "superuser".

        `session`: without the pooler, for tests about sessions.
        """
        url = self.server.url(self.name, role) if session else self.client_url(role)
        connection = psycopg.connect(
            url, autocommit=autocommit, prepare_threshold=self.server.prepare_threshold
        )
        self.opened.append(connection)
        return connection

    @contextmanager
    def using(self, role: str | None = None) -> Iterator[psycopg.Connection]:
        """A connection as `connect` opens it, which all who ask in the main thread share: opening one takes
        milliseconds, and each session plans its queries anew. Other threads get one of their own.
        """
        if threading.current_thread() is not threading.main_thread():
            with self.connect(role) as connection:
                yield connection
            return
        name = role or self.owner
        if name not in self.kept or self.kept[name].closed:
            self.kept[name] = self.connect(role)
        yield self.kept[name]

    def client_url(self, role: str | None = None) -> str:
        """The URL for clients that need no session: the pooler's, if there is one."""
        return self.server.client_url(self.name, role)

    @contextmanager
    def as_user(
        self,
        claims: Mapping[str, object] | None = None,
        *,
        role: str = "authenticated",
        headers: Mapping[str, str] | None = None,
        login: str = "ddp_api",
    ) -> Iterator[psycopg.Connection]:
        """A transaction as the API makes it: login, SET LOCAL ROLE, claims. Committed unless the block raises."""
        options = {"prepare_threshold": self.server.prepare_threshold}
        with psycopg.connect(self.client_url(login), **options) as connection:
            connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
            settings = {"request.jwt.claims": claims, "request.headers": headers}
            for name, value in settings.items():
                if value is not None:
                    connection.execute("select set_config(%s, %s, true)", [name, json.dumps(value)])
            yield connection

    def as_anonymous(self, **options):
        """A transaction without claims (role anon)."""
        return self.as_user(None, role="anon", **options)

    def as_worker(self, **options):
        """A transaction as a background function (login ddp_worker, role service_role)."""
        return self.as_user(None, role="service_role", login="ddp_worker", **options)

    def close(self) -> None:
        for connection in (*self.opened, *self.parked.values()):
            connection.close()


class DatabaseServer:
    """A running server with its owner role, and databases on it."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.directory = Path(tempfile.mkdtemp(prefix="ddp-test-postgres-"))
        self.directory.chmod(0o755)  # root runs the server as another user, who needs access
        self.postgres = PostgresServer(
            installation=find_binaries(kind.major, BINARIES),
            directory=self.directory / "server",
            durable=False,
            superuser=SUPERUSERS[kind.owner],
        )
        self.passwords = {name: secrets.token_hex(16) for name in (*LOGINS, OWNERS[kind.owner])}
        self.pooler: pooler.Pooler | None = None
        self.template: str | None = None
        self.count = 0
        # Of the superuser, and the server's; looking them up reads a file and all processes of the machine.
        self.password, self.port = "", 0

    @property
    def prepare_threshold(self) -> int | None:
        """After how many executions psycopg prepares a statement, which needs a session; None: never."""
        return None if self.pooler else 5

    def start(self) -> None:
        self.postgres.start()
        address = urlsplit(self.postgres.url())
        assert address.password
        assert address.port
        self.password, self.port = unquote(address.password), address.port
        with self.admin() as connection:
            self._hash_passwords_once(connection)
            self._run_setup(connection, "server")
        if self.kind.owner == "pooled":
            passwords = self.passwords | {self.postgres.superuser: self.owner_password()}
            self.pooler = pooler.start(self.directory / "pooler", server_port=self.port, passwords=passwords)

    def stop(self) -> None:
        if self.pooler:
            self.pooler.stop()
        self.postgres.destroy()
        shutil.rmtree(self.directory, ignore_errors=True)

    def url(self, database: str, role: str | None = None) -> str:
        """The URL for the owner (None), a login, or "superuser"."""
        name = OWNERS[self.kind.owner] if role is None else role
        user, password = name, self.passwords.get(name, "")
        if name in ("superuser", self.postgres.superuser):
            user, password = self.postgres.superuser, self.password
        return f"postgresql://{user}:{quote(password, safe='')}@{HOST}:{self.port}/{quote(database)}"

    def client_url(self, database: str, role: str | None = None) -> str:
        """The same through the pooler, if there is one."""
        if self.pooler is None:
            return self.url(database, role)
        given = urlsplit(self.url(database, role))
        assert given.username
        assert given.password
        return self.pooler.url(given.username, given.password, database)

    def owner_password(self) -> str:
        """The password of the role that applies the schema."""
        password = urlsplit(self.url("postgres")).password
        assert password
        return password

    def admin(self, database: str = "template1") -> psycopg.Connection:
        return psycopg.connect(self.url(database, "superuser"), autocommit=True)

    def create(self, *, template: str | None = None) -> Database:
        """An empty database with this kind of owner, or a clone of a template that has no connections."""
        self.count += 1
        database = Database(f"test_{self.count}", self)
        statement = sql.SQL("create database {} owner {} template {}").format(
            sql.Identifier(database.name),
            sql.Identifier(OWNERS[self.kind.owner]),
            sql.Identifier(template or "template0"),
        )
        with self.admin() as connection:
            connection.execute(statement)
        if template is None:
            with self.admin(database.name) as connection:
                self._run_setup(connection, "database")
        return database

    def drop(self, database: Database) -> None:
        database.close()
        with self.admin() as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(database.name)))

    def set_passwords(self) -> None:
        """Set the logins' passwords that `url` uses; the schema creates logins without passwords."""
        with self.admin() as connection:
            existing = {row[0] for row in connection.execute("select rolname from pg_roles")}
            for name in set(self.passwords) & existing - {self.postgres.superuser}:
                connection.execute(
                    sql.SQL("alter role {} password {}").format(
                        sql.Identifier(name), sql.Literal(self.passwords[name])
                    )
                )

    def _hash_passwords_once(self, connection: psycopg.Connection) -> None:
        """Hash passwords once instead of 4,096 times, which most of a login's time goes to (from PostgreSQL 16)."""
        if self.kind.major < 16:
            return
        connection.execute("alter system set scram_iterations = 1")
        connection.execute("set scram_iterations = 1")
        name, password = sql.Identifier(self.postgres.superuser), sql.Literal(self.password)
        connection.execute(sql.SQL("alter role {} password {}").format(name, password))
        connection.execute("select pg_reload_conf()")

    def _run_setup(self, connection: psycopg.Connection, subject: str) -> None:
        path = SETUP / f"{self.kind.owner}_{subject}.sql"
        if path.exists():
            connection.execute(path.read_bytes())
        self.set_passwords()
