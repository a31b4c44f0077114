"""Analytics over HTTP: its HTTP function, and the worker that writes files of figures."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from infra.capabilities import conversions
from infra.constructs.access.database import Login
from infra.constructs.access.storage import EXPORTS
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Platform
from infra.constructs.routes import Method
from infra.constructs.worker import Worker

EXPORT_QUEUE = "DDP_ANALYTICS_EXPORT_QUEUE_URL"
REFRESH_QUEUE = "DDP_ANALYTICS_REFRESH_QUEUE_URL"


class AnalyticsHttp(Construct):
    """analytics-http behind the API; queue analytics-export → function analytics-export.

    `refresh` is the worker that refreshes each minute: administrators ask it for a refresh, and it tells the queue of
    exports about those that no message is about.
    """

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform, refresh: Worker) -> None:
        super().__init__(scope, construct_id)
        self._platform = platform
        http, export = self._make_http(), self._make_export()
        export.take_messages_of(http, EXPORT_QUEUE)
        export.take_messages_of(refresh.function, EXPORT_QUEUE)
        refresh.take_messages_of(http, REFRESH_QUEUE)

    def _make_http(self) -> ServiceFunction:
        routes = self._platform.routes
        function = ServiceFunction(
            self,
            "analytics-http",
            foundation=self._platform,
            handler="functions.analytics.http.handler",
            layers=["base", "database", "models", "shared"],
            timeout=Duration.seconds(29),  # an HTTP API gives up after 30
            memory_mb=1024,
            login=Login.API,
        )
        # It signs URLs of finished files, which works only with its own right to read them.
        function.give(self._platform.storage.objects("s3:GetObject", prefixes=[EXPORTS]))
        conversions.give_keys(self, function, platform=self._platform)
        integration, methods = routes.integrate("Analytics", function.target), [Method.GET, Method.POST]
        routes.add_paths(["/analytics"], methods, integration)
        routes.add_exact_paths(conversions.PATHS, methods, integration)
        return function

    def _make_export(self) -> Worker:
        function = ServiceFunction(
            self,
            "analytics-export",
            foundation=self._platform,
            handler="functions.analytics.export.handler",
            layers=["base", "database", "models", "shared"],
            timeout=Duration.minutes(15),
            memory_mb=1024,
            login=Login.API,  # it asks as the person who wants the file
        )
        actions = "s3:PutObject", "s3:AbortMultipartUpload"
        function.give(self._platform.storage.objects(*actions, prefixes=[EXPORTS]))
        return Worker(
            self,
            "ExportQueue",
            name="analytics-export",
            foundation=self._platform,
            function=function,
            batch_size=1,
            late_after=Duration.minutes(30),
            is_pinged=False,  # it reads as its callers do
        )
