"""Consents to promotional SMS as a sender sees and records them. Numbers are given as ddp.addresses.phone_hash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp.queries import load, value
from ddp.queries.listing import NEWEST, Asked, Listing

SQL = load(__file__)

LIST = Listing(SQL.list_consents, key="phone_consent_id", sorts={"recorded_at": NEWEST})


def record(cursor: Cursor[DictRow], consents: Sequence[dict[str, Any]], file_id: UUID | None) -> list[str]:
    """Record consents (phone_hash as hex, source, wording, given_at, ip): recorded, standing or ended for each.

    Raises Forbidden for viewers, NotFound for a file that is not the account's.
    """
    values = {"consents": Jsonb(list(consents)), "file_id": file_id}
    return [row["outcome"] for row in cursor.execute(SQL.record, values)]


def withdraw(cursor: Cursor[DictRow], hashes: Sequence[bytes]) -> int:
    """End the consents of these numbers to the acting account's messages; returns how many stood."""
    return int(value(cursor.execute(SQL.withdraw, {"hashes": list(hashes)})))


def of_phone(cursor: Cursor[DictRow], phone_hash: bytes) -> list[DictRow]:
    """The newest 100 consents of a number that the caller may see, with `is_own`."""
    return cursor.execute(SQL.of_phone, {"phone_hash": phone_hash}).fetchall()


def page(
    cursor: Cursor[DictRow], asked: Asked, *, owner_user_id: UUID | None, is_standing: bool | None
) -> tuple[list[DictRow], str | None]:
    """Consents to an account's messages (None: the acting one), newest first, and the cursor of the next page."""
    return LIST.page(cursor, asked, {"owner_user_id": owner_user_id, "is_standing": is_standing})
