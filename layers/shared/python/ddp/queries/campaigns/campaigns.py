"""Campaigns, their expenses and their participants."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.errors import NotFound
from ddp.queries import load
from ddp.queries.listing import NEWEST, Asked, Listing, Sort
from ddp.queries.people import names

SQL = load(__file__)

Scope = Literal["own", "joined", "all"]
Page = tuple[list[DictRow], str | None]

# A campaign without a start comes after all that have one.
_BY_START = Sort(type="timestamptz", order="asc", null="infinity")
LISTS: Final[Mapping[Scope, Listing]] = {
    "own": Listing(SQL.list_own, key="campaign_id", sorts={"created_at": NEWEST, "start_date": _BY_START}),
    "joined": Listing(SQL.list_joined, key="campaign_id", sorts={"created_at": NEWEST}),
    "all": Listing(SQL.list_all, key="campaign_id", sorts={"created_at": NEWEST}),
}
_JSON = ("target_audience", "campaign_settings")


def create(cursor: Cursor[DictRow], campaign: Mapping[str, Any]) -> DictRow:
    """Create a draft. Raises Forbidden for retailers, Invalid."""
    return _campaign(cursor, SQL.create_campaign, _with_json(campaign))


def page(cursor: Cursor[DictRow], scope: Scope, asked: Asked, *, status: str | None) -> Page:
    """The campaigns of a scope, newest first unless asked otherwise, and the cursor of the next page."""
    return LISTS[scope].page(cursor, asked, {"status": status})


def page_of_open(cursor: Cursor[DictRow], asked: Asked, *, query: str | None) -> Page:
    """Campaigns that the calling retailer may join, newest first; of brands with a name like the query, if given."""
    asked.require_usual("Open campaigns")
    after = cursors.decode(asked.cursor) if asked.cursor else None
    rows = cursor.execute(SQL.list_open, {"query": query} | cursors.parameters(after, asked.limit)).fetchall()
    return cursors.split(rows, asked.limit, at="created_at", key="campaign_id")


def get(cursor: Cursor[DictRow], campaign_id: UUID) -> DictRow:
    """One campaign. Raises NotFound if it does not exist or is not visible to the caller."""
    return _campaign(cursor, SQL.get_campaign, {"campaign_id": campaign_id})


def update(
    cursor: Cursor[DictRow], campaign_id: UUID, campaign: Mapping[str, Any], given: set[str]
) -> DictRow:
    """Change the fields named in `given`. Raises NotFound unless the caller is the creator or an admin; Invalid."""
    values = _with_json(campaign) | {"campaign_id": campaign_id, "given": list(given)}
    return _campaign(cursor, SQL.update_campaign, values)


def set_status(cursor: Cursor[DictRow], campaign_id: UUID, status: str) -> DictRow:
    """Change a campaign's status. Raises NotFound, Forbidden, and Conflict for a change that is not allowed."""
    return _campaign(cursor, SQL.set_status, {"campaign_id": campaign_id, "campaign_status": status})


def set_budget(cursor: Cursor[DictRow], campaign_id: UUID, budget: Decimal) -> DictRow:
    """Set the allocated budget. Raises NotFound, Forbidden, Invalid."""
    return _campaign(cursor, SQL.set_budget, {"campaign_id": campaign_id, "budget_allocated": budget})


def add_expense(
    cursor: Cursor[DictRow], campaign_id: UUID, amount: Decimal, description: str | None
) -> DictRow:
    """Record an expense; a negative amount corrects. Returns budget_spent, the new sum.

    Raises NotFound, Forbidden, Invalid.
    """
    values = {"campaign_id": campaign_id, "amount": amount, "description": description}
    return _one(cursor.execute(SQL.add_expense, values))


def expenses(cursor: Cursor[DictRow], campaign_id: UUID, *, after: cursors.Cursor | None, limit: int) -> Page:
    """A campaign's expenses, newest first; empty unless the caller is its creator or an admin."""
    values = {"campaign_id": campaign_id} | cursors.parameters(after, limit)
    rows = cursor.execute(SQL.list_expenses, values).fetchall()
    return cursors.split(rows, limit, at="created_at", key="expense_id")


def join(cursor: Cursor[DictRow], campaign_id: UUID) -> DictRow:
    """Join an open, active campaign, or accept an invitation. Returns the participation. Raises NotFound, Forbidden."""
    return _participation(cursor, SQL.join, campaign_id)


def leave(cursor: Cursor[DictRow], campaign_id: UUID) -> DictRow:
    """Leave a campaign or decline an invitation. Returns the participation. Raises NotFound if there was none."""
    return _participation(cursor, SQL.leave, campaign_id)


def invite_participant(cursor: Cursor[DictRow], campaign_id: UUID, retailer_id: UUID) -> DictRow:
    """Invite a retailer to a campaign, and return its participation.

    Raises NotFound, Forbidden, and Conflict if the campaign is over or the retailer has too many invitations.
    """
    values = {"campaign_id": campaign_id, "retailer_id": retailer_id}
    cursor.execute(SQL.invite_participant, values)
    return _one(cursor.execute(SQL.participation, values))


def remove_participant(cursor: Cursor[DictRow], campaign_id: UUID, retailer_id: UUID) -> None:
    """Remove a retailer from a campaign. Raises NotFound, Forbidden."""
    cursor.execute(SQL.remove_participant, {"campaign_id": campaign_id, "retailer_id": retailer_id})


def participants(
    cursor: Cursor[DictRow],
    campaign_id: UUID,
    *,
    status: str | None,
    after: cursors.Cursor | None,
    limit: int,
) -> Page:
    """The participants that the caller may see, latest first: all for the creator, only itself for a retailer."""
    values = {"campaign_id": campaign_id, "status": status} | cursors.parameters(after, limit)
    rows = cursor.execute(SQL.list_participants, values).fetchall()
    rows, next_cursor = cursors.split(rows, limit, at="joined_at", key="retailer_id")
    names.add(cursor, rows, retailer="retailer_id")
    return rows, next_cursor


def _participation(cursor: Cursor[DictRow], statement: bytes, campaign_id: UUID) -> DictRow:
    caller = _one(cursor.execute(statement, {"campaign_id": campaign_id}))
    values = {"campaign_id": campaign_id, "retailer_id": caller["retailer_id"]}
    return _one(cursor.execute(SQL.participation, values))


def _campaign(cursor: Cursor[DictRow], statement: bytes, values: Mapping[str, Any]) -> DictRow:
    row = _one(cursor.execute(statement, values))
    names.add(cursor, [row], created_by="created_by_user_id")
    return row


def _with_json(campaign: Mapping[str, Any]) -> dict[str, Any]:
    return {name: Jsonb(value) if name in _JSON else value for name, value in campaign.items()}


def _one(cursor: Cursor[DictRow]) -> DictRow:
    row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such campaign.", code="campaign-not-found")
    return row
