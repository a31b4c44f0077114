"""Applies the schema during a deploy: the Lambda behind CloudFormation's custom resource `Custom::DatabaseSchema`.

CloudFormation waits for an answer at the request's ResponseURL, whatever happens; a missing one holds up the deploy
until its time-out. So every event is answered, with the reason where it failed.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import boto3
import psycopg
import urllib3
from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ddp import db, migrator, settings
from ddp.observability import logger

SCHEMA: Final = Path(__file__).resolve().parents[2] / "schema"
MIGRATOR_SECRET: Final = settings.required("DDP_DATABASE_SECRET")
# Where databases have passwords: the secrets of the other logins, whose URLs say what these are to be.
PASSWORD_SECRETS: Final = {
    login: secret
    for login, secret in {
        "ddp_api": settings.optional("DDP_API_SECRET"),
        "ddp_worker": settings.optional("DDP_WORKER_SECRET"),
    }.items()
    if secret
}

# One for the life of the resource: another id would make CloudFormation delete the "old" schema.
PHYSICAL_RESOURCE_ID: Final = "database-schema"
# The whole answer may have 4,096 bytes.
REASON_LIMIT: Final = 1500
# Seconds before the function is ended in which it still answers.
ANSWER_MARGIN: Final = 15.0

http = urllib3.PoolManager(retries=urllib3.Retry(total=5, backoff_factor=0.5, allowed_methods=["PUT"]))


class SecretUnusable(Exception):
    """A secret holds its placeholder, or something that is no connection string; the message never shows it."""


def database_url(secret: str) -> str:
    """Connection string from a secret: `{"url": …}`, or the fields that RDS writes (username, password, host, …).

    Empty where the secret still holds the placeholder that it was made with (a host in `.invalid`).
    """
    value = json.loads(boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])
    if "url" in value:
        return _filled_in(secret, value["url"])
    return make_conninfo(
        host=value["host"],
        port=value["port"],
        dbname=value["dbname"],
        user=value["username"],
        password=value["password"],
        sslmode="require",
    )


def _filled_in(secret: str, url: str) -> str:
    try:
        given = db.connection_string(url)
    except ValueError:
        raise SecretUnusable(f"The url in secret {secret} is no PostgreSQL connection string.") from None
    return "" if str(conninfo_to_dict(given).get("host", "")).endswith(".invalid") else given


def migrate(wait_seconds: float) -> str:
    """Apply the schema and let the logins in; returns what was done, in words."""
    url = database_url(MIGRATOR_SECRET)
    if not url:
        raise SecretUnusable(
            f"The secret {MIGRATOR_SECRET} still holds its placeholder: write the database's URL."
        )
    applied = migrator.apply(url, SCHEMA, logger.info, wait_seconds=wait_seconds)
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        for login, secret in PASSWORD_SECRETS.items():
            set_password(connection, login, database_url(secret))
        allow_iam(connection)
    return f"{len(applied.migrations)} migrations and {len(applied.repeatables)} repeatable files applied"


def set_password(connection: psycopg.Connection[Any], login: str, url: str) -> None:
    """Give a login the password that its URL states. Only its SCRAM verifier travels, so no log can show it."""
    parameters = conninfo_to_dict(url) if url else {}
    password = parameters.get("password")
    if not password:
        logger.warning(f"The secret of {login} is not filled in: its password was left as it is.")
        return
    verifier = connection.pgconn.encrypt_password(str(password).encode(), login.encode(), b"scram-sha-256")
    connection.execute(
        sql.SQL("alter role {} password {}").format(sql.Identifier(login), sql.Literal(verifier.decode()))
    )


def allow_iam(connection: psycopg.Connection[Any]) -> None:
    """On RDS and Aurora a login authenticates by IAM once it is a member of rds_iam."""
    if connection.execute("select from pg_roles where rolname = 'rds_iam'").fetchone():
        connection.execute("grant rds_iam to ddp_api, ddp_worker")


def answer(event: Mapping[str, Any], status: str, reason: str) -> None:
    """PUT the result to CloudFormation."""
    body = {
        "Status": status,
        "Reason": reason[:REASON_LIMIT],
        "PhysicalResourceId": event.get("PhysicalResourceId", PHYSICAL_RESOURCE_ID),
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    # The URL is presigned without a content type: sending one would break its signature.
    response = http.request(
        "PUT", event["ResponseURL"], body=json.dumps(body).encode(), headers={"content-type": ""}
    )
    logger.info("answered CloudFormation", status=status, reason=body["Reason"], http_status=response.status)


@contextmanager
def answered_in_time(event: Mapping[str, Any], seconds: float) -> Iterator[None]:
    """Answer that it failed shortly before Lambda ends the function; what the server began goes on or rolls back."""
    reason = (
        "The migration did not end in time. Look for `ddp migrate` in pg_stat_activity, then deploy again."
    )
    timer = threading.Timer(max(seconds, 0), answer, (event, "FAILED", reason))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Create and Update apply the schema; Delete leaves the database alone: it holds the customers' data."""
    if event["RequestType"] == "Delete":
        answer(event, "SUCCESS", "The database is left as it is.")
        return
    remaining = context.get_remaining_time_in_millis() / 1000 - ANSWER_MARGIN
    try:
        with answered_in_time(event, remaining):
            done = migrate(wait_seconds=max(remaining - ANSWER_MARGIN, 1))
    except Exception as error:  # noqa: BLE001 - CloudFormation must hear of every failure
        logger.exception("the schema was not applied")
        answer(event, "FAILED", f"{type(error).__name__}: {error}")
    else:
        answer(event, "SUCCESS", done)
