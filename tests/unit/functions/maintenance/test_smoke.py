"""The hook of deploys: what it asks of a new version and of the platform, and that CodeDeploy always gets an answer."""

from __future__ import annotations

import io
import json
from importlib import import_module
from types import SimpleNamespace

import boto3
import pytest
import urllib3
from botocore.stub import Stubber

from ddp.refusals import origin
from functions.maintenance import smoke
from functions.maintenance.deploys import codedeploy, probes
from functions.maintenance.deploys.codedeploy import Target
from infra.concurrency import DEFAULTS, Kind
from infra.state import ROOT
from tests import lambdas

EVENT = {"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "hook-1"}
WELL = {"statusCode": 404, "body": "{}"}


def lambda_target(hook: str) -> dict:
    """CodeDeploy's answer while this hook is under way; botocore checks its shape."""
    names = ("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic")
    events = [
        {"lifecycleEventName": name, "status": "InProgress" if name == hook else "Pending"} for name in names
    ]
    info = {"functionName": "ddp-prod-files-http", "functionAlias": "live", "targetVersion": "7"}
    return {"lifecycleEvents": events, "lambdaFunctionInfo": info}


@pytest.fixture
def deploys(monkeypatch):
    """CodeDeploy, which has been asked for what `answers` says."""
    client = boto3.client("codedeploy", region_name=lambdas.REGION)
    monkeypatch.setattr(codedeploy, "client", lambda: client)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def under_way(deploys: Stubber, hook: str) -> None:
    deploys.add_response("list_deployment_targets", {"targetIds": ["t"]}, {"deploymentId": "d-1"})
    found = {
        "deploymentTarget": {"deploymentTargetType": "LambdaTarget", "lambdaTarget": lambda_target(hook)}
    }
    deploys.add_response("get_deployment_target", found, {"deploymentId": "d-1", "targetId": "t"})


def answered(deploys: Stubber, status: str) -> None:
    deploys.add_response(
        "put_lifecycle_event_hook_execution_status",
        {"lifecycleEventHookExecutionId": "hook-1"},
        {"deploymentId": "d-1", "lifecycleEventHookExecutionId": "hook-1", "status": status},
    )


@pytest.fixture
def version(monkeypatch):
    """The new version: what it answers, and the calls that it got."""
    made = SimpleNamespace(answer=WELL, error=None, calls=[])

    def invoke(**call):
        made.calls.append(call)
        failed = {"FunctionError": "Unhandled"} if made.error else {}
        body = {"errorMessage": made.error} if made.error else made.answer
        return {"Payload": io.BytesIO(json.dumps(body).encode()), **failed}

    monkeypatch.setattr(probes, "client", lambda: SimpleNamespace(invoke=invoke))
    return made


@pytest.fixture
def api(monkeypatch):
    """The API: its answers by method, and the requests that it got."""
    made = SimpleNamespace(answers={"GET": (200, {}), "POST": (204, {})}, requests=[])

    def request(method, url, headers):
        made.requests.append((method, url, headers))
        answer = made.answers[method]
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        return SimpleNamespace(status=status, data=json.dumps(body).encode())

    monkeypatch.setattr(probes.http, "request", request)
    return made


def call() -> None:
    smoke.handler(EVENT, lambdas.Context())


def test_before_the_traffic_the_version_is_asked_and_the_platform_is_not(deploys, version, api):
    """A deploy may be what repairs the platform."""
    api.answers["GET"] = (503, {"reasons": ["database"]})
    under_way(deploys, "BeforeAllowTraffic")
    answered(deploys, "Succeeded")
    call()
    (asked,) = version.calls
    assert (asked["FunctionName"], asked["Qualifier"]) == ("ddp-prod-files-http", "7")
    assert api.requests == []


def test_after_the_traffic_the_platform_is_asked_and_written_to(deploys, version, api):
    under_way(deploys, "AfterAllowTraffic")
    answered(deploys, "Succeeded")
    call()
    assert [(method, url) for method, url, _ in api.requests] == [
        ("GET", "https://api.example.com/health"),
        ("POST", "https://api.example.com/health"),
    ]
    signed = api.requests[1][2]["Authorization"]
    assert f"/{lambdas.REGION}/execute-api/aws4_request" in signed
    assert "Authorization" not in api.requests[0][2]


def test_behind_an_edge_it_has_the_secret_header(deploys, version, api, monkeypatch):
    monkeypatch.setattr(origin, "EDGE_SECRET", "arn")
    monkeypatch.setattr(origin, "_secret", lambda: b"the edge's")
    under_way(deploys, "AfterAllowTraffic")
    answered(deploys, "Succeeded")
    call()
    assert [headers["X-DDP-Edge"] for *_, headers in api.requests] == ["the edge's"] * 2
    assert json.loads(version.calls[0]["Payload"])["headers"]["x-ddp-edge"] == "the edge's"


@pytest.mark.parametrize(
    "answer", [{"statusCode": 500, "body": "{}"}, {"statusCode": 503, "body": '{"reasons": ["schema"]}'}]
)
def test_a_version_that_fails_gets_no_traffic(deploys, version, api, answer):
    version.answer = answer
    under_way(deploys, "BeforeAllowTraffic")
    answered(deploys, "Failed")
    call()


def test_a_version_that_does_not_start_gets_no_traffic_and_the_log_says_why(deploys, version, api, caplog):
    version.error = "No module named 'functions.files'"
    under_way(deploys, "BeforeAllowTraffic")
    answered(deploys, "Failed")
    call()
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.message == "deploy refused"  # which the alarm counts
    assert "No module named" in record.reason


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("GET", (503, {"reasons": ["database"]})),
        ("GET", (500, {})),
        ("GET", (503, {"message": "Service Unavailable"})),
        ("GET", urllib3.exceptions.NewConnectionError(None, "refused")),
        ("POST", (503, {"code": "unavailable"})),
        ("POST", (403, {"message": "Forbidden"})),
    ],
)
def test_a_platform_that_does_not_answer_or_write_takes_the_deploy_back(
    deploys, version, api, method, answer
):
    api.answers[method] = answer
    under_way(deploys, "AfterAllowTraffic")
    answered(deploys, "Failed")
    call()


