"""What of a database that AWS runs is shown and raises an alarm. Supabase has a dashboard and alarms of its own.

In the stack of the API, because the topic that alarms notify is there; the data stack is deployed before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.constructs.monitoring import Monitoring
from infra.constructs.shared_names import DATABASE_IDENTIFIER, lookup
from infra.settings import DatabaseKind, Settings

GIB = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A metric of Amazon RDS, the threshold at which it must be so for `minutes`, and what to do.

    `is_floor`: the alarm goes off at the threshold and below. `of_proxy`: RDS Proxy measures it.
    """

    entry: str
    metric: str
    threshold: float
    remedy: str
    minutes: int = 5
    is_floor: bool = False
    of_proxy: bool = False


WATCHED = (
    Watched(
        entry="database-cpu",
        metric="CPUUtilization",
        threshold=90,
        minutes=15,
        remedy="The database's processors have been busy for 15 minutes: Performance Insights says with what.",
    ),
    Watched(
        entry="database-connections",
        metric="DatabaseConnections",
        threshold=300,
        remedy="The database has 300 connections, and the smallest class takes about 400: functions hold at most "
        "max_connections, so look who else is connected (pg_stat_activity).",
    ),
    Watched(
        entry="database-pinned-sessions",
        metric="DatabaseConnectionsCurrentlySessionPinned",
        threshold=10,
        minutes=15,
        of_proxy=True,
        remedy="RDS Proxy has pinned ten connections to their clients, so that it cannot share them: something sets "
        "session state. The proxy's log says what.",
    ),
    Watched(
        entry="database-transaction-ids",
        metric="MaximumUsedTransactionIDs",
        threshold=1_000_000_000,
        remedy="A billion transaction ids are in use, and at two billion PostgreSQL accepts no more writes: find the "
        "transaction, replication slot or prepared transaction that keeps vacuum from freezing rows.",
    ),
)
OF_INSTANCE = Watched(
    entry="database-storage",
    metric="FreeStorageSpace",
    threshold=5 * GIB,
    is_floor=True,
    remedy="The instance has 5 GiB of free storage left: it should have grown by itself. Look whether it has reached "
    "its greatest size, or has grown within the last six hours.",
)
OF_CLUSTER = (
    Watched(
        entry="database-storage",
        metric="FreeLocalStorage",
        threshold=2 * GIB,
        is_floor=True,
        remedy="An instance of the cluster has 2 GiB left for temporary files; tables have storage of their own, which "
        "grows. Find the query that sorts or hashes so much.",
    ),
    Watched(
        entry="database-replica-lag",
        metric="AuroraReplicaLagMaximum",
        threshold=1_000,  # milliseconds
        remedy="The reader is a second behind the writer, and takes over if the writer fails: look at both loads.",
    ),
)


class DatabaseAlarms(Construct):
    """Alarms and a row of the dashboard for each of what is watched."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, monitoring: Monitoring
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        for watched in watched_of(settings.database):
            metric = self._metric(watched)
            monitoring.alarm(
                self,
                watched.metric,
                metric=metric,
                threshold=watched.threshold,
                periods=watched.minutes // 5,
                is_floor=watched.is_floor,
                description=watched.remedy,
                runbook=watched.entry,
            )
            monitoring.show(watched.entry, metric)

    def _metric(self, watched: Watched) -> cloudwatch.Metric:
        settings = self._settings
        name = "DBClusterIdentifier" if settings.database is DatabaseKind.AURORA else "DBInstanceIdentifier"
        server = {name: lookup(self, settings, DATABASE_IDENTIFIER)}
        return cloudwatch.Metric(
            namespace="AWS/RDS",
            metric_name=watched.metric,
            dimensions_map={"ProxyName": f"ddp-{settings.stage}"} if watched.of_proxy else server,
            period=Duration.minutes(5),
            statistic="Minimum" if watched.is_floor else "Maximum",
        )


def watched_of(kind: DatabaseKind) -> Iterator[Watched]:
    """What is watched of this kind of database. An instance has a standby in another zone, and no replica that lags."""
    match kind:
        case DatabaseKind.RDS:
            yield from (*WATCHED, OF_INSTANCE)
        case DatabaseKind.AURORA:
            yield from (*WATCHED, *OF_CLUSTER)
        case DatabaseKind.SUPABASE:
            return
