"""`ddp status` against an API with canned answers: output and exit status."""

from __future__ import annotations

import boto3
import pytest
from moto import mock_aws

from infra.cli import main as cli
from infra.cli.maintenance.status import api_url_of
from infra.settings import DEFAULT_REGION, Stage

BEAT = {"name": "social-due", "seconds": 31, "allowed_seconds": 150}
DUE = {"name": "email", "seconds": 120, "allowed_seconds": 90}
WORKER = {"name": "email-events", "seconds": 12, "allowed_seconds": 150}
FACTS = {
    "schema_version": "migrations/0330_heartbeats.sql",
    "heartbeats": [BEAT],
    "workers": [WORKER],
    "oldest_due": [DUE],
}


def run(api) -> int:
    return cli.main(["status", "--api-url", api.url])


def test_all_is_well(api, capsys):
    api.answers["GET", "/health"] = (200, {"status": "ok"} | FACTS)
    assert run(api) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("ok\nschema migrations/0330_heartbeats.sql\n")
    assert "social-due" in shown


def test_what_is_wrong_is_named_and_marked(api, capsys):
    api.answers["GET", "/health"] = (503, {"status": 503, "reasons": ["email"]} | FACTS)
    assert run(api) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "unhealthy: email"
    assert [line.split()[0] for line in lines[2:]] == ["✓", "✓", "✗"]


def test_a_schedule_that_never_ran_has_no_seconds(api, capsys):
    api.answers["GET", "/health"] = (
        503,
        {"reasons": ["x-y"], "heartbeats": [BEAT | {"name": "x-y", "seconds": None}]},
    )
    assert run(api) == 1
    assert "never" in capsys.readouterr().out


@pytest.mark.parametrize("status", [404, 429, 502, 503])
def test_an_answer_that_is_not_about_health_is_no_health(api, capsys, status):
    api.answers["GET", "/health"] = (status, {"message": "Service Unavailable"})
    assert run(api) == 1
    assert capsys.readouterr().err == f"{status}: Service Unavailable\n"


def test_an_api_that_does_not_answer(capsys):
    assert cli.main(["status", "--api-url", "http://127.0.0.1:1"]) == 1
    assert "the API does not answer" in capsys.readouterr().err


@mock_aws
def test_the_address_of_a_deployed_stage_is_an_output_of_its_stack():
    template = """{"Resources": {"T": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"ApiUrl": {"Value": "https://api.example"}}}"""
    client = boto3.client("cloudformation", region_name=DEFAULT_REGION)
    client.create_stack(StackName="ddp-staging-api", TemplateBody=template)
    assert api_url_of(Stage.STAGING) == "https://api.example"
