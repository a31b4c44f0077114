"""The `migrate` Lambda: applies the schema, sets the logins' passwords, and always answers CloudFormation."""

from __future__ import annotations

import importlib
import io
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from uuid import uuid4

import boto3
import psycopg
import pytest
from moto import mock_aws

from ddp.observability import logger
from functions.maintenance.deploys import cloudformation

PLACEHOLDER = "postgresql://fill-in-this-secret.invalid:5432/postgres"
CONTEXT = SimpleNamespace(
    function_name="migrate",
    memory_limit_in_mb=128,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:migrate",
    aws_request_id="request",
    get_remaining_time_in_millis=lambda: 120_000,
)


@pytest.fixture
def answers():
    """The answers that were PUT to the ResponseURL; the list's `.url` is that URL."""

    class Answers(list):
        url = ""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            answers.append({**body, "content-type": self.headers["content-type"]})
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments) -> None:
            """Log nothing."""

    answers = Answers()
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    answers.url = f"http://127.0.0.1:{server.server_port}/answer"
    yield answers
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def secrets(monkeypatch):
    """Create the three secrets, and import the function with them in place."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "migrate")
    monkeypatch.setenv("DDP_STAGE", "local")  # the tests' server has no TLS
    # Unique names: another test may use the same simulated account.
    names = {secret: f"{secret}-{uuid4()}" for secret in ("migrator", "api", "worker")}
    monkeypatch.setenv("DDP_DATABASE_SECRET", names["migrator"])
    monkeypatch.setenv("DDP_API_SECRET", names["api"])
    monkeypatch.setenv("DDP_WORKER_SECRET", names["worker"])

    def fill(**contents):
        client = boto3.client("secretsmanager")
        for secret, name in names.items():
            content = contents.get(secret, {"url": PLACEHOLDER})
            client.create_secret(Name=name, SecretString=json.dumps(content))
        importlib.reload(importlib.import_module("functions.maintenance.logins"))
        return importlib.reload(importlib.import_module("functions.maintenance.migrate"))

    with mock_aws():
        yield fill


@pytest.fixture
def printed(monkeypatch):
    """The output of the function's logger, including structured fields and tracebacks."""
    stream = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    return stream


def event(answers, **more):
    return {
        "RequestType": "Create",
        "ResponseURL": answers.url,
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Schema",
        **more,
    }


def test_it_applies_the_schema_and_sets_the_passwords_of_the_filled_secrets(
    answers, secrets, empty_database, printed
):
    host = empty_database.url.rpartition("@")[2]
    function = secrets(
        migrator={"url": empty_database.url}, api={"url": f"postgresql://ddp_api.ref:s%20ecret@{host}"}
    )

    function.handler(event(answers), CONTEXT)

    (answer,) = answers
    assert answer["Status"] == "SUCCESS", answer
    assert re.fullmatch(
        r"Applied \d+ migrations and \d+ repeatable files in \d+\.\d s\. The password of ddp_api is the one in its "
        r"secret\. The secret of ddp_worker is not filled in: its password was not changed\.",
        answer["Reason"],
    )
    assert (answer["StackId"], answer["RequestId"], answer["LogicalResourceId"]) == (
        "stack",
        "request",
        "Schema",
    )
    assert answer["content-type"] == ""
    with psycopg.connect(
        empty_database.server.postgres.url(empty_database.name, user="ddp_api", password="s ecret")
    ):
        pass
    assert "s ecret" not in printed.getvalue()
    assert "s%20ecret" not in printed.getvalue()
    assert "The secret of ddp_worker is not filled in" in printed.getvalue()

    function.handler(
        event(answers, RequestType="Update", PhysicalResourceId=answer["PhysicalResourceId"]), CONTEXT
    )

    assert answers[1]["Status"] == "SUCCESS"
    assert answers[1]["Reason"].startswith("Nothing to do. The password of ddp_api is the one in its secret.")
    assert answers[1]["PhysicalResourceId"] == answer["PhysicalResourceId"]
    empty_database.server.set_passwords()


