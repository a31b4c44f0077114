"""What a part of an SMS costs: dated prices that everyone reads and administrators write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.errors import Conflict
from ddp.queries import found, load

SQL = load(__file__)

# Of prices that cannot be changed any more, how many an answer names.
SHOWN = 20


def add(cursor: Cursor[DictRow], prices: Sequence[dict[str, Any]]) -> DictRow:
    """Store prices (country, kind, price_per_part, valid_from, source): counts added, changed, unchanged.

    Raises Forbidden for all but administrators, Conflict if one would change a price whose day has passed.
    """
    values = {"prices": Jsonb(list(prices))}
    if passed := cursor.execute(SQL.passed, values).fetchall():
        names = ", ".join(f"{row['country']} {row['kind']} {row['valid_from']}" for row in passed[:SHOWN])
        raise Conflict(
            f"These prices have held for a day or longer, so they stay: {names}. Give the new price a later day.",
            code="price-has-held",
            extra={"positions": [row["position"] for row in passed[:SHOWN]]},
        )
    (row,) = cursor.execute(SQL.store, values).fetchall()
    return row


def page(
    cursor: Cursor[DictRow], filters: dict[str, Any], *, after: str | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """Prices by country, kind and day, and the cursor of the next page (None on the last).

    `filters` has country and kind, each None if it is not asked for, and is_current. Raises Invalid.
    """
    types = (str, str, date.fromisoformat, UUID)
    place = cursors.decode_values(after, *types) if after else (None,) * len(types)
    names = ("after_country", "after_kind", "after_valid_from", "after_id")
    values = filters | dict(zip(names, place, strict=True)) | {"limit": limit + 1}
    rows = cursor.execute(SQL.list_prices, values).fetchall()
    return cursors.cut(rows, limit, "country", "kind", "valid_from", "sms_price_id")


def delete(cursor: Cursor[DictRow], sms_price_id: UUID) -> DictRow:
    """Delete a price. Raises NotFound, and Conflict if its day has passed or the caller is not an administrator."""
    values = {"sms_price_id": sms_price_id}
    found(cursor.execute(SQL.get, values), "price")
    row = cursor.execute(SQL.delete, values).fetchone()
    if row is None:
        raise Conflict(
            "Only administrators delete prices, and a price that has held for a day or longer stays: add one that holds"
            " from a later day on.",
            code="price-has-held",
        )
    return row
