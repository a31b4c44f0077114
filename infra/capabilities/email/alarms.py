"""Alarms on numbers that reconciliation logs each minute, and that no queue and no error rate shows."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.platform import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A number in the log line `{"email": {name: number, …}}`; what to do when it reaches `threshold`.

    Without a threshold it is on the dashboard only.
    """

    name: str
    threshold: float | None = None
    remedy: str = ""


GAUGES = (
    Gauge(
        name="oldest_due_seconds",
        threshold=900,
        remedy="E-mail has been due for 15 minutes: look at email-send (failures, throttles) and at SES's quota.",
    ),
    # Those of the last 15 minutes. All together stay unknown until somebody settles them, and must not hide new ones.
    Gauge(
        name="unknown_new",
        threshold=1,
        remedy="Messages became unknown: they may or may not have been sent. If SES's events do not settle them within "
        "the hour, their senders settle them (POST /email-campaigns/{id}/unknown). The dashboard shows all of them.",
    ),
    Gauge(name="unknown"),
    Gauge(
        name="sent_twice",
        threshold=1,
        remedy="SES accepted a message twice: find it (email_sends with two bits in accepted_attempts) and the cause.",
    ),
)


class EmailAlarms(Construct):
    """A metric filter on the log of sending-reconcile for each gauge, and an alarm where it has a threshold.

    Filters and not the embedded metric format, so that the log line also makes sense where nothing reads metrics.
    Without the line an alarm keeps its state: that no line comes is what the heartbeat of sending-reconcile says.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, platform: Platform, log_group: logs.ILogGroup
    ) -> None:
        super().__init__(scope, construct_id)
        self._platform = platform
        for gauge in GAUGES:
            metric = self._measure(gauge, log_group)
            platform.monitoring.show(f"e-mail {gauge.name}", metric)
            if gauge.threshold is not None:
                platform.monitoring.alarm(
                    self,
                    _title(gauge),
                    metric=metric,
                    threshold=gauge.threshold,
                    description=gauge.remedy,
                    missing=cloudwatch.TreatMissingData.IGNORE,
                )

    def _measure(self, gauge: Gauge, log_group: logs.ILogGroup) -> cloudwatch.Metric:
        field = f"$.email.{gauge.name}"
        return logs.MetricFilter(
            self,
            f"{_title(gauge)}Filter",
            log_group=log_group,
            filter_pattern=logs.FilterPattern.number_value(field, ">=", 0),
            metric_namespace=f"ddp/{self._platform.settings.stage}",
            metric_name=f"email_{gauge.name}",
            metric_value=field,
        ).metric(period=Duration.minutes(1), statistic="Maximum")


def _title(gauge: Gauge) -> str:
    return "".join(word.title() for word in gauge.name.split("_"))
