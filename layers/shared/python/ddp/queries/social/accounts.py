"""Social accounts: connecting and disconnecting them, their slots, and what their posts may cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import found, load
from ddp.queries.social.steps import as_json

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """An account to connect. `account_id`: a new one, or that of `known`; its tokens are encrypted for it."""

    account_id: UUID
    external_account_id: str
    account_kind: str
    account_handle: str
    account_name: str | None
    access_token_encrypted: str
    access_expires_at: datetime | None
    refresh_token_encrypted: str | None = None
    refresh_expires_at: datetime | None = None
    scopes: Sequence[str] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The tokens of an account, as ciphertext."""

    account_id: UUID
    platform: str
    external_account_id: str | None
    account_kind: str | None
    access_token_encrypted: str | None
    refresh_token_encrypted: str | None
    access_expires_at: datetime | None
    metadata: Mapping[str, Any]


def known(
    cursor: Cursor[DictRow], platform: str, external_ids: Sequence[str], *, user_id: UUID | None = None
) -> Mapping[str, UUID]:
    """The ids of accounts that were connected before, by the platform's ids. `user_id`: for workers only."""
    values = {"user_id": user_id, "platform": platform, "external_ids": list(external_ids)}
    return {row["external_account_id"]: row["account_id"] for row in cursor.execute(SQL.known, values)}


def connect(
    cursor: Cursor[DictRow], platform: str, accounts: Sequence[Connected], *, user_id: UUID | None = None
) -> list[DictRow]:
    """Connect accounts, or connect them again. `user_id`: for workers only. Raises Conflict, Forbidden, Invalid."""
    values = {"user_id": user_id, "platform": platform, "accounts": as_json(accounts)}
    return cursor.execute(SQL.connect, values).fetchall()


def credentials(cursor: Cursor[DictRow], account_id: UUID) -> Credentials:
    """The tokens of an own account. Raises NotFound."""
    return Credentials(**found(cursor.execute(SQL.credentials, {"account_id": account_id}), "account"))


def disconnect(cursor: Cursor[DictRow], account_id: UUID, *, posts: str) -> None:
    """Forget the account's tokens. `posts`: cancel or hold those that are scheduled. Raises NotFound, Forbidden."""
    cursor.execute(SQL.disconnect, {"account_id": account_id, "posts": posts})


def set_slots(
    cursor: Cursor[DictRow],
    account_id: UUID,
    slots: Sequence[Mapping[str, Any]],
    *,
    time_zone: str | None = None,
) -> list[DictRow]:
    """Replace the account's slots: weekday (1 is Monday) and local_time of each. Raises NotFound, Invalid."""
    values = {"account_id": account_id, "slots": json.dumps(slots, default=str), "time_zone": time_zone}
    return cursor.execute(SQL.set_slots, values).fetchall()


def next_slot(cursor: Cursor[DictRow], account_id: UUID, *, after: datetime | None = None) -> DictRow:
    """The next free slot: at, local_time, time_zone. Schedule in the same transaction. Raises NotFound, Conflict."""
    return found(cursor.execute(SQL.next_slot, {"account_id": account_id, "after": after}), "slot")


def set_budget(cursor: Cursor[DictRow], user_id: UUID, monthly_budget: Decimal | None) -> None:
    """Set how many US dollars the user's posts may cost in a month (UTC). For administrators."""
    cursor.execute(SQL.set_budget, {"user_id": user_id, "monthly_budget": monthly_budget})


def budget(cursor: Cursor[DictRow], user_id: UUID | None = None) -> DictRow:
    """This month's budget: month, monthly_budget, reserved, charged, in US dollars. Raises NotFound."""
    return found(cursor.execute(SQL.budget, {"user_id": user_id}), "user")
