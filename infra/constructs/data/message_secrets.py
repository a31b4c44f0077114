"""Secrets of sending: the key of hashed addresses and signed links, and the address of an SMTP server."""

from __future__ import annotations

from aws_cdk import SecretValue
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.constructs.acknowledge import acknowledge
from infra.constructs.data.removal import data_removal
from infra.constructs.shared_names import MESSAGE_SECRET, SMTP_SECRET, publish
from infra.settings import EmailTransport, Settings

# .invalid never resolves: a forgotten secret fails at once, and the log shows this name.
SMTP_PLACEHOLDER = "smtps://user:password@fill-in-this-secret.invalid:465"


class MessageSecrets(Construct):
    """`{"key": "<64 characters>"}`, and with e-mail transport smtp `{"url": "smtps://…"}`."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self._settings, self._key = settings, key
        self._make_key()
        if settings.email_transport is EmailTransport.SMTP:
            self._make_smtp()

    def _make_key(self) -> None:
        secret = secretsmanager.Secret(
            self,
            "Key",
            secret_name=f"ddp/{self._settings.stage}/messages",
            description="Key of the hashes of addresses, and of the signatures of unsubscribe links",
            encryption_key=self._key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template="{}",  # noqa: S106 (what the key is put into)
                generate_string_key="key",
                password_length=64,
                exclude_punctuation=True,
            ),
            removal_policy=data_removal(self._settings),
        )
        acknowledge(
            secret,
            "AwsSolutions-SMG4",
            "Suppressed addresses are stored as hashes under this key, and links in messages that people keep for "
            "years are signed with it: another key would forget the first and break the second.",
        )
        publish(self, self._settings, MESSAGE_SECRET, secret.secret_arn)

    def _make_smtp(self) -> None:
        secret = secretsmanager.Secret(
            self,
            "Smtp",
            secret_name=f"ddp/{self._settings.stage}/smtp",
            description="Address and credentials of the SMTP server, as one URL",
            encryption_key=self._key,
            secret_object_value={"url": SecretValue.unsafe_plain_text(SMTP_PLACEHOLDER)},
            removal_policy=data_removal(self._settings),
        )
        acknowledge(
            secret,
            "AwsSolutions-SMG4",
            "The password is the SMTP provider's to change; the operator writes a new one here.",
        )
        publish(self, self._settings, SMTP_SECRET, secret.secret_arn)
