"""What must survive: the bucket, its key, and the database or the secrets that lead to it."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.database import SupabaseSecrets
from infra.constructs.removal import data_removal
from infra.constructs.shared_names import publish
from infra.constructs.storage import Bucket
from infra.settings import Settings


class DataStack(Stack):
    """Deployed first. The service stack finds everything in it through SSM parameters."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, **stack: Any) -> None:
        super().__init__(scope, construct_id, **stack)
        key = kms.Key(
            self,
            "Key",
            alias=f"alias/ddp-{settings.stage}-data",
            enable_key_rotation=True,
            removal_policy=data_removal(settings),
        )
        publish(self, settings, "data-key-arn", key.key_arn)
        Bucket(self, "Files", settings=settings, key=key)
        SupabaseSecrets(self, "Database", settings=settings, key=key)
