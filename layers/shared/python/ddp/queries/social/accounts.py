"""Social accounts: connecting and disconnecting them, their slots, and what their posts may cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.errors import NotFound
from ddp.queries import found, load, value
from ddp.queries.listing import NEWEST, Asked, Listing
from ddp.queries.social.steps import as_json

SQL = load(__file__)

OWN, ALL = (
    Listing(statement, key="account_id", sorts={"created_at": NEWEST})
    for statement in (SQL.list_own, SQL.list_all)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """An account to connect. `account_id`: a new one, or that of `known`; its tokens are encrypted for it.

    `person_hash`: of whoever granted it, in hex.
    """

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
    person_hash: str | None = None


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


def page(
    cursor: Cursor[DictRow], asked: Asked, *, platform: str | None, status: str | None
) -> tuple[list[DictRow], str | None]:
    """The caller's accounts (all for an administrator), the newest first, and the cursor of the next page."""
    visible = ALL if value(cursor.execute(SQL.is_admin)) else OWN
    return visible.page(cursor, asked, {"platform": platform, "status": status})


def get(cursor: Cursor[DictRow], account_id: UUID) -> DictRow:
    """One account that the caller may see. `may_ask`: whether the caller may use its tokens. Raises NotFound."""
    return found(cursor.execute(SQL.get, {"account_id": account_id}), "account")


def handle(cursor: Cursor[DictRow], account_id: UUID) -> str:
    """How the platform calls the account. For workers."""
    return str(value(cursor.execute(SQL.handle, {"account_id": account_id})))


def these(cursor: Cursor[DictRow], account_ids: Sequence[UUID]) -> list[DictRow]:
    """Accounts that the caller may see."""
    return cursor.execute(SQL.these, {"account_ids": list(account_ids)}).fetchall()


def change(cursor: Cursor[DictRow], account_id: UUID, values: Mapping[str, Any]) -> None:
    """Change account_name and time_zone (None: UTC), those that are given. Raises NotFound, Forbidden, Invalid."""
    cursor.execute(SQL.change, {"account_id": account_id, "change": json.dumps(dict(values))})


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


def is_shared(cursor: Cursor[DictRow], account_id: UUID) -> bool:
    """Whether another tenant has the same account of the platform connected: revoking would end that too."""
    return bool(value(cursor.execute(SQL.is_shared, {"account_id": account_id})))


def disconnect(cursor: Cursor[DictRow], account_id: UUID, *, posts: str) -> None:
    """Forget the account's tokens. `posts`: cancel or hold those that are scheduled. Raises NotFound, Forbidden."""
    cursor.execute(SQL.disconnect, {"account_id": account_id, "posts": posts})


def slots(cursor: Cursor[DictRow], account_id: UUID) -> tuple[str | None, list[DictRow]]:
    """The account's time zone, and its slots: weekday (1 is Monday) and local_time of each. Raises NotFound."""
    rows = cursor.execute(SQL.slots, {"account_id": account_id}).fetchall()
    if not rows:
        raise NotFound("There is no such account.", code="account-not-found")
    return rows[0]["time_zone"], [row for row in rows if row["weekday"] is not None]


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


def budget(
    cursor: Cursor[DictRow],
    user_id: UUID | None = None,
    scope: Literal["social_month", "social_reads"] = "social_month",
) -> DictRow:
    """This month's budget: month, monthly_budget, reserved, charged, left, in US dollars, and renews_at.

    `scope`: for publishing posts, or for reading their numbers. Raises NotFound.
    """
    return found(cursor.execute(SQL.budget, {"user_id": user_id, "scope": scope}), "user")
