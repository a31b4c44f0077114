"""Uploads, files, shares and brand assets: the HTTP function, and the worker that verifies uploaded objects."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration, Size
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.constructs.access.database import Login
from infra.constructs.access.storage import FILES, HOSTED, INCOMING, THUMBNAILS
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Platform
from infra.constructs.routes import Method
from infra.constructs.schedule import Schedule
from infra.constructs.worker import Worker
from infra.settings import MalwareScan


class Uploads(Construct):
    """uploads-http behind the API; S3 event → queue uploads-object-created → function uploads-object-created, which
    uploads-reconcile tells again each minute about what was left behind.
    """

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self._platform = platform
        self._add_routes(self._make_http())
        self._serve_hosted_images()
        self._make_reconcile(self._make_worker())

    def _make_http(self) -> ServiceFunction:
        storage = self._platform.storage
        function = ServiceFunction(
            self,
            "uploads-http",
            foundation=self._platform,
            handler="functions.uploads.http.handler",
            layers=["base", "database", "models", "shared"],
            timeout=Duration.seconds(29),  # an HTTP API gives up after 30
            memory_mb=1024,
            environment={
                "DDP_PUBLIC_URL": self._platform.public_url,
                "DDP_SHARE_PAGE_URL": self._platform.settings.share_page_url,
            },
            login=Login.API,
        )
        # A presigned URL can do no more than the function that signed it.
        actions = "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"
        function.give(
            storage.objects(*actions, prefixes=[INCOMING]),
            storage.objects("s3:GetObject", prefixes=[FILES, THUMBNAILS]),
            # What is no longer hosted is gone at once.
            storage.objects("s3:DeleteObject", prefixes=[HOSTED]),
        )
        return function

    def _serve_hosted_images(self) -> None:
        """It connects to no database, so it stays outside of its VPC."""
        platform = self._platform
        function = ServiceFunction(
            self,
            "uploads-hosted",
            foundation=platform,
            handler="functions.uploads.hosted.handler",
            layers=["base", "database", "shared"],
            timeout=Duration.seconds(15),
            memory_mb=512,
        )
        function.give(platform.storage.objects("s3:GetObject", prefixes=[HOSTED]), platform.storage.absence())
        platform.routes.add_public_path(
            "/i",
            [Method.GET, Method.HEAD],
            platform.routes.integrate("Hosted", function.target),
            reason="E-mails show images to people without an account: the address is a secret of 122 random bits, and "
            "shows what its owner made public.",
        )

    def _add_routes(self, function: ServiceFunction) -> None:
        routes = self._platform.routes
        integration = routes.integrate("Uploads", function.target)
        routes.add_paths(["/uploads", "/files"], [Method.GET, Method.POST, Method.DELETE], integration)
        routes.add_paths(
            ["/brand-assets"], [Method.GET, Method.POST, Method.PATCH, Method.DELETE], integration
        )
        routes.add_public_path(
            "/shares",
            [Method.GET],
            integration,
            reason="People without an account open share links: the link's secret token is the permission.",
        )

    def _make_worker(self) -> Worker:
        storage = self._platform.storage
        function = ServiceFunction(
            self,
            "uploads-object-created",
            foundation=self._platform,
            handler="functions.uploads.object_created.handler",
            layers=["base", "database", "images", "videos", "shared"],
            timeout=Duration.seconds(300),
            memory_mb=1769,  # one whole processor: hashing takes most of the time
            environment={"DDP_PUBLIC_URL": self._platform.public_url},
            ephemeral_storage=Size.gibibytes(1),
            login=Login.WORKER,
        )
        function.give(
            # It makes hosted images of files.
            storage.objects("s3:GetObject", prefixes=[INCOMING, FILES]),
            # Deletes the copies of a duplicate, and an image that was revoked while it was made.
            storage.objects("s3:PutObject", "s3:DeleteObject", prefixes=[FILES, THUMBNAILS, HOSTED]),
            storage.absence(),
        )
        worker = Worker(
            self,
            "ObjectCreatedQueue",
            name="uploads-object-created",
            foundation=self._platform,
            function=function,
            batch_size=1,  # one object can take minutes, and the rest of a batch would wait for it
            late_after=Duration.minutes(15),
        )
        self._make_rule(worker)
        return worker

    def _make_reconcile(self, object_created: Worker) -> None:
        platform = self._platform
        function = ServiceFunction(
            self,
            "uploads-reconcile",
            foundation=platform,
            handler="functions.uploads.reconcile.handler",
            layers=["base", "database", "videos", "shared"],
            timeout=Duration.seconds(60),
            memory_mb=1024,  # it reads videos; their parser may take half
            environment={"DDP_MALWARE_SCAN": platform.settings.malware_scan},
            login=Login.WORKER,
        )
        function.give(
            platform.storage.objects("s3:GetObject", prefixes=[INCOMING, FILES]),
            platform.storage.objects("s3:DeleteObject", prefixes=[HOSTED]),
            platform.storage.absence(),
        )
        object_created.take_messages_of(function, "DDP_UPLOADS_OBJECT_CREATED_QUEUE_URL")
        worker = Worker(
            self,
            "UploadsReconcileQueue",
            name="uploads-reconcile",
            foundation=platform,
            function=function,
            late_after=Duration.minutes(5),
        )
        Schedule(
            self,
            "EachMinute",
            name="uploads-reconcile",
            foundation=platform,
            every=Duration.minutes(1),
            worker=worker,
            message={"type": "Reconcile"},
            completed="reconciled",
        )

    def _make_rule(self, worker: Worker) -> None:
        events.Rule(
            self,
            "Arrived",
            description="An upload arrived under incoming/ (and was scanned, where malware_scan is on)",
            event_pattern=self._pattern(),
            targets=[targets.SqsQueue(worker.queue, dead_letter_queue=worker.dead_letters)],
        )

    def _pattern(self) -> events.EventPattern:
        bucket = [self._platform.storage.bucket_name]
        key: list[Any] = [{"prefix": INCOMING.removesuffix("*")}]
        if self._platform.settings.malware_scan is MalwareScan.GUARDDUTY:
            return events.EventPattern(
                source=["aws.guardduty"],
                detail_type=["GuardDuty Malware Protection Object Scan Result"],
                detail={"s3ObjectDetails": {"bucketName": bucket, "objectKey": key}},
            )
        return events.EventPattern(
            source=["aws.s3"],
            detail_type=["Object Created"],
            detail={"bucket": {"name": bucket}, "object": {"key": key}},
        )
