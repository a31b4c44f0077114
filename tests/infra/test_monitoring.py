"""Alarms reach people."""

from __future__ import annotations

import re

import pytest

from infra.assets import modules
from infra.capabilities.bucket import FIGURES
from tests.infra.assembly import functions, references, resources, text


def alarms(service) -> str:
    """The logical id of the topic that people subscribe to."""
    (topic,) = (name for name in resources(service, "AWS::SNS::Topic") if name.startswith("api:Alarms"))
    return topic


def test_every_alarm_says_what_to_do_and_tells_the_topic(service):
    topic = alarms(service)
    for alarm in resources(service, "AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] in ([{"Ref": topic}], [{"Ref": "AlarmTopicArn"}])
        assert alarm["AlarmDescription"].endswith(".")
        assert (
            "Metrics" not in alarm
        )  # one metric per alarm: metric math costs more, and the emulator refuses it


# Measured by each run: what is not measured may be wrong.
HEALTH = {
    "cleanup_behind_days": 3, "months_missing": 1, "default_rows_days": 2, "oldest_erasure_days": 20,
    "analytics_as_of_seconds": 600, "analytics_differing": 1,
    **{f"bucket_{name}": threshold for name, (threshold, _) in FIGURES.items()},
}  # fmt: skip


def test_only_a_heartbeat_or_a_measurement_of_health_takes_silence_for_a_fault(service):
    heartbeats = {id_ for id_, _, _ in heartbeats_of(service)}
    alarms = resources(service, "AWS::CloudWatch::Alarm")
    health = {id_ for id_, alarm in alarms.items() if alarm["MetricName"] in HEALTH}
    assert {alarms[id_]["MetricName"]: alarms[id_]["Threshold"] for id_ in health} == HEALTH
    for id_, alarm in resources(service, "AWS::CloudWatch::Alarm").items():
        expected = {"breaching"} if id_ in heartbeats | health else {"notBreaching", "ignore"}
        assert alarm["TreatMissingData"] in expected, id_


def test_every_function_has_alarms_on_crashes_and_throttles(service):
    watched = {
        (next(references(alarm["Dimensions"])), alarm["MetricName"])
        for alarm in resources(service, "AWS::CloudWatch::Alarm").values()
        if alarm["Namespace"] == "AWS/Lambda"
    }
    for name in resources(service, "AWS::Lambda::Function"):
        assert {(name, "Errors"), (name, "Throttles")} <= watched


def test_every_function_has_an_alarm_on_durations_that_come_near_its_time_out(service):
    slow = {
        next(references(alarm["Dimensions"])): alarm
        for alarm in resources(service, "AWS::CloudWatch::Alarm").values()
        if (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "Duration")
    }
    assert set(slow) == set(resources(service, "AWS::Lambda::Function"))
    for name, function in resources(service, "AWS::Lambda::Function").items():
        alarm, seconds = slow[name], function["Timeout"]
        assert alarm["ExtendedStatistic"] == "p99"
        assert (alarm["Period"], alarm["EvaluationPeriods"]) == (300, 3)
        is_asked = function["FunctionName"].endswith("-http") or seconds in {10, 15}
        is_asked |= function["FunctionName"].removeprefix("ddp-prod-") in {
            "email-unsubscribe", "sms-links", "social-callback", "analytics-conversions"
        }  # fmt: skip
        expected = seconds / 2 if is_asked else max(0.9 * seconds, seconds - 5)
        assert alarm["Threshold"] == pytest.approx(1000 * expected), function["FunctionName"]


def test_ses_reputation_is_watched_where_ses_sends(service):
    found = {
        alarm["MetricName"]: (alarm["Threshold"], alarm["TreatMissingData"], alarm.get("Dimensions"))
        for alarm in resources(service, "AWS::CloudWatch::Alarm").values()
        if alarm["Namespace"] == "AWS/SES"
    }
    assert found == {
        "Reputation.BounceRate": (0.05, "ignore", None),
        "Reputation.ComplaintRate": (0.001, "ignore", None),
    }


def test_every_function_has_an_alarm_on_the_failures_that_its_version_logs(service):
    """Lambda counts neither a 500 nor a message that failed, so lines of level ERROR are counted."""
    names = {id_: name for name, (id_, _) in functions_by_name(service).items()}
    counted = {
        names_of_log_groups(service)[filter_["LogGroupName"]["Ref"]]
        for filter_ in resources(service, "AWS::Logs::MetricFilter").values()
        if filter_["FilterPattern"] == '{ $.level = "ERROR" }'
        and filter_["MetricTransformations"] == [FAILURE]
    }
    assert counted == set(names.values())
    watched = {}
    for alarm in resources(service, "AWS::CloudWatch::Alarm").values():
        if (alarm["Namespace"], alarm["MetricName"]) == (
            FAILURE["MetricNamespace"],
            FAILURE["MetricName"],
        ):
            of = {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}
            watched[of["service"]] = of["version"]
            assert (alarm["Statistic"], alarm["Period"], alarm["Threshold"]) == ("Sum", 300, 3)
            assert text(alarm["AlarmName"]).endswith(f"-version-{text(of['version'])}")
    live = {
        names[alias["FunctionName"]["Ref"]]: alias["FunctionVersion"]
        for alias in resources(service, "AWS::Lambda::Alias").values()
    }
    assert watched == live | {"migrate": "$LATEST", "smoke": "$LATEST"}


FAILURE = {
    "MetricNamespace": "ddp/prod",
    "MetricName": "failures",
    "MetricValue": "1",
    "Dimensions": [
        {"Key": "service", "Value": "$.service"},
        {"Key": "version", "Value": "$.version"},
    ],
}


def functions_by_name(service) -> dict[str, tuple[str, dict]]:
    """Short name → (logical id, properties) of each Lambda function."""
    return {
        properties["FunctionName"].split("-", 2)[2]: (id_, properties)
        for id_, properties in resources(service, "AWS::Lambda::Function").items()
    }


def names_of_log_groups(service) -> dict[str, str]:
    """Logical id of each log group → the short name of the function whose it is."""
    return {
        id_: properties["LogGroupName"].rpartition("ddp-prod-")[2]
        for id_, properties in resources(service, "AWS::Logs::LogGroup").items()
    }


def test_every_schedule_has_a_heartbeat_that_goes_off_when_runs_are_missing(service):
    beating = {alarm["MetricName"].removesuffix("_runs"): alarm for _, _, alarm in heartbeats_of(service)}
    schedules = resources(service, "AWS::Scheduler::Schedule").values()
    for schedule in (each for each in schedules if not each["Name"].endswith("-ping")):
        alarm = beating[schedule["Name"].removeprefix("ddp-prod-")]
        assert alarm["ComparisonOperator"] == "LessThanThreshold"
        assert (alarm["Threshold"], alarm["Statistic"], alarm["EvaluationPeriods"]) == (1, "Sum", 3)
        minutes = {
            "rate(1 minute)": 1,
            "rate(5 minutes)": 5,
            "rate(1 hour)": 60,
            "rate(6 hours)": 360,
            "rate(1 day)": 1440,
        }[schedule["ScheduleExpression"]]
        assert alarm["Period"] == minutes * 60


def test_the_line_that_a_heartbeat_counts_is_one_that_its_function_writes(service):
    for _, function, alarm in heartbeats_of(service):
        (pattern,) = (
            f["FilterPattern"]
            for f in resources(service, "AWS::Logs::MetricFilter").values()
            if f["MetricTransformations"][0]["MetricName"] == alarm["MetricName"]
        )
        (line,) = re.findall(r'^{ \$\.message = "(.+)" }$', pattern)
        handler = functions(service)[function]["Handler"].rpartition(".")[0]
        shipped = "".join(path.read_text() for path in modules(handler) if path.suffix == ".py")
        assert re.search(rf'logger\.info\(\s*"{line}"', shipped)


def heartbeats_of(service) -> list[tuple[str, str, dict]]:
    """(logical id, function, properties) of each alarm on the runs that a function's log shows."""
    counting = {
        f["MetricTransformations"][0]["MetricName"]: names_of_log_groups(service)[f["LogGroupName"]["Ref"]]
        for f in resources(service, "AWS::Logs::MetricFilter").values()
        if f["MetricTransformations"][0]["MetricName"].endswith("_runs")
    }
    return [
        (id_, counting[alarm["MetricName"]], alarm)
        for id_, alarm in resources(service, "AWS::CloudWatch::Alarm").items()
        if alarm["MetricName"] in counting
    ]


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
        dashboards = resources(template, "AWS::CloudWatch::Dashboard").values()
        (dashboard,) = (each for each in dashboards if each["DashboardName"] == stack)
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


@pytest.mark.parametrize("name", FIGURES)
def test_what_the_comparison_of_the_bucket_finds_raises_an_alarm(service, name):
    (found,) = (
        f
        for f in resources(service, "AWS::Logs::MetricFilter").values()
        if f["MetricTransformations"][0]["MetricValue"] == f"$.bucket.{name}"
    )
    assert names_of_log_groups(service)[found["LogGroupName"]["Ref"]] == "maintenance-reconcile"
    (alarm,) = (
        a
        for a in resources(service, "AWS::CloudWatch::Alarm").values()
        if a["MetricName"] == f"bucket_{name}"
    )
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (FIGURES[name][0], "breaching")
