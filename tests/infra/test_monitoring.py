"""Alarms reach people."""

from __future__ import annotations

from tests.infra.assembly import functions, references, resources, text


def alarms(service) -> str:
    """The logical id of the topic that people subscribe to."""
    (topic,) = (name for name in resources(service, "AWS::SNS::Topic") if name.startswith("api:Alarms"))
    return topic


def test_every_alarm_says_what_to_do_and_tells_the_topic(service):
    topic = alarms(service)
    for alarm in resources(service, "AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] in ([{"Ref": topic}], [{"Ref": "AlarmTopicArn"}])
        assert alarm["AlarmDescription"]
        assert alarm["TreatMissingData"] == "notBreaching"
        assert (
            "Metrics" not in alarm
        )  # one metric per alarm: metric math costs more, and the emulator refuses it


def test_every_function_has_alarms_on_errors_and_throttles(service):
    watched = {
        (next(references(alarm["Dimensions"])), alarm["MetricName"])
        for alarm in resources(service, "AWS::CloudWatch::Alarm").values()
        if alarm["Namespace"] == "AWS/Lambda"
    }
    for name in resources(service, "AWS::Lambda::Function"):
        assert {(name, "Errors"), (name, "Throttles")} <= watched


def test_cloudwatch_may_use_the_topics_key(service):
    topic = resources(service, "AWS::SNS::Topic")[alarms(service)]
    key = resources(service, "AWS::KMS::Key")[next(references(topic["KmsMasterKeyId"]))]
    (grant,) = (
        s for s in key["KeyPolicy"]["Statement"] if s["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    )
    assert sorted(grant["Action"]) == ["kms:Decrypt", "kms:GenerateDataKey"]


def test_cloudwatch_may_publish_to_the_topic(service):
    """The topic has its own policy (TLS only), which replaces SNS's default: publishers must be named."""
    policies = resources(service, "AWS::SNS::TopicPolicy").values()
    (policy,) = (p for p in policies if p["Topics"] == [{"Ref": alarms(service)}])
    (grant,) = (s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow")
    assert (grant["Action"], grant["Principal"]) == ("sns:Publish", {"Service": "cloudwatch.amazonaws.com"})
    assert grant["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_the_dashboard_of_each_stack_shows_its_functions_and_queues(prod):
    for stack in prod.order().keys() - {"ddp-prod-data"}:
        template = prod.templates()[f"{stack}.template.json"]
        (dashboard,) = resources(template, "AWS::CloudWatch::Dashboard").values()
        assert dashboard["DashboardName"] == stack
        watched = set(functions(template)) | queues(template)
        if stack == "ddp-prod-api":
            watched.add("HTTP API")
        for name in watched:
            assert f'"title":"{name}"' in text(dashboard["DashboardBody"]), name


def queues(template) -> set[str]:
    """Titles of the queues, dead-letter queues apart: they are shown with theirs."""
    made = [r for r in template["Resources"].values() if r["Type"] == "AWS::SQS::Queue"]
    names = {resource["Properties"]["QueueName"].removeprefix("ddp-prod-") for resource in made}
    return {f"queue {name}" for name in names if not name.endswith("-dlq")}
