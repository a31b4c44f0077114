"""Connects accounts that a person chose: each gets the tokens encrypted for it alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.errors import Conflict, CredentialsExpired, Invalid
from ddp.providers.social import access, applications, http, rules, stored_tokens
from ddp.providers.social.base import FoundAccount, Refused, Tokens
from ddp.queries.social import accounts, connections
from ddp.queries.social.accounts import Connected
from ddp.queries.social.connections import Connection
from functions.social import tokens
from functions.social.access import choices
from functions.social.access.waiting import answering

# Seconds in which a platform has to name the tokens of the chosen pages.
_SECONDS = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a person granted: the tokens, and those that pages have of their own, by the pages' ids."""

    tokens: Tokens
    scopes: Sequence[str]
    own_tokens: Mapping[str, str] = field(default_factory=dict, repr=False)

    def of(self, external_account_id: str) -> Tokens:
        """The tokens of one account. A page's own does not end, and nothing renews it."""
        own = self.own_tokens.get(external_account_id)
        return Tokens(access_token=own) if own else self.tokens


def own_tokens(found: Sequence[FoundAccount]) -> dict[str, str]:
    """The tokens that accounts have of their own."""
    return {account.external_account_id: account.access_token for account in found if account.access_token}


def closed(connection_id: UUID, given: Tokens) -> str:
    """The tokens as a connection keeps them: ciphertext."""
    return json.dumps(asdict(tokens.encrypted(connection_id, given)), default=str)


def granted(connection: Connection, wanted: Sequence[choices.Choice]) -> Grant:
    """The tokens of a connection, for these choices. Raises Conflict, Unavailable."""
    name = rules.of(connection.platform)["name"]
    kept = json.loads(connection.tokens_encrypted or "{}")
    try:
        with answering(name), http.within(_SECONDS):
            given = _opened(connection.connection_id, kept)
            has_own = any(choice["has_own_token"] for choice in wanted)
            found = _found(connection.platform, given) if has_own else []
    except (CredentialsExpired, Refused):
        raise Conflict(
            f"{name} no longer lets us in: open a new connection.", code="connection-over"
        ) from None
    grant = Grant(tokens=given, scopes=connection.granted_scopes, own_tokens=own_tokens(found))
    if gone := [
        choice["name"]
        for choice in wanted
        if choice["has_own_token"] and choice["external_account_id"] not in grant.own_tokens
    ]:
        raise Invalid(f"{name} no longer shows “{gone[0]}”: open a new connection.", code="choice-gone")
    return grant


def connect(
    cursor: Cursor[DictRow],
    platform: str,
    wanted: Sequence[choices.Choice],
    grant: Grant,
    *,
    account_id: UUID | None = None,
    user_id: UUID | None = None,
) -> dict[str, UUID]:
    """Connect the choices; returns the accounts' ids by the platform's. Raises Conflict, Unavailable.

    `account_id`: the account that the one choice is; else those of accounts that were connected before, or new ones.
    `user_id`: for workers.
    """
    external = [choice["external_account_id"] for choice in wanted]
    before = (
        dict.fromkeys(external, account_id)
        if account_id
        else accounts.known(cursor, platform, external, user_id=user_id)
    )
    ids = {given: before.get(given) or uuid4() for given in external}
    with answering("The store of secrets"):
        made = [_connected(choice, ids[choice["external_account_id"]], grant) for choice in wanted]
    accounts.connect(cursor, platform, made, user_id=user_id)
    return ids


def end(
    cursor: Cursor[DictRow],
    connection_id: UUID,
    all_choices: Sequence[choices.Choice],
    ids: Mapping[str, UUID],
) -> None:
    """Note in the connection what was connected; its tokens are forgotten."""
    connections.end(cursor, connection_id, choices.with_accounts(all_choices, ids))


def _connected(choice: choices.Choice, account_id: UUID, grant: Grant) -> Connected:
    new = tokens.encrypted(account_id, grant.of(choice["external_account_id"]))
    return Connected(
        account_id=account_id,
        external_account_id=choice["external_account_id"],
        account_kind=choice["account_kind"],
        account_handle=choice["account_handle"],
        account_name=choice["name"],
        access_token_encrypted=new.access,
        access_expires_at=new.access_expires_at,
        refresh_token_encrypted=new.refresh,
        refresh_expires_at=new.refresh_expires_at,
        scopes=grant.scopes,
        person_hash=choice.get("person_hash"),
    )


def _opened(connection_id: UUID, kept: Mapping[str, Any]) -> Tokens:
    refresh = kept.get("refresh")
    return Tokens(
        access_token=stored_tokens.opened(connection_id, kept.get("access")),
        refresh_token=stored_tokens.opened(connection_id, refresh, stored_tokens.REFRESH)
        if refresh
        else None,
        access_expires_at=_time(kept.get("access_expires_at")),
        refresh_expires_at=_time(kept.get("refresh_expires_at")),
    )


def _time(given: str | None) -> datetime | None:
    return datetime.fromisoformat(given) if given else None


def _found(platform: str, given: Tokens) -> list[FoundAccount]:
    return access.of(platform).accounts(applications.of(platform), given)
