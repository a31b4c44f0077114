"""Members of the acting account, and invitations to it."""

from __future__ import annotations

from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors
from ddp.queries import load
from ddp.queries.people import names

SQL = load(__file__)


def page(
    cursor: Cursor[DictRow], *, after: cursors.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """Members and open invitations, the latest first, and the cursor of the next page (None on the last)."""
    rows = cursor.execute(SQL.list, cursors.parameters(after, limit)).fetchall()
    rows, next_cursor = cursors.split(rows, limit, at="invited_at", key="account_member_id")
    names.add(cursor, rows, member="member_id")
    return rows, next_cursor


def invite(cursor: Cursor[DictRow], email: str, member_role: str) -> DictRow:
    """Invite a person, or renew the invitation. Raises Forbidden unless the caller is an owner, Conflict, Invalid."""
    return _named(cursor, SQL.invite, {"email": email, "member_role": member_role})


def change(cursor: Cursor[DictRow], account_member_id: UUID, member_role: str) -> DictRow:
    """Change a role. Raises NotFound, Forbidden unless the caller is an owner, Conflict for the last owner."""
    return _named(cursor, SQL.change, {"account_member_id": account_member_id, "member_role": member_role})


def end(cursor: Cursor[DictRow], account_member_id: UUID) -> DictRow:
    """End a membership or withdraw an invitation; members may end their own.

    Raises NotFound, Forbidden, Conflict for the last owner.
    """
    return _named(cursor, SQL.end, {"account_member_id": account_member_id})


def _named(cursor: Cursor[DictRow], statement: bytes, values: dict[str, object]) -> DictRow:
    row = cursor.execute(statement, values).fetchone()
    assert row is not None  # noqa: S101 - a function call always returns its row
    names.add(cursor, [row], member="member_id")
    return row
