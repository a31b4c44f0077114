"""A stack's alarms, and its dashboard."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct


class Monitoring(Construct):
    """Alarms that notify `topic`; a dashboard, called as the stack, with a row for each thing that is watched.

    Each alarm watches one metric: metric math costs more and says less about where to look.
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
    ) -> cloudwatch.Alarm:
        """An alarm at `threshold` and above in one period; missing data does not alarm. `description`: what to do."""
        alarm = cloudwatch.Alarm(
            scope,
            construct_id,
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=description,
        )
        alarm.add_alarm_action(actions.SnsAction(self._topic))
        return alarm

    def show(self, title: str, *metrics: cloudwatch.IMetric) -> None:
        """A row of the dashboard, one graph for each metric."""
        width = 24 // len(metrics)
        self._dashboard.add_widgets(
            *(cloudwatch.GraphWidget(title=title, left=[metric], width=width) for metric in metrics)
        )
