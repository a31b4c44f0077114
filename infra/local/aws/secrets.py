"""The secrets that an operator fills in other stages, and the key of hashes and links, which outlives the emulator."""

from __future__ import annotations

import json
from typing import Any, Final

from infra.local.aws import social
from infra.local.aws.assembly import StackArtifact
from infra.local.postgres.database import connection_urls
from infra.local.state import StateDirectory

DATABASE: Final = "ddp/local/database/{login}"
MESSAGES: Final = "ddp/local/messages"


def fill(secrets: Any, stack: StackArtifact, state: StateDirectory) -> None:
    """Fill those of a stack that was deployed. `secrets`: the emulator's client."""
    names = {
        secret["Properties"].get("Name") for secret in stack.resources("AWS::SecretsManager::Secret").values()
    }
    contents = {
        DATABASE.format(login=login): json.dumps({"url": url})
        for login, url in connection_urls(state).items()
    }
    for name, content in (contents | social.application_secrets()).items():
        if name in names:
            secrets.put_secret_value(SecretId=name, SecretString=content)
    if MESSAGES in names:
        _keep_message_key(secrets, state)


def _keep_message_key(secrets: Any, state: StateDirectory) -> None:
    """The database outlives the emulator, and what is signed and hashed in it with it."""
    file = state.message_key
    if file.exists():
        secrets.put_secret_value(SecretId=MESSAGES, SecretString=file.read_text())
        return
    file.touch(mode=0o600)
    file.write_text(secrets.get_secret_value(SecretId=MESSAGES)["SecretString"])
