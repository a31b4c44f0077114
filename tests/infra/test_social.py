"""Social publishing: what is kept secret and from whom, what platforms call, and which figures raise an alarm."""

from __future__ import annotations

import json
import re
from uuid import uuid4

import pytest

from infra.capabilities.social import access
from infra.capabilities.social.alarms import GAUGES
from infra.capabilities.social.functions import PATHS
from infra.state import ROOT
from tests import lambdas
from tests.infra.assembly import as_list, functions, references, remedy, resources, text
from tests.infra.conftest import PROD
from tests.infra.test_email import mapping_of, variables
from tests.infra.test_rights import rights, statements

PLATFORMS = set(PROD["social"].split(","))
# Those that call platforms.
CALLING = {"social-http", "social-callback", "social-publish", "social-tokens", "engagement-poll"}
PAIR = {"access", "refresh"}
# What each of them may encrypt, and decrypt.
PURPOSES = {
    "social-http": (PAIR | {"verifier"}, PAIR),
    "social-callback": (PAIR, {"verifier"}),
    "social-publish": (PAIR | {"state"}, PAIR | {"state"}),
    "social-tokens": (PAIR, PAIR),
    "engagement-poll": (set(), {"access"}),
}
# It only checks what the applications' secrets sign.
CHECKING = {"engagement-webhook"}


def of_key(service, name: str) -> list[dict]:
    """The statements with which a function uses the key of tokens."""
    role = functions(service)[name]["Role"]["Fn::GetAtt"][0]
    return [s for r, s in statements(service) if r == role and s["Resource"] == {"Ref": "SocialKeyArn"}]


def test_only_functions_that_call_platforms_use_the_key_of_tokens(service):
    assert {name for name in functions(service) if of_key(service, name)} == CALLING


@pytest.mark.parametrize("name", sorted(CALLING))
def test_a_token_is_decrypted_only_for_its_owner_and_for_what_the_function_is_for(service, name):
    purposes = {"kms:Encrypt": set(), "kms:Decrypt": set()}
    for statement in of_key(service, name):
        condition = statement["Condition"]
        assert condition["Null"] == {"kms:EncryptionContext:owner": "false"}
        assert condition["ForAllValues:StringEquals"] == {"kms:EncryptionContextKeys": ["owner", "purpose"]}
        for action in as_list(statement["Action"]):
            named = condition["StringEquals"]["kms:EncryptionContext:purpose"]
            purposes[action] |= set(as_list(named))
    assert (purposes["kms:Encrypt"], purposes["kms:Decrypt"]) == PURPOSES[name]


def test_purposes_are_those_that_the_code_encrypts_for():
    from ddp.providers import kms
    from ddp.providers.social import stored_tokens
    from functions.social.steps import working

    assert (stored_tokens.ACCESS, stored_tokens.REFRESH, working.STATE) == (
        access.ACCESS,
        access.REFRESH,
        access.STATE,
    )
    assert tuple(kms._context(uuid4(), "x")) == access.CONTEXT


def test_the_purpose_of_a_connections_secret_is_what_the_code_calls_it():
    consent = pytest.importorskip("functions.social.access.consent")
    assert consent.VERIFIER == access.VERIFIER


def test_the_key_is_tokens_own_rotates_and_stays(data):
    aliases = resources(data, "AWS::KMS::Alias").values()
    (alias,) = (a for a in aliases if a["AliasName"] == "alias/ddp-prod-social")
    key = data["Resources"][next(references(alias["TargetKeyId"]))]
    assert key["Properties"]["EnableKeyRotation"] is True
    assert key["DeletionPolicy"] == "RetainExceptOnCreate"
    used = {next(references(s["KmsKeyId"])) for s in resources(data, "AWS::SecretsManager::Secret").values()}
    assert next(references(alias["TargetKeyId"])) not in used


def test_each_platform_that_is_on_has_a_secret_for_the_operator_to_fill(data, service):
    secrets = {
        s["Name"]: json.loads(s["SecretString"])
        for s in resources(data, "AWS::SecretsManager::Secret").values()
        if "/social/" in s["Name"]
    }
    assert set(secrets) == {f"ddp/prod/social/{platform}" for platform in PLATFORMS}
    for content in secrets.values():
        assert content == {"client_id": "fill-in-this-secret", "client_secret": "fill-in-this-secret"}
    for name in CALLING | CHECKING:
        given = json.loads(text(variables(service, name)["DDP_SOCIAL_SECRETS"]))
        assert given == {
            platform: f"<Social{platform.title()}SecretArn>" for platform in PROD["social"].split(",")
        }


def test_nobody_else_reads_the_applications_secrets(service):
    readers = {
        name
        for name in functions(service)
        if any("Social" in arn for arn in rights(service, name).get("secretsmanager:GetSecretValue", ()))
    }
    assert readers == CALLING | CHECKING


def test_platforms_call_two_paths_without_a_token_and_people_all_others_with_one(service):
    routes = {r["RouteKey"]: r for r in resources(service, "AWS::ApiGatewayV2::Route").values()}
    public = {"GET /oauth/{platform}/callback", "GET /media/{proxy+}", "HEAD /media/{proxy+}"}
    assert {routes[key]["AuthorizationType"] for key in public} == {"NONE"}
    served = {}
    for key, route in routes.items():
        path = re.sub(r"/\{proxy\+\}$", "", key.split()[1])
        if path in PATHS or key in public:
            served.setdefault(path, set()).add(target_of(service, route))
    assert served == {
        **{path: {"social-http"} for path in PATHS},
        "/oauth/{platform}/callback": {"social-callback"},
        "/media": {"social-media"},
    }


