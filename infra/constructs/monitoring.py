"""A stack's alarms, and its dashboard."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

# Three, because one period can pass between two runs that are both in time.
SILENT_PERIODS = 3
RUNBOOKS = "infra/docs/runbooks.md"


class Monitoring(Construct):
    """Alarms that notify `topic`; a dashboard, called as the stack, with a row for each thing that is watched.

    Each alarm watches one metric: metric math costs more and says less about where to look. Each description names its
    entry of RUNBOOKS, a heading; alarms of one kind share an entry (`tests/infra/test_runbooks.py`).
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        self._topic = topic
        self._dashboard = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=name, default_interval=Duration.hours(3)
        )

    def alarm(
        self,
        scope: Construct,
        construct_id: str,
        *,
        metric: cloudwatch.Metric,
        threshold: float,
        description: str,
        runbook: str,
        name: str | None = None,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
        periods: int = 1,
        is_floor: bool = False,
    ) -> cloudwatch.Alarm:
        """An alarm at `threshold` and above in one period. `description`: what to do; `runbook`: where more is said.

        `missing`: what a period without data means; usually that nothing happened, which is good. `periods`: how many
        must be so in a row. `is_floor`: at `threshold` and below.
        """
        comparison = cloudwatch.ComparisonOperator
        return self._tell_topic(
            cloudwatch.Alarm(
                scope,
                construct_id,
                alarm_name=name,
                metric=metric,
                threshold=threshold,
                evaluation_periods=periods,
                comparison_operator=comparison.LESS_THAN_OR_EQUAL_TO_THRESHOLD
                if is_floor
                else comparison.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
                treat_missing_data=missing,
                alarm_description=_described(description, runbook),
            )
        )

    def heartbeat(
        self,
        scope: Construct,
        construct_id: str,
        *,
        metric: cloudwatch.Metric,
        description: str,
        runbook: str,
    ) -> cloudwatch.Alarm:
        """An alarm on silence: `metric` was not there for SILENT_PERIODS of its periods."""
        return self._tell_topic(
            cloudwatch.Alarm(
                scope,
                construct_id,
                metric=metric,
                threshold=1,
                evaluation_periods=SILENT_PERIODS,
                comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
                treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
                alarm_description=_described(description, runbook),
            )
        )

    def watch(
        self,
        scope: Construct,
        construct_id: str,
        *,
        metric: cloudwatch.Metric,
        title: str,
        threshold: float,
        description: str,
        runbook: str,
    ) -> None:
        """Show a figure, and alarm at the threshold and on silence: what is not measured may be wrong."""
        self.alarm(
            scope,
            construct_id,
            metric=metric,
            threshold=threshold,
            description=description,
            runbook=runbook,
            missing=cloudwatch.TreatMissingData.BREACHING,
        )
        self.show(title, metric)

    def show(self, title: str, *metrics: cloudwatch.IMetric) -> None:
        """A row of the dashboard, one graph for each metric."""
        width = 24 // len(metrics)
        self._dashboard.add_widgets(
            *(cloudwatch.GraphWidget(title=title, left=[metric], width=width) for metric in metrics)
        )

    def _tell_topic(self, alarm: cloudwatch.Alarm) -> cloudwatch.Alarm:
        alarm.add_alarm_action(actions.SnsAction(self._topic))
        return alarm


def entry(metric: str) -> str:
    """The entry of RUNBOOKS about a number of our own: its metric's name, as a heading's anchor is written."""
    return metric.replace("_", "-")


def _described(description: str, runbook: str) -> str:
    return f"{description} See {RUNBOOKS}, {runbook}."
