"""The defaults of every function, and how it is deployed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from infra.concurrency import DEFAULTS, Kind
from infra.state import ROOT
from tests.infra.assembly import functions, references, resources

LAYERS = {
    "authorizer": {"base", "tokens", "shared"},
    "uploads-http": {"base", "database", "models", "shared"},
    "uploads-hosted": {"base", "database", "shared"},
    "uploads-object-created": {"base", "database", "images", "videos", "shared"},
    "campaigns-http": {"base", "database", "models", "messages", "shared"},
    "people-http": {"base", "database", "models", "devices", "shared"},
    "catalogue-http": {"base", "database", "models", "shared"},
    "catalogue-import-products": {"base", "database", "models", "shared"},
    "catalogue-reconcile": {"base", "database", "models", "shared"},
    "sending-http": {"base", "database", "models", "shared"},
    "email-http": {"base", "database", "models", "messages", "shared"},
    "email-unsubscribe": {"base", "database", "shared"},
    "analytics-conversions": {"base", "database", "models", "shared"},
    "email-plan": {"base", "database", "messages", "shared"},
    "email-send": {"base", "database", "messages", "shared"},
    "email-events": {"base", "database", "shared"},
    "sms-http": {"base", "database", "models", "messages", "shared"},
    "sms-links": {"base", "database", "messages", "shared"},
    "sms-plan": {"base", "database", "messages", "shared"},
    "sms-send": {"base", "database", "messages", "shared"},
    "sms-events": {"base", "database", "shared"},
    "sms-inbound": {"base", "database", "shared"},
    "sms-opt-outs": {"base", "database", "shared"},
    "social-http": {"base", "database", "models", "messages", "shared"},
    "social-callback": {"base", "database", "shared"},
    "social-media": {"base", "database", "shared"},
    "social-publish": {"base", "database", "images", "shared"},
    "social-due": {"base", "database", "shared"},
    "social-reconcile": {"base", "database", "shared"},
    "social-tokens": {"base", "database", "shared"},
    "engagement-http": {"base", "database", "models", "shared"},
    "engagement-webhook": {"base", "database", "shared"},
    "engagement-ingest": {"base", "database", "shared"},
    "engagement-poll": {"base", "database", "shared"},
    "sending-export": {"base", "database", "shared"},
    "sending-reconcile": {"base", "database", "shared"},
    "uploads-reconcile": {"base", "database", "videos", "shared"},
    "maintenance-reconcile": {"base", "database", "shared"},
    "analytics-http": {"base", "database", "models", "shared"},
    "analytics-export": {"base", "database", "models", "shared"},
    "analytics-refresh": {"base", "database", "shared"},
    "maintenance-http": {"base", "database", "models", "shared"},
    "maintenance-cleanup": {"base", "database", "shared"},
    "migrate": {"base", "database", "shared"},
    "smoke": {"base", "database", "shared"},
}
# These have no user to act for: they connect as workers.
PUBLIC = {"email-unsubscribe", "sms-links", "analytics-conversions", "social-callback"}
# These use no database.
APART = {"authorizer", "social-media", "uploads-hosted", "engagement-webhook", "smoke"}
HTTP = {name for name, limit in DEFAULTS.items() if limit.kind is Kind.HTTP} - PUBLIC


def test_the_functions_are_those_of_the_design_with_exactly_the_layers_they_use(service):
    names = {
        logical_id: properties["LayerName"].removeprefix("ddp-prod-")
        for logical_id, properties in resources(service, "AWS::Lambda::LayerVersion").items()
    }
    found = {
        name: {names[layer["Ref"]] for layer in properties["Layers"]}
        for name, properties in functions(service).items()
    }
    assert found == LAYERS


def test_each_function_has_a_role_of_its_own(service):
    roles = [properties["Role"]["Fn::GetAtt"][0] for properties in functions(service).values()]
    assert len(set(roles)) == len(roles) == len(LAYERS)


def test_defaults(service):
    for name, properties in functions(service).items():
        assert properties["TracingConfig"] == {"Mode": "Active"}, name
        assert properties["LoggingConfig"]["LogFormat"] == "JSON", name
        variables = properties["Environment"]["Variables"]
        assert variables["POWERTOOLS_SERVICE_NAME"] == name
        assert variables["DDP_STAGE"] == "prod"
        assert properties["Handler"].startswith("functions.")


def test_the_worker_has_what_verifying_a_picture_takes(service):
    worker = functions(service)["uploads-object-created"]
    assert (worker["MemorySize"], worker["Timeout"]) == (1769, 300)
    assert worker["EphemeralStorage"] == {"Size": 1024}


def test_an_http_function_gives_up_before_the_api_does(service):
    for name in HTTP | PUBLIC | APART - {"authorizer", "smoke"}:
        assert functions(service)[name]["Timeout"] < 30


def test_each_function_connects_as_its_own_login(service):
    secrets = {
        name: properties["Environment"]["Variables"].get("DDP_DATABASE_SECRET")
        for name, properties in functions(service).items()
    }
    as_users = HTTP | {"analytics-export"}  # it asks as the person who wants the file
    workers = set(LAYERS) - as_users - APART - {"migrate"}
    assert secrets == {
        **dict.fromkeys(APART),
        "migrate": {"Ref": "DatabaseMigratorSecretArn"},
        **{name: {"Ref": "DatabaseApiSecretArn"} for name in as_users},
        **{name: {"Ref": "DatabaseWorkerSecretArn"} for name in workers},
    }
    migrator = functions(service)["migrate"]["Environment"]["Variables"]
    assert migrator["DDP_API_SECRET"] == {"Ref": "DatabaseApiSecretArn"}
    assert migrator["DDP_WORKER_SECRET"] == {"Ref": "DatabaseWorkerSecretArn"}


def test_the_issuer_is_pinned(service):
    variables = functions(service)["authorizer"]["Environment"]["Variables"]
    assert variables["DDP_OIDC_ISSUER"] == "https://project.supabase.co/auth/v1"
    assert variables["DDP_OIDC_AUDIENCE"] == "authenticated"
    assert variables["DDP_OIDC_JWKS_URL"] == "https://project.supabase.co/auth/v1/.well-known/jwks.json"


def test_a_new_version_gets_a_tenth_of_the_calls_first_and_goes_back_when_it_fails(service):
    groups = resources(service, "AWS::CodeDeploy::DeploymentGroup")
    for group in groups.values():
        assert "LambdaCanary10Percent5Minutes" in str(group["DeploymentConfigName"])
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    published = {p["Name"]: p["Value"] for p in resources(service, "AWS::SSM::Parameter").values()}
    roles = [group["ServiceRoleArn"] for group in groups.values()]
    assert all(role in ({"Ref": "DeployRoleArn"}, published["/ddp/prod/deploy-role-arn"]) for role in roles)
    aliases = resources_with_policy(service, "AWS::Lambda::Alias")
    shifted = [
        next(references(a["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"]))
        for a in aliases
    ]
    assert sorted(shifted) == sorted(groups)
    assert (
        len(aliases) == len(LAYERS) - 2
    )  # all except migrate, which CloudFormation calls, and smoke, CodeDeploy


def test_a_new_version_of_a_function_behind_the_api_is_asked_before_and_after_it_gets_calls(service):
    hooked = {}
    for alias in resources_with_policy(service, "AWS::Lambda::Alias"):
        name = service["Resources"][alias["Properties"]["FunctionName"]["Ref"]]["Properties"]["FunctionName"]
        update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        hooks = [update.get(f"{when}AllowTrafficHook") for when in ("Before", "After")]
        hooked[name.removeprefix("ddp-prod-")] = hooks
    asked = {name for name, hooks in hooked.items() if any(hooks)}
    assert asked == HTTP | PUBLIC
    # CodeDeploy wants the name, which the ARN of the other stack's function ends with.
    assert {json.dumps(hooked[name][0]) for name in asked} == {json.dumps(hooked[name][1]) for name in asked}
    assert {next(references(hooked[name][0])) for name in asked} == {"DeployHookArn"}
    published = {p["Name"]: p["Value"] for p in resources(service, "AWS::SSM::Parameter").values()}
    (hook,) = references(published["/ddp/prod/deploy-hook-arn"])
    assert service["Resources"][hook]["Properties"]["FunctionName"] == "ddp-prod-smoke"


def test_what_the_new_version_does_alone_decides_whether_a_deploy_goes_back(service):
    """The version is also in the alarms' names: of an old alarm's state a new one knows nothing."""
    groups = resources(service, "AWS::CodeDeploy::DeploymentGroup")
    alarms = resources(service, "AWS::CloudWatch::Alarm")
    for alias in resources_with_policy(service, "AWS::Lambda::Alias"):
        version = alias["Properties"]["FunctionVersion"]
        update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        group = groups[next(references(update["DeploymentGroupName"]))]
        watching = [alarms[alarm["Name"]["Ref"]] for alarm in group["AlarmConfiguration"]["Alarms"]]
        assert [alarm["MetricName"] for alarm in watching] == ["failures", "Errors"]
        for alarm, dimension in zip(watching, ("version", "ExecutedVersion"), strict=True):
            assert {"Name": dimension, "Value": version} in alarm["Dimensions"]
            assert version in alarm["AlarmName"]["Fn::Join"][1]


def resources_with_policy(service, kind: str) -> list[dict]:
    return [resource for resource in service["Resources"].values() if resource["Type"] == kind]


def test_callers_go_through_the_alias(service):
    aliases = resources(service, "AWS::Lambda::Alias")
    called = [
        *(i["IntegrationUri"] for i in resources(service, "AWS::ApiGatewayV2::Integration").values()),
        *(m["FunctionName"] for m in resources(service, "AWS::Lambda::EventSourceMapping").values()),
        *(a["AuthorizerUri"] for a in resources(service, "AWS::ApiGatewayV2::Authorizer").values()),
    ]
    for target in called:
        assert set(references(target)) <= set(aliases)


# Imported in a process of its own: prints, as JSON, the variables that a module cannot be imported without.
REQUIRED = """
import importlib, json, sys
from ddp import settings
seen = set()
settings.required = lambda name: seen.add(name) or "https://example.com/"
importlib.import_module(sys.argv[1])
print(json.dumps(sorted(seen)))
"""


@pytest.mark.parametrize("name", LAYERS)
def test_a_function_has_every_variable_that_its_modules_ask_for(service, name):
    module = functions(service)[name]["Handler"].rpartition(".")[0]
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers/shared/python")])
    outcome = subprocess.run(
        [sys.executable, "-c", REQUIRED, module],
        env={**os.environ, "PYTHONPATH": path}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert set(json.loads(outcome.stdout)) <= set(functions(service)[name]["Environment"]["Variables"])
