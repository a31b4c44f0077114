"""A database at Supabase: AWS holds its connection strings."""

from __future__ import annotations

from aws_cdk import SecretValue
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.constructs.access.database import Login
from infra.constructs.acknowledge import acknowledge
from infra.constructs.data.removal import data_removal
from infra.constructs.shared_names import publish
from infra.settings import Settings

# .invalid never resolves: a forgotten secret fails at once, and the log shows this name.
PLACEHOLDER = "postgresql://fill-in-this-secret.invalid:5432/postgres"


class SupabaseSecrets(Construct):
    """A secret for each login, `{"url": "postgresql://…"}`, with a placeholder that the operator replaces.

    The API and worker logins go through the pooler in transaction mode (port 6543), the migrator in session mode
    (port 5432): the direct host is reachable by IPv6 only, and Lambda has none.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        for login in Login:
            secret = secretsmanager.Secret(
                self,
                login.title(),
                secret_name=f"ddp/{settings.stage}/database/{login}",
                description=f"Connection string of the database login ddp_{login}",
                encryption_key=key,
                secret_object_value={"url": SecretValue.unsafe_plain_text(PLACEHOLDER)},
                removal_policy=data_removal(settings),
            )
            acknowledge(
                secret,
                "AwsSolutions-SMG4",
                "Supabase offers no call that rotates a login's password on a schedule; the operator writes a "
                "new one here, and the next migration sets it.",
            )
            publish(self, settings, f"database/{login}-secret-arn", secret.secret_arn)
