"""Co-op funds of campaigns: what a retailer may claim, its claims, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.errors import NotFound
from ddp.queries import load
from ddp.queries.listing import NEWEST, Asked, Listing
from ddp.queries.people import names

SQL = load(__file__)

Page = tuple[list[DictRow], str | None]

FUNDS: Final = Listing(SQL.list_funds, key="fund_id", sorts={"created_at": NEWEST})
CLAIMS: Final = Listing(SQL.list_claims, key="claim_id", sorts={"created_at": NEWEST})


def page(
    cursor: Cursor[DictRow], asked: Asked, *, campaign_id: UUID | None, retailer_id: UUID | None
) -> Page:
    """Funds that the caller sees with their balances, newest first, and the cursor of the next page."""
    values = {"campaign_id": campaign_id, "retailer_id": retailer_id}
    rows, next_cursor = FUNDS.page(cursor, asked, values)
    names.add(cursor, rows, retailer="retailer_id", brand="campaign_owner_id")
    return rows, next_cursor


def set_fund(
    cursor: Cursor[DictRow],
    campaign_id: UUID,
    retailer_id: UUID,
    *,
    allotment: Decimal,
    share_percent: Decimal,
) -> DictRow:
    """Set a retailer's fund. Returns it with its balance. Raises NotFound, Forbidden, Invalid, Conflict."""
    values = {"campaign_id": campaign_id, "retailer_id": retailer_id}
    done = cursor.execute(SQL.set_fund, values | {"allotment": allotment, "share_percent": share_percent})
    row = _one(cursor.execute(SQL.get_fund, _one(done)))
    names.add(cursor, [row], retailer="retailer_id", brand="campaign_owner_id")
    return row


def claims(
    cursor: Cursor[DictRow],
    asked: Asked,
    *,
    campaign_id: UUID | None,
    retailer_id: UUID | None,
    state: str | None,
) -> Page:
    """Claims that the caller sees, newest first, and the cursor of the next page."""
    values = {"campaign_id": campaign_id, "retailer_id": retailer_id, "state": state}
    rows, next_cursor = CLAIMS.page(cursor, asked, values)
    names.add(cursor, rows, retailer="retailer_id")
    return rows, next_cursor


def claim(cursor: Cursor[DictRow], claim_id: UUID) -> DictRow:
    """One claim. Raises NotFound if it does not exist or is not visible to the caller."""
    row = _one(cursor.execute(SQL.get_claim, {"claim_id": claim_id}))
    names.add(cursor, [row], retailer="retailer_id")
    return row


def request(cursor: Cursor[DictRow], values: Mapping[str, Any]) -> DictRow:
    """Claim a share of a cost. Raises NotFound, Forbidden, Invalid, and Conflict with what is left."""
    return claim(cursor, _one(cursor.execute(SQL.request_claim, values))["claim_id"])


def approve(cursor: Cursor[DictRow], claim_id: UUID) -> DictRow:
    """Approve a claim and book it. Raises NotFound, Forbidden, Conflict."""
    return _decided(cursor, SQL.approve_claim, {"claim_id": claim_id})


def refuse(cursor: Cursor[DictRow], claim_id: UUID, reason: str) -> DictRow:
    """Refuse a claim. Raises NotFound, Forbidden, Invalid, Conflict."""
    return _decided(cursor, SQL.refuse_claim, {"claim_id": claim_id, "reason": reason})


def pay(cursor: Cursor[DictRow], claim_id: UUID) -> DictRow:
    """Note that an approved claim was paid. Raises NotFound, Forbidden, Conflict."""
    return _decided(cursor, SQL.pay_claim, {"claim_id": claim_id})


def withdraw(cursor: Cursor[DictRow], claim_id: UUID) -> DictRow:
    """Take an own claim back. Raises NotFound, Forbidden, Conflict."""
    return _decided(cursor, SQL.withdraw_claim, {"claim_id": claim_id})


def _decided(cursor: Cursor[DictRow], statement: bytes, values: Mapping[str, Any]) -> DictRow:
    return claim(cursor, _one(cursor.execute(statement, values))["claim_id"])


def _one(cursor: Cursor[DictRow]) -> DictRow:
    row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such claim.", code="claim-not-found")
    return row
