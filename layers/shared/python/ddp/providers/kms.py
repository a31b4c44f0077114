"""KMS: encrypts short secrets, such as tokens of social accounts. KMS itself does it; there is no key of our own.

The encryption context (whose secret it is, and what for) is no secret. A ciphertext can be decrypted only with the same
context, so that one account's token cannot be put in another's place.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from functools import cache
from typing import Any
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError

from ddp import settings
from ddp.errors import Transient

KEY_ID = settings.required("DDP_SOCIAL_KEY_ID")

# What KMS encrypts at once, in bytes.
LONGEST = 4_096

# KMS knows the ciphertext, the key or the context no longer, or never did.
_UNREADABLE = {
    "InvalidCiphertextException",
    "IncorrectKeyException",
    "NotFoundException",
    "KMSInvalidStateException",
    "DisabledException",
}


class Unreadable(Exception):
    """The ciphertext cannot be decrypted: its key is gone, or it belongs to something else."""


@cache
def client() -> Any:
    """The environment's KMS client, made at first use."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "kms",
        config=Config(
            connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
        ),
    )


def encrypt(secret: str, *, owner_id: UUID, purpose: str) -> str:
    """The ciphertext of a secret of at most LONGEST bytes. Raises Transient, or ValueError for a longer one."""
    plain = secret.encode()
    if len(plain) > LONGEST:
        raise ValueError(f"a secret of {len(plain):,} bytes is longer than the {LONGEST:,} that KMS encrypts")
    try:
        answer = client().encrypt(
            KeyId=KEY_ID, Plaintext=plain, EncryptionContext=_context(owner_id, purpose)
        )
    except (BotoCoreError, ClientError) as error:
        raise Transient(f"KMS did not encrypt: {_named(error)}") from None
    return b64encode(answer["CiphertextBlob"]).decode()


def decrypt(ciphertext: str, *, owner_id: UUID, purpose: str) -> str:
    """The secret. Raises Unreadable, or Transient."""
    try:
        answer = client().decrypt(
            KeyId=KEY_ID,
            CiphertextBlob=b64decode(ciphertext),
            EncryptionContext=_context(owner_id, purpose),
        )
        return str(answer["Plaintext"], "utf-8")
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _UNREADABLE:
            raise Unreadable(purpose) from None
        raise Transient(f"KMS did not decrypt: {_named(error)}") from None
    except BotoCoreError as error:
        raise Transient(f"KMS did not decrypt: {_named(error)}") from None
    except ValueError:
        # Not base64, or no text: nothing of ours. The local emulator, once it has lost its keys, decrypts to nonsense.
        raise Unreadable(purpose) from None


def _context(owner_id: UUID, purpose: str) -> dict[str, str]:
    return {"owner": str(owner_id), "purpose": purpose}


def _named(error: Exception) -> str:
    """The error without its words, which may repeat what was to be encrypted."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code"))
    return type(error).__name__
