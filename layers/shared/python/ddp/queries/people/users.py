"""All accounts and invitations to the platform, for administrators."""

from __future__ import annotations

from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors
from ddp.queries import load

SQL = load(__file__)

Page = tuple[list[DictRow], str | None]


def find(
    cursor: Cursor[DictRow],
    *,
    query: str | None,
    user_type: str | None,
    is_active: bool | None,
    after: cursors.Cursor | None,
    limit: int,
) -> Page:
    """Accounts, the newest first, and the cursor of the next page (None on the last).

    `query` is the beginning of a word of the name, or a whole e-mail address. Raises Forbidden unless the caller is an
    administrator.
    """
    values = {"query": query, "user_type": user_type, "is_active": is_active}
    rows = cursor.execute(SQL.find, values | cursors.parameters(after, limit)).fetchall()
    return cursors.split(rows, limit, at="created_at", key="user_id")


def set_access(
    cursor: Cursor[DictRow], user_id: UUID, *, user_type: str | None = None, is_active: bool | None = None
) -> DictRow:
    """Change type, activity or both; None leaves them. Raises NotFound, Forbidden, Conflict for one's own account."""
    values = {"user_id": user_id, "user_type": user_type, "is_active": is_active}
    return _one(cursor.execute(SQL.set_access, values))


def invite(cursor: Cursor[DictRow], email: str, *, user_type: str, is_active: bool) -> DictRow:
    """Decide what the account with this verified address becomes. Raises Forbidden, Conflict, Invalid."""
    values = {"email": email, "user_type": user_type, "is_active": is_active}
    return _one(cursor.execute(SQL.invite, values))


def withdraw_invitation(cursor: Cursor[DictRow], user_invitation_id: UUID) -> DictRow:
    """Withdraw an open invitation. Raises NotFound, Forbidden."""
    return _one(cursor.execute(SQL.withdraw_invitation, {"user_invitation_id": user_invitation_id}))


def invitations(
    cursor: Cursor[DictRow], *, is_open: bool | None, after: cursors.Cursor | None, limit: int
) -> Page:
    """Invitations, the latest first, and the cursor of the next page. Empty unless the caller is an administrator."""
    rows = cursor.execute(
        SQL.list_invitations, {"is_open": is_open} | cursors.parameters(after, limit)
    ).fetchall()
    return cursors.split(rows, limit, at="invited_at", key="user_invitation_id")


def _one(cursor: Cursor[DictRow]) -> DictRow:
    row = cursor.fetchone()
    assert row is not None  # noqa: S101 - a function call always returns its row
    return row
