"""PostgreSQL: one connection per execution environment, one transaction and role per piece of work.

Safe behind a transaction-mode pooler (PgBouncer, Supavisor, RDS Proxy): uses no prepared statements and no session
settings; role and claims last for one transaction.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row

from ddp import settings
from ddp.errors import Unavailable
from ddp.refusals.database import translate

if TYPE_CHECKING:
    from ddp.auth import Claims

Connection = psycopg.Connection[DictRow]

# One round trip opens the transaction and sets the caller. set_config(…, true) limits the role to this transaction;
# PostgreSQL refuses a role that the login is not a member of.
_OPEN = """begin; select set_config('role', %(role)s, true),
    set_config('request.jwt.claims', %(claims)s, true), set_config('request.headers', %(headers)s, true),
    set_config('statement_timeout', %(timeout)s, true)"""

_CERTIFICATES = Path(__file__).with_name("certificates")

# Seconds to wait for a server that restarts or fails over; well below the 30 s of an HTTP API.
_PATIENCE = 8.0

_connection: Connection | None = None

# One transaction at a time: a heartbeat (ddp.queries.leases) shares the connection with the work that it is for.
_in_use = threading.RLock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prelude:
    """A statement that the caller's own transaction follows: it commits first, in the same round trip.

    So its effect stays if the transaction rolls back, and its locks are gone when the transaction begins. `take` gets
    its row, and may raise an error: then the transaction's block does not run. `statement` holds no caller's text.
    """

    statement: LiteralString
    values: Mapping[str, object]
    take: Callable[[DictRow], None]


@contextmanager
def transaction(
    claims: Claims | None = None,
    *,
    role: str = "",
    headers: Mapping[str, str] | None = None,
    timeout_seconds: int = 10,
    prelude: Prelude | None = None,
) -> Iterator[psycopg.Cursor[DictRow]]:
    """Run a block in a READ COMMITTED transaction, as `role`.

    The default role is authenticated if there are `claims`, and anon otherwise. `headers` (lower-case names) reach the
    audit trail. `timeout_seconds` limits each statement. Commits when the block ends, rolls back if it raises.
    `prelude` commits before, whatever becomes of the block.

    A lost connection is replaced before the block begins, never inside it. Raises Unavailable if the database cannot be
    reached, and other database errors as `ddp.refusals.database.translate` describes. Waits while another thread is in
    a transaction.
    """
    with _in_use:
        opening = {
            "role": role or ("authenticated" if claims else "anon"),
            "claims": claims.document if claims else "",
            "headers": json.dumps(dict(headers or {})),
            "timeout": f"{timeout_seconds}s",
        }
        yield from _transaction(opening, prelude)


def _transaction(opening: Mapping[str, str], prelude: Prelude | None) -> Iterator[psycopg.Cursor[DictRow]]:
    connection = _begin(opening, prelude)
    try:
        with connection.cursor() as cursor:
            yield cursor
        connection.commit()
    except psycopg.Error as error:
        raise translate(error) from error
    finally:
        _rollback(connection)


def _begin(opening: Mapping[str, str], prelude: Prelude | None) -> Connection:
    """Open a transaction. Retrying is safe: no work has been sent yet, and at worst a prelude took effect twice."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            connection = _connect()
            _open(connection, opening, prelude)
        except psycopg.OperationalError as error:
            close()
            if time.monotonic() > deadline:
                raise Unavailable("The database cannot be reached; try again shortly.") from error
            time.sleep(0.2)
        except psycopg.Error as error:
            close()
            raise translate(error) from error
        else:
            return connection


def _open(connection: Connection, opening: Mapping[str, str], prelude: Prelude | None) -> None:
    cursor = psycopg.ClientCursor(connection)
    if prelude is None:
        cursor.execute(_OPEN, opening)
        return
    statement = f"{_OPEN}; {prelude.statement}; commit; {_OPEN}"
    cursor.execute(statement, {**opening, **prelude.values})
    cursor.set_result(2)  # after those of begin and set_config
    row = cursor.fetchone()
    try:
        prelude.take(row or {})
    except BaseException:
        _rollback(connection)
        raise


def _rollback(connection: Connection) -> None:
    """Close any open transaction, so that the next event in this environment does not inherit it."""
    try:
        connection.rollback()
    except psycopg.Error:
        close()


def _connect() -> Connection:
    global _connection  # shared by all events of the execution environment
    if _connection is None or _connection.closed:
        _connection = psycopg.connect(
            **_parameters(),
            autocommit=True,
            prepare_threshold=None,
            row_factory=dict_row,
            connect_timeout=3,
            application_name=settings.optional("POWERTOOLS_SERVICE_NAME", "ddp"),
        )
    return _connection


def close() -> None:
    """Close the environment's connection. The next transaction opens a new one."""
    global _connection
    if _connection is not None:
        _connection.close()
    _connection = None


def connection_string(url: str) -> str:
    """Convert a URL from a secret to a libpq connection string that verifies the server, except in stage local.

    Raises ValueError for an invalid URL, and for one that asks for less than sslmode=verify-full. The text never quotes
    the URL, because logs would show the password.
    """
    try:
        given: dict[str, Any] = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise ValueError("The secret's url is not a PostgreSQL connection string.") from None
    if settings.required("DDP_STAGE") != "local":
        if given.get("sslmode", "verify-full") != "verify-full":
            raise ValueError("The secret's url asks for an unverified server: remove sslmode from it.")
        given = verified(str(given.get("host", ""))) | given
    return make_conninfo(**given)


def verified(host: str) -> dict[str, str]:
    """TLS parameters for a server: its certificate must name `host` and come from the authority of such hosts.

    RDS and Supabase have authorities of their own, and everybody else a public one.
    """
    return {"sslmode": "verify-full", "sslrootcert": str(_roots(host))}


def _roots(host: str) -> Path:
    if host.endswith(".rds.amazonaws.com") and ".proxy-" not in host:
        return _CERTIFICATES / "rds.pem"
    if host.endswith((".supabase.com", ".supabase.co")):
        return _CERTIFICATES / "supabase.pem"
    # Public authorities, among them Amazon Trust Services, which RDS Proxy has its certificates from.
    from botocore import __file__ as botocore_file

    return Path(botocore_file).with_name("cacert.pem")


def _parameters() -> dict[str, Any]:
    """How to connect: DATABASE_URL, else the secret DDP_DATABASE_SECRET, else IAM on DDP_DATABASE_HOST."""
    if url := settings.optional("DATABASE_URL"):
        return {"conninfo": url}
    import boto3  # imported only if needed: it loads slowly

    if secret := settings.optional("DDP_DATABASE_SECRET"):
        # Read at every connect: rotating the password causes a reconnect, which reads the new one.
        value = boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
        return {"conninfo": connection_string(json.loads(value)["url"])}
    return _iam_parameters(boto3.client("rds"))


def _iam_parameters(rds: Any) -> dict[str, Any]:
    """Parameters for RDS Proxy with IAM: the password is a token that is valid for 15 minutes."""
    host, user = settings.required("DDP_DATABASE_HOST"), settings.required("DDP_DATABASE_USER")
    port = int(settings.optional("DDP_DATABASE_PORT", "5432"))
    return {
        "host": host,
        "port": port,
        "dbname": settings.optional("DDP_DATABASE_NAME", "ddp"),
        "user": user,
        "password": rds.generate_db_auth_token(DBHostname=host, Port=port, DBUsername=user),
        **verified(host),
    }
