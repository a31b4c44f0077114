"""Workers of social publishing: due → publish, what puts right what they leave behind, and the renewal of tokens."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from infra.capabilities.gauges import ChannelAlarms
from infra.capabilities.social import access
from infra.capabilities.social.access import ACCESS, REFRESH, STATE
from infra.capabilities.social.alarms import GAUGES
from infra.constructs.access.database import Login
from infra.constructs.access.secrets import secret
from infra.constructs.access.storage import FILES, SOCIAL
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Platform
from infra.constructs.schedule import Schedule
from infra.constructs.shared_names import MESSAGE_SECRET
from infra.constructs.worker import Worker

PUBLISH_QUEUE = "DDP_SOCIAL_PUBLISH_QUEUE_URL"
MINUTE = Duration.minutes(1)


class SocialWorkers(Construct):
    """Schedules → social-due → social-publish; social-reconcile and social-tokens beside them."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self._platform = platform
        self.publish = self._make_publish()
        self._make_due()
        self._make_reconcile()
        self._make_tokens()

    def _make_publish(self) -> Worker:
        platform = self._platform
        function = ServiceFunction(
            self,
            "social-publish",
            foundation=platform,
            handler="functions.social.publish.handler",
            layers=["base", "database", "images", "shared"],
            # A video of gigabytes goes up in parts. What is not done in time is resumed from the last part.
            timeout=Duration.minutes(15),
            # Ten posts at once: each may hold a decoded image, or a part of a video of up to 64 MB.
            memory_mb=3008,
            environment={"DDP_PUBLIC_URL": platform.public_url, **access.audits(platform.settings)},
            login=Login.WORKER,
            internet=True,
        )
        storage = platform.storage
        function.give(
            storage.objects("s3:GetObject", prefixes=[FILES, SOCIAL]),
            storage.objects("s3:PutObject", prefixes=[SOCIAL]),
            storage.absence(),
            access.ciphertexts(
                self, platform.settings, encrypt=[ACCESS, REFRESH, STATE], decrypt=[ACCESS, REFRESH, STATE]
            ),
            # A token that ends in the middle of the work is renewed there.
            access.applications(self, platform.settings),
            # It signs the addresses from which platforms fetch images.
            secret(self, platform.settings, name=MESSAGE_SECRET, variable="DDP_MESSAGE_SECRET"),
        )
        # A batch may take its whole time with large videos.
        worker = self._make_worker(function, late_after=Duration.minutes(20))
        worker.take_messages_of(function, PUBLISH_QUEUE)
        return worker

    def _make_due(self) -> None:
        function = self._make_scheduled("social-due", "due_scan", timeout=Duration.seconds(55))
        self.publish.take_messages_of(function, PUBLISH_QUEUE)
        self._schedule("EachMinute", function, MINUTE, "ScanDue", "scanned")

    def _make_reconcile(self) -> None:
        function = self._make_scheduled("social-reconcile", "reconcile", timeout=Duration.seconds(55))
        self._schedule("Reconciliation", function, MINUTE, "Reconcile", "reconciled")
        ChannelAlarms(
            self,
            "Figures",
            platform=self._platform,
            channel="social",
            gauges=GAUGES,
            log_group=function.log_group,
        )

    def _make_tokens(self) -> None:
        # A portion that begins has two minutes, so the function begins one while it has more.
        function = self._make_scheduled(
            "social-tokens", "refresh_tokens", timeout=Duration.minutes(5), internet=True
        )
        settings = self._platform.settings
        function.give(
            access.ciphertexts(self, settings, encrypt=[ACCESS, REFRESH], decrypt=[ACCESS, REFRESH]),
            access.applications(self, settings),
        )
        self._schedule("EachFiveMinutes", function, Duration.minutes(5), "RenewTokens", "renewed")

    def _make_scheduled(
        self, name: str, module: str, *, timeout: Duration, internet: bool = False
    ) -> ServiceFunction:
        return ServiceFunction(
            self,
            name,
            foundation=self._platform,
            handler=f"functions.social.{module}.handler",
            layers=["base", "database", "shared"],
            timeout=timeout,
            login=Login.WORKER,
            internet=internet,
        )

    def _make_worker(self, function: ServiceFunction, *, late_after: Duration) -> Worker:
        return Worker(
            self,
            "".join(word.title() for word in f"{function.name}-queue".split("-")),
            name=function.name,
            foundation=self._platform,
            function=function,
            late_after=late_after,
        )

    def _schedule(
        self, construct_id: str, function: ServiceFunction, every: Duration, command: str, completed: str
    ) -> None:
        Schedule(
            self,
            construct_id,
            name=function.name,
            foundation=self._platform,
            every=every,
            worker=self._make_worker(function, late_after=Duration.minutes(15)),
            message={"type": command},
            completed=completed,
        )
