"""Alarms that reach somebody, and the dashboard."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.settings import Settings

MINUTE = Duration.minutes(1)


class Monitoring(Construct):
    """One topic that all alarms go to, one dashboard with a row for each thing that is watched.

    Alarms watch one metric each: metric mathematics cost more and say less about what to look at.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.topic = self._topic(settings)
        self._dashboard = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=f"ddp-{settings.stage}", default_interval=Duration.hours(3)
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
        """An alarm at `threshold` and above in one period; silence is good news. `description`: what to do."""
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
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        return alarm

    def show(self, title: str, *metrics: cloudwatch.IMetric) -> None:
        """A row of the dashboard, one graph a metric."""
        width = 24 // len(metrics)
        self._dashboard.add_widgets(
            *(cloudwatch.GraphWidget(title=title, left=[metric], width=width) for metric in metrics)
        )

    def _topic(self, settings: Settings) -> sns.Topic:
        # A key of our own: CloudWatch cannot publish to a topic under AWS's managed SNS key.
        key = kms.Key(self, "TopicKey", enable_key_rotation=True, removal_policy=RemovalPolicy.DESTROY)
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],  # in a key policy: this key
            )
        )
        topic = sns.Topic(self, "Alarms", master_key=key, enforce_ssl=True)
        # enforce_ssl writes a policy in place of SNS's own, which would have let the account's alarms in.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        if settings.alarm_email:
            topic.add_subscription(subscriptions.EmailSubscription(settings.alarm_email))
        return topic
