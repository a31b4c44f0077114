"""`ddp doctor --stage` on moto's AWS, and on answers of SES and Lambda that moto does not have."""

from __future__ import annotations

import dataclasses
import json

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from moto import mock_aws

from functions.maintenance.commands import Answer
from infra.cli.database import deployed
from infra.cli.doctor import stage
from infra.cli.main import main

pytestmark = pytest.mark.thorough

REGION = "eu-central-1"  # of stage prod in cdk.json
ADDRESS = {
    "oidc_issuer": "https://issuer.example",
    "public_url": "https://ddp.example",
    "alarm_email": "a@b.example",
}

# What AWS answers when all is well, by operation.
WELL = {
    "GetAccount": {
        "ProductionAccessEnabled": True, "SendingEnabled": True, "EnforcementStatus": "HEALTHY",
        "SendQuota": {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 100.0},
    },
    "GetConfigurationSetEventDestinations": {"EventDestinations": [{
        "Name": "events", "Enabled": True, "SnsDestination": {"TopicArn": "arn:aws:sns:::t"},
        "MatchingEventTypes": ["SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "OPEN"],
    }]},
    "ListEmailIdentities": {"EmailIdentities": [
        {"IdentityType": "DOMAIN", "IdentityName": "shop.example", "VerificationStatus": "SUCCESS"},
    ]},
    "GetAccountSettings": {"AccountLimit": {"ConcurrentExecutions": 1000}},
    "DescribeStacks": {"Stacks": [{"StackStatus": "UPDATE_COMPLETE"}]},
    "DescribeAlarms": {"MetricAlarms": []},
}  # fmt: skip


@pytest.fixture
def aws(monkeypatch):
    """An account in which all is well; tests change the answers."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    answers = dict(WELL)
    real = botocore.client.BaseClient._make_api_call

    def call(client, operation, arguments):
        answer = answers.get(operation)
        if isinstance(answer, Exception):
            raise answer
        return real(client, operation, arguments) if answer is None else answer

    monkeypatch.setattr(stage, "settings_of", lambda name: settings(name))
    monkeypatch.setattr(
        deployed, "ask", lambda *_: Answer(lines=("applied: 9 migrations", "nothing to apply"))
    )
    with mock_aws():
        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        secrets = boto3.client("secretsmanager", region_name=REGION)
        for login in ("migrator", "api", "worker"):
            value = json.dumps({"url": "postgresql://user:hush@db.example/postgres"})
            secrets.create_secret(Name=f"ddp/prod/database/{login}", SecretString=value)
        secrets.create_secret(Name="ddp/prod/messages", SecretString='{"key": "hush"}')
        yield answers


def settings(name):
    context = json.loads((stage.ROOT / "cdk.json").read_text())["context"]
    return stage.Settings.from_context({**context, **ADDRESS, "stage": name})


def refused(operation, code="AccessDeniedException"):
    error = {"Code": code, "Message": "not authorized to perform: ses:x"}
    return ClientError({"Error": error}, operation)


def test_a_stage_in_which_all_is_well(aws, capsys):
    assert main(["doctor", "--stage", "prod"]) == 0
    told = capsys.readouterr().out
    assert "✗" not in told
    assert "1 of 1 domains and addresses are verified" in told
    assert "hush" not in told


@pytest.mark.parametrize(
    ("operation", "answer", "sentence"),
    [
        ("GetAccount", {**WELL["GetAccount"], "ProductionAccessEnabled": False}, "in its sandbox"),
        (
            "GetAccount",
            {**WELL["GetAccount"], "SendingEnabled": False},
            "does not send for this account: HEALTHY",
        ),
        ("GetAccount", refused("GetAccount"), "You may not call GetAccount"),
        (
            "GetConfigurationSetEventDestinations",
            {"EventDestinations": []},
            "does not report BOUNCE, COMPLAINT",
        ),
        ("ListEmailIdentities", {"EmailIdentities": []}, "no verified domain or address"),
        ("ListEmailIdentities", refused("ListEmailIdentities"), "You may not call ListEmailIdentities"),
        ("GetAccountSettings", {"AccountLimit": {"ConcurrentExecutions": 10}}, "runs 10 functions at once"),
        ("DescribeStacks", {"Stacks": [{"StackStatus": "ROLLBACK_COMPLETE"}]}, "in state ROLLBACK_COMPLETE"),
        ("DescribeStacks", refused("DescribeStacks", "ValidationError"), "ddp-prod-api is not deployed"),
        (
            "DescribeAlarms",
            {"MetricAlarms": [{"AlarmName": "ddp-prod-x", "AlarmDescription": "Restart it."}]},
            "Restart it.",
        ),
        ("GetSecretValue", refused("GetSecretValue"), "You may not call GetSecretValue"),
        ("GetCallerIdentity", NoCredentialsError(), "AWS_PROFILE"),
    ],
)
def test_what_is_wrong_is_said(aws, capsys, operation, answer, sentence):
    aws[operation] = answer
    assert main(["doctor", "--stage", "prod"]) == 1
    assert sentence in capsys.readouterr().out


def test_a_domain_that_is_not_verified_names_its_records(aws, capsys):
    pending = {"IdentityType": "DOMAIN", "IdentityName": "new.example", "VerificationStatus": "PENDING"}
    aws["ListEmailIdentities"] = {
        "EmailIdentities": [*WELL["ListEmailIdentities"]["EmailIdentities"], pending]
    }
    aws["GetEmailIdentity"] = {"DkimAttributes": {"Status": "PENDING", "Tokens": ["t1"]}}
    assert main(["doctor", "--stage", "prod"]) == 0
    told = capsys.readouterr().out
    assert "its DKIM is PENDING" in told
    assert "t1._domainkey.new.example" in told


def test_a_platform_whose_application_nobody_has_entered_yet(aws, capsys, monkeypatch):
    on = dataclasses.replace(settings("prod"), social=("facebook", "youtube"))
    monkeypatch.setattr(stage, "settings_of", lambda _: on)
    secrets = boto3.client("secretsmanager", region_name=REGION)
    for platform, value in (("facebook", "hush"), ("youtube", stage.PLACEHOLDER)):
        secrets.create_secret(
            Name=f"ddp/prod/social/{platform}", SecretString=json.dumps({"client_id": value})
        )
    assert main(["doctor", "--stage", "prod"]) == 1
    told = capsys.readouterr().out
    assert "The secret ddp/prod/social/facebook is filled in." in told
    assert "ddp/prod/social/youtube still has its placeholder" in told


def test_all_stacks_are_looked_at():
    from infra.stacks.capabilities import GROUPS

    assert set(stage.STACKS) == {"data", "api", *GROUPS}


def test_secrets_that_are_missing_or_not_filled_in(aws, capsys):
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.delete_secret(SecretId="ddp/prod/messages", ForceDeleteWithoutRecovery=True)
    secrets.put_secret_value(
        SecretId="ddp/prod/database/api",
        SecretString=f'{{"url": "postgresql://{stage.PLACEHOLDER}:5432/postgres"}}',
    )
    assert main(["doctor", "--stage", "prod"]) == 1
    told = capsys.readouterr().out
    assert "There is no secret ddp/prod/messages" in told
    assert "ddp/prod/database/api still has its placeholder" in told
    assert "2 things are missing" in told


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            Answer(lines=("applied: 9 migrations", "to apply: 0104.sql (new)")),
            "ddp migrate apply --stage prod",
        ),
        (deployed.StageUnreachable("could not call the function"), "could not call the function"),
    ],
)
def test_a_schema_that_is_old_or_cannot_be_asked(aws, capsys, monkeypatch, answer, sentence):
    def ask(*_):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(deployed, "ask", ask)
    assert main(["doctor", "--stage", "prod"]) == 1
    assert sentence in capsys.readouterr().out


def test_the_placeholder_is_that_of_the_stacks():
    from infra.constructs.data import message_secrets, social_secrets, supabase

    assert stage.PLACEHOLDER in social_secrets.PLACEHOLDER
    assert stage.PLACEHOLDER in supabase.PLACEHOLDER
    assert stage.PLACEHOLDER in message_secrets.SMTP_PLACEHOLDER


def test_a_stage_that_cdk_json_does_not_describe(capsys):
    assert main(["doctor", "--stage", "prod"]) == 1
    assert "cdk.json does not describe prod" in capsys.readouterr().out
