"""Orders that a campaign led to, and the keys with which a shop reports them.

An item of a report has order_id, kind, value, currency and occurred_at, and what it may be credited by: campaign_id,
send_id, customer_hash and phone_hash (the hashes of address and number as hex).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.queries import load, value

SQL = load(__file__)

Items = Sequence[dict[str, Any]]


def record_own(cursor: Cursor[DictRow], items: Items) -> list[DictRow]:
    """Record the acting retailer's orders; outcome, campaign_id, email_campaign_id and sms_campaign_id of each.

    Raises Forbidden for viewers and whoever is not a retailer, Invalid for the first item that cannot be used.
    """
    return cursor.execute(SQL.record_own, {"items": Jsonb(list(items))}).fetchall()


def record_of_shop(
    cursor: Cursor[DictRow], retailer_id: UUID, signature: bytes, items: Items
) -> list[DictRow]:
    """As record_own, for a report of the retailer's shop. Raises Conflict if the signature was accepted before."""
    values = {"retailer_id": retailer_id, "signature": signature, "items": Jsonb(list(items))}
    return cursor.execute(SQL.record_of_shop, values).fetchall()


def key_ids(cursor: Cursor[DictRow], retailer_id: UUID) -> list[UUID]:
    """The keys that the retailer's shop may sign with now; none for whoever is not an active retailer."""
    return [row["key_id"] for row in cursor.execute(SQL.key_ids, {"retailer_id": retailer_id})]


def count_pixel(cursor: Cursor[DictRow], send_id: UUID) -> None:
    """Count that the customer of a message reached the page of thanks, if a person clicked in it within 7 days."""
    cursor.execute(SQL.count_pixel, {"send_id": send_id})


def rotate_key(cursor: Cursor[DictRow], delay: timedelta) -> DictRow:
    """Make a key for the acting retailer's shop: key_id, retailer_id. The keys before end after the delay.

    Raises Forbidden for whoever is not an owner.
    """
    (row,) = cursor.execute(SQL.rotate_key, {"delay": delay}).fetchall()
    return row


def keys(cursor: Cursor[DictRow]) -> list[DictRow]:
    """The acting retailer's keys that have not ended, the newest first."""
    return cursor.execute(SQL.list_keys).fetchall()


def page(
    cursor: Cursor[DictRow], *, after: cursors.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """The acting retailer's orders, newest first, and the cursor of the next page (None on the last)."""
    rows = cursor.execute(SQL.list_own, cursors.parameters(after, limit)).fetchall()
    return cursors.split(rows, limit, at="occurred_at", key="conversion_id")


def currency(cursor: Cursor[DictRow]) -> str:
    """The platform's currency, as three letters."""
    code: str = value(cursor.execute(SQL.currency))
    return code
