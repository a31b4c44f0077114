"""The migrator's session: checked, acting as the owner of the schema, holding the lock that keeps others out."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row

from ddp.migrator.errors import ApplyFailed, CannotConnect
from ddp.migrator.pooling import shares_connections

Report = Callable[[str], object]
Connection = psycopg.Connection[Any]

OLDEST_SUPPORTED: Final = 15
LOCK_KEY: Final = 0x6464705F6D6967  # "ddp_mig": advisory locks are numbers, and belong to one database
_POLL_SECONDS: Final = 0.1
REPORT_SECONDS: Final = 5.0


def load(name: str) -> str:
    """The text of an SQL file beside this module."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def rows(connection: Connection, query: str, parameters: Any = None) -> list[DictRow]:
    """Run one query; its rows as dictionaries."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, parameters).fetchall()


@contextmanager
def session(target: str | Connection) -> Iterator[Connection]:
    """A checked connection that acts as the owner of the schema; a given connection must be in autocommit.

    Raises CannotConnect.
    """
    if isinstance(target, str):
        with connect(target) as connection:
            become_owner(connection)
            yield connection
    else:
        if not target.autocommit:
            raise CannotConnect(
                "The migrator opens its own transactions: give it a connection in autocommit."
            )
        become_owner(target)
        try:
            yield target
        finally:
            if not target.closed:
                target.execute("reset role; reset search_path; reset lock_timeout; reset statement_timeout")


def connect(url: str) -> Connection:
    """Connect in autocommit. Raises CannotConnect with a sentence that never contains the password."""
    try:
        parameters = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise CannotConnect(
            "The database URL cannot be read; it looks like postgresql://user:password@host:5432/database."
        ) from None
    _refuse_transaction_pooler(parameters)
    try:
        connection = _connect(url)
        shared = shares_connections(connection, partial(_connect, url))
    except psycopg.OperationalError as error:
        raise CannotConnect(f"Cannot connect to {_place(parameters)}: {_reason(error)}.") from None
    if shared:
        connection.close()
        raise CannotConnect(
            f"{_place(parameters)} is behind a pooler in transaction mode, where a session's lock and role would apply "
            "to other clients. Connect to the server itself, or to a pooler in session mode (PgBouncer: a [databases] "
            "entry with pool_mode=session)."
        )
    return connection


def _connect(url: str) -> Connection:
    return psycopg.connect(
        url,
        autocommit=True,
        prepare_threshold=None,
        application_name="ddp migrate",
        client_encoding="utf8",
    )


def _reason(error: psycopg.OperationalError) -> str:
    """libpq's answer without its preamble (`connection to server at …, port … failed: FATAL: …`)."""
    line = next(iter(str(error).strip().splitlines()), "no reason given")
    return re.sub(r"^.* failed: (FATAL: +)?", "", line).rstrip(".")


def _refuse_transaction_pooler(parameters: dict[str, Any]) -> None:
    """Refuse the transaction pooler that can be recognised by its address."""
    if (
        str(parameters.get("host", "")).endswith(".pooler.supabase.com")
        and str(parameters.get("port")) == "6543"
    ):
        raise CannotConnect(
            "Port 6543 is Supabase's transaction pooler; migrations need a session: use port 5432."
        )


def _place(parameters: dict[str, Any]) -> str:
    host, port = parameters.get("host", "localhost"), parameters.get("port", 5432)
    return f"{host}:{port}/{parameters.get('dbname', '')} as {parameters.get('user', 'the current user')}"


def become_owner(connection: Connection) -> None:
    """Check the server and the rights, and SET ROLE to whoever owns schema `ddp`. Raises CannotConnect."""
    facts = rows(connection, load("connection.sql"))[0]
    if facts["version"] < OLDEST_SUPPORTED * 10000:
        raise CannotConnect(
            f"The server runs PostgreSQL {facts['version'] // 10000}; {OLDEST_SUPPORTED} or newer is needed."
        )
    if facts["owner"] is None:
        if not facts["may_create_schema"]:
            raise CannotConnect(
                f"Role {facts['role']} may not create schemas in database {facts['database']}. Its owner can allow "
                f"it: GRANT CREATE ON DATABASE {facts['database']} TO {facts['role']};"
            )
    elif facts["owner"] != facts["role"]:
        _set_role(connection, facts)


def _set_role(connection: Connection, facts: DictRow) -> None:
    if not facts["may_become_owner"]:
        raise CannotConnect(
            f"Role {facts['role']} may not act as {facts['owner']}, which owns the schema. Connect as "
            f"{facts['owner']}, or let an administrator run: GRANT {facts['owner']} TO {facts['role']};"
        )
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(facts["owner"])))


@contextmanager
def exclusive(connection: Connection, report: Report, *, wait_seconds: float) -> Iterator[None]:
    """Hold the migrator's lock on this database. It ends with the session, so a killed applier releases it.

    This polls for the lock: waiting inside `pg_advisory_lock` would keep a snapshot open, and a concurrent index build
    of the applier at work would wait for it for ever.
    """
    _acquire(connection, report, wait_seconds)
    try:
        yield
    finally:
        if not connection.closed and not connection.broken:
            connection.execute("select pg_advisory_unlock(%s)", [LOCK_KEY])


def _acquire(connection: Connection, report: Report, wait_seconds: float) -> None:
    started = reported = time.monotonic()
    while not _try_lock(connection):
        now = time.monotonic()
        if now - started > wait_seconds:
            raise ApplyFailed(
                f"Another applier has been at work for more than {wait_seconds:.0f} s. Look for `ddp migrate` in "
                "pg_stat_activity, and apply again when it has ended."
            )
        if now - reported > REPORT_SECONDS:
            report(f"Waiting for another applier ({now - started:.0f} s) …")
            reported = now
        time.sleep(_POLL_SECONDS)


def _try_lock(connection: Connection) -> bool:
    return bool(rows(connection, "select pg_try_advisory_lock(%s) as locked", [LOCK_KEY])[0]["locked"])


def holds_lock(connection: Connection) -> bool:
    """Whether this session holds the migrator's lock."""
    query = """
        select exists (
            select from pg_catalog.pg_locks
            where locktype = 'advisory' and objsubid = 1 and pid = pg_backend_pid() and granted
                and (classid::bigint << 32) + objid::bigint = %s
        ) as held
    """
    return bool(rows(connection, query, [LOCK_KEY])[0]["held"])
