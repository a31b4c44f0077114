"""E-mail: the HTTP functions, and the stages plan → send, with export and reconciliation beside them."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from constructs import Construct

from infra.constructs.database_access import Login
from infra.constructs.email_alarms import EmailAlarms
from infra.constructs.email_events import EmailEvents
from infra.constructs.function import ServiceFunction
from infra.constructs.http_api import Method
from infra.constructs.message_secrets import MESSAGE_SECRET, SMTP_SECRET, give_secret
from infra.constructs.platform import Platform
from infra.constructs.schedule import Schedule
from infra.constructs.worker import Worker
from infra.settings import EmailTransport

FILES, EXPORTS = "files/*", "exports/*"

PLAN_QUEUE = "DDP_EMAIL_PLAN_QUEUE_URL"
SEND_QUEUE = "DDP_EMAIL_SEND_QUEUE_URL"
EXPORT_QUEUE = "DDP_SENDING_EXPORT_QUEUE_URL"

# SES asks for both names of an operation: the one of its API, and the one that it was called before.
SENDING = ["ses:SendEmail", "ses:SendRawEmail", "ses:SendBulkEmail", "ses:SendBulkTemplatedEmail"]


class Email(Construct):
    """One function and one role a stage; the stages speak through queues."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self._platform = platform
        self._events = EmailEvents(self, "Events", platform=platform)
        http, unsubscribe = self._make_http(), self._make_unsubscribe()
        plan, send, export = self._make_plan(), self._make_send(), self._make_export()
        reconcile = self._make_reconcile()
        self._connect_queues(http, plan, send, export, reconcile)
        for function in (http, unsubscribe, plan.function, send.function):
            give_secret(function, platform.settings, name=MESSAGE_SECRET, variable="DDP_MESSAGE_SECRET")
        Schedule(
            self,
            "EachMinute",
            name="email-reconcile",
            platform=platform,
            every=Duration.minutes(1),
            worker=reconcile,
            message={"type": "Reconcile"},
        )
        EmailAlarms(self, "Alarms", platform=platform, log_group=reconcile.function.log_group)

    def _make_http(self) -> ServiceFunction:
        settings, api = self._platform.settings, self._platform.api
        function = ServiceFunction(
            self,
            "email-http",
            platform=self._platform,
            handler="functions.email.http.handler",
            layers=["base", "database", "models", "messages", "shared"],
            timeout=Duration.seconds(29),  # an HTTP API gives up after 30
            memory_mb=1024,
            environment={
                "DDP_BUCKET": self._platform.storage.bucket_name,
                "DDP_EMAIL_TRANSPORT": settings.email_transport,
            },
            login=Login.API,
            concurrency=settings.http_concurrency,
            reserve=True,
        )
        api.add_paths(
            ["/email-campaigns", "/sender-identities", "/suppressions", "/senders"],
            [Method.GET, Method.POST, Method.PUT, Method.PATCH, Method.DELETE],
            api.integrate("Email", function.target),
        )
        self._platform.storage.allow(function, "s3:GetObject", prefixes=[EXPORTS])
        # TagResource: an identity is made with the tag that says whose it is.
        self._allow_on_identities(
            function,
            "ses:CreateEmailIdentity",
            "ses:TagResource",
            "ses:GetEmailIdentity",
            "ses:DeleteEmailIdentity",
        )
        return function

    def _make_unsubscribe(self) -> ServiceFunction:
        function = ServiceFunction(
            self,
            "email-unsubscribe",
            platform=self._platform,
            handler="functions.email.unsubscribe.handler",
            layers=["base", "database", "shared"],
            timeout=Duration.seconds(15),
            environment={"DDP_PUBLIC_URL": self._platform.public_url},
            # The token is the permission: there is no user whose rights row level security could check.
            login=Login.WORKER,
            concurrency=5,
            reserve=True,
        )
        api = self._platform.api
        api.add_public_path(
            "/unsubscribe",
            [Method.GET, Method.POST],
            api.integrate("Unsubscribe", function.target),
            reason="People who get messages have no account: the signed token in the link is the permission.",
        )
        return function

    def _make_plan(self) -> Worker:
        function = ServiceFunction(
            self,
            "email-plan",
            platform=self._platform,
            handler="functions.email.plan.handler",
            layers=["base", "database", "messages", "shared"],
            timeout=Duration.minutes(15),
            memory_mb=1769,  # one whole processor: reading a file of millions is what takes the time
            environment={"DDP_BUCKET": self._platform.storage.bucket_name},
            login=Login.WORKER,
            concurrency=3,
        )
        self._platform.storage.allow(function, "s3:GetObject", prefixes=[FILES])
        self._platform.storage.allow_absence(function)
        return self._make_worker(function, "email-plan", late_after=Duration.minutes(30))

    def _make_send(self) -> Worker:
        settings = self._platform.settings
        function = ServiceFunction(
            self,
            "email-send",
            platform=self._platform,
            handler="functions.email.send.handler",
            layers=["base", "database", "messages", "shared"],
            timeout=Duration.minutes(5),
            memory_mb=1769,  # one whole processor: rendering is what takes the time
            environment={
                "DDP_BUCKET": self._platform.storage.bucket_name,
                "DDP_PUBLIC_URL": self._platform.public_url,
                "DDP_EMAIL_TRANSPORT": settings.email_transport,
                "DDP_EMAIL_CONFIGURATION_SET": self._events.configuration_set_name,
                "DDP_EMAIL_BUCKET": f"email/{settings.region}",
                "DDP_EMAIL_BULK_SIZE": str(settings.email_bulk_size),
            },
            login=Login.WORKER,
            concurrency=8,
        )
        self._platform.storage.allow(function, "s3:GetObject", prefixes=[FILES])  # attachments
        if settings.email_transport is EmailTransport.SES:
            self._allow_sending(function)
        else:
            give_secret(function, settings, name=SMTP_SECRET, variable="DDP_SMTP_URL_SECRET")
        return self._make_worker(function, "email-send", late_after=Duration.minutes(15))

    def _make_export(self) -> Worker:
        function = ServiceFunction(
            self,
            "email-export",
            platform=self._platform,
            handler="functions.sending.export.handler",
            layers=["base", "database", "shared"],
            timeout=Duration.minutes(15),
            memory_mb=1024,
            environment={"DDP_BUCKET": self._platform.storage.bucket_name},
            login=Login.WORKER,
            concurrency=2,
        )
        self._platform.storage.allow(function, "s3:PutObject", "s3:AbortMultipartUpload", prefixes=[EXPORTS])
        return self._make_worker(function, "email-export", late_after=Duration.minutes(30))

    def _make_reconcile(self) -> Worker:
        function = ServiceFunction(
            self,
            "email-reconcile",
            platform=self._platform,
            handler="functions.sending.reconcile.handler",
            layers=["base", "database", "shared"],
            timeout=Duration.seconds(60),
            login=Login.WORKER,
            concurrency=2,  # the least that an event source takes
        )
        # Ten at once: after an outage of the database one look does for all the minutes that were missed.
        return self._make_worker(function, "email-reconcile", late_after=Duration.minutes(5), batch_size=10)

    def _make_worker(
        self, function: ServiceFunction, name: str, *, late_after: Duration, batch_size: int = 1
    ) -> Worker:
        """Mostly one message at a time: each stands for work of minutes."""
        return Worker(
            self,
            "".join(word.title() for word in f"{name}-queue".split("-")),
            name=name,
            platform=self._platform,
            function=function,
            batch_size=batch_size,
            late_after=late_after,
        )

    def _connect_queues(
        self, http: ServiceFunction, plan: Worker, send: Worker, export: Worker, reconcile: Worker
    ) -> None:
        senders = {
            (plan, PLAN_QUEUE): (http, plan.function, reconcile.function),
            (send, SEND_QUEUE): (http, plan.function, send.function, reconcile.function),
            (export, EXPORT_QUEUE): (http, export.function, reconcile.function),
        }
        for (worker, variable), functions in senders.items():
            for function in functions:
                worker.take_messages_of(function, variable)

    def _allow_sending(self, function: ServiceFunction) -> None:
        """From any verified identity (which of them a user may use is checked in the database), by our set only."""
        function.allow(*SENDING, on=[self._identities, self._events.configuration_set_arn])
        self._acknowledge_identities(function)
        function.allow("ses:GetAccount", on=["*"])  # the quota; AWS offers nothing narrower

    def _allow_on_identities(self, function: ServiceFunction, *actions: str) -> None:
        function.allow(*actions, on=[self._identities])
        self._acknowledge_identities(function)

    @property
    def _identities(self) -> str:
        return Stack.of(self).format_arn(service="ses", resource="identity", resource_name="*")

    def _acknowledge_identities(self, function: ServiceFunction) -> None:
        function.acknowledge_wildcard(
            f"arn:aws:ses:{self._platform.settings.region}:<AWS::AccountId>:identity/*",
            "Users add the domains and addresses that they send from at run time.",
        )
