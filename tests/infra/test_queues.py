"""Queues, dead-letter queues, rules and their alarms, most of which the emulator ignores."""

from __future__ import annotations

import json

import pytest

from infra.concurrency import DEFAULTS, Kind
from infra.local.schedules import EACH_HOUR, EACH_MINUTE, PINGED
from infra.state import ROOT
from tests import lambdas  # noqa: F401 - its settings are those of the functions
from tests.infra.assembly import functions, references, resources

# A queue is called as its function is, except where it is called after what it brings.
OTHERWISE = {"engagement-ingest": "social-event", "engagement-poll": "social-poll"}


@pytest.fixture
def queues(service) -> dict[str, dict]:
    return resources(service, "AWS::SQS::Queue")


def dead_letter_queues(queues) -> set[str]:
    return {next(references(q["RedrivePolicy"])) for q in queues.values() if "RedrivePolicy" in q}


def test_every_queue_is_a_dead_letter_queue_or_has_one(queues):
    dead = dead_letter_queues(queues)
    assert dead
    assert dead <= set(queues)
    assert {name for name, queue in queues.items() if "RedrivePolicy" not in queue} == dead


def test_names(queues):
    workers = {name for name, limit in DEFAULTS.items() if limit.kind in {Kind.WORKER, Kind.SCHEDULE}}
    assert {q["QueueName"] for q in queues.values()} == {
        f"ddp-prod-{OTHERWISE.get(name, name)}{kind}" for name in workers for kind in ("", "-dlq")
    }


def test_queues_are_encrypted_refuse_plain_http_and_keep_messages_two_weeks(service, queues):
    policies = list(resources(service, "AWS::SQS::QueuePolicy").values())
    for name, queue in queues.items():
        assert queue["SqsManagedSseEnabled"] is True
        assert queue["MessageRetentionPeriod"] == 14 * 86400
        statements = [
            s for p in policies if p["Queues"] == [{"Ref": name}] for s in p["PolicyDocument"]["Statement"]
        ]
        assert any(
            s["Effect"] == "Deny" and s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            for s in statements
        )


def test_a_message_stays_hidden_for_six_times_what_its_function_may_take(service, queues):
    aliases, all_functions = (
        resources(service, "AWS::Lambda::Alias"),
        resources(service, "AWS::Lambda::Function"),
    )
    for mapping in resources(service, "AWS::Lambda::EventSourceMapping").values():
        queue = queues[next(references(mapping["EventSourceArn"]))]
        function = all_functions[aliases[next(references(mapping["FunctionName"]))]["FunctionName"]["Ref"]]
        # sms-inbound stores its messages first, which is harmless when repeated: the rest is done from tables.
        times = 1 if queue["QueueName"] == "ddp-prod-sms-inbound" else 6
        assert queue["VisibilityTimeout"] >= times * function["Timeout"], queue["QueueName"]


def test_events_which_nothing_tells_again_come_back_within_90_seconds_of_a_kill(service, queues):
    """All other messages are hints, which reconciliation sends again whatever a queue hides."""
    hidden = {
        q["QueueName"].removeprefix("ddp-prod-"): q.get("VisibilityTimeout", 30) for q in queues.values()
    }
    mappings = resources(service, "AWS::Lambda::EventSourceMapping").values()
    window = max(mapping.get("MaximumBatchingWindowInSeconds", 0) for mapping in mappings)
    for name in ("email-events", "sms-events", "sms-inbound"):
        assert hidden[name] + window <= 90, name


def test_workers_answer_with_partial_batches_and_run_a_bounded_number_at_once(service):
    for mapping in resources(service, "AWS::Lambda::EventSourceMapping").values():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_rules_send_to_queues_only_and_what_cannot_be_delivered_is_kept(service, queues):
    for rule in resources(service, "AWS::Events::Rule").values():
        for target in rule["Targets"]:
            assert next(references(target["Arn"])) in queues
            assert next(references(target["DeadLetterConfig"]["Arn"])) in dead_letter_queues(queues)


