"""The catalogue: its HTTP function, the worker that imports products, and reconciliation each minute."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from infra.constructs.access.database import Login
from infra.constructs.access.storage import FILES
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Platform
from infra.constructs.routes import Method
from infra.constructs.schedule import Schedule
from infra.constructs.worker import Worker

QUEUE = "DDP_CATALOGUE_IMPORT_PRODUCTS_QUEUE_URL"

READ = [Method.GET]
KEPT = [Method.GET, Method.POST, Method.PATCH, Method.DELETE]
PATHS = {
    "/collections": [*KEPT, Method.PUT],
    **dict.fromkeys(("/products", "/watch-models", "/geography", "/devices"), KEPT),
    "/product-imports": [Method.GET, Method.POST],
    "/wish-list": [Method.GET, Method.PUT, Method.DELETE],
    **dict.fromkeys(("/regional-wish-lists", "/audit-logs"), READ),
}


class Catalogue(Construct):
    """catalogue-http behind the API; queue catalogue-import-products → function catalogue-import-products."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self._platform = platform
        worker, reconcile = self._make_worker(), self._make_reconcile()
        # A worker whose time is short leaves the rest to the next one.
        for function in (self._make_http(), worker.function, reconcile.function):
            worker.take_messages_of(function, QUEUE)
        Schedule(
            self,
            "EachMinute",
            name="catalogue-reconcile",
            foundation=platform,
            every=Duration.minutes(1),
            worker=reconcile,
            message={"type": "Reconcile"},
            completed="reconciled",
        )

    def _make_http(self) -> ServiceFunction:
        routes = self._platform.routes
        function = ServiceFunction(
            self,
            "catalogue-http",
            foundation=self._platform,
            handler="functions.catalogue.http.handler",
            layers=["base", "database", "models", "shared"],
            timeout=Duration.seconds(29),  # an HTTP API gives up after 30
            memory_mb=1024,
            login=Login.API,
        )
        integration = routes.integrate("Catalogue", function.target)
        for path, methods in PATHS.items():
            routes.add_paths([path], methods, integration)
        return function

    def _make_worker(self) -> Worker:
        storage = self._platform.storage
        function = ServiceFunction(
            self,
            "catalogue-import-products",
            foundation=self._platform,
            handler="functions.catalogue.import_products.handler",
            layers=["base", "database", "models", "shared"],
            timeout=Duration.minutes(15),
            memory_mb=1769,  # one whole processor: it reads and checks lines while the database works
            login=Login.WORKER,
        )
        function.give(storage.objects("s3:GetObject", prefixes=[FILES]), storage.absence())
        return Worker(
            self,
            "ImportProductsQueue",
            name="catalogue-import-products",
            foundation=self._platform,
            function=function,
            batch_size=1,  # one import can take minutes, and the rest of a batch would wait for it
            late_after=Duration.minutes(30),
        )

    def _make_reconcile(self) -> Worker:
        function = ServiceFunction(
            self,
            "catalogue-reconcile",
            foundation=self._platform,
            handler="functions.catalogue.reconcile.handler",
            layers=["base", "database", "models", "shared"],
            timeout=Duration.seconds(60),
            login=Login.WORKER,
        )
        return Worker(
            self,
            "ReconcileQueue",
            name="catalogue-reconcile",
            foundation=self._platform,
            function=function,
            batch_size=10,  # after an outage one run makes up for all the minutes missed
            late_after=Duration.minutes(5),
        )
