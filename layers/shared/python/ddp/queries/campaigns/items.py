"""The kit of a campaign: items that it gives its participants, and the drafts that items with a time become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.errors import NotFound
from ddp.queries import load, value
from ddp.queries.people import names

SQL = load(__file__)


def of_campaign(cursor: Cursor[DictRow], campaign_id: UUID) -> list[DictRow]:
    """The items that the caller sees, in order; each with `response`: what the caller was offered and answered."""
    return cursor.execute(SQL.list_items, {"campaign_id": campaign_id}).fetchall()


def get(cursor: Cursor[DictRow], campaign_id: UUID, item_id: UUID) -> DictRow:
    """One item with its `post`. Raises NotFound."""
    return _one(cursor.execute(SQL.get_item, {"campaign_id": campaign_id, "item_id": item_id}))


def create(cursor: Cursor[DictRow], campaign_id: UUID, item: Mapping[str, Any]) -> DictRow:
    """Add an item at the end. Raises NotFound, Forbidden, Conflict, Invalid."""
    return _one(cursor.execute(SQL.create_item, {"campaign_id": campaign_id, "item": Jsonb(dict(item))}))


def change(cursor: Cursor[DictRow], campaign_id: UUID, item_id: UUID, changes: Mapping[str, Any]) -> DictRow:
    """Change title and times of an item. Raises NotFound, Forbidden, Conflict, Invalid."""
    _require_of_campaign(cursor, campaign_id, item_id)
    return _one(cursor.execute(SQL.change_item, {"item_id": item_id, "changes": Jsonb(dict(changes))}))


def remove(cursor: Cursor[DictRow], campaign_id: UUID, item_id: UUID) -> None:
    """Remove an item; drafts that it became stay. Raises NotFound, Forbidden."""
    _require_of_campaign(cursor, campaign_id, item_id)
    cursor.execute(SQL.remove_item, {"item_id": item_id})


def order(cursor: Cursor[DictRow], campaign_id: UUID, item_ids: Sequence[UUID]) -> None:
    """Give all items of a kit a new order. Raises NotFound, Forbidden, and Conflict unless all are named."""
    cursor.execute(SQL.order_items, {"campaign_id": campaign_id, "item_ids": list(item_ids)})


def accept(cursor: Cursor[DictRow], campaign_id: UUID, item_id: UUID, account_id: UUID | None) -> DictRow:
    """Accept the draft that an item became. Raises NotFound, Conflict."""
    _require_of_campaign(cursor, campaign_id, item_id)
    return _one(cursor.execute(SQL.accept_item, {"item_id": item_id, "account_id": account_id}))


def decline(cursor: Cursor[DictRow], campaign_id: UUID, item_id: UUID) -> DictRow:
    """Decline the draft that an item became. Raises NotFound, Conflict."""
    _require_of_campaign(cursor, campaign_id, item_id)
    return _one(cursor.execute(SQL.decline_item, {"item_id": item_id}))


def activation(cursor: Cursor[DictRow], campaign_id: UUID) -> list[DictRow]:
    """What participants did with each item: numbers. Raises NotFound, Forbidden."""
    return cursor.execute(SQL.activation, {"campaign_id": campaign_id}).fetchall()


def responses(
    cursor: Cursor[DictRow], campaign_id: UUID, item_id: UUID, *, after: UUID | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """What each participant did with an item, and the cursor of the next page. Raises NotFound."""
    _require_of_campaign(cursor, campaign_id, item_id)
    values = {"item_id": item_id, "after": after, "limit": limit + 1}
    rows = cursor.execute(SQL.list_responses, values).fetchall()
    page = rows[:limit]
    names.add(cursor, page, retailer="retailer_id")
    return page, cursors.encode_id(page[-1]["retailer_id"]) if len(rows) > limit else None


def offer_due(cursor: Cursor[DictRow], *, limit: int) -> int:
    """Make the drafts of items that have become available, of so many campaigns. Returns how many drafts."""
    count: int = value(cursor.execute(SQL.offer_due, {"limit": limit}))
    return count


def _require_of_campaign(cursor: Cursor[DictRow], campaign_id: UUID, item_id: UUID) -> None:
    values = {"campaign_id": campaign_id, "item_id": item_id}
    if cursor.execute(SQL.is_of_campaign, values).fetchone() is None:
        raise NotFound("There is no such item in this campaign.", code="item-not-found")


def _one(cursor: Cursor[DictRow]) -> DictRow:
    row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such item.", code="item-not-found")
    return row
