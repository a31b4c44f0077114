"""The bucket of uploads and files: made in the data stack, used from the service stack by name."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.acknowledge import acknowledge
from infra.constructs.data.removal import data_removal
from infra.constructs.function import ServiceFunction
from infra.constructs.shared_names import logical_id, lookup, publish
from infra.settings import Settings

BUCKET_NAME = "bucket-name"
# What browsers send with a presigned PUT; the signature covers them, so S3 checks their values.
UPLOAD_HEADERS = ["Content-Type", "If-None-Match", "x-amz-*"]


class Bucket(Construct):
    """The bucket, its key in `key`, and the log of who reads it.

    incoming/{upload} is where clients write; files/{file}, thumbnails/{file}/{width}.webp and exports/{export} only
    we do.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=True,
            removal_policy=data_removal(settings),
            lifecycle_rules=self._lifecycle(),
            cors=self._cors(),
            server_access_logs_bucket=self._access_log(),
        )
        resource = self.bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)  # noqa: S101  (a Bucket's only child of that name)
        # Set here and not by event_bridge_enabled=True, which would add a custom resource to do it.
        resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )
        publish(self, settings, BUCKET_NAME, self.bucket.bucket_name)

    def _lifecycle(self) -> list[s3.LifecycleRule]:
        return [
            s3.LifecycleRule(
                id="incoming",
                prefix="incoming/",
                expiration=Duration.days(1),
                noncurrent_version_expiration=Duration.days(1),
            ),
            # Made anew on request; they are full of people's addresses.
            s3.LifecycleRule(
                id="exports",
                prefix="exports/",
                expiration=Duration.days(7),
                noncurrent_version_expiration=Duration.days(1),
            ),
            s3.LifecycleRule(id="parts", abort_incomplete_multipart_upload_after=Duration.days(2)),
            # Versions let a mistaken delete be undone for a month.
            s3.LifecycleRule(
                id="old-versions",
                noncurrent_version_expiration=Duration.days(30),
                expired_object_delete_marker=True,
            ),
        ]

    def _cors(self) -> list[s3.CorsRule]:
        if not self._settings.cors_origins:
            return []
        return [
            s3.CorsRule(
                allowed_origins=list(self._settings.cors_origins),
                allowed_methods=[s3.HttpMethods.PUT, s3.HttpMethods.GET],
                allowed_headers=UPLOAD_HEADERS,
                exposed_headers=["ETag", "x-amz-checksum-sha256"],
                max_age=3600,
            )
        ]

    def _access_log(self) -> s3.Bucket:
        log = s3.Bucket(
            self,
            "AccessLog",
            encryption=s3.BucketEncryption.S3_MANAGED,  # S3 delivers its logs under no other
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            removal_policy=data_removal(self._settings),
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(self._settings.log_retention_days))],
        )
        acknowledge(log, "AwsSolutions-S1", "The log of the log would be a log of itself.")
        return log


class Storage:
    """The bucket as the service stack sees it. Rights are for prefixes, never for the whole bucket."""

    def __init__(self, scope: Construct, *, settings: Settings) -> None:
        self.bucket_name = lookup(scope, settings, BUCKET_NAME)
        self._key_arn = lookup(scope, settings, "data-key-arn")
        self._bucket_arn = f"arn:aws:s3:::{self.bucket_name}"

    def allow(self, function: ServiceFunction, *actions: str, prefixes: Sequence[str]) -> None:
        """Give `function` these actions on the objects under `prefixes` (`files/*`), and the bucket's key."""
        function.allow(*actions, on=[f"{self._bucket_arn}/{prefix}" for prefix in prefixes])
        function.allow("kms:Decrypt", "kms:GenerateDataKey", on=[self._key_arn])
        for prefix in prefixes:
            function.acknowledge_wildcard(
                f"arn:aws:s3:::<{logical_id(BUCKET_NAME)}>/{prefix}",
                "Objects get their names at run time: their prefix is the narrowest there is.",
            )

    def allow_absence(self, function: ServiceFunction) -> None:
        """Let `function` tell a missing object from a forbidden one: without it S3 answers 403 for both."""
        function.allow("s3:ListBucket", on=[self._bucket_arn])
