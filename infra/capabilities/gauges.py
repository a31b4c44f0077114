"""Alarms on numbers of a channel that reconciliation logs each minute, and that no queue and no error rate shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.logs import figure
from infra.constructs.monitoring import entry
from infra.constructs.platform import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A number in the log line `{"<channel>": {name: number, …}}`; what to do when it reaches `threshold`.

    Without a threshold it is on the dashboard only.
    """

    name: str
    threshold: float | None = None
    remedy: str = ""


class ChannelAlarms(Construct):
    """A metric filter on the log of sending-reconcile for each gauge, and an alarm where it has a threshold.

    Filters and not the embedded metric format, so that the log line also makes sense where nothing reads metrics.
    Without the line an alarm keeps its state: that no line comes is what the heartbeat of sending-reconcile says.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        channel: str,
        gauges: Sequence[Gauge],
        log_group: logs.ILogGroup,
    ) -> None:
        """`channel`: its name in the log line and in the names of metrics."""
        super().__init__(scope, construct_id)
        for gauge in gauges:
            title = "".join(word.title() for word in gauge.name.split("_"))
            metric = figure(
                self,
                title,
                settings=platform.settings,
                log_group=log_group,
                field=f"$.{channel}.{gauge.name}",
                name=f"{channel}_{gauge.name}",
                period=Duration.minutes(1),
            )
            platform.monitoring.show(f"{channel} {gauge.name}", metric)
            if gauge.threshold is not None:
                platform.monitoring.alarm(
                    self,
                    title,
                    metric=metric,
                    threshold=gauge.threshold,
                    description=gauge.remedy,
                    runbook=entry(f"{channel}_{gauge.name}"),
                    missing=cloudwatch.TreatMissingData.IGNORE,
                )
