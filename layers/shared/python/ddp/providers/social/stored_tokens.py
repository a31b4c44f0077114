"""Tokens as they are stored: encrypted by KMS, each for its account and a purpose."""

from __future__ import annotations

from uuid import UUID

from ddp.errors import CredentialsExpired
from ddp.providers import kms

ACCESS, REFRESH = "access", "refresh"
_GONE = "The stored token can no longer be decrypted."


def opened(account_id: UUID, ciphertext: str | None, purpose: str = ACCESS) -> str:
    """A token. Raises CredentialsExpired if it is not there or cannot be decrypted; Transient."""
    try:
        return kms.decrypt(ciphertext or "", owner_id=account_id, purpose=purpose)
    except kms.Unreadable:
        raise CredentialsExpired(_GONE) from None
