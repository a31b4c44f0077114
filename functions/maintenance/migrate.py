"""Applies the schema during a deploy: the Lambda behind CloudFormation's custom resource `Custom::DatabaseSchema`.

CloudFormation waits for an answer at the request's ResponseURL; without one, the deploy hangs until its time-out.
So every event is answered; a failure includes its reason.
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
# With password authentication: the secrets of the other logins. Their URLs contain the passwords to set.
PASSWORD_SECRETS: Final = {
    login: secret
    for login, secret in {
        "ddp_api": settings.optional("DDP_API_SECRET"),
        "ddp_worker": settings.optional("DDP_WORKER_SECRET"),
    }.items()
    if secret
}

# Constant: if the id changed, CloudFormation would delete the "old" schema.
PHYSICAL_RESOURCE_ID: Final = "database-schema"
# In characters. CloudFormation limits the whole answer to 4,096 bytes.
REASON_LIMIT: Final = 1500
# Seconds before the function's time-out at which it answers that it failed.
ANSWER_MARGIN: Final = 15.0

http = urllib3.PoolManager(retries=urllib3.Retry(total=5, backoff_factor=0.5, allowed_methods=["PUT"]))


class SecretUnusable(Exception):
    """A secret contains its placeholder or an invalid connection string. The message never quotes its value."""


def database_url(secret: str) -> str:
    """The connection string from a secret: `{"url": …}`, or the fields that RDS writes (username, password, host, …).

    Empty if the secret still contains its placeholder (a host ending in `.invalid`). Raises SecretUnusable if the url
    is not a connection string.
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
        raise SecretUnusable(f"The url in secret {secret} is not a PostgreSQL connection string.") from None
    return "" if str(conninfo_to_dict(given).get("host", "")).endswith(".invalid") else given


def migrate(wait_seconds: float) -> str:
    """Apply the schema, then set passwords and IAM grants of the logins. Returns a sentence about what was applied.

    `wait_seconds` limits the wait for another migration in progress. Raises SecretUnusable and the migrator's errors.
    """
    url = database_url(MIGRATOR_SECRET)
    if not url:
        raise SecretUnusable(
            f"The secret {MIGRATOR_SECRET} still contains its placeholder: store the database's URL in it."
        )
    applied = migrator.apply(url, SCHEMA, logger.info, wait_seconds=wait_seconds)
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        for login, secret in PASSWORD_SECRETS.items():
            set_password(connection, login, database_url(secret))
        allow_iam(connection)
    return f"{len(applied.migrations)} migrations and {len(applied.repeatables)} repeatable files applied"


def set_password(connection: psycopg.Connection[Any], login: str, url: str) -> None:
    """Set a login's password to the one in `url`. Only a SCRAM verifier is sent, so no log can show the password."""
    parameters = conninfo_to_dict(url) if url else {}
    password = parameters.get("password")
    if not password:
        logger.warning(f"The secret of {login} is not filled in: its password was not changed.")
        return
    verifier = connection.pgconn.encrypt_password(str(password).encode(), login.encode(), b"scram-sha-256")
    connection.execute(
        sql.SQL("alter role {} password {}").format(sql.Identifier(login), sql.Literal(verifier.decode()))
    )


def allow_iam(connection: psycopg.Connection[Any]) -> None:
    """On RDS and Aurora, let the logins authenticate by IAM, which membership in rds_iam permits."""
    if connection.execute("select from pg_roles where rolname = 'rds_iam'").fetchone():
        connection.execute("grant rds_iam to ddp_api, ddp_worker")


def answer(event: Mapping[str, Any], status: str, reason: str) -> None:
    """Send the result (`status` SUCCESS or FAILED) to CloudFormation."""
    body = {
        "Status": status,
        "Reason": reason[:REASON_LIMIT],
        "PhysicalResourceId": event.get("PhysicalResourceId", PHYSICAL_RESOURCE_ID),
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    # The URL is presigned without a content type; sending one would invalidate the signature.
    response = http.request(
        "PUT", event["ResponseURL"], body=json.dumps(body).encode(), headers={"content-type": ""}
    )
    logger.info("answered CloudFormation", status=status, reason=body["Reason"], http_status=response.status)


@contextmanager
def answered_in_time(event: Mapping[str, Any], seconds: float) -> Iterator[None]:
    """After `seconds`, answer that the migration failed, before Lambda ends the function.

    Statements that the server is running then finish or roll back.
    """
    reason = (
        "The migration did not finish in time. Look for `ddp migrate` in pg_stat_activity, then deploy again."
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
    """Apply the schema on Create and Update. On Delete do nothing, because the database contains customer data."""
    if event["RequestType"] == "Delete":
        answer(event, "SUCCESS", "The database was not changed.")
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
