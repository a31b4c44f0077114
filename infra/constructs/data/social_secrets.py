"""Secrets of social publishing: the key of tokens, and the id and secret of each platform's application."""

from __future__ import annotations

from aws_cdk import SecretValue
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.constructs.acknowledge import acknowledge
from infra.constructs.data.removal import data_removal
from infra.constructs.shared_names import SOCIAL_KEY, publish, social_secret
from infra.settings import Settings

# No platform has such an application: a forgotten secret fails at once, by this name.
PLACEHOLDER = "fill-in-this-secret"


class SocialSecrets(Construct):
    """A key of its own, so that rights on tokens are no rights on files; and a secret per platform that is on.

    Tokens are ciphertexts in the database: without this key every account must be connected again, so it stays.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, key: kms.IKey) -> None:
        """`key` encrypts the secrets."""
        super().__init__(scope, construct_id)
        self._settings = settings
        tokens = kms.Key(
            self,
            "Tokens",
            alias=f"alias/ddp-{settings.stage}-social",
            description="Tokens of social accounts; the encryption context names each one's owner and purpose",
            enable_key_rotation=True,
            removal_policy=data_removal(settings),
        )
        publish(self, settings, SOCIAL_KEY, tokens.key_arn)
        for platform in settings.social:
            self._make_application(platform, key)

    def _make_application(self, platform: str, key: kms.IKey) -> None:
        placeholder = SecretValue.unsafe_plain_text(PLACEHOLDER)
        secret = secretsmanager.Secret(
            self,
            platform.title(),
            secret_name=f"ddp/{self._settings.stage}/social/{platform}",
            description=f"Id and secret of the application at {platform}",
            encryption_key=key,
            secret_object_value={"client_id": placeholder, "client_secret": placeholder},
            removal_policy=data_removal(self._settings),
        )
        acknowledge(
            secret,
            "AwsSolutions-SMG4",
            "The platform makes the secret, and offers no call that makes another one; the operator writes it here.",
        )
        publish(self, self._settings, social_secret(platform), secret.secret_arn)
