"""Engagement: what anybody may call, how often posts are read, and which figures raise an alarm."""

from __future__ import annotations

import json

import pytest

from ddp.providers.social.base import Platform
from infra.capabilities.engagement import dashboard
from infra.capabilities.engagement.alarms import GAUGES, REFUSED
from infra.concurrency import DEFAULTS
from infra.state import ROOT
from tests import lambdas
from tests.infra.assembly import functions, references, remedy, resources
from tests.infra.test_email import mapping_of, variables
from tests.infra.test_rights import rights
from tests.infra.test_social import target_of


def queue_name(service, variable: dict) -> str:
    """The name of the queue whose URL a variable is."""
    return resources(service, "AWS::SQS::Queue")[next(references(variable))]["QueueName"]


def test_what_anybody_may_call_has_no_database_and_only_secrets_and_one_queue(service):
    known = variables(service, "engagement-webhook")
    assert not {name for name in known if name.startswith("DDP_DATABASE")}
    assert queue_name(service, known["DDP_SOCIAL_EVENT_QUEUE_URL"]) == "ddp-prod-social-event"
    assert known["DDP_PUBLIC_URL"] == {"Ref": "PublicUrl"}
    assert "DDP_SOCIAL_KEY_ID" not in known
    granted = rights(service, "engagement-webhook")
    assert not {arn for arn in granted["secretsmanager:GetSecretValue"] if "Social" not in arn}
    assert granted["sqs:SendMessage"] == {"social-event"}
    # It holds no connection, so it is not in the table that counts them, and shares what the account has.
    assert "engagement-webhook" not in DEFAULTS
    assert "ReservedConcurrentExecutions" not in functions(service)["engagement-webhook"]


def test_what_reads_platforms_has_no_door(service):
    """Neither a route nor a queue that the public function may send to leads to the function with the tokens."""
    targets = {target_of(service, r) for r in resources(service, "AWS::ApiGatewayV2::Route").values()}
    assert not targets & {"engagement-poll", "engagement-ingest"}
    assert "social-poll" not in rights(service, "engagement-webhook")["sqs:SendMessage"]


def test_no_reading_is_given_to_another_while_its_worker_can_run(service):
    from functions.engagement import poll

    assert poll.LEASE.total_seconds() > functions(service)["engagement-poll"]["Timeout"]


SERVED = {
    "GET /social-posts/{post_id}/engagement": "engagement-http",
    "POST /social-posts/{post_id}/measure": "engagement-http",
    "GET /social-accounts/{account_id}/engagement": "engagement-http",
    "GET /social-accounts/{account_id}/best-times": "engagement-http",
    "GET /social-read-budget": "engagement-http",
    "PUT /social-read-budget": "engagement-http",
    "GET /social-deletions/{code}": "engagement-http",
    "GET /webhooks/{proxy+}": "engagement-webhook",
    "POST /webhooks/{proxy+}": "engagement-webhook",
    # Beside them, and less exact.
    "GET /social-posts/{proxy+}": "social-http",
    "POST /social-posts/{proxy+}": "social-http",
    "GET /social-accounts/{proxy+}": "social-http",
}


@pytest.mark.parametrize("key", SERVED)
def test_each_route_leads_to_the_function_that_serves_it(service, key):
    (route,) = (r for r in resources(service, "AWS::ApiGatewayV2::Route").values() if r["RouteKey"] == key)
    assert target_of(service, route) == SERVED[key]


def test_the_routes_are_those_of_the_function():
    """API Gateway knows as many as the function: none is missing, and none leads to a 404."""
    from functions.engagement import http

    own = {
        f"{method} {str(route.path).replace('<', '{').replace('>', '}')}"
        for route in http.app._static_routes + http.app._dynamic_routes
        for method in [route.method]
    }
    assert own == {key for key, name in SERVED.items() if name == "engagement-http"}


@pytest.mark.parametrize(
    ("name", "rate", "sample"),
    [
        ("social-poll", "rate(1 minute)", "poll_posts"),
        ("social-subscriptions", "rate(1 day)", "check_subscriptions"),
    ],
)
def test_schedules_send_what_the_function_understands(service, name, rate, sample):
    from functions.engagement import messages

    schedules = resources(service, "AWS::Scheduler::Schedule").values()
    (schedule,) = (s for s in schedules if s["Name"] == f"ddp-prod-{name}")
    assert (schedule["ScheduleExpression"], schedule["State"]) == (rate, "ENABLED")
    (record,) = lambdas.sample(f"engagement/{sample}")["Records"]
    assert schedule["Target"]["Input"] == record["body"]
    assert record["body"] in {messages.POLL, '{"type": "CheckSubscriptions"}'}
    assert record["eventSourceARN"].endswith(":ddp-dev-social-poll")
    assert queue_name(service, schedule["Target"]["Arn"]) == "ddp-prod-social-poll"


def test_who_asks_for_a_reading_sends_what_the_schedule_sends(service):
    known = variables(service, "engagement-http")
    assert queue_name(service, known["DDP_SOCIAL_POLL_QUEUE_URL"]) == "ddp-prod-social-poll"


def test_events_come_by_the_thousand_and_readings_one_by_one(service):
    events, polls = (mapping_of(service, name) for name in ("social-event", "social-poll"))
    assert (events["BatchSize"], events["MaximumBatchingWindowInSeconds"]) == (1_000, 5)
    assert (polls["BatchSize"], polls.get("MaximumBatchingWindowInSeconds", 0)) == (1, 0)


