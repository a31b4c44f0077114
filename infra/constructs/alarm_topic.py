"""The topic that every alarm of every stack notifies."""

from __future__ import annotations

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.constructs.shared_names import ALARM_TOPIC, publish
from infra.settings import Settings

CLOUDWATCH = "cloudwatch.amazonaws.com"


class AlarmTopic(Construct):
    """An encrypted topic, which e-mails the address `alarm_email` of the settings.

    `published`: stacks of the same Region find it; there is one such topic per stage.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, published: bool = True
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", master_key=self._make_key(), enforce_ssl=True)
        self._let_cloudwatch_publish()
        if settings.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(settings.alarm_email))
        if published:
            publish(self, settings, ALARM_TOPIC, self.topic.topic_arn)

    def _make_key(self) -> kms.Key:
        """A key of our own: CloudWatch cannot publish to a topic under AWS's managed SNS key."""
        key = kms.Key(self, "Key", enable_key_rotation=True, removal_policy=RemovalPolicy.DESTROY)
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(CLOUDWATCH)],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],  # in a key policy: this key
            )
        )
        return key

    def _let_cloudwatch_publish(self) -> None:
        """enforce_ssl replaces SNS's default policy, which would have let the account's alarms publish."""
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(CLOUDWATCH)],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
