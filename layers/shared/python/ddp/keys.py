"""Keys derived from the one secret of messages, each for one purpose only.

The secret is `{"key": "<at least 32 random characters>"}`. It is never changed: suppressed addresses are stored as
hashes under it, and links in messages that people keep for years are signed with it.
"""

from __future__ import annotations

import hmac
import json
from functools import cache

from ddp import settings

SECRET = settings.required("DDP_MESSAGE_SECRET")

ADDRESS_HASH = "address-hash"
UNSUBSCRIBE = "unsubscribe"

# Characters: a shorter key is a mistake of whoever set it up, found at the first use and not by an attacker.
_SHORTEST = 32


@cache
def derive(purpose: str) -> bytes:
    """32 bytes for `purpose` (ADDRESS_HASH, UNSUBSCRIBE): HMAC-SHA256 of its name under the secret."""
    return hmac.digest(_secret(), purpose.encode(), "sha256")


@cache
def _secret() -> bytes:
    import boto3  # here, because most starts need no AWS client

    value = boto3.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"]
    key = json.loads(value)["key"]
    if len(key) < _SHORTEST:
        raise ValueError(f"the secret {SECRET} has a key of less than {_SHORTEST} characters")
    return str(key).encode()
