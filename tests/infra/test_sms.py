"""SMS: what is made in the provider's account, how events and answers arrive, which numbers raise an alarm."""

from __future__ import annotations

import json
import re

import pytest

from infra.capabilities.sms.alarms import GAUGES
from infra.capabilities.sms.functions import PATHS
from infra.countries import COUNTRIES
from infra.local.aws.adapt import DROPPED
from infra.state import ROOT
from tests.infra.assembly import functions, references, remedy, resources, text
from tests.infra.conftest import PROD
from tests.infra.test_email import mapping_of, variables

TOPICS = {"sms-events": "SmsEventsEvents", "sms-inbound": "SmsEventsInbound"}


def only(service, kind: str) -> tuple[str, dict]:
    """Logical id and properties of the only resource of a type."""
    ((name, properties),) = resources(service, kind).items()
    return name, properties


@pytest.fixture(params=TOPICS)
def stage(request) -> str:
    return request.param


@pytest.fixture
def topic(service, stage) -> str:
    (found,) = (n for n in resources(service, "AWS::SNS::Topic") if n.startswith(f"sms:{TOPICS[stage]}"))
    return found


def test_all_events_of_texts_go_to_the_topic(service):
    _, configuration_set = only(service, "AWS::SMSVOICE::ConfigurationSet")
    (destination,) = configuration_set["EventDestinations"]
    assert destination["Enabled"] is True
    assert destination["MatchingEventTypes"] == ["TEXT_ALL"]
    (arn,) = references(destination["SnsDestination"]["TopicArn"])
    assert resources(service, "AWS::SNS::Topic")[arn]["TopicName"] == "ddp-prod-sms-events"


def test_a_topics_messages_come_to_its_queue_as_they_are(service, stage, topic):
    assert resources(service, "AWS::SNS::Topic")[topic]["TopicName"] == f"ddp-prod-{stage}"
    subscriptions = resources(service, "AWS::SNS::Subscription").values()
    (subscription,) = (s for s in subscriptions if s["TopicArn"] == {"Ref": topic})
    assert subscription["RawMessageDelivery"] is True
    queues = resources(service, "AWS::SQS::Queue")
    assert queues[next(references(subscription["Endpoint"]))]["QueueName"] == f"ddp-prod-{stage}"
    dead = next(references(subscription["RedrivePolicy"]["deadLetterTargetArn"]))
    assert queues[dead]["QueueName"] == f"ddp-prod-{stage}-dlq"