def test_readings_have_time_left_when_the_function_ends(service):
    from functions.engagement import poll

    timeout = functions(service)["engagement-poll"]["Timeout"]
    assert timeout > poll.RESERVE + poll.LEASE.total_seconds() / 2


def test_each_message_has_a_sample(service):
    """Those of queue social-event; test_schedules_send_what_the_function_understands has the others."""
    from functions.engagement import messages

    found = [lambdas.sample(f"engagement/{name}")["Records"][0] for name in ("told", "deletion_requested")]
    assert all(each["eventSourceARN"].endswith(":ddp-dev-social-event") for each in found)
    webhook, deletion = messages.read([each["body"] for each in found])
    assert (webhook.source, webhook.code, webhook.document["object"]) == ("meta", None, "page")
    assert deletion.code
    assert deletion.document["user_id"]


@pytest.mark.parametrize("gauge", GAUGES, ids=lambda gauge: gauge.name)
def test_what_polls_count_is_shown_and_raises_an_alarm(service, gauge):
    (found,) = (
        f
        for f in resources(service, "AWS::Logs::MetricFilter").values()
        if f["MetricTransformations"][0]["MetricValue"] == f"$.engagement.{gauge.name}"
    )
    groups = resources(service, "AWS::Logs::LogGroup")
    assert groups[found["LogGroupName"]["Ref"]]["LogGroupName"] == "/aws/lambda/ddp-prod-engagement-poll"
    (alarm,) = (
        each
        for each in resources(service, "AWS::CloudWatch::Alarm").values()
        if each["MetricName"] == f"engagement_{gauge.name}"
    )
    assert (alarm["Threshold"], alarm["Statistic"], remedy(alarm)) == (
        gauge.threshold,
        "Maximum",
        gauge.remedy,
    )


@pytest.mark.parametrize("name", dashboard.FIGURES)
def test_each_platform_s_figures_are_metrics_of_their_own(service, name):
    (found,) = (
        f["MetricTransformations"][0]
        for f in resources(service, "AWS::Logs::MetricFilter").values()
        if f["MetricTransformations"][0]["MetricValue"] == f"$.engagement_platform.{name}"
    )
    assert found["MetricName"] == f"engagement_platform_{name}"
    assert found["Dimensions"] == [{"Key": "platform", "Value": "$.platform"}]


def test_the_dashboard_has_a_row_for_each_platform(prod):
    (board,) = resources(prod.template("engagement"), "AWS::CloudWatch::Dashboard").values()
    parts = board["DashboardBody"]["Fn::Join"][1]
    widgets = json.loads("".join(part if isinstance(part, str) else "x" for part in parts))["widgets"]
    rows: dict[str, dict[str, set[int]]] = {}
    for widget in widgets:
        (metric,) = widget["properties"]["metrics"]
        if metric[1:] and metric[1].startswith("engagement_platform_"):
            assert metric[2] == "platform"
            figures = rows.setdefault(metric[3], {})
            figures.setdefault(metric[1].removeprefix("engagement_platform_"), set()).add(widget["y"])
    assert set(rows) == set(Platform)
    for figures in rows.values():
        assert set(figures) == set(dashboard.FIGURES)
        assert len(set.union(*figures.values())) == 1, "one row"


def test_every_figure_with_an_alarm_is_one_that_the_database_counts():
    figures = (ROOT / "layers/shared/python/ddp/queries/engagement/polls.sql").read_text()
    schema = "".join(p.read_text() for p in (ROOT / "schema/functions/engagement").glob("*.sql"))
    for gauge in GAUGES:
        assert f"'{gauge.name}'" in figures + schema, gauge.name


def test_refused_requests_raise_an_alarm_by_their_rate(service):
    (counting,) = (
        f
        for f in resources(service, "AWS::Logs::MetricFilter").values()
        if f["MetricTransformations"][0]["MetricName"] == "webhooks_refused"
    )
    assert counting["FilterPattern"] == '{ $.message = "webhook refused" }'
    written = (ROOT / "functions/engagement/webhook.py").read_text()
    assert 'logger.warning("webhook refused"' in written
    groups = resources(service, "AWS::Logs::LogGroup")
    group = groups[counting["LogGroupName"]["Ref"]]["LogGroupName"]
    assert group == "/aws/lambda/ddp-prod-engagement-webhook"
    (alarm,) = (
        each
        for each in resources(service, "AWS::CloudWatch::Alarm").values()
        if each["MetricName"] == "webhooks_refused"
    )
    assert (alarm["Threshold"], alarm["Period"], alarm["Statistic"]) == (100, 300, "Sum")
    assert (alarm["TreatMissingData"], remedy(alarm)) == ("notBreaching", REFUSED)


def test_the_readme_and_the_cost_sheet_count_what_is_made(prod):
    template = prod.template("engagement")
    alarms = len(resources(template, "AWS::CloudWatch::Alarm"))
    # A filter whose dimension is the platform makes a metric for each.
    metrics = sum(
        len(Platform) if f["MetricTransformations"][0]["MetricName"].startswith("engagement_platform_") else 1
        for f in resources(template, "AWS::Logs::MetricFilter").values()
    )
    sheet = (ROOT / "infra/docs/costs.md").read_text()
    assert f"| alarms of stack `engagement` | {alarms} |" in sheet
    assert f"| metrics of log lines of stack `engagement` | {metrics} |" in sheet
    assert f"`engagement` {len(template['Resources'])}." in (ROOT / "infra/README.md").read_text()
