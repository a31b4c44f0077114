"""What all channels share: an HTTP function, the worker that writes exports, and reconciliation each minute."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from infra.constructs.access.database import Login
from infra.constructs.access.secrets import secret
from infra.constructs.access.storage import EXPORTS
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Platform
from infra.constructs.routes import Method
from infra.constructs.schedule import Schedule
from infra.constructs.shared_names import MESSAGE_SECRET
from infra.constructs.worker import Worker

EXPORT_QUEUE = "DDP_SENDING_EXPORT_QUEUE_URL"


class Sending(Construct):
    """A channel connects its own queues to `reconcile`, and lets its HTTP function ask `export` for files."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self._platform = platform
        self._make_http()
        self.export = self._make_export()
        self.reconcile = self._make_reconcile()
        self.export.take_messages_of(self.reconcile.function, EXPORT_QUEUE)
        Schedule(
            self,
            "EachMinute",
            name="sending-reconcile",
            foundation=platform,
            every=Duration.minutes(1),
            worker=self.reconcile,
            message={"type": "Reconcile"},
            completed="reconciled",
        )

    def _make_http(self) -> None:
        routes = self._platform.routes
        function = ServiceFunction(
            self,
            "sending-http",
            foundation=self._platform,
            handler="functions.sending.http.handler",
            layers=["base", "database", "models", "shared"],
            timeout=Duration.seconds(29),  # an HTTP API gives up after 30
            memory_mb=1024,
            login=Login.API,
        )
        routes.add_paths(
            ["/suppressions", "/senders"],
            [Method.GET, Method.POST, Method.PUT, Method.PATCH, Method.DELETE],
            routes.integrate("Sending", function.target),
        )
        function.give(
            secret(self, self._platform.settings, name=MESSAGE_SECRET, variable="DDP_MESSAGE_SECRET")
        )

    def _make_export(self) -> Worker:
        function = ServiceFunction(
            self,
            "sending-export",
            foundation=self._platform,
            handler="functions.sending.export.handler",
            layers=["base", "database", "shared"],
            timeout=Duration.minutes(15),
            memory_mb=1024,
            login=Login.WORKER,
        )
        actions = "s3:PutObject", "s3:AbortMultipartUpload"
        function.give(self._platform.storage.objects(*actions, prefixes=[EXPORTS]))
        return self._make_worker(function, "sending-export", late_after=Duration.minutes(30), batch_size=1)

    def _make_reconcile(self) -> Worker:
        function = ServiceFunction(
            self,
            "sending-reconcile",
            foundation=self._platform,
            handler="functions.sending.reconcile.handler",
            layers=["base", "database", "shared"],
            timeout=Duration.seconds(60),
            login=Login.WORKER,
        )
        # Ten messages per batch: after an outage one run makes up for all the minutes missed.
        return self._make_worker(function, "sending-reconcile", late_after=Duration.minutes(5), batch_size=10)

    def _make_worker(
        self, function: ServiceFunction, name: str, *, late_after: Duration, batch_size: int
    ) -> Worker:
        return Worker(
            self,
            "".join(word.title() for word in f"{name}-queue".split("-")),
            name=name,
            foundation=self._platform,
            function=function,
            batch_size=batch_size,
            late_after=late_after,
        )
