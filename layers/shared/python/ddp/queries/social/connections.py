"""Connections to platforms being made: from the address of the consent page to the choice of accounts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import found, load, value

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A connection whose state came back. `account_id`, `external_account_id`: the one that is connected again."""

    connection_id: UUID
    user_id: UUID
    account_id: UUID | None
    external_account_id: str | None
    verifier_encrypted: str | None
    return_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A connection. `used_at`: when the person came back; None: not yet. `tokens_encrypted`: ciphertext.

    `choices`: the accounts that the person may connect; those that were connected have an `account_id`.
    """

    connection_id: UUID
    platform: str
    account_id: UUID | None
    return_url: str
    expires_at: datetime
    used_at: datetime | None
    tokens_encrypted: str | None
    granted_scopes: Sequence[str]
    choices: Sequence[Mapping[str, Any]]
    error_code: str | None
    error_reason: str | None


def open_connection(
    cursor: Cursor[DictRow],
    *,
    connection_id: UUID,
    platform: str,
    state_hash: bytes,
    verifier_encrypted: str | None,
    return_url: str,
    account_id: UUID | None = None,
    user_id: UUID | None = None,
) -> datetime:
    """Open a connection; returns until when its state is taken. `user_id`: for workers only. Raises NotFound."""
    values = {
        "connection_id": connection_id,
        "platform": platform,
        "state_hash": state_hash,
        "verifier_encrypted": verifier_encrypted,
        "return_url": return_url,
        "account_id": account_id,
        "user_id": user_id,
    }
    expires_at: datetime = value(cursor.execute(SQL.open, values))
    return expires_at


def use(cursor: Cursor[DictRow], state_hash: bytes, *, platform: str) -> Returned | None:
    """Take the state that a platform handed back: once, and within its ten minutes; else None."""
    row = cursor.execute(SQL.use, {"state_hash": state_hash, "platform": platform}).fetchone()
    return Returned(**row) if row else None


def settle(
    cursor: Cursor[DictRow],
    connection_id: UUID,
    *,
    tokens_encrypted: str | None = None,
    granted_scopes: Sequence[str] = (),
    choices: Sequence[Mapping[str, Any]] = (),
    error_code: str | None = None,
    error_reason: str | None = None,
) -> bool:
    """Note what the exchange of the code brought. False: the connection is over."""
    values = {
        "connection_id": connection_id,
        "tokens_encrypted": tokens_encrypted,
        "granted_scopes": list(granted_scopes),
        "choices": json.dumps(list(choices), default=str),
        "error_code": error_code,
        "error_reason": error_reason,
    }
    return bool(value(cursor.execute(SQL.settle, values)))


def of_state(cursor: Cursor[DictRow], state_hash: bytes) -> Connection | None:
    """The connection of a state that `use` did not take. For workers."""
    row = cursor.execute(SQL.of_state, {"state_hash": state_hash}).fetchone()
    return Connection(**row) if row else None


def refuse(cursor: Cursor[DictRow], state_hash: bytes, *, error_code: str, error_reason: str) -> None:
    """Use up a state that may not be taken; nothing if it is used or too old. For workers."""
    values = {"state_hash": state_hash, "error_code": error_code, "error_reason": error_reason}
    cursor.execute(SQL.refuse, values)


def get(cursor: Cursor[DictRow], connection_id: UUID) -> Connection:
    """An own connection, locked until the transaction ends. Raises NotFound."""
    return Connection(**found(cursor.execute(SQL.get, {"connection_id": connection_id}), "connection"))


def end(cursor: Cursor[DictRow], connection_id: UUID, choices: Sequence[Mapping[str, Any]]) -> None:
    """Note which accounts were connected (`account_id` of a choice), and forget the connection's tokens."""
    values = {"connection_id": connection_id, "choices": json.dumps(list(choices), default=str)}
    cursor.execute(SQL.end_connection, values)
