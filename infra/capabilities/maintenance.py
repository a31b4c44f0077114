"""Maintenance: applies the schema in every deploy, and removes what is older than it is kept."""

from __future__ import annotations

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.assets import digest, files_in
from infra.constructs.access.database import Login
from infra.constructs.access.secrets import secret
from infra.constructs.access.storage import EXPORTS, FILES, THUMBNAILS
from infra.constructs.function import ServiceFunction
from infra.constructs.logs import figure
from infra.constructs.monitoring import entry
from infra.constructs.platform import Foundation, Platform
from infra.constructs.routes import Method
from infra.constructs.schedule import Schedule
from infra.constructs.shared_names import MESSAGE_SECRET
from infra.constructs.worker import Worker
from infra.release import version
from infra.settings import Settings
from infra.state import ROOT

TIMEOUT = Duration.minutes(15)
# A failed migration should not keep a developer waiting.
LOCAL_TIMEOUT = Duration.minutes(2)


class Migration(Construct):
    """The function migrate, and the custom resource that calls it when a file under schema/ has changed.

    Operators call it too (`ddp migrate --stage`), with rights of their own.
    """

    def __init__(self, scope: Construct, construct_id: str, *, foundation: Foundation) -> None:
        super().__init__(scope, construct_id)
        self._function = ServiceFunction(
            self,
            "migrate",
            foundation=foundation,
            handler="functions.maintenance.migrate.handler",
            layers=["base", "database", "shared"],
            folders=["schema"],
            timeout=TIMEOUT,
            login=Login.MIGRATOR,
            # CloudFormation calls the function itself: an alias could still lead to the version before.
            aliased=False,
        )
        self._schema = CustomResource(
            self,
            "Schema",
            resource_type="Custom::DatabaseSchema",
            service_token=self._function.function.function_arn,
            service_timeout=LOCAL_TIMEOUT if foundation.settings.is_local else TIMEOUT,
            properties={"SchemaHash": schema_hash(), **_request(foundation.settings)},
        )

    def precede(self, *scopes: Construct) -> None:
        """Let no function in `scopes` change before the schema is applied."""
        for scope in scopes:
            for each in scope.node.find_all():
                if isinstance(each, lambda_.CfnFunction):
                    each.node.add_dependency(self._schema)


def _request(settings: Settings) -> dict[str, str]:
    """Another value makes CloudFormation call the function although no file has changed."""
    return {"Request": settings.migration_request} if settings.migration_request else {}


def schema_version() -> str:
    """The newest migration, as the migrator notes it."""
    return max(f"migrations/{file.name}" for file in (ROOT / "schema/migrations").glob("*.sql"))


def schema_hash() -> str:
    """A hash of the files that `migrate` applies: it runs again when one of them has changed."""
    return digest(files_in(ROOT / "schema"), ROOT)


CLEANUP_QUEUE = "DDP_MAINTENANCE_CLEANUP_QUEUE_URL"
PATHS = {
    "/retention": [Method.GET, Method.PUT],
    "/erasures": [Method.GET, Method.POST],
    "/cleanups": [Method.GET, Method.POST],
}
# What each cleanup measures (the line `health` of its log): threshold, and what to do.
HEALTH = {
    "cleanup_behind_days": (
        3,
        "Rows outlive their retention by days: look at GET /cleanups for the step that fails.",
    ),
    "months_missing": (
        1,
        "Fewer than three months of partitions are ahead: the log of maintenance-cleanup says why.",
    ),
    "default_rows_days": (
        2,
        "Rows have been in a default partition for two days: the log of maintenance-cleanup says why.",
    ),
    "oldest_erasure_days": (
        20,
        "An erasure is 20 days old, and the law allows a month: GET /erasures names what it still finds.",
    ),
}


class Maintenance(Construct):
    """maintenance-http behind the API; queue maintenance-cleanup → function maintenance-cleanup, each hour, and once a
    day for partitions.
    """

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self._platform = platform
        cleanup = self._make_cleanup()
        # A run whose time is up leaves the rest to the next one.
        for function in (self._make_http(), cleanup.function):
            cleanup.take_messages_of(function, CLEANUP_QUEUE)
        self._schedule(cleanup, "EachHour", "maintenance-cleanup", Duration.hours(1), "CleanUp", "cleaned up")
        self._schedule(
            cleanup,
            "EachDay",
            "maintenance-partitions",
            Duration.days(1),
            "MaintainPartitions",
            "partitions maintained",
        )
        for name, (threshold, description) in HEALTH.items():
            self._watch(cleanup.function, name, threshold, description)

    def _make_http(self) -> ServiceFunction:
        routes = self._platform.routes
        function = ServiceFunction(
            self,
            "maintenance-http",
            foundation=self._platform,
            handler="functions.maintenance.http.handler",
            layers=["base", "database", "models", "shared"],
            timeout=Duration.seconds(29),  # an HTTP API gives up after 30
            memory_mb=1024,
            login=Login.API,
            # GET /health tells the release, and says so if the database has an older schema.
            environment={"DDP_RELEASE": version(), "DDP_SCHEMA_VERSION": schema_version()},
        )
        # The identity of an erased address is the keyed hash that suppressions know it by.
        function.give(
            secret(self, self._platform.settings, name=MESSAGE_SECRET, variable="DDP_MESSAGE_SECRET")
        )
        integration = routes.integrate("Maintenance", function.target)
        for path, methods in PATHS.items():
            routes.add_paths([path], methods, integration)
        routes.add_public_routes(
            ["/health"],
            [Method.GET],
            integration,
            reason="Monitoring asks without a token; the answer has no tenant's data and is cached for 5 seconds.",
        )
        if not self._platform.settings.is_local:  # the emulator asks for no signature
            routes.add_internal_path("/health", [Method.POST], integration)
        return function

    def _make_cleanup(self) -> Worker:
        storage = self._platform.storage
        function = ServiceFunction(
            self,
            "maintenance-cleanup",
            foundation=self._platform,
            handler="functions.maintenance.cleanup.handler",
            layers=["base", "database", "shared"],
            timeout=Duration.minutes(6),  # a run begins no portion after four
            login=Login.WORKER,
        )
        function.give(storage.objects("s3:DeleteObject", prefixes=[FILES, THUMBNAILS, EXPORTS]))
        return Worker(
            self,
            "CleanupQueue",
            name="maintenance-cleanup",
            foundation=self._platform,
            function=function,
            batch_size=1,  # one run takes minutes
            late_after=Duration.hours(2),
        )

    def _schedule(
        self, worker: Worker, construct_id: str, name: str, every: Duration, command: str, completed: str
    ) -> None:
        Schedule(
            self,
            construct_id,
            name=name,
            foundation=self._platform,
            every=every,
            worker=worker,
            message={"type": command},
            completed=completed,
        )

    def _watch(self, function: ServiceFunction, name: str, threshold: int, description: str) -> None:
        title = name.title().replace("_", "")
        metric = figure(
            self,
            title,
            settings=self._platform.settings,
            log_group=function.log_group,
            pattern=logs.FilterPattern.string_value("$.message", "=", "health"),
            field=f"$.health.{name}",
            name=name,
            period=Duration.hours(6),
        )
        self._platform.monitoring.watch(
            self,
            title,
            metric=metric,
            title=name,
            threshold=threshold,
            description=description,
            runbook=entry(name),
        )
