"""The dashboard of the whole stage: one row that says whether all is well, then a row for each capability.

The stacks' own dashboards show each function and queue; this one shows what a person asks first. Its metrics are those
of all stacks, found by their names (tests/infra/test_overview.py holds both together).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.settings import Settings

# Title and metrics.
Graph = tuple[str, Sequence[cloudwatch.IMetric]]
# By capability; then by function, or by the title of a graph.
Names = Mapping[str, Mapping[str, tuple[str, ...]]]

WIDTH = 24
MINUTE = Duration.minutes(1)

# What reconciliation, the refresh and the readings log, by the names of their metrics: title → the lines of one graph.
GAUGES: Final[Names] = {
    "e-mail": {
        "left to send, tokens and quota left": (
            "email_unsettled",
            "email_tokens_left",
            "email_quota_left",
        ),
        "due and late": ("email_oldest_due_seconds", "email_events_late_seconds"),
    },
    "SMS": {
        "left to send, tokens left": ("sms_unsettled", "sms_tokens_left"),
        "budget used": ("sms_budget_used_percent",),
        "due and late": ("sms_oldest_due_seconds", "sms_events_late_seconds"),
    },
    "social posts": {
        "due": ("social_due", "social_waiting_for_accounts"),
        "unconfirmed": ("social_unconfirmed", "social_left_to_people"),
        "seconds since due": ("social_oldest_due_seconds",),
        "budget used": ("social_budget_used_percent",),
    },
    "engagement": {
        "seconds since due": ("engagement_oldest_due_seconds",),
        "not read": ("engagement_over_budget", "engagement_unmatched_events"),
    },
    "statistics": {
        "age in seconds": ("analytics_as_of_seconds",),
        "differing": ("analytics_differing",),
    },
}
# What functions count and measure while they work (ddp.observability): function → names.
COUNTED: Final[Names] = {
    "e-mail": {
        "email-plan": ("planned",),
        "email-send": ("accepted", "failed", "unknown"),
        "email-events": ("events_applied",),
    },
    "SMS": {
        "sms-plan": ("planned",),
        "sms-send": ("accepted", "failed", "unknown"),
        "sms-events": ("events_applied",),
    },
    "social posts": {"social-publish": ("published", "failed", "unconfirmed")},
    "engagement": {"engagement-ingest": ("events_applied",)},
}
MEASURED: Final[Names] = {
    "e-mail": {"email-send": ("claim_milliseconds", "render_milliseconds", "provider_milliseconds")},
    "SMS": {"sms-send": ("claim_milliseconds", "render_milliseconds", "provider_milliseconds")},
    "social posts": {"social-publish": ("provider_milliseconds",)},
}
# Capabilities whose work is that of one queue: its age, and how many messages wait.
QUEUES = {
    "uploads": "uploads-object-created",
    "product imports": "catalogue-import-products",
    "exports of sends": "sending-export",
    "exports of statistics": "analytics-export",
}


class Overview(Construct):
    """Dashboard ddp-<stage>. `failures`: how often the API answered with 5xx."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, failures: cloudwatch.IMetric
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage = settings.stage
        self._dashboard = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=f"ddp-{self._stage}", default_interval=Duration.hours(3)
        )
        self._headline(failures)
        for capability in GAUGES:
            self._row_of(capability)
        self._row([self._of_queue(title, queue) for title, queue in QUEUES.items()])

    def _headline(self, failures: cloudwatch.IMetric) -> None:
        """All is well if these five are low."""
        due = [self._gauge(f"{name}_oldest_due_seconds") for name in ("email", "sms", "social", "engagement")]
        unknown = [self._gauge(name) for name in ("email_unknown", "sms_unknown", "social_unconfirmed")]
        # One line for each dead-letter queue that has messages.
        search = (
            f'{{AWS/SQS,QueueName}} MetricName="ApproximateNumberOfMessagesVisible" "ddp-{self._stage}" "dlq"'
        )
        dead = cloudwatch.MathExpression(
            expression=f"SUM(SEARCH('{search}', 'Maximum', 60))", using_metrics={}, label="dead letters"
        )
        self._row(
            [
                ("oldest due item, seconds", due),
                ("unknown and unconfirmed", unknown),
                ("dead letters", [dead]),
                ("5xx of the API", [failures]),
                ("age of statistics, seconds", [self._gauge("analytics_as_of_seconds")]),
            ]
        )

    def _row_of(self, capability: str) -> None:
        graphs: list[Graph] = []
        if counted := COUNTED.get(capability):
            sums = [self._of_function(f, name, "Sum") for f, names in counted.items() for name in names]
            graphs.append((f"{capability}: what was done", sums))
        if measured := MEASURED.get(capability):
            slow = [self._of_function(f, name, "p99") for f, names in measured.items() for name in names]
            graphs.append((f"{capability}: p99", slow))
        graphs += [
            (f"{capability}: {title}", [self._gauge(name) for name in names])
            for title, names in GAUGES[capability].items()
        ]
        self._row(graphs)

    def _gauge(self, name: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=f"ddp/{self._stage}", metric_name=name, period=MINUTE, statistic="Maximum", label=name
        )

    def _of_function(self, function: str, name: str, statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=f"ddp/{self._stage}",
            metric_name=name,
            dimensions_map={"service": function},
            period=MINUTE,
            statistic=statistic,
            label=f"{function} {name}",
        )

    def _of_queue(self, title: str, queue: str) -> Graph:
        names = "ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"
        metrics = [
            cloudwatch.Metric(
                namespace="AWS/SQS",
                metric_name=name,
                dimensions_map={"QueueName": f"ddp-{self._stage}-{queue}"},
                period=MINUTE,
                statistic="Maximum",
            )
            for name in names
        ]
        return f"{title}: age and number of messages", metrics

    def _row(self, graphs: Sequence[Graph]) -> None:
        """The graphs side by side, over the whole width."""
        width, wider = divmod(WIDTH, len(graphs))
        self._dashboard.add_widgets(
            *(
                cloudwatch.GraphWidget(title=title, left=list(metrics), width=width + (position < wider))
                for position, (title, metrics) in enumerate(graphs)
            )
        )