def test_a_late_schedule_is_no_reason_to_go_back(deploys, version, api):
    api.answers["GET"] = (503, {"reasons": ["social-due", "email"]})
    under_way(deploys, "AfterAllowTraffic")
    answered(deploys, "Succeeded")
    call()


def test_codedeploy_is_answered_even_if_it_cannot_be_asked(deploys, version, api):
    deploys.add_client_error("list_deployment_targets", "AccessDeniedException")
    answered(deploys, "Failed")
    call()


HANDLERS = {
    "uploads-http": "uploads.http", "campaigns-http": "campaigns.http", "people-http": "people.http",
    "catalogue-http": "catalogue.http", "sending-http": "sending.http", "email-http": "email.http",
    "email-unsubscribe": "email.unsubscribe", "sms-http": "sms.http", "sms-links": "sms.links",
    "social-http": "social.http", "social-callback": "social.callback", "engagement-http": "engagement.http",
    "analytics-http": "analytics.http", "analytics-conversions": "analytics.conversions",
}  # fmt: skip


@pytest.mark.parametrize("name", HANDLERS)
def test_every_function_behind_the_api_says_that_it_does_not_know_the_request(name):
    """Without the database: a version must not be refused because of what is not its own."""
    module = import_module(f"functions.{HANDLERS[name]}")
    answer = module.handler(probes._request(), lambdas.Context())
    assert 400 <= answer["statusCode"] < 500


def test_these_are_all_functions_behind_the_api_but_the_one_that_knows_it():
    behind = {name for name, limit in DEFAULTS.items() if limit.kind is Kind.HTTP}
    assert behind == {*HANDLERS, "maintenance-http"}
    for name, module in HANDLERS.items():
        assert (ROOT / f"functions/{module.replace('.', '/')}.py").exists(), name


def test_a_target_says_whether_it_has_traffic_yet(deploys):
    under_way(deploys, "AfterAllowTraffic")
    found = codedeploy.target_of(EVENT)
    assert found == Target(function="ddp-prod-files-http", version="7", is_before=False)
