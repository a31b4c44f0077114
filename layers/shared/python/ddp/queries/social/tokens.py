"""Tokens of social accounts: renewed under a claim, with a committed start, by one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load, value

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """An account whose tokens (ciphertext) are to be renewed.

    `is_second_try`: a worker started the call before and died. If the platform refuses the old token now, the account
    has to be connected again.
    """

    account_id: UUID
    user_id: UUID
    platform: str
    account_kind: str | None
    external_account_id: str | None
    access_token_encrypted: str | None
    refresh_token_encrypted: str | None
    access_expires_at: datetime | None
    is_second_try: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTokens:
    """What a renewal brought, as ciphertext. `refresh`: None: the old one goes on working."""

    access: str
    access_expires_at: datetime | None
    refresh: str | None = None
    refresh_expires_at: datetime | None = None


def claim(
    cursor: Cursor[DictRow],
    *,
    limit: int,
    worker: UUID,
    lease: timedelta,
    account_ids: Sequence[UUID] | None = None,
) -> list[Refresh]:
    """Claim accounts whose tokens should be renewed now; with `account_ids` those of them whose tokens were refused."""
    values = {
        "limit": limit,
        "worker": worker,
        "lease": lease,
        "account_ids": list(account_ids) if account_ids is not None else None,
    }
    return [Refresh(**row) for row in cursor.execute(SQL.claim, values)]


def start(cursor: Cursor[DictRow], account_id: UUID, *, worker: UUID) -> datetime | None:
    """Note that the one call starts, and when: commit, then call. None: the claim has ended; do not call."""
    started_at: datetime | None = value(
        cursor.execute(SQL.start, {"account_id": account_id, "worker": worker})
    )
    return started_at


def store(cursor: Cursor[DictRow], account_id: UUID, tokens: NewTokens, *, started_at: datetime) -> bool:
    """Store the pair that the call started then has brought. False: a newer one is there, or the account is gone."""
    values = {
        "account_id": account_id,
        "started_at": started_at,
        "access": tokens.access,
        "access_expires_at": tokens.access_expires_at,
        "refresh": tokens.refresh,
        "refresh_expires_at": tokens.refresh_expires_at,
    }
    return bool(value(cursor.execute(SQL.store, values)))


def put_off(cursor: Cursor[DictRow], account_id: UUID, *, worker: UUID, later: timedelta) -> None:
    """The platform certainly did not renew the tokens: try again later."""
    cursor.execute(SQL.put_off, {"account_id": account_id, "worker": worker, "later": later})


def expired(cursor: Cursor[DictRow], account_id: UUID, *, reason: str) -> bool:
    """The platform no longer takes the token: the account has to be connected again. `reason`: a sentence."""
    return bool(value(cursor.execute(SQL.expired, {"account_id": account_id, "reason": reason})))


def refused(
    cursor: Cursor[DictRow], account_id: UUID, access: str | None, *, helps: bool, reason: str
) -> bool:
    """The platform refused this access token (ciphertext). Returns whether to renew it.

    If not, there is another one by now, or the account has to be connected again. `helps`: whether renewing may help.
    """
    values = {"account_id": account_id, "access": access, "helps": helps, "reason": reason}
    return bool(value(cursor.execute(SQL.refused, values)))
