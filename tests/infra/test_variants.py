"""Other databases and settings: cdk-nag and CloudFormation's rules run on each synthesis.

Slow because each is a synthesis of its own.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import textwrap

import pytest

from infra.capabilities.watching.database import watched_of
from infra.cli import synth as synth_command
from infra.cli.synth import synthesise
from infra.local.sms_examples import PRICES
from infra.node import node_binary
from infra.settings import DatabaseKind, EmailTransport
from infra.state import ROOT
from tests.infra.assembly import RUNBOOK, Assembly, as_list, functions, references, resources, text
from tests.infra.conftest import PROD
from tests.infra.test_data_stack import KEPT
from tests.infra.test_functions import APART
from tests.infra.test_rights import rights, statements
from tests.infra.test_social import CALLING

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["rds", "aurora"])
def managed(request) -> Assembly:
    return Assembly(synthesise(stage="prod", database=request.param, settings=PROD))


@pytest.fixture(scope="module", params=["supabase", "rds", "aurora"])
def development(request) -> Assembly:
    without = (
        "sms_countries", "sms_origination_identities", "link_domain",
        "social", "social_audited", "tiktok_site_verification",
    )  # fmt: skip
    new = {"account_concurrency": "10"}  # of a new account
    settings = {name: value for name, value in PROD.items() if name not in without} | new
    return Assembly(synthesise(stage="dev", database=request.param, settings=settings))


# What a database needs that stays when its stack is deleted.
DATA = {
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::KMS::Key",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBSubnetGroup",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
}


def policies(assembly: Assembly) -> dict[str, set[tuple[str, str]]]:
    """Type → (deletion policy, replacement policy) of everything in the data stack that is or leads to data."""
    found: dict[str, set[tuple[str, str]]] = {}
    for resource in assembly.template("data")["Resources"].values():
        if resource["Type"] in DATA:
            pair = (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
            found.setdefault(resource["Type"], set()).add(pair)
    return found


def test_the_database_stays_with_its_password_and_its_network(managed):
    found = policies(managed)
    assert set(found) | {"AWS::RDS::DBCluster"} == DATA
    assert {pair for pairs in found.values() for pair in pairs} == {KEPT}


def test_a_development_stage_goes_with_its_data(development):
    assert {pair for pairs in policies(development).values() for pair in pairs} == {("Delete", "Delete")}
    data = development.template("data")
    emptied = {b["BucketName"]["Ref"] for b in resources(data, "Custom::S3AutoDeleteObjects").values()}
    assert emptied == set(resources(data, "AWS::S3::Bucket"))
    for resource in data["Resources"].values():
        if resource["Type"] in {"AWS::RDS::DBCluster", "AWS::RDS::DBInstance"}:
            assert not resource["Properties"].get("DeletionProtection")


def test_a_database_that_aws_runs_has_its_alarms_and_they_are_about_it(managed):
    kind = DatabaseKind.AURORA if "AWS::RDS::DBCluster" in kinds(managed) else DatabaseKind.RDS
    alarms = resources(managed.template("api"), "AWS::CloudWatch::Alarm").values()
    found = {alarm["MetricName"]: alarm for alarm in alarms if alarm["Namespace"] == "AWS/RDS"}
    assert {name: RUNBOOK.search(text(alarm["AlarmDescription"]))[1] for name, alarm in found.items()} == {
        watched.metric: watched.entry for watched in watched_of(kind)
    }
    identifier = "DBClusterIdentifier" if kind is DatabaseKind.AURORA else "DBInstanceIdentifier"
    for watched in watched_of(kind):
        (dimension,) = found[watched.metric]["Dimensions"]
        expected = (
            ("ProxyName", "ddp-prod") if watched.of_proxy else (identifier, {"Ref": "DatabaseIdentifier"})
        )
        assert (dimension["Name"], dimension["Value"]) == expected
        comparison = "LessThanOrEqualToThreshold" if watched.is_floor else "GreaterThanOrEqualToThreshold"
        assert found[watched.metric]["ComparisonOperator"] == comparison
        minutes = found[watched.metric]["Period"] * found[watched.metric]["EvaluationPeriods"] / 60
        assert minutes == watched.minutes


def kinds(assembly: Assembly) -> set[str]:
    """The types of the data stack's resources."""
    return {resource["Type"] for resource in assembly.template("data")["Resources"].values()}


