"""Derives keys, each for one purpose, from the secret DDP_MESSAGE_SECRET.

The secret is `{"key": "<at least 32 random characters>"}`. Never change it: suppressed addresses are stored as hashes
keyed with it, and it signs links in messages that people keep for years.
"""

from __future__ import annotations

import hmac
import json
from functools import cache

from ddp import settings

SECRET = settings.required("DDP_MESSAGE_SECRET")

ADDRESS_HASH = "address-hash"
UNSUBSCRIBE = "unsubscribe"
CONVERSION_REFERENCE = "conversion-reference"
CONVERSION_HOOK = "conversion-hook"

# In characters. A shorter key is a configuration error, reported at the first use.
_SHORTEST = 32


@cache
def derive(purpose: str) -> bytes:
    """The 32-byte key for `purpose` (a constant above): HMAC-SHA256 of its name under the secret.

    Raises ValueError if the secret's key is too short.
    """
    return hmac.digest(_secret(), purpose.encode(), "sha256")


@cache
def _secret() -> bytes:
    import boto3  # imported only if needed: it loads slowly

    value = boto3.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"]
    key = json.loads(value)["key"]
    if len(key) < _SHORTEST:
        raise ValueError(f"the secret {SECRET} has a key of fewer than {_SHORTEST} characters")
    return str(key).encode()
