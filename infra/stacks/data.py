"""What must survive: the bucket, its key, and the database or the secrets that lead to it."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.data import malware_scan
from infra.constructs.data.bucket import Bucket
from infra.constructs.data.edge_secret import EdgeSecret
from infra.constructs.data.managed_database import ManagedDatabase
from infra.constructs.data.message_secrets import MessageSecrets
from infra.constructs.data.removal import data_removal
from infra.constructs.data.social_secrets import SocialSecrets
from infra.constructs.data.supabase import SupabaseSecrets
from infra.constructs.shared_names import DATA_KEY, publish
from infra.settings import DatabaseKind, MalwareScan, Settings


class DataStack(Stack):
    """Deployed first. The other stacks find everything in it by its published names."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, **stack: Any) -> None:
        super().__init__(scope, construct_id, **stack)
        key = kms.Key(
            self,
            "Key",
            alias=f"alias/ddp-{settings.stage}-data",
            enable_key_rotation=True,
            removal_policy=data_removal(settings),
        )
        publish(self, settings, DATA_KEY, key.key_arn)
        files = Bucket(self, "Files", settings=settings, key=key)
        if settings.malware_scan is MalwareScan.GUARDDUTY:
            malware_scan.MalwareScan(self, "MalwareScan", bucket=files.bucket, key=key)
        MessageSecrets(self, "Messages", settings=settings, key=key)
        if settings.edge_origins:
            EdgeSecret(self, "Edge", settings=settings, key=key)
        SocialSecrets(self, "Social", settings=settings, key=key)
        database = SupabaseSecrets if settings.database is DatabaseKind.SUPABASE else ManagedDatabase
        database(self, "Database", settings=settings, key=key)