def test_the_migrator_logs_in_at_the_server_by_iam(managed):
    service = managed.service()
    connect = rights(service, "migrate")["rds-db:connect"]
    assert {each.rpartition(":dbuser:")[2] for each in connect} == {"<DatabaseServerId>/ddp_migrator"}
    assert functions(service)["migrate"]["Environment"]["Variables"]["DDP_DATABASE_IAM"] == "true"


def server(managed) -> dict:
    kind = "AWS::RDS::DBCluster" if "AWS::RDS::DBCluster" in kinds(managed) else "AWS::RDS::DBInstance"
    (found,) = resources(managed.template("data"), kind).values()
    return found


def test_the_server_is_encrypted_and_knows_iam(managed):
    properties = server(managed)
    assert properties["StorageEncrypted"] is True
    assert properties["EnableIAMDatabaseAuthentication"] is True
    assert properties["MasterUsername"] == "ddp_migrator"
    # RDS makes the password and exchanges it; the key of its secret is ours.
    assert properties["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in properties
    assert text(properties["MasterUserSecret"]["KmsKeyId"]).startswith("<Key")
    assert properties["DeletionProtection"] is True


def test_nothing_reaches_the_server_from_outside_the_vpc(managed):
    data = managed.template("data")
    for rule in resources(data, "AWS::EC2::SecurityGroupIngress").values():
        assert "CidrIp" not in rule
    for group in resources(data, "AWS::EC2::SecurityGroup").values():
        assert "SecurityGroupIngress" not in group


def subnets_of(data, where: str) -> set[str]:
    """The subnets of a kind: isolated, outgoing, gateways."""
    return {
        name
        for name, subnet in resources(data, "AWS::EC2::Subnet").items()
        if {"Key": "aws-cdk:subnet-name", "Value": where} in subnet["Tags"]
    }


def ways_out(data, subnet: str) -> list[str]:
    """What the routes of a subnet lead to."""
    tables = resources(data, "AWS::EC2::SubnetRouteTableAssociation").values()
    (table,) = (t["RouteTableId"] for t in tables if t["SubnetId"] == {"Ref": subnet})
    routes = [r["Properties"] for r in data["Resources"].values() if r["Type"] == "AWS::EC2::Route"]
    return [
        key
        for route in routes
        if route["RouteTableId"] == table
        for key in ("NatGatewayId", "GatewayId")
        if key in route
    ]


def test_the_server_and_most_functions_have_no_way_out_and_those_that_call_platforms_have(managed):
    data, service = managed.template("data"), managed.service()
    for subnet in subnets_of(data, "isolated"):
        assert ways_out(data, subnet) == []
    for subnet in subnets_of(data, "outgoing"):
        assert ways_out(data, subnet) == ["NatGatewayId"]
    assert len(resources(data, "AWS::EC2::NatGateway")) == 2  # a zone can fail
    published = {
        p["Name"]: set(references(p["Value"])) for p in resources(data, "AWS::SSM::Parameter").values()
    }
    assert published["/ddp/prod/database/subnet-ids"] == subnets_of(data, "isolated")
    assert published["/ddp/prod/database/outgoing-subnet-ids"] == subnets_of(data, "outgoing")
    for group in resources(data, "AWS::RDS::DBSubnetGroup").values():
        assert {next(references(each)) for each in group["SubnetIds"]} == subnets_of(data, "isolated")
    outgoing = {
        name
        for name, function in functions(service).items()
        if "DatabaseOutgoingSubnetIds" in set(references(function.get("VpcConfig", {})))
    }
    assert outgoing == CALLING


def test_without_social_publishing_nothing_in_the_vpc_has_a_way_out(development):
    data, service = development.template("data"), development.service()
    kinds = {resource["Type"] for resource in data["Resources"].values()}
    assert not kinds & {"AWS::EC2::NatGateway", "AWS::EC2::InternetGateway"}
    assert "DatabaseOutgoingSubnetIds" not in service["Parameters"]
    assert "DDP_SOCIAL_SECRETS" not in functions(service)["social-http"]["Environment"]["Variables"]
    if "AWS::EC2::VPCEndpoint" in kinds:
        endpoints = resources(data, "AWS::EC2::VPCEndpoint").values()
        assert not [e for e in endpoints if text(e["ServiceName"]).endswith(".kms")]


def test_the_proxy_takes_iam_over_tls_only(managed):
    (proxy,) = resources(managed.template("data"), "AWS::RDS::DBProxy").values()
    assert (proxy["DefaultAuthScheme"], proxy["RequireTLS"]) == ("IAM_AUTH", True)


def test_who_connects_is_inside_the_vpc_and_nobody_else_is(managed):
    inside = {name for name, f in functions(managed.service()).items() if "VpcConfig" in f}
    assert inside == set(functions(managed.service())) - APART


def test_functions_inside_reach_the_services_they_call(managed):
    endpoints = resources(managed.template("data"), "AWS::EC2::VPCEndpoint").values()
    names = {text(e["ServiceName"]).rpartition(".")[2] for e in endpoints}
    assert names == {"s3", "secretsmanager", "sqs", "email", "pinpoint-sms-voice-v2", "kms"}


def test_functions_may_connect_as_their_own_login_only(managed):
    service = managed.service()
    for name, login in {"uploads-http": "ddp_api", "uploads-object-created": "ddp_worker"}.items():
        function = functions(service)[name]
        assert function["Environment"]["Variables"]["DDP_DATABASE_USER"] == login
        role = function["Role"]["Fn::GetAtt"][0]
        users = [
            text(s["Resource"])
            for r, s in statements(service)
            if r == role and s["Action"] == "rds-db:connect"
        ]
        assert len(users) == 1
        assert users[0].endswith(f":dbuser:<DatabaseProxyId>/{login}")


def unpublished(assembly: Assembly) -> set[str]:
    """Names that a stack looks up and no stack publishes."""
    templates = [assembly.template("data"), assembly.service()]
    published = {p["Name"] for t in templates for p in resources(t, "AWS::SSM::Parameter").values()}
    parameters = assembly.service()["Parameters"].values()
    wanted = {p["Default"] for p in parameters if "Default" in p and p["Default"].startswith("/ddp/")}
    assert wanted
    return wanted - published


def test_names_that_the_other_stacks_look_up_are_published(managed):
    assert unpublished(managed) == set()


def test_no_action_has_a_wildcard(managed):
    for template in managed.templates().values():
        assert len(template["Resources"]) < 400
        for role, statement in statements(template):
            assert not [a for a in as_list(statement["Action"]) if "*" in a], role


def test_with_guardduty_the_verdict_wakes_the_worker():
    assembly = Assembly(synthesise(stage="prod", settings={**PROD, "malware_scan": "guardduty"}))
    (plan,) = resources(assembly.template("data"), "AWS::GuardDuty::MalwareProtectionPlan").values()
    assert plan["ProtectedResource"]["S3Bucket"]["ObjectPrefixes"] == ["incoming/"]
    (rule,) = resources(assembly.service(), "AWS::Events::Rule").values()
    assert rule["EventPattern"]["source"] == ["aws.guardduty"]
    assert rule["EventPattern"]["detail-type"] == ["GuardDuty Malware Protection Object Scan Result"]


def test_without_identities_there_is_no_pool_and_without_countries_no_sms(development):
    service = development.service()
    assert not [r for r in service["Resources"].values() if r["Type"] == "AWS::SMSVOICE::Pool"]
    made = [r for r in service["Resources"].values() if r["Type"] == "AWS::SMSVOICE::ProtectConfiguration"]
    (rules,) = (r["Properties"]["CountryRuleSet"]["SMS"] for r in made)
    assert {rule["ProtectStatus"] for rule in rules} == {"BLOCK"}
    known = functions(service)["sms-plan"]["Environment"]["Variables"]
    assert known["DDP_SMS_COUNTRIES"] == ""
    assert text(known["DDP_LINK_URL"]) == "<PublicUrl>/l"


def test_stage_local_leaves_to_the_runtime_what_only_it_knows():
    """No port is in the template, so the same assembly serves every start."""
    service = Assembly(synthesise()).service()
    parameters = {name for name, p in service["Parameters"].items() if "Default" not in p}
    assert parameters == {"OidcIssuer", "OidcJwksUrl", "LocalApiUrl"}
    variables = functions(service)["authorizer"]["Environment"]["Variables"]
    assert {next(references(variables[v])) for v in ("DDP_OIDC_ISSUER", "DDP_OIDC_JWKS_URL")} < parameters
    assert not [r for r in service["Resources"].values() if r["Type"].startswith("AWS::CodeDeploy::")]


def test_stage_local_sends_to_the_countries_of_the_simulators_account():
    variables = functions(Assembly(synthesise()).service())["sms-plan"]["Environment"]["Variables"]
    with PRICES.open(newline="") as file:
        assert variables["DDP_SMS_COUNTRIES"].split() == sorted(
            {row["country"] for row in csv.DictReader(file)}
        )


# The variable that names each transport's secret, and the parameter through which its stack finds the secret.
SECRETS = {EmailTransport.SMTP: ("DDP_SMTP_URL_SECRET", "SmtpSecretArn")}


@pytest.mark.parametrize("transport", [t for t in EmailTransport if t is not EmailTransport.SES])
def test_with_another_transport_no_function_may_use_ses_to_send(transport):
    assembly = Assembly(synthesise(stage="prod", settings={**PROD, "email_transport": transport}))
    service = assembly.service()
    assert not {action for action in rights(service, "email-send") if action.startswith("ses:")}
    variables = functions(service)["email-send"]["Environment"]["Variables"]
    assert variables["DDP_EMAIL_TRANSPORT"] == transport
    variable, parameter = SECRETS[transport]
    assert variables[variable] == {"Ref": parameter}
    assert unpublished(assembly) == set()
    secrets = resources(assembly.template("data"), "AWS::SecretsManager::Secret").values()
    assert f"ddp/prod/{transport}" in {s["Name"] for s in secrets}


def test_another_request_makes_the_migration_run_again(prod):
    """A password that was written into a secret later is applied at the next deploy."""
    (before,) = resources(prod.service(), "Custom::DatabaseSchema").values()
    asked = Assembly(synthesise(stage="prod", settings={**PROD, "migration_request": "new passwords"}))
    (after,) = resources(asked.service(), "Custom::DatabaseSchema").values()
    assert after == {**before, "Request": "new passwords"}
    assert "Request" not in before


def test_too_many_connections_are_refused_with_the_table():
    with pytest.raises(
        synth_command.SynthesisError, match=r"(?s)more database connections .*uploads-http +http +400 +500\n"
    ):
        synthesise(stage="prod", settings={**PROD, "concurrency": "uploads-http=400"})


def test_cdk_nag_really_runs():
    """An insecure bucket stops the synthesis."""
    code = """
        from aws_cdk import aws_s3 as s3
        from infra.app import build
        app = build()
        s3.Bucket(app.node.find_child("ddp-prod-data"), "Careless")
        app.synth()
    """
    environment = {
        **os.environ,
        "JSII_NODE": str(node_binary()),
        "CDK_CONTEXT_JSON": synth_command.json.dumps(
            synth_command._context({"stage": "prod", "database": "supabase", **PROD})
        ),
    }
    outcome = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT, env=environment, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert outcome.returncode != 0
    assert "AwsSolutions-S10" in outcome.stderr + outcome.stdout
    assert "ddp-prod-data/Careless" in outcome.stderr + outcome.stdout
