"""The secret header with which the distribution before the API proves itself."""

from __future__ import annotations

from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.constructs.acknowledge import acknowledge
from infra.constructs.data.removal import data_removal
from infra.constructs.shared_names import EDGE_KEY, EDGE_SECRET, edge_secret_name, publish
from infra.settings import EDGE_REGION, Settings


class EdgeSecret(Construct):
    """`{"key": "<64 characters>"}`, with a copy where the edge stack is: CloudFormation reads it there."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        is_elsewhere = settings.region != EDGE_REGION
        copies = [secretsmanager.ReplicaRegion(region=EDGE_REGION)] if is_elsewhere else []
        made = secretsmanager.Secret(
            self,
            "Key",
            secret_name=edge_secret_name(settings),
            description="What CloudFront sends as X-DDP-Edge",
            encryption_key=key,
            replica_regions=copies,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template="{}",  # noqa: S106 (what the key is put into)
                generate_string_key=EDGE_KEY,
                password_length=64,
                exclude_punctuation=True,
            ),
            removal_policy=data_removal(settings),
        )
        acknowledge(
            made,
            "AwsSolutions-SMG4",
            "The distribution and the functions must change together: operate.md says how it is exchanged.",
        )
        publish(self, settings, EDGE_SECRET, made.secret_arn)
