"""What comes from the provider: events of messages, and people's answers; each topic → queue → function."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.constructs.access.database import Login
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Platform
from infra.constructs.worker import Worker

PROVIDER = "sms-voice.amazonaws.com"
# With the batching window, this is how long a queue hides what a killed worker had: less than 90 seconds. Nothing else
# tells of an event or an answer.
VISIBILITY = Duration.seconds(84)


class SmsEvents(Construct):
    """Topics and workers `sms-events` and `sms-inbound`. The provider publishes; nothing is subscribed by hand."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self._platform = platform
        self._key = self._make_key()
        self.events = self._make_worker(
            "sms-events",
            timeout=Duration.seconds(14),
            memory_mb=1769,  # one whole processor: parsing thousands of events takes most of the time
            # One SQL statement applies thousands of events as quickly as ten. Lambda invokes earlier at 6 MB.
            batch_size=10_000,
            window=Duration.seconds(5),
            late_after=Duration.minutes(15),
        )
        self.inbound = self._make_worker(
            "sms-inbound",
            # After it has stored answers it sends confirmations, and a call may take long. To store an answer twice at
            # once is harmless.
            timeout=Duration.seconds(60),
            memory_mb=1024,
            # As many as are answered in parallel.
            batch_size=32,
            window=Duration.seconds(1),
            # Whoever said stop gets a confirmation within five minutes, or none.
            late_after=Duration.minutes(4),
        )
        configuration_set = Stack.of(self).format_arn(
            service="sms-voice",
            resource="configuration-set",
            resource_name=f"ddp-{platform.settings.stage}-sms",
        )
        self.events_topic = self._make_topic(self.events, "Events", {"aws:SourceArn": configuration_set})
        # Answers come from any number of the account.
        self.inbound_topic = self._make_topic(self.inbound, "Inbound", {})

    def _make_worker(
        self,
        name: str,
        *,
        timeout: Duration,
        memory_mb: int,
        batch_size: int,
        window: Duration,
        late_after: Duration,
    ) -> Worker:
        function = ServiceFunction(
            self,
            name,
            foundation=self._platform,
            handler=f"functions.sms.{name.removeprefix('sms-')}.handler",
            layers=["base", "database", "shared"],
            timeout=timeout,
            memory_mb=memory_mb,
            login=Login.WORKER,
        )
        return Worker(
            self,
            "".join(word.title() for word in f"{name}-queue".split("-")),
            name=name,
            foundation=self._platform,
            function=function,
            batch_size=batch_size,
            max_batching_window=window,
            visibility=VISIBILITY,
            late_after=late_after,
        )

    def _make_key(self) -> kms.Key:
        """A key of our own for both topics: the provider cannot publish under AWS's managed SNS key."""
        key = kms.Key(self, "TopicKey", enable_key_rotation=True, removal_policy=RemovalPolicy.DESTROY)
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(PROVIDER)],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],  # in a key policy: this key
            )
        )
        return key

    def _make_topic(self, worker: Worker, name: str, source: dict[str, str]) -> sns.Topic:
        """A topic that the provider publishes to, and whose messages come to the worker as they are."""
        topic = sns.Topic(
            self,
            f"{name}Topic",
            topic_name=f"ddp-{self._platform.settings.stage}-{worker.function.name}",
            master_key=self._key,
            enforce_ssl=True,
        )
        conditions = {"StringEquals": {"aws:SourceAccount": Stack.of(self).account}}
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(PROVIDER)],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions=conditions | ({"ArnLike": source} if source else {}),
            )
        )
        topic.add_subscription(
            subscriptions.SqsSubscription(
                worker.queue, raw_message_delivery=True, dead_letter_queue=worker.dead_letters
            )
        )
        return topic
