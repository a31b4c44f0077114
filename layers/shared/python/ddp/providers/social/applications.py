"""The platforms' applications: id and secret of each, from Secrets Manager. A platform without a secret is off."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ddp import settings
from ddp.errors import Conflict, Transient
from ddp.providers.social import rules
from ddp.providers.social.base import Application, Platform

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# {"facebook": "arn:…", …}: a secret per platform that is on, each {"client_id": …, "client_secret": …}; while a secret
# is exchanged also client_secret_before; for Meta's webhooks also webhook_verify_token.
SECRETS: dict[str, str] = json.loads(settings.optional("DDP_SOCIAL_SECRETS", "{}"))


def is_on(platform: Platform | str) -> bool:
    """Whether the platform has an application here."""
    return str(platform) in SECRETS


def require(platform: Platform | str) -> None:
    """Raises Conflict for a platform that is off."""
    if not is_on(platform):
        name = rules.of(platform)["name"]
        raise Conflict(
            f"{name} is not set up here: an administrator has to store its application's id and secret first.",
            code="platform-off",
        )


def of(platform: Platform | str) -> Application:
    """The platform's application. Raises Conflict for a platform that is off, Transient if it cannot be read."""
    given = _secret(str(platform))
    return Application(client_id=given["client_id"], client_secret=given["client_secret"])


def signing_secrets(platform: Platform | str) -> list[bytes]:
    """What the platform may have signed with: the secret, and the one before it while it is exchanged."""
    given = _secret(str(platform))
    found = (given.get("client_secret"), given.get("client_secret_before"))
    return [secret.encode() for secret in found if secret]


def verify_token(platform: Platform | str) -> str:
    """What the platform says when it asks whether a webhook's address is ours; empty: nothing is agreed."""
    return str(_secret(str(platform)).get("webhook_verify_token", ""))


@cache
def _secret(platform: str) -> dict[str, str]:
    require(platform)
    try:
        answer = _client().get_secret_value(SecretId=SECRETS[platform])
    except (BotoCoreError, ClientError) as error:
        raise Transient(f"the secret of {platform} cannot be read: {type(error).__name__}") from None
    given: dict[str, str] = json.loads(answer["SecretString"])
    return given


@cache
def _client() -> SecretsManagerClient:
    import boto3
    from botocore.config import Config

    return boto3.client("secretsmanager", config=Config(connect_timeout=2, read_timeout=5))
