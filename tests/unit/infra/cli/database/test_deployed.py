"""Commands that a deployed stage's function runs: what it is asked, and what its answers become."""

from __future__ import annotations

import io
import json
import zipfile

import boto3
import pytest
import requests
from moto import mock_aws

from infra.cli.main import main

pytestmark = pytest.mark.thorough

REGION = "eu-central-1"  # of stage prod in cdk.json
RESPONSES = "http://motoapi.amazonaws.com/moto-api/static/lambda-simple/response"


@pytest.fixture
def account(monkeypatch):
    """An account without the function."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with mock_aws(config={"lambda": {"use_docker": False}}):
        yield


@pytest.fixture
def function(account):
    """The function of stage prod; called with an answer, it gives that answer once."""
    trust = {"Version": "2012-10-17", "Statement": []}
    role = boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("migrate.py", "")
    boto3.client("lambda", region_name=REGION).create_function(
        FunctionName="ddp-prod-migrate",
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="migrate.handler",
        Code={"ZipFile": archive.getvalue()},
    )

    def answers(answer: object) -> None:
        requests.post(RESPONSES, json={"results": [json.dumps(answer)], "region": REGION}, timeout=5)

    return answers


@pytest.mark.parametrize(
    "command",
    [
        ["migrate", "status"],
        ["migrate", "plan"],
        ["migrate", "apply", "--reapply"],
        ["migrate", "verify"],
        ["migrate", "set-passwords"],
        ["admin", "create", "ann@x.example"],
        ["seed", "reference"],
        ["seed", "dev", "--file-actions", "1_000"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("succeeded", [True, False])
def test_the_functions_answer_is_printed(function, capsys, command, succeeded):
    function({"lines": ["one", "two"], "succeeded": succeeded})
    assert main([*command, "--stage", "prod"]) == (0 if succeeded else 1)
    assert capsys.readouterr().out == "one\ntwo\n"


def test_without_credentials_there_is_one_sentence(monkeypatch, tmp_path, capsys):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    assert main(["migrate", "status", "--stage", "prod"]) == 1

    said = capsys.readouterr().err
    assert said.startswith(
        "ddp migrate: could not call the function ddp-prod-migrate in Region eu-central-1:"
    )
    assert "lambda:InvokeFunction" in said


def test_the_functions_failure_is_one_sentence(function, capsys, monkeypatch):
    """As Lambda answers for a function that raised, one of an older release for example."""
    client = type("Client", (), {})()
    client.invoke = lambda **_: {
        "FunctionError": "Unhandled",
        "Payload": io.BytesIO(b'{"errorMessage": "no"}'),
    }
    monkeypatch.setattr(boto3, "client", lambda *_, **__: client)
    assert main(["migrate", "status", "--stage", "prod"]) == 1
    assert capsys.readouterr().err.startswith("ddp migrate: ddp-prod-migrate failed: no. Its log group")


def test_a_stage_and_a_url_contradict_each_other(account, capsys):
    with pytest.raises(SystemExit):
        main(["migrate", "status", "--stage", "prod", "--database-url", "postgresql://x"])
    assert "not allowed with argument" in capsys.readouterr().err
