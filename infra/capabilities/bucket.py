"""The bucket against the tables: the function that compares them once a day, and its alarms."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from infra.constructs.access.database import Login
from infra.constructs.access.storage import EXPORTS, FILES, HOSTED, INCOMING, SOCIAL, THUMBNAILS
from infra.constructs.function import ServiceFunction
from infra.constructs.logs import figure
from infra.constructs.monitoring import entry
from infra.constructs.platform import Platform
from infra.constructs.schedule import Schedule
from infra.constructs.worker import Worker

QUEUE = "DDP_MAINTENANCE_RECONCILE_QUEUE_URL"
# What each invocation logs of the last complete comparison: threshold, and what to do.
FIGURES = {
    "missing": (
        1,
        (
            "Objects of files were missing from the bucket. Those with an earlier version are there again; the log of "
            'maintenance-reconcile ("objects of files were missing") and ddp.bucket_findings name them. Find out who '
            "deletes objects (the bucket's access log); what has no version is lost, unless its owner uploads it again."
        ),
    ),
    "damaged": (
        1,
        (
            "Objects have another length or SHA-256 than their rows: ddp.bucket_findings names them. Find the version "
            "that is right among the object's versions."
        ),
    ),
    "untouched": (
        1,
        (
            "More objects have no row than a thousand or one in a hundred, so none was removed: is the database an old "
            "copy, or the bucket another stage's? If they should go, send maintenance-reconcile "
            '{"type": "Reconcile", "orphans_allowed": NUMBER} (functions/maintenance/bucket/README.md).'
        ),
    ),
    "hours_since_complete": (
        72,
        "The bucket has not been compared with the tables for three days: look at the log of maintenance-reconcile.",
    ),
}


class BucketReconciliation(Construct):
    """Each hour → queue maintenance-reconcile → function maintenance-reconcile, which begins a comparison per day."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self._platform = platform
        worker = self._make_worker()
        # An invocation whose time is up leaves the rest to the next one.
        worker.take_messages_of(worker.function, QUEUE)
        Schedule(
            self,
            "EachHour",
            name="maintenance-reconcile",
            foundation=platform,
            every=Duration.hours(1),
            worker=worker,
            message={"type": "Reconcile"},
            completed="reconciled",
        )
        for name, (threshold, description) in FIGURES.items():
            self._watch(worker.function, name, threshold, description)

    def _make_worker(self) -> Worker:
        function = ServiceFunction(
            self,
            "maintenance-reconcile",
            foundation=self._platform,
            handler="functions.maintenance.reconcile.handler",
            layers=["base", "database", "shared"],
            timeout=Duration.minutes(6),  # it begins no portion after four
            login=Login.WORKER,
        )
        storage = self._platform.storage
        function.give(
            # GetObjectVersion and PutObject bring a version back. Nothing may delete a version.
            storage.objects(
                "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", prefixes=[FILES, THUMBNAILS]
            ),
            storage.objects(
                "s3:DeleteObject", prefixes=[FILES, THUMBNAILS, HOSTED, INCOMING, EXPORTS, SOCIAL]
            ),
            storage.listing(),
        )
        return Worker(
            self,
            "ReconcileQueue",
            name="maintenance-reconcile",
            foundation=self._platform,
            function=function,
            batch_size=1,  # one invocation takes minutes
            late_after=Duration.hours(2),
        )

    def _watch(self, function: ServiceFunction, name: str, threshold: int, description: str) -> None:
        title = name.title().replace("_", "")
        metric = figure(
            self,
            title,
            settings=self._platform.settings,
            log_group=function.log_group,
            field=f"$.bucket.{name}",
            name=f"bucket_{name}",
            period=Duration.hours(6),
        )
        self._platform.monitoring.watch(
            self,
            title,
            metric=metric,
            title=f"bucket {name}",
            threshold=threshold,
            description=description,
            runbook=entry(f"bucket_{name}"),
        )
