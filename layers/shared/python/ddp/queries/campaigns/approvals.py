"""Approvals: what participants of a campaign ask its creator to approve before it goes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.errors import NotFound
from ddp.queries import load
from ddp.queries.listing import Asked, Listing, Sort
from ddp.queries.people import names

SQL = load(__file__)

Scope = Literal["to_decide", "own"]

# The oldest first: they have waited longest.
_OLDEST = Sort(type="timestamptz", order="asc")
LISTS: Final[Mapping[Scope, Listing]] = {
    "to_decide": Listing(SQL.list_to_decide, key="approval_id", sorts={"requested_at": _OLDEST}),
    "own": Listing(SQL.list_own, key="approval_id", sorts={"requested_at": _OLDEST}),
}
_TIMES: Final[Mapping[Scope, bytes]] = {"to_decide": SQL.times_to_decide, "own": SQL.times_own}


def request(cursor: Cursor[DictRow], message_id: UUID) -> DictRow:
    """Ask for the approval of an own e-mail, SMS or post; the open request if there is one.

    Raises NotFound, and Conflict if it was sent or needs no approval.
    """
    return _one(cursor, cursor.execute(SQL.request_approval, {"message_id": message_id}))


def page(
    cursor: Cursor[DictRow], scope: Scope, asked: Asked, *, state: str | None, campaign_id: UUID | None
) -> tuple[list[DictRow], str | None]:
    """The requests of a scope, oldest first, and the cursor of the next page."""
    rows, next_cursor = LISTS[scope].page(cursor, asked, {"state": state, "campaign_id": campaign_id})
    _name(cursor, rows)
    return rows, next_cursor


def get(cursor: Cursor[DictRow], approval_id: UUID) -> DictRow:
    """One request, and its `content`; None if the message has changed since. Raises NotFound."""
    return _one(cursor, cursor.execute(SQL.get, {"approval_id": approval_id}))


def approve(cursor: Cursor[DictRow], approval_id: UUID) -> DictRow:
    """Approve the content that a request is about. Raises NotFound, Forbidden, Conflict."""
    return _one(cursor, cursor.execute(SQL.approve, {"approval_id": approval_id}))


def refuse(cursor: Cursor[DictRow], approval_id: UUID, reason: str) -> DictRow:
    """Refuse the content that a request is about. Raises NotFound, Forbidden, Conflict, Invalid."""
    return _one(cursor, cursor.execute(SQL.refuse, {"approval_id": approval_id, "reason": reason}))


def remind(cursor: Cursor[DictRow], approval_id: UUID) -> DictRow:
    """Remind the campaign's creator, at most once a day. Raises NotFound, Forbidden, Conflict."""
    return _one(cursor, cursor.execute(SQL.remind, {"approval_id": approval_id}))


def times(cursor: Cursor[DictRow], scope: Scope, *, days: int) -> DictRow:
    """How long requests of the last days waited for a decision: numbers, and seconds (None: there were none)."""
    row = cursor.execute(_TIMES[scope], {"days": days}).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has one row
    return row


def _one(cursor: Cursor[DictRow], found: Cursor[DictRow]) -> DictRow:
    row = found.fetchone()
    if row is None:
        raise NotFound("There is no such approval.", code="approval-not-found")
    _name(cursor, [row])
    return row


def _name(cursor: Cursor[DictRow], rows: list[DictRow]) -> None:
    names.add(cursor, rows, requested_by="created_by_user_id", brand="campaign_owner_id")
