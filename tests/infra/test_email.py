"""E-mail: how SES's events arrive, what reconciles, which numbers raise an alarm."""

from __future__ import annotations

import json

import pytest

from infra.capabilities.email.alarms import GAUGES
from tests.infra.assembly import functions, references, resources, text

QUEUES = {"DDP_EMAIL_PLAN_QUEUE_URL", "DDP_EMAIL_SEND_QUEUE_URL", "DDP_SENDING_EXPORT_QUEUE_URL"}


def variables(service, name: str) -> dict:
    return functions(service)[name]["Environment"]["Variables"]


def mapping_of(service, queue: str) -> dict:
    queues = resources(service, "AWS::SQS::Queue")
    (found,) = (
        m
        for m in resources(service, "AWS::Lambda::EventSourceMapping").values()
        if queues[next(references(m["EventSourceArn"]))]["QueueName"] == f"ddp-prod-{queue}"
    )
    return found


@pytest.fixture
def topic(service) -> str:
    (found,) = (
        name for name in resources(service, "AWS::SNS::Topic") if name.startswith("messaging:MessagingEmail")
    )
    return found


def test_ses_reports_everything_to_the_topic_and_the_topic_to_the_queue_as_it_is(service, topic):
    (destination,) = resources(service, "AWS::SES::ConfigurationSetEventDestination").values()
    event = destination["EventDestination"]
    assert event["SnsDestination"] == {"TopicARN": {"Ref": topic}}
    assert event["Enabled"] is True
    assert set(event["MatchingEventTypes"]) == {
        "send", "reject", "bounce", "complaint", "delivery", "open", "click", "renderingFailure", "deliveryDelay",
    }  # fmt: skip
    subscriptions = resources(service, "AWS::SNS::Subscription").values()
    (subscription,) = (s for s in subscriptions if s["TopicArn"] == {"Ref": topic})
    assert subscription["RawMessageDelivery"] is True
    queues = resources(service, "AWS::SQS::Queue")
    assert queues[next(references(subscription["Endpoint"]))]["QueueName"] == "ddp-prod-email-events"
    dead = next(references(subscription["RedrivePolicy"]["deadLetterTargetArn"]))
    assert queues[dead]["QueueName"] == "ddp-prod-email-events-dlq"


def test_ses_may_use_the_topics_key_and_publish_for_our_configuration_set_only(service, topic):
    key = resources(service, "AWS::KMS::Key")[
        next(references(resources(service, "AWS::SNS::Topic")[topic]["KmsMasterKeyId"]))
    ]
    (use,) = (s for s in key["KeyPolicy"]["Statement"] if s["Principal"] == {"Service": "ses.amazonaws.com"})
    assert sorted(use["Action"]) == ["kms:Decrypt", "kms:GenerateDataKey"]
    policies = resources(service, "AWS::SNS::TopicPolicy").values()
    (policy,) = (p for p in policies if p["Topics"] == [{"Ref": topic}])
    (publish,) = (s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow")
    assert (publish["Action"], publish["Principal"]) == ("sns:Publish", {"Service": "ses.amazonaws.com"})
    (configuration_set,) = resources(service, "AWS::SES::ConfigurationSet")
    conditions = publish["Condition"]["StringEquals"]
    assert conditions["AWS:SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert text(conditions["AWS:SourceArn"]).endswith(f":configuration-set/<{configuration_set}>")


def test_messages_are_sent_with_the_configuration_set_that_reports(service):
    (configuration_set,) = resources(service, "AWS::SES::ConfigurationSet").values()
    assert variables(service, "email-send")["DDP_EMAIL_CONFIGURATION_SET"] == configuration_set["Name"]


def test_ses_suppresses_nothing_by_itself(service):
    """No reasons override the account's list, so that an address is suppressed exactly as long as it is here."""
    (configuration_set,) = resources(service, "AWS::SES::ConfigurationSet").values()
    assert configuration_set["SuppressionOptions"] == {"SuppressedReasons": []}


def test_events_come_by_the_thousands_and_work_one_by_one(service):
    events = mapping_of(service, "email-events")
    assert events["BatchSize"] == 10_000
    assert 0 < events["MaximumBatchingWindowInSeconds"] <= 10
    assert functions(service)["email-events"]["MemorySize"] >= 1769
    for queue in ("email-plan", "email-send", "sending-export"):
        assert mapping_of(service, queue)["BatchSize"] == 1


@pytest.mark.parametrize("queue", ["sending-reconcile", "uploads-reconcile", "catalogue-reconcile"])
def test_each_minute_a_message_never_a_function(service, queue):
    (schedule,) = (
        schedule
        for schedule in resources(service, "AWS::Scheduler::Schedule").values()
        if schedule["Name"] == f"ddp-prod-{queue}"
    )
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert schedule["State"] == "ENABLED"
    target = schedule["Target"]
    assert json.loads(target["Input"]) == {"type": "Reconcile"}
    queues = resources(service, "AWS::SQS::Queue")
    assert queues[next(references(target["Arn"]))]["QueueName"] == f"ddp-prod-{queue}"
    dead = next(references(target["DeadLetterConfig"]["Arn"]))
    assert queues[dead]["QueueName"] == f"ddp-prod-{queue}-dlq"
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 120


@pytest.mark.parametrize("gauge", GAUGES, ids=lambda gauge: gauge.name)
def test_what_reconciliation_counts_is_shown_and_raises_an_alarm(service, gauge):
    (found,) = (
        f
        for f in resources(service, "AWS::Logs::MetricFilter").values()
        if f["MetricTransformations"][0]["MetricValue"] == f"$.email.{gauge.name}"
    )
    groups = resources(service, "AWS::Logs::LogGroup")
    assert groups[found["LogGroupName"]["Ref"]]["LogGroupName"] == "/aws/lambda/ddp-prod-sending-reconcile"
    assert found["FilterPattern"] == f"{{ $.email.{gauge.name} >= 0 }}"
    metric = found["MetricTransformations"][0]
    watching = [
        a
        for a in resources(service, "AWS::CloudWatch::Alarm").values()
        if (a["Namespace"], a["MetricName"]) == (metric["MetricNamespace"], metric["MetricName"])
    ]
    assert [(a["Threshold"], a["Statistic"]) for a in watching] == (
        [] if gauge.threshold is None else [(gauge.threshold, "Maximum")]
    )
    for alarm in watching:
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert alarm["TreatMissingData"] == "ignore"


def test_what_is_unknown_since_long_rings_no_more(service):
    """A person settles it, perhaps days later: until then the alarm must be able to ring again."""
    thresholds = {gauge.name: gauge.threshold for gauge in GAUGES}
    assert (thresholds["unknown"], thresholds["unknown_new"]) == (None, 1)


def test_a_function_knows_the_queues_that_it_may_send_to(service):
    known = {
        name: QUEUES & set(properties["Environment"]["Variables"])
        for name, properties in functions(service).items()
    }
    assert {name: queues for name, queues in known.items() if queues} == {
        "email-http": QUEUES,
        "email-plan": {"DDP_EMAIL_PLAN_QUEUE_URL", "DDP_EMAIL_SEND_QUEUE_URL"},
        "email-send": {"DDP_EMAIL_SEND_QUEUE_URL"},
        "sending-reconcile": QUEUES,
        "sms-http": {"DDP_SENDING_EXPORT_QUEUE_URL"},
    }
