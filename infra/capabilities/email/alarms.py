"""Alarms on numbers that reconciliation logs each minute, and that no queue and no error rate shows."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.platform import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A number in the log line `{"email": {name: number, …}}`, and what to do when it reaches `threshold`."""

    name: str
    threshold: float
    remedy: str


GAUGES = (
    Gauge(
        name="oldest_due_seconds",
        threshold=900,
        remedy="E-mail has been due for 15 minutes, to be planned or sent: look at email-plan and email-send (errors, "
        "throttles) and at SES's quota.",
    ),
    Gauge(
        name="unknown",
        threshold=1,
        remedy="Messages may or may not have been sent: if SES's events do not settle them, settle the sends with "
        "status unknown by hand.",
    ),
    Gauge(
        name="sent_twice",
        threshold=1,
        remedy="SES accepted a message twice: find it (email_sends with two bits in accepted_attempts) and the cause.",
    ),
)


class EmailAlarms(Construct):
    """A metric filter on the log of sending-reconcile and an alarm for each gauge.

    Filters and not the embedded metric format, so that the log line also makes sense where nothing reads metrics.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, platform: Platform, log_group: logs.ILogGroup
    ) -> None:
        super().__init__(scope, construct_id)
        for gauge in GAUGES:
            self._watch(gauge, platform, log_group)

    def _watch(self, gauge: Gauge, platform: Platform, log_group: logs.ILogGroup) -> None:
        title = "".join(word.title() for word in gauge.name.split("_"))
        field = f"$.email.{gauge.name}"
        metric = logs.MetricFilter(
            self,
            f"{title}Filter",
            log_group=log_group,
            filter_pattern=logs.FilterPattern.number_value(field, ">=", 0),
            metric_namespace=f"ddp/{platform.settings.stage}",
            metric_name=f"email_{gauge.name}",
            metric_value=field,
        ).metric(period=Duration.minutes(1), statistic="Maximum")
        platform.monitoring.alarm(
            self, title, metric=metric, threshold=gauge.threshold, description=gauge.remedy
        )
        platform.monitoring.show(f"e-mail {gauge.name}", metric)
