"""SES's events: configuration set → topic → queue email-events → function email-events."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.constructs.access.database import Login
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Platform
from infra.constructs.worker import Worker

# All event types but Subscription, which concerns SES's own contact lists.
EVENTS = [
    ses.EmailSendingEvent.SEND,
    ses.EmailSendingEvent.REJECT,
    ses.EmailSendingEvent.BOUNCE,
    ses.EmailSendingEvent.COMPLAINT,
    ses.EmailSendingEvent.DELIVERY,
    ses.EmailSendingEvent.OPEN,
    ses.EmailSendingEvent.CLICK,
    ses.EmailSendingEvent.RENDERING_FAILURE,
    ses.EmailSendingEvent.DELIVERY_DELAY,
]


class EmailEvents(Construct):
    """The configuration set of every message, and the worker that applies its events."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self._platform = platform
        self.configuration_set_name = f"ddp-{platform.settings.stage}-email"
        self.function = self._make_function()
        worker = Worker(
            self,
            "Queue",
            name="email-events",
            foundation=platform,
            function=self.function,
            # One SQL statement applies thousands of events as quickly as ten. Lambda invokes earlier at 6 MB.
            batch_size=10_000,
            max_batching_window=Duration.seconds(5),
            late_after=Duration.minutes(15),
        )
        topic = self._make_topic()
        topic.add_subscription(
            subscriptions.SqsSubscription(
                worker.queue, raw_message_delivery=True, dead_letter_queue=worker.dead_letters
            )
        )
        self._make_configuration_set(topic)

    def _make_function(self) -> ServiceFunction:
        return ServiceFunction(
            self,
            "email-events",
            foundation=self._platform,
            handler="functions.email.events.handler",
            layers=["base", "database", "shared"],
            # Six times this, and the batching window, is how long the queue hides what a killed worker had: 89 seconds.
            timeout=Duration.seconds(14),
            memory_mb=1769,  # one whole processor: parsing thousands of events takes most of the time
            login=Login.WORKER,
        )

    def _make_topic(self) -> sns.Topic:
        # A key of our own: SES cannot publish to a topic under AWS's managed SNS key.
        key = kms.Key(self, "TopicKey", enable_key_rotation=True, removal_policy=RemovalPolicy.DESTROY)
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("ses.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],  # in a key policy: this key
            )
        )
        return sns.Topic(self, "Topic", master_key=key, enforce_ssl=True)

    @property
    def configuration_set_arn(self) -> str:
        """ARN of the configuration set."""
        return Stack.of(self).format_arn(
            service="ses", resource="configuration-set", resource_name=self.configuration_set_name
        )

    def _make_configuration_set(self, topic: sns.Topic) -> None:
        tracking = self._platform.settings.tracking_domain
        configuration_set = ses.ConfigurationSet(
            self,
            "Set",
            configuration_set_name=self.configuration_set_name,
            reputation_metrics=True,
            # Ours are the only suppressions. SES's list takes every permanent bounce, also refusals that a sender
            # provoked, and keeps an address whose suppression was lifted here.
            disable_suppression_list=True,
            # Over https alone: links tell who reads what.
            custom_tracking_redirect_domain=tracking or None,
            custom_tracking_https_policy=ses.HttpsPolicy.REQUIRE if tracking else None,
        )
        # This also lets SES publish to the topic, for this configuration set only.
        configuration_set.add_event_destination(
            "Events",
            destination=ses.EventDestination.sns_topic(topic),
            configuration_set_event_destination_name="events",
            events=EVENTS,
        )
