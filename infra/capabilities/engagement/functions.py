"""Engagement: what platforms tell, what is read from them, and what people see of it."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.capabilities.engagement import dashboard
from infra.capabilities.engagement.alarms import GAUGES, REFUSED
from infra.capabilities.gauges import ChannelAlarms
from infra.capabilities.social import access
from infra.constructs.access.database import Login
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Platform
from infra.constructs.routes import Method
from infra.constructs.schedule import Schedule
from infra.constructs.worker import Worker

POLL_QUEUE = "DDP_SOCIAL_POLL_QUEUE_URL"
EVENT_QUEUE = "DDP_SOCIAL_EVENT_QUEUE_URL"

# Beside the greedy paths of social publishing: what is more exact comes first.
READ = [
    "/social-posts/{post_id}/engagement",
    "/social-accounts/{account_id}/engagement",
    "/social-accounts/{account_id}/best-times",
]


class Engagement(Construct):
    """Two functions without each other's rights: what anybody may call has no database, and what reads has no door."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self._platform = platform
        poll, ingest = self._make_poll(), self._make_ingest()
        poll.take_messages_of(self._make_http(), POLL_QUEUE)
        ingest.take_messages_of(self._make_webhook(), EVENT_QUEUE)

    def _make_http(self) -> ServiceFunction:
        routes = self._platform.routes
        function = ServiceFunction(
            self,
            "engagement-http",
            foundation=self._platform,
            handler="functions.engagement.http.handler",
            layers=["base", "database", "models", "shared"],
            timeout=Duration.seconds(29),  # an HTTP API gives up after 30
            memory_mb=1024,
            login=Login.API,
        )
        integration = routes.integrate("Engagement", function.target)
        # Every method: what these paths do not have is refused here, and not by who has the paths around them.
        exact = [*READ, "/social-posts/{post_id}/measure"]
        every = [Method.GET, Method.POST, Method.PUT, Method.PATCH, Method.DELETE]
        routes.add_exact_paths(exact, every, integration)
        routes.add_exact_paths(["/social-read-budget"], [Method.GET, Method.PUT], integration)
        routes.add_public_routes(
            ["/social-deletions/{code}"],
            [Method.GET],
            integration,
            reason="People who asked a platform to be forgotten have no account here: the code is the permission.",
        )
        return function

    def _make_webhook(self) -> ServiceFunction:
        """It connects to no database, so it stays outside of its VPC."""
        settings, routes = self._platform.settings, self._platform.routes
        function = ServiceFunction(
            self,
            "engagement-webhook",
            foundation=self._platform,
            handler="functions.engagement.webhook.handler",
            layers=["base", "database", "shared"],
            timeout=Duration.seconds(15),
            memory_mb=1024,
            environment={"DDP_PUBLIC_URL": self._platform.public_url},
        )
        function.give(access.applications(self, settings))
        routes.add_public_path(
            "/webhooks",
            [Method.GET, Method.POST],
            routes.integrate("Webhooks", function.target),
            reason="Platforms have no token of ours: they sign each request, which is checked before it is read.",
        )
        self._watch_refusals(function)
        return function

    def _make_ingest(self) -> Worker:
        function = ServiceFunction(
            self,
            "engagement-ingest",
            foundation=self._platform,
            handler="functions.engagement.ingest.handler",
            layers=["base", "database", "shared"],
            timeout=Duration.seconds(55),
            memory_mb=1769,  # one whole processor: parsing thousands of events takes most of the time
            login=Login.WORKER,
        )
        return Worker(
            self,
            "EventQueue",
            name="social-event",
            foundation=self._platform,
            function=function,
            # One statement stores thousands of events as quickly as ten. Lambda invokes earlier at 6 MB.
            batch_size=1_000,
            max_batching_window=Duration.seconds(5),
            late_after=Duration.minutes(15),
        )

    def _make_poll(self) -> Worker:
        platform = self._platform
        function = ServiceFunction(
            self,
            "engagement-poll",
            foundation=platform,
            handler="functions.engagement.poll.handler",
            layers=["base", "database", "shared"],
            timeout=Duration.minutes(5),
            memory_mb=1024,
            login=Login.WORKER,
            internet=True,
        )
        function.give(
            access.ciphertexts(self, platform.settings, decrypt=[access.ACCESS]),
            access.applications(self, platform.settings),
        )
        worker = Worker(
            self,
            "PollQueue",
            name="social-poll",
            foundation=platform,
            function=function,
            batch_size=1,
            late_after=Duration.minutes(15),
        )
        self._schedule(worker)
        ChannelAlarms(
            self,
            "Figures",
            platform=platform,
            channel="engagement",
            gauges=GAUGES,
            log_group=function.log_group,
        )
        dashboard.show_platforms(self, platform=platform, log_group=function.log_group)
        return worker

    def _schedule(self, worker: Worker) -> None:
        for name, every, command, completed in (
            ("social-poll", Duration.minutes(1), "PollPosts", "polled"),
            ("social-subscriptions", Duration.days(1), "CheckSubscriptions", "subscriptions checked"),
        ):
            Schedule(
                self,
                f"{command}Schedule",
                name=name,
                foundation=self._platform,
                every=every,
                worker=worker,
                message={"type": command},
                completed=completed,
            )

    def _watch_refusals(self, function: ServiceFunction) -> None:
        refused = logs.MetricFilter(
            self,
            "RefusedFilter",
            log_group=function.log_group,
            filter_pattern=logs.FilterPattern.string_value("$.message", "=", "webhook refused"),
            metric_namespace=f"ddp/{self._platform.settings.stage}",
            metric_name="webhooks_refused",
            metric_value="1",
            default_value=0,
        ).metric(period=Duration.minutes(5), statistic="Sum")
        self._platform.monitoring.show("webhooks refused", refused)
        self._platform.monitoring.alarm(
            self,
            "Refused",
            metric=refused,
            threshold=100,
            description=REFUSED,
            runbook="webhooks-refused",
            missing=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