def target_of(service, route) -> str:
    """The short name of the function that a route leads to."""
    integration = resources(service, "AWS::ApiGatewayV2::Integration")[next(references(route["Target"]))]
    alias = resources(service, "AWS::Lambda::Alias")[next(references(integration["IntegrationUri"]))]
    made = resources(service, "AWS::Lambda::Function")[alias["FunctionName"]["Ref"]]
    return made["FunctionName"].removeprefix("ddp-prod-")


def test_addresses_of_images_and_of_the_way_back_begin_with_the_public_url(service):
    for name in ("social-http", "social-callback", "social-publish"):
        assert variables(service, name)["DDP_PUBLIC_URL"] == {"Ref": "PublicUrl"}
    for name in ("social-http", "social-callback"):
        assert variables(service, name)["DDP_CORS_ORIGINS"] == "https://app.example.com"


def test_what_the_settings_say_reaches_the_functions(service):
    for name in ("social-http", "social-publish"):
        assert variables(service, name)["DDP_SOCIAL_AUDITED"].split() == PROD["social_audited"].split(",")
    codes = variables(service, "social-media")["DDP_TIKTOK_SITE_VERIFICATION"]
    assert codes == PROD["tiktok_site_verification"]


def test_images_are_served_without_the_database(service):
    assert not {v for v in variables(service, "social-media") if v.startswith("DDP_DATABASE")}


def test_ten_posts_at_once_and_time_for_the_longest_upload(service):
    mapping = mapping_of(service, "social-publish")
    assert (mapping["BatchSize"], mapping.get("MaximumBatchingWindowInSeconds", 0)) == (10, 0)
    publish = functions(service)["social-publish"]
    assert (publish["Timeout"], publish["MemorySize"]) == (900, 3008)


@pytest.mark.parametrize(
    ("name", "rate", "sample"),
    [
        ("social-due", "rate(1 minute)", "scan_due"),
        ("social-reconcile", "rate(1 minute)", "reconcile"),
        ("social-tokens", "rate(5 minutes)", "renew_tokens"),
    ],
)
def test_schedules_send_messages_never_call_functions(service, name, rate, sample):
    schedules = resources(service, "AWS::Scheduler::Schedule").values()
    (schedule,) = (s for s in schedules if s["Name"] == f"ddp-prod-{name}")
    assert (schedule["ScheduleExpression"], schedule["State"]) == (rate, "ENABLED")
    (record,) = lambdas.sample(f"social/{sample}")["Records"]
    assert schedule["Target"]["Input"] == record["body"]
    assert record["eventSourceARN"].endswith(f":ddp-dev-{name}")
    queues = resources(service, "AWS::SQS::Queue")
    assert queues[next(references(schedule["Target"]["Arn"]))]["QueueName"] == f"ddp-prod-{name}"


def test_a_run_of_each_minute_ends_before_the_next(service):
    for name in ("social-due", "social-reconcile"):
        assert functions(service)[name]["Timeout"] < 60


def test_renewals_begin_no_portion_that_their_time_does_not_suffice_for(service):
    from functions.social import refresh_tokens

    assert functions(service)["social-tokens"]["Timeout"] * 1_000 > refresh_tokens.RESERVE


def test_hints_reach_the_queue_that_its_sample_is_of(service):
    from functions.social import messages

    (record,) = lambdas.sample("social/do_step")["Records"]
    assert messages.post_of(record["body"])
    queues = {n: q["QueueName"] for n, q in resources(service, "AWS::SQS::Queue").items()}
    for name in ("social-http", "social-due", "social-publish"):
        (target,) = references(variables(service, name)["DDP_SOCIAL_PUBLISH_QUEUE_URL"])
        assert queues[target] == "ddp-prod-social-publish"


@pytest.mark.parametrize("gauge", GAUGES, ids=lambda gauge: gauge.name)
def test_what_reconciliation_counts_is_shown_and_raises_an_alarm(service, gauge):
    (found,) = (
        f
        for f in resources(service, "AWS::Logs::MetricFilter").values()
        if f["MetricTransformations"][0]["MetricValue"] == f"$.social.{gauge.name}"
    )
    groups = resources(service, "AWS::Logs::LogGroup")
    assert groups[found["LogGroupName"]["Ref"]]["LogGroupName"] == "/aws/lambda/ddp-prod-social-reconcile"
    watching = [
        (alarm["Threshold"], alarm["Statistic"], alarm["TreatMissingData"], remedy(alarm))
        for alarm in resources(service, "AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == f"social_{gauge.name}"
    ]
    expected = [(gauge.threshold, "Maximum", "ignore", gauge.remedy)] if gauge.threshold is not None else []
    assert watching == expected


def test_images_as_platforms_take_them_are_gone_after_a_week(data):
    (bucket,) = (b for b in resources(data, "AWS::S3::Bucket").values() if "CorsConfiguration" in b)
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert (rules["social"]["Prefix"], rules["social"]["ExpirationInDays"]) == ("social/", 7)
    assert rules["social"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}


def test_the_readme_and_the_cost_sheet_count_what_is_made(prod):
    template = prod.template("social")
    alarms = len(resources(template, "AWS::CloudWatch::Alarm"))
    metrics = len(resources(template, "AWS::Logs::MetricFilter"))
    sheet = (ROOT / "infra/docs/costs.md").read_text()
    assert f"| alarms of stack `social` | {alarms} |" in sheet
    assert f"| metrics of log lines of stack `social` | {metrics} |" in sheet
    assert f"`social` {len(template['Resources'])} " in (ROOT / "infra/README.md").read_text()