def test_the_secret_that_rds_writes_is_understood(answers, secrets, empty_database, monkeypatch):
    """It has a name and a password; where the server is, the stack knows."""
    parameters = psycopg.conninfo.conninfo_to_dict(empty_database.url)
    monkeypatch.setenv("DDP_DATABASE_SERVER", parameters["host"])
    monkeypatch.setenv("DDP_DATABASE_PORT", parameters["port"])
    monkeypatch.setenv("DDP_DATABASE_NAME", parameters["dbname"])
    function = secrets(
        migrator={"username": parameters["user"], "password": parameters["password"]},
    )
    found = psycopg.conninfo.conninfo_to_dict(function.logins.database_url(function.logins.MIGRATOR_SECRET))
    assert {name: found[name] for name in parameters} == parameters
    assert found["sslmode"] == "verify-full"


def test_outside_of_stage_local_the_server_is_verified(secrets, monkeypatch):
    function = secrets(migrator={"url": "postgresql://me:hidden@db.example.com:5432/x"})
    monkeypatch.setenv("DDP_STAGE", "prod")
    parameters = psycopg.conninfo.conninfo_to_dict(
        function.logins.database_url(function.logins.MIGRATOR_SECRET)
    )
    assert (parameters["sslmode"], parameters["password"]) == ("verify-full", "hidden")


@pytest.mark.parametrize(
    ("migrator", "reason"),
    [
        (
            {"url": PLACEHOLDER},
            "SecretUnusable: The secret migrator-.* still contains its placeholder: store the database's URL in it",
        ),
        (
            {"url": "postgresql//me:hidden@host"},
            "SecretUnusable: Secret migrator-.* is not usable. The secret's url is not a PostgreSQL connection string",
        ),
        (
            {"url": "postgresql://me:hidden%ZZ@host/x"},
            "SecretUnusable: Secret migrator-.* is not usable. The secret's url is not a PostgreSQL connection string",
        ),
        (
            {"url": "postgresql://me:hidden@127.0.0.1:1/x"},
            "CannotConnect: Cannot connect to 127.0.0.1:1/x as me",
        ),
    ],
)
def test_a_failure_is_answered_with_its_reason_and_without_the_password(
    answers, secrets, migrator, reason, printed
):
    function = secrets(migrator=migrator)

    function.handler(event(answers), CONTEXT)

    (answer,) = answers
    assert answer["Status"] == "FAILED"
    assert re.match(reason, answer["Reason"])
    assert answer["PhysicalResourceId"] == "database-schema"
    assert "the schema was not applied" in printed.getvalue()
    assert "hidden" not in answer["Reason"] + printed.getvalue()


def test_deleting_the_stack_leaves_the_database_alone_and_succeeds(answers, secrets):
    function = secrets()  # placeholders: any use of the database would fail
    function.handler(event(answers, RequestType="Delete", PhysicalResourceId="database-schema"), CONTEXT)
    assert [answer["Status"] for answer in answers] == ["SUCCESS"]


def test_it_answers_before_lambda_ends_it(answers, secrets, monkeypatch):
    function = secrets()
    ended = threading.Event()

    def last_forever(_wait_seconds):
        ended.wait(10)
        return function.Answer(lines=())

    def answer(*arguments):
        answers.append(arguments[1:])
        ended.set()

    monkeypatch.setattr(function, "migrate", last_forever)
    monkeypatch.setattr(cloudformation, "answer", answer)

    short = SimpleNamespace(**{**vars(CONTEXT), "get_remaining_time_in_millis": lambda: 15_100})
    function.handler(event(answers), short)

    assert answers[0] == (
        "FAILED",
        "The migration did not finish in time. Look for `ddp migrate` in pg_stat_activity, then deploy again.",
    )