def test_an_object_under_incoming_wakes_the_worker_and_no_other_object_does(service):
    (rule,) = resources(service, "AWS::Events::Rule").values()
    assert rule["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [{"Ref": "BucketName"}]}, "object": {"key": [{"prefix": "incoming/"}]}},
    }


def test_every_queue_has_its_alarm(service, queues):
    watched = {
        (next(references(alarm["Dimensions"])), alarm["MetricName"])
        for alarm in resources(service, "AWS::CloudWatch::Alarm").values()
        if alarm["Namespace"] == "AWS/SQS"
    }
    dead = dead_letter_queues(queues)
    expected = {(name, "ApproximateNumberOfMessagesVisible") for name in dead}
    expected |= {(name, "ApproximateAgeOfOldestMessage") for name in set(queues) - dead}
    assert watched == expected


def test_health_knows_every_schedule_that_runs_each_hour_or_more_often(service):
    from functions.maintenance.health import SCHEDULES

    often = {"rate(1 minute)", "rate(5 minutes)", "rate(1 hour)"}
    schedules = resources(service, "AWS::Scheduler::Schedule").values()
    found = {s["Name"].removeprefix("ddp-prod-") for s in schedules if s["ScheduleExpression"] in often}
    assert {name for name in found if not name.endswith("-ping")} == set(SCHEDULES)


def test_each_queue_that_no_schedule_feeds_is_sent_a_ping_that_its_function_notes(service, queues):
    from ddp.queries import heartbeats
    from functions.maintenance.health import WORKERS

    schedules = resources(service, "AWS::Scheduler::Schedule").values()
    pings = {s["Target"]["Arn"]["Fn::GetAtt"][0]: s for s in schedules if s["Name"].endswith("-ping")}
    fed = {s["Target"]["Arn"]["Fn::GetAtt"][0] for s in schedules} - pings.keys()
    (export,) = (q for q, queue in queues.items() if queue["QueueName"] == "ddp-prod-analytics-export")
    # Its function reads as its callers do, with a login that may note nothing.
    assert pings.keys() == set(queues) - dead_letter_queues(queues) - fed - {export}
    assert {ping["Target"]["Input"] for ping in pings.values()} == {heartbeats.PING}
    assert {ping["ScheduleExpression"] for ping in pings.values()} == {"rate(1 minute)"}
    assert {
        name.replace("ddp-prod-", "ddp-local-") for name in (queues[q]["QueueName"] for q in pings)
    } == set(PINGED)
    workers = {name for name, limit in DEFAULTS.items() if limit.kind is Kind.WORKER}
    assert workers == {*WORKERS, "analytics-export"}
    for name in WORKERS:
        module = functions(service)[name]["Handler"].rpartition(".")[0].replace(".", "/")
        assert "@heartbeats.of_worker\ndef handler(" in (ROOT / f"{module}.py").read_text(), name


def test_health_is_told_the_schema_that_was_deployed_with_it(service):
    functions = resources(service, "AWS::Lambda::Function").values()
    (http,) = (each for each in functions if each.get("FunctionName") == "ddp-prod-maintenance-http")
    newest = max(file.name for file in (ROOT / "schema/migrations").glob("*.sql"))
    assert http["Environment"]["Variables"]["DDP_SCHEMA_VERSION"] == f"migrations/{newest}"


def test_the_local_runtime_triggers_at_once_what_schedules_send_each_minute_and_each_hour(service):
    known = {"rate(1 minute)": EACH_MINUTE, "rate(1 hour)": EACH_HOUR}
    found = {rate: {} for rate in known}
    for schedule in resources(service, "AWS::Scheduler::Schedule").values():
        if schedule["ScheduleExpression"] in known and not schedule["Name"].endswith("-ping"):
            name = schedule["Name"].replace("ddp-prod-", "ddp-local-")
            found[schedule["ScheduleExpression"]][name] = json.loads(schedule["Target"]["Input"])["type"]
    assert found == known