def test_the_provider_may_use_the_topics_key_and_publish_for_this_account_only(service, stage, topic):
    key = resources(service, "AWS::KMS::Key")[
        next(references(resources(service, "AWS::SNS::Topic")[topic]["KmsMasterKeyId"]))
    ]
    provider = {"Service": "sms-voice.amazonaws.com"}
    (use,) = (s for s in key["KeyPolicy"]["Statement"] if s["Principal"] == provider)
    assert sorted(use["Action"]) == ["kms:Decrypt", "kms:GenerateDataKey"]
    policies = resources(service, "AWS::SNS::TopicPolicy").values()
    (policy,) = (p for p in policies if p["Topics"] == [{"Ref": topic}])
    (publish,) = (s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow")
    assert (publish["Action"], publish["Principal"]) == ("sns:Publish", provider)
    assert publish["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    if stage == "sms-events":
        source = text(publish["Condition"]["ArnLike"]["aws:SourceArn"])
        assert source == "arn:aws:sms-voice:eu-central-1:<AWS::AccountId>:configuration-set/ddp-prod-sms"


def test_the_setting_decides_which_countries_the_provider_lets_through(service):
    name, protection = only(service, "AWS::SMSVOICE::ProtectConfiguration")
    rules = {rule["CountryCode"]: rule["ProtectStatus"] for rule in protection["CountryRuleSet"]["SMS"]}
    enabled = set(PROD["sms_countries"].split(","))
    assert {country for country, status in rules.items() if status == "ALLOW"} == enabled
    # A country without a rule would be allowed.
    assert {country for country, status in rules.items() if status == "BLOCK"} == set(COUNTRIES) - enabled
    _, configuration_set = only(service, "AWS::SMSVOICE::ConfigurationSet")
    assert set(references(configuration_set["ProtectConfigurationId"])) == {name}
    for function in ("sms-http", "sms-plan", "sms-send"):
        assert set(variables(service, function)["DDP_SMS_COUNTRIES"].split()) == enabled


def test_every_country_that_numbers_belong_to_has_a_rule():
    import phonenumbers

    assert set(COUNTRIES) == set(phonenumbers.SUPPORTED_REGIONS) - {"AC", "TA"}
    assert list(COUNTRIES) == sorted(set(COUNTRIES))


def test_the_pool_lets_us_answer_stop_and_help(service):
    _, pool = only(service, "AWS::SMSVOICE::Pool")
    assert pool["OriginationIdentities"] == [PROD["sms_origination_identities"]]
    assert pool["SelfManagedOptOutsEnabled"] is True
    assert pool["SharedRoutesEnabled"] is False
    assert pool["DeletionProtectionEnabled"] is True
    assert pool["TwoWay"]["Enabled"] is True
    (inbound,) = references(pool["TwoWay"]["ChannelArn"])
    assert resources(service, "AWS::SNS::Topic")[inbound]["TopicName"] == "ddp-prod-sms-inbound"
    opt_outs, _ = only(service, "AWS::SMSVOICE::OptOutList")
    assert set(references(pool["OptOutListName"])) == {opt_outs}


def test_names_are_literals_that_functions_know(service):
    protection, _ = only(service, "AWS::SMSVOICE::ProtectConfiguration")
    for function in ("sms-send", "sms-inbound", "sms-opt-outs"):
        known = variables(service, function)
        assert known["DDP_SMS_CONFIGURATION_SET"] == "ddp-prod-sms"
        assert known["DDP_SMS_PROTECT_CONFIGURATION"] == {
            "Fn::GetAtt": [protection, "ProtectConfigurationId"]
        }
    for function in ("sms-inbound", "sms-opt-outs"):
        assert variables(service, function)["DDP_SMS_OPT_OUT_LIST"] == "ddp-prod-sms"
    assert only(service, "AWS::SMSVOICE::ConfigurationSet")[1]["ConfigurationSetName"] == "ddp-prod-sms"
    assert only(service, "AWS::SMSVOICE::OptOutList")[1]["OptOutListName"] == "ddp-prod-sms"


def test_what_the_emulator_lacks_is_dropped_there(service):
    made = {r["Type"] for r in service["Resources"].values() if r["Type"].startswith("AWS::SMSVOICE::")}
    assert made
    assert made <= DROPPED


def test_short_links_begin_with_the_domain_of_the_settings(service):
    for function in ("sms-http", "sms-plan", "sms-send", "sms-links"):
        assert variables(service, function)["DDP_LINK_URL"] == f"https://{PROD['link_domain']}"


def test_events_come_by_the_thousands_answers_by_the_wave_and_work_one_by_one(service):
    assert mapping_of(service, "sms-events")["BatchSize"] == 10_000
    assert mapping_of(service, "sms-inbound")["BatchSize"] == 32
    for queue in ("sms-plan", "sms-send"):
        assert mapping_of(service, queue)["BatchSize"] == 1


def test_a_confirmation_of_stop_that_would_come_too_late_raises_an_alarm_before(service):
    queues = resources(service, "AWS::SQS::Queue")
    (late,) = (
        alarm["Threshold"]
        for alarm in resources(service, "AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == "ApproximateAgeOfOldestMessage"
        and queues[next(references(alarm["Dimensions"]))]["QueueName"] == "ddp-prod-sms-inbound"
    )
    assert late < 300


def test_each_minute_a_message_never_a_function(service):
    schedules = resources(service, "AWS::Scheduler::Schedule").values()
    (schedule,) = (s for s in schedules if s["Name"] == "ddp-prod-sms-opt-outs")
    assert (schedule["ScheduleExpression"], schedule["State"]) == ("rate(1 minute)", "ENABLED")
    target = schedule["Target"]
    assert json.loads(target["Input"]) == json.loads(sample_body("opt_outs"))
    queues = resources(service, "AWS::SQS::Queue")
    assert queues[next(references(target["Arn"]))]["QueueName"] == "ddp-prod-sms-opt-outs"
    # A run ends before the next message is due.
    assert functions(service)["sms-opt-outs"]["Timeout"] < 60


def sample_body(name: str) -> str:
    (record,) = json.loads((ROOT / f"events/sms/{name}.json").read_text())["Records"]
    return record["body"]


@pytest.mark.parametrize("gauge", GAUGES, ids=lambda gauge: gauge.name)
def test_what_reconciliation_counts_is_shown_and_raises_an_alarm(service, gauge):
    (found,) = (
        f
        for f in resources(service, "AWS::Logs::MetricFilter").values()
        if f["MetricTransformations"][0]["MetricValue"] == f"$.sms.{gauge.name}"
    )
    groups = resources(service, "AWS::Logs::LogGroup")
    assert groups[found["LogGroupName"]["Ref"]]["LogGroupName"] == "/aws/lambda/ddp-prod-sending-reconcile"
    watching = [
        (alarm["Threshold"], alarm["Statistic"], alarm["TreatMissingData"], remedy(alarm))
        for alarm in resources(service, "AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == f"sms_{gauge.name}"
    ]
    expected = [(gauge.threshold, "Maximum", "ignore", gauge.remedy)] if gauge.threshold is not None else []
    assert watching == expected


def test_reconciliation_knows_the_queues_of_the_other_stack_by_name(service):
    known = variables(service, "sending-reconcile")
    for stage in ("plan", "send"):
        url = text(known[f"DDP_SMS_{stage.upper()}_QUEUE_URL"])
        assert url == f"https://sqs.eu-central-1.<AWS::URLSuffix>/<AWS::AccountId>/ddp-prod-sms-{stage}"


def test_paths_of_sms_are_served_by_one_function(service):
    integrations = resources(service, "AWS::ApiGatewayV2::Integration")
    aliases = resources(service, "AWS::Lambda::Alias")
    made = resources(service, "AWS::Lambda::Function")
    served = {}
    for route in resources(service, "AWS::ApiGatewayV2::Route").values():
        path = re.sub(r"/\{proxy\+\}$", "", route["RouteKey"].split()[1])
        if path in PATHS:
            integration = integrations[next(references(route["Target"]))]
            alias = aliases[next(references(integration["IntegrationUri"]))]
            served.setdefault(path, set()).add(made[alias["FunctionName"]["Ref"]]["FunctionName"])
    assert served == {path: {"ddp-prod-sms-http"} for path in PATHS}


def test_the_cost_sheet_counts_the_alarms_and_metrics_that_are_made(prod):
    alarms, metrics = (
        {stack: list(resources(prod.template(stack), kind).values()) for stack in ("sms", "messaging")}
        for kind in ("AWS::CloudWatch::Alarm", "AWS::Logs::MetricFilter")
    )
    own = {f"sms_{gauge.name}" for gauge in GAUGES}
    shown = [m for m in metrics["messaging"] if m["MetricTransformations"][0]["MetricName"] in own]
    raised = [a for a in alarms["messaging"] if a["MetricName"] in own]
    sheet = (ROOT / "infra/docs/costs.md").read_text()
    assert f"stack `sms` {len(alarms['sms'])}, SMS's figures in `messaging` {len(raised)}" in sheet
    assert f"| {len(alarms['sms']) + len(raised)} | 0.10 each |" in sheet
    assert f"| {len(metrics['sms']) + len(shown)} | 0.30 each |" in sheet
    assert f"`messaging` {len(prod.template('messaging')['Resources'])}," in README
    assert f"`sms` {len(prod.template('sms')['Resources'])}," in README


README = (ROOT / "infra/README.md").read_text()
