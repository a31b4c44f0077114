"""Tokens of accounts at work: decrypted where a call is made, renewed by one call, stored before they are used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from ddp import db
from ddp.errors import CredentialsExpired, Transient
from ddp.observability import logger
from ddp.providers import kms
from ddp.providers.social import access, applications
from ddp.providers.social.base import Tokens
from ddp.providers.social.stored_tokens import ACCESS, REFRESH, opened
from ddp.queries.social import tokens
from ddp.queries.social.tokens import NewTokens, Refresh

# How long one renewal may take before another worker tries the old token once.
LEASE = timedelta(minutes=2)
_LATER = timedelta(minutes=5)


def encrypted(account_id: UUID, given: Tokens) -> NewTokens:
    """The pair as it is stored."""
    return NewTokens(
        access=kms.encrypt(given.access_token, owner_id=account_id, purpose=ACCESS),
        access_expires_at=given.access_expires_at,
        refresh=kms.encrypt(given.refresh_token, owner_id=account_id, purpose=REFRESH)
        if given.refresh_token
        else None,
        refresh_expires_at=given.refresh_expires_at,
    )


def refresh_due(worker: UUID, *, limit: int, account_ids: Sequence[UUID] | None = None) -> int:
    """Renew tokens that end soon, or those of these accounts that were refused. Returns how many it claimed."""
    with db.transaction(role="service_role") as cursor:
        claimed = tokens.claim(cursor, limit=limit, worker=worker, lease=LEASE, account_ids=account_ids)
    for refresh in claimed:
        _refresh(refresh, worker)
    return len(claimed)


def expired(account_id: UUID, reason: str) -> None:
    """The account must be connected again: its owner is told, its posts wait."""
    with db.transaction(role="service_role") as cursor:
        tokens.expired(cursor, account_id, reason=reason[:500])


def _refresh(refresh: Refresh, worker: UUID) -> None:
    """One call. Whatever it answers is recorded; a crash in between leaves the start, and one more try."""
    account_id = refresh.account_id
    try:
        given = Tokens(
            access_token=opened(account_id, refresh.access_token_encrypted),
            refresh_token=opened(account_id, refresh.refresh_token_encrypted, REFRESH)
            if refresh.refresh_token_encrypted
            else None,
            access_expires_at=refresh.access_expires_at,
        )
        application = applications.of(refresh.platform)
        with db.transaction(role="service_role") as cursor:
            started_at = tokens.start(cursor, account_id, worker=worker)
        if started_at is None:
            return
        made = access.of(refresh.platform).refresh(application, given)
        pair = encrypted(account_id, made)
        with db.transaction(role="service_role") as cursor:
            tokens.store(cursor, account_id, pair, started_at=started_at)
    except CredentialsExpired as error:
        expired(account_id, str(error))
    except Transient as error:
        logger.warning("a token could not be renewed", account_id=str(account_id), reason=str(error))
        with db.transaction(role="service_role") as cursor:
            later = timedelta(seconds=error.retry_after) if error.retry_after else _LATER
            tokens.put_off(cursor, account_id, worker=worker, later=later)
    except Exception:  # noqa: BLE001 - one post's trouble is not that of others
        # Its start stands: another worker tries the old token once.
        logger.exception("a token could not be renewed", account_id=str(account_id))
