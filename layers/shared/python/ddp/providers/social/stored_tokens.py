"""Tokens as they are stored: encrypted by KMS, each for its account and a purpose."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from ddp.errors import CredentialsExpired
from ddp.providers import kms
from ddp.providers.social.base import Account

ACCESS, REFRESH = "access", "refresh"
_GONE = "The stored token can no longer be decrypted."


class StoredAccount(Protocol):
    """An account as it is read from the database: its token is ciphertext."""

    @property
    def account_id(self) -> UUID: ...
    @property
    def external_account_id(self) -> str | None: ...
    @property
    def account_kind(self) -> str | None: ...
    @property
    def access_token_encrypted(self) -> str | None: ...


def account(stored: StoredAccount, *, handle: str = "", scopes: Collection[str] = ()) -> Account:
    """The account as adapters take it, with its token. Raises CredentialsExpired, Transient."""
    return Account(
        external_account_id=stored.external_account_id or "",
        kind=stored.account_kind or "",
        handle=handle,
        access_token=opened(stored.account_id, stored.access_token_encrypted),
        scopes=frozenset(scopes),
    )


def opened(account_id: UUID, ciphertext: str | None, purpose: str = ACCESS) -> str:
    """A token. Raises CredentialsExpired if it is not there or cannot be decrypted; Transient."""
    try:
        return kms.decrypt(ciphertext or "", owner_id=account_id, purpose=purpose)
    except kms.Unreadable:
        raise CredentialsExpired(_GONE) from None
