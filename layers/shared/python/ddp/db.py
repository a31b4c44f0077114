"""PostgreSQL: one connection an execution environment, one transaction a piece of work, as one role.

Safe behind a transaction-mode pooler (PgBouncer, Supavisor, RDS Proxy): no prepared statements, nothing set
for the session, claims and role only for the transaction.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row

from ddp import settings
from ddp.errors import (
    Conflict,
    Forbidden,
    HttpError,
    Invalid,
    NotFound,
    TooMany,
    Unauthenticated,
    Unavailable,
)

if TYPE_CHECKING:
    from ddp.auth import Claims

Connection = psycopg.Connection[DictRow]

# One round trip opens the transaction and says who asks. The role is set first-class, through set_config,
# so that it ends with the transaction; PostgreSQL refuses a role that the login may not become.
_OPEN = """begin; select set_config('role', %(role)s, true),
    set_config('request.jwt.claims', %(claims)s, true), set_config('request.headers', %(headers)s, true),
    set_config('statement_timeout', %(timeout)s, true)"""

# How long a server that restarts or fails over is waited for, in seconds; well inside an HTTP API's 30.
_PATIENCE = 8.0

_connection: Connection | None = None


@contextmanager
def transaction(
    claims: Claims | None = None,
    *,
    role: str = "",
    headers: Mapping[str, str] | None = None,
    timeout_seconds: int = 10,
) -> Iterator[psycopg.Cursor[DictRow]]:
    """A READ COMMITTED transaction as the caller (`claims` → role authenticated) or as `role`.

    Commits when the block ends, rolls back when it raises. `headers` (lower-case names) reach the audit trail.
    A lost connection is made anew before the block begins, never inside it. Database errors leave as
    ddp.errors.HttpError where the caller can correct them or may try again (see `translate`).
    """
    connection = _begin(
        {
            "role": role or ("authenticated" if claims else "anon"),
            "claims": claims.document if claims else "",
            "headers": json.dumps(dict(headers or {})),
            "timeout": f"{timeout_seconds}s",
        }
    )
    try:
        with connection.cursor() as cursor:
            yield cursor
        connection.commit()
    except psycopg.Error as error:
        raise translate(error) from error
    finally:
        _rollback(connection)


def _begin(opening: Mapping[str, str]) -> Connection:
    """Open a transaction; nothing has been asked of the database yet, so trying again is safe."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            connection = _connect()
            psycopg.ClientCursor(connection).execute(_OPEN, opening)
        except psycopg.OperationalError as error:
            close()
            if time.monotonic() > deadline:
                raise Unavailable("The database does not answer; try again shortly.") from error
            time.sleep(0.2)
        except psycopg.Error as error:
            close()
            raise translate(error) from error
        else:
            return connection


def _rollback(connection: Connection) -> None:
    """Leave no open transaction behind: the environment's next event must not find this one's."""
    try:
        connection.rollback()
    except psycopg.Error:
        close()


def _connect() -> Connection:
    global _connection  # one connection an execution environment is the point
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
    """Drop the environment's connection; the next transaction opens another."""
    global _connection
    if _connection is not None:
        _connection.close()
    _connection = None


def connection_string(url: str) -> str:
    """What an operator wrote into a secret, for libpq; outside of stage local with TLS, unless it says otherwise.

    libpq's own default falls back to plain text where somebody in between wants it. Raises ValueError, whose text
    does not quote the URL: it would be logged, with the password in it.
    """
    try:
        given: dict[str, Any] = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise ValueError("The secret's url is no PostgreSQL connection string.") from None
    if settings.required("DDP_STAGE") != "local":
        given = {"sslmode": "require"} | given
    return make_conninfo(**given)


def _parameters() -> dict[str, Any]:
    """Where the database is: DATABASE_URL, else the secret DDP_DATABASE_SECRET, else IAM on DDP_DATABASE_HOST."""
    if url := settings.optional("DATABASE_URL"):
        return {"conninfo": url}
    import boto3  # here, because most starts need no AWS client

    if secret := settings.optional("DDP_DATABASE_SECRET"):
        # Read at every connect, not once: a rotated password is picked up by the reconnect it causes.
        value = boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
        return {"conninfo": connection_string(json.loads(value)["url"])}
    return _iam_parameters(boto3.client("rds"))


def _iam_parameters(rds: Any) -> dict[str, Any]:
    """RDS Proxy with IAM: a token in place of the password, valid 15 minutes, used only to connect."""
    from botocore import __file__ as botocore_file

    host, user = settings.required("DDP_DATABASE_HOST"), settings.required("DDP_DATABASE_USER")
    port = int(settings.optional("DDP_DATABASE_PORT", "5432"))
    return {
        "host": host,
        "port": port,
        "dbname": settings.optional("DDP_DATABASE_NAME", "ddp"),
        "user": user,
        "password": rds.generate_db_auth_token(DBHostname=host, Port=port, DBUsername=user),
        "sslmode": "verify-full",
        # RDS Proxy shows a certificate of Amazon Trust Services, which botocore's own bundle knows.
        "sslrootcert": str(Path(botocore_file).with_name("cacert.pem")),
    }


# SQLSTATE → error. PTnnn are raised by this system's own functions; the rest is PostgreSQL's own.
_BY_STATE: dict[str, type[HttpError]] = {
    "PT401": Unauthenticated,
    "PT403": Forbidden,
    "PT404": NotFound,
    "PT409": Conflict,
    "PT422": Invalid,
    "PT429": TooMany,
}
_PLAIN: dict[str, tuple[type[HttpError], str]] = {
    "42501": (Forbidden, "You may not do this."),
    "23505": (Conflict, "Something with the same identity exists already."),
    "23503": (Invalid, "The request names something that does not exist."),
    "23514": (Invalid, "A value is outside what is allowed."),
    "22": (Invalid, "A value has the wrong form."),
    "40": (Unavailable, "Two requests got into each other's way; repeat it."),
    "55P03": (Unavailable, "Two requests got into each other's way; repeat it."),
    "57014": (Unavailable, "The database took too long; repeat it, or ask for less."),
    "53": (Unavailable, "The database is overloaded; try again shortly."),
}


def translate(error: psycopg.Error) -> Exception:
    """The error to raise in place of psycopg's.

    Our functions' own sentences (PTnnn) pass on, with their JSON detail as extra members. Of PostgreSQL's own
    errors only a fixed sentence does: their text names rows and values that the caller may not see.
    """
    state = error.sqlstate or ""
    if family := _BY_STATE.get(state):
        extra = json.loads(error.diag.message_detail or "{}")
        return family(error.diag.message_primary or "", code=extra.pop("code", None), extra=extra)
    for length in (5, 2):
        if known := _PLAIN.get(state[:length]):
            family, sentence = known
            return family(sentence)
    if isinstance(error, psycopg.DataError):  # psycopg's own, such as a NUL in a text
        return Invalid(_PLAIN["22"][1])
    if isinstance(error, psycopg.OperationalError):
        return Unavailable("The database connection was lost; whether the request took effect is not known.")
    return error
