"""The bucket of uploads and files. Other stacks use it by name (`constructs/access/storage.py`)."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.acknowledge import acknowledge
from infra.constructs.data.removal import data_removal, goes_with_its_stack
from infra.constructs.shared_names import BUCKET, publish
from infra.settings import Settings

# Headers that browsers send with a presigned PUT; the signature covers them, so S3 checks their values.
UPLOAD_HEADERS = ["Content-Type", "If-None-Match", "x-amz-*"]


class Bucket(Construct):
    """The bucket, encrypted under `key`, and the log of who reads it."""

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
            auto_delete_objects=goes_with_its_stack(settings),
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
        publish(self, settings, BUCKET, self.bucket.bucket_name)

    def _lifecycle(self) -> list[s3.LifecycleRule]:
        return [
            s3.LifecycleRule(
                id="incoming",
                prefix="incoming/",
                expiration=Duration.days(1),
                noncurrent_version_expiration=Duration.days(1),
            ),
            # Full of people's addresses, and made again on request.
            s3.LifecycleRule(
                id="exports",
                prefix="exports/",
                expiration=Duration.days(7),
                noncurrent_version_expiration=Duration.days(1),
            ),
            # Images as platforms take them: made again when a post is prepared again.
            s3.LifecycleRule(
                id="social",
                prefix="social/",
                expiration=Duration.days(7),
                noncurrent_version_expiration=Duration.days(1),
            ),
            s3.LifecycleRule(id="parts", abort_incomplete_multipart_upload_after=Duration.days(2)),
            # A mistaken delete can be undone for a month.
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
            encryption=s3.BucketEncryption.S3_MANAGED,  # S3 delivers access logs under no other
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            removal_policy=data_removal(self._settings),
            auto_delete_objects=goes_with_its_stack(self._settings),
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(self._settings.log_retention_days))],
        )
        acknowledge(log, "AwsSolutions-S1", "The log of the log would be a log of itself.")
        return log
