"""E-mail: two HTTP functions, and the workers plan → send → events."""

from __future__ import annotations

from dataclasses import replace

from aws_cdk import Duration
from constructs import Construct

from infra.capabilities.email import reputation, ses_access
from infra.capabilities.email.alarms import gauges_of
from infra.capabilities.email.events import EmailEvents
from infra.capabilities.gauges import ChannelAlarms
from infra.capabilities.sending import EXPORT_QUEUE, Sending
from infra.constructs.access.access import Access
from infra.constructs.access.database import Login
from infra.constructs.access.secrets import secret
from infra.constructs.access.storage import EXPORTS, FILES
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Platform
from infra.constructs.routes import Method
from infra.constructs.shared_names import MESSAGE_SECRET, SMTP_SECRET
from infra.constructs.worker import Worker
from infra.settings import EmailTransport

PLAN_QUEUE = "DDP_EMAIL_PLAN_QUEUE_URL"
SEND_QUEUE = "DDP_EMAIL_SEND_QUEUE_URL"


class Email(Construct):
    """One function and one role for each step; queues connect them, and those of `sending`."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform, sending: Sending) -> None:
        super().__init__(scope, construct_id)
        self._platform = platform
        self._events = EmailEvents(self, "Events", platform=platform)
        http, unsubscribe = self._make_http(), self._make_unsubscribe()
        plan, send = self._make_plan(), self._make_send()
        self._connect_queues(http, plan, send, sending.reconcile.function)
        sending.export.take_messages_of(http, EXPORT_QUEUE)
        key = secret(self, platform.settings, name=MESSAGE_SECRET, variable="DDP_MESSAGE_SECRET")
        for function in (unsubscribe, plan.function, send.function):
            function.give(key)
        # It imports what would read the secret, and never does.
        http.give(replace(key, statements=[]))
        ChannelAlarms(
            self,
            "Alarms",
            platform=platform,
            channel="email",
            gauges=gauges_of(platform.settings.email_transport),
            log_group=sending.reconcile.function.log_group,
        )
        if platform.settings.email_transport is EmailTransport.SES:
            reputation.watch(self, platform.monitoring)

    def _make_http(self) -> ServiceFunction:
        settings, routes = self._platform.settings, self._platform.routes
        function = ServiceFunction(
            self,
            "email-http",
            foundation=self._platform,
            handler="functions.email.http.handler",
            layers=["base", "database", "models", "messages", "shared"],
            timeout=Duration.seconds(29),  # an HTTP API gives up after 30
            memory_mb=1024,
            environment={
                "DDP_EMAIL_TRANSPORT": settings.email_transport,
                # Previews tell images of ours from others'.
                "DDP_PUBLIC_URL": self._platform.public_url,
            },
            login=Login.API,
        )
        routes.add_paths(
            ["/email-campaigns", "/sender-identities"],
            [Method.GET, Method.POST, Method.PUT, Method.PATCH, Method.DELETE],
            routes.integrate("Email", function.target),
        )
        # TagResource: an identity is created with a tag that names its owner.
        actions = (
            "ses:CreateEmailIdentity",
            "ses:TagResource",
            "ses:GetEmailIdentity",
            "ses:DeleteEmailIdentity",
        )
        function.give(
            self._platform.storage.objects("s3:GetObject", prefixes=[EXPORTS]),
            ses_access.identities(self, settings, *actions),
        )
        return function

    def _make_unsubscribe(self) -> ServiceFunction:
        function = ServiceFunction(
            self,
            "email-unsubscribe",
            foundation=self._platform,
            handler="functions.email.unsubscribe.handler",
            layers=["base", "database", "shared"],
            timeout=Duration.seconds(15),
            environment={"DDP_PUBLIC_URL": self._platform.public_url},
            # The token is the permission: there is no user whose rights row level security could check.
            login=Login.WORKER,
        )
        routes = self._platform.routes
        routes.add_public_path(
            "/unsubscribe",
            [Method.GET, Method.POST],
            routes.integrate("Unsubscribe", function.target),
            reason="Recipients have no account: the signed token in the link is the permission.",
        )
        return function

    def _make_plan(self) -> Worker:
        function = ServiceFunction(
            self,
            "email-plan",
            foundation=self._platform,
            handler="functions.email.plan.handler",
            layers=["base", "database", "messages", "shared"],
            timeout=Duration.minutes(15),
            memory_mb=1769,  # one whole processor: reading a file of millions of lines takes most of the time
            login=Login.WORKER,
        )
        storage = self._platform.storage
        function.give(storage.objects("s3:GetObject", prefixes=[FILES]), storage.absence())
        return self._make_worker(function, "email-plan", late_after=Duration.minutes(30))

    def _make_send(self) -> Worker:
        settings = self._platform.settings
        function = ServiceFunction(
            self,
            "email-send",
            foundation=self._platform,
            handler="functions.email.send.handler",
            layers=["base", "database", "messages", "shared"],
            timeout=Duration.minutes(5),
            memory_mb=1769,  # one whole processor: rendering takes most of the time
            environment={
                "DDP_PUBLIC_URL": self._platform.public_url,
                "DDP_EMAIL_TRANSPORT": settings.email_transport,
                "DDP_EMAIL_CONFIGURATION_SET": self._events.configuration_set_name,
                "DDP_EMAIL_BULK_SIZE": str(settings.email_bulk_size),
            },
            login=Login.WORKER,
        )
        attachments = self._platform.storage.objects("s3:GetObject", prefixes=[FILES])
        function.give(attachments, self._transport())
        return self._make_worker(function, "email-send", late_after=Duration.minutes(15))

    def _make_worker(self, function: ServiceFunction, name: str, *, late_after: Duration) -> Worker:
        """A queue and its worker. One message per batch: each message stands for minutes of work."""
        return Worker(
            self,
            "".join(word.title() for word in f"{name}-queue".split("-")),
            name=name,
            foundation=self._platform,
            function=function,
            batch_size=1,
            late_after=late_after,
        )

    def _connect_queues(
        self, http: ServiceFunction, plan: Worker, send: Worker, reconcile: ServiceFunction
    ) -> None:
        for function in (http, plan.function, reconcile):
            plan.take_messages_of(function, PLAN_QUEUE)
        for function in (http, plan.function, send.function, reconcile):
            send.take_messages_of(function, SEND_QUEUE)

    def _transport(self) -> Access:
        """What the transport of the settings needs."""
        settings = self._platform.settings
        match settings.email_transport:
            case EmailTransport.SES:
                arn = self._events.configuration_set_arn
                return ses_access.sending(self, settings, configuration_set_arn=arn)
            case EmailTransport.SMTP:
                return secret(self, settings, name=SMTP_SECRET, variable="DDP_SMTP_URL_SECRET")
