"""How the function `migrate` logs in, and how the other logins will: by passwords from secrets, or by IAM."""

from __future__ import annotations

import json
from typing import Any, Final

import boto3
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ddp import db, settings

MIGRATOR_SECRET: Final = settings.required("DDP_DATABASE_SECRET")
# Whether the server knows IAM authentication (RDS and Aurora).
KNOWS_IAM: Final = settings.optional("DDP_DATABASE_IAM") == "true"
# Where that server is: the secret that RDS makes has a name and a password only.
SERVER: Final = settings.optional("DDP_DATABASE_SERVER")
PORT: Final = settings.optional("DDP_DATABASE_PORT", "5432")
NAME: Final = settings.optional("DDP_DATABASE_NAME")
# With password authentication: the secrets of the other logins. Their URLs contain the passwords to set.
PASSWORD_SECRETS: Final = {
    login: secret
    for login, secret in {
        "ddp_api": settings.optional("DDP_API_SECRET"),
        "ddp_worker": settings.optional("DDP_WORKER_SECRET"),
    }.items()
    if secret
}
_WITHOUT_IAM: Final = """
    select login.rolname
    from pg_catalog.pg_roles iam, pg_catalog.pg_roles login
    where iam.rolname = 'rds_iam' and login.rolname in ('ddp_api', 'ddp_worker')
        and not pg_catalog.pg_has_role(login.oid, iam.oid, 'member')
    order by login.rolname
"""


class SecretUnusable(Exception):
    """A secret contains its placeholder or an invalid connection string. The message never quotes its value."""


def database_url(secret: str) -> str:
    """The connection string from a secret: `{"url": …}`, or what RDS writes: username and password of its server.

    Empty if the secret still contains its placeholder (a host ending in `.invalid`). Raises SecretUnusable if the url
    is not a connection string, or asks for an unverified server.
    """
    value = json.loads(boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])
    if "url" in value:
        return _filled_in(secret, value["url"])
    return make_conninfo(
        host=SERVER,
        port=PORT,
        dbname=NAME,
        user=value["username"],
        password=value["password"],
        **db.verified(SERVER),
    )


def _filled_in(secret: str, url: str) -> str:
    try:
        given = db.connection_string(url)
    except ValueError as error:
        raise SecretUnusable(f"Secret {secret} is not usable. {error}") from None
    return "" if str(conninfo_to_dict(given).get("host", "")).endswith(".invalid") else given


def migrator_url() -> str:
    """The connection string of the login that applies the schema. Raises SecretUnusable.

    On RDS a token of IAM where the server takes it, else the password. From PostgreSQL 16 on, a role that makes another
    is a member of it, so letting ddp_api authenticate by IAM makes the master a member of rds_iam too; and the server
    refuses the passwords of all members. At the first deploy, nobody is a member yet. RDS exchanges the password each
    week, without logging in.
    """
    url = database_url(MIGRATOR_SECRET)
    if not url:
        raise SecretUnusable(
            f"The secret {MIGRATOR_SECRET} still contains its placeholder: store the database's URL in it."
        )
    if KNOWS_IAM and _logs_in(by_token := make_conninfo(url, password=iam_token(url))):
        return by_token
    return url


def iam_token(url: str) -> str:
    """A password for the user of `url` that is valid for 15 minutes. Nothing is asked of AWS: it is a signature."""
    given: dict[str, Any] = conninfo_to_dict(url)
    token: str = boto3.client("rds").generate_db_auth_token(
        DBHostname=given["host"], Port=int(given["port"]), DBUsername=given["user"]
    )
    return token


def _logs_in(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def set_up(url: str) -> list[str]:
    """Give the other logins their passwords or IAM; returns a sentence about each. Raises SecretUnusable."""
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        passwords = [
            set_password(connection, login, database_url(secret))
            for login, secret in PASSWORD_SECRETS.items()
        ]
        return passwords + allow_iam(connection)


def set_password(connection: psycopg.Connection[Any], login: str, url: str) -> str:
    """Set a login's password to the one in `url`. Only a SCRAM verifier is sent, so no log can show the password."""
    parameters = conninfo_to_dict(url) if url else {}
    password = parameters.get("password")
    if not password:
        return f"The secret of {login} is not filled in: its password was not changed."
    verifier = connection.pgconn.encrypt_password(str(password).encode(), login.encode(), b"scram-sha-256")
    connection.execute(
        sql.SQL("alter role {} password {}").format(sql.Identifier(login), sql.Literal(verifier.decode()))
    )
    return f"The password of {login} is the one in its secret."


def allow_iam(connection: psycopg.Connection[Any]) -> list[str]:
    """On RDS and Aurora, let the logins authenticate by IAM, which membership in rds_iam permits."""
    logins = [row[0] for row in connection.execute(_WITHOUT_IAM)]
    for login in logins:
        connection.execute(sql.SQL("grant rds_iam to {}").format(sql.Identifier(login)))
    return [f"{login} now authenticates by IAM." for login in logins]
