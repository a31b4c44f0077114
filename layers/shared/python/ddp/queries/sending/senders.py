"""Users as senders of e-mail: limits, and whether sending is paused."""

from __future__ import annotations

from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors
from ddp.errors import NotFound
from ddp.queries import load, value

SQL = load(__file__)


def page(
    cursor: Cursor[DictRow], *, is_paused: bool | None, after: cursors.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """Senders that the caller may see, the latest pause first, and the cursor of the next page (None on the last)."""
    values = {"is_paused": is_paused} | cursors.parameters(after, limit)
    rows = cursor.execute(SQL.list_senders, values).fetchall()
    return cursors.split(rows, limit, at="at", key="user_id")


def get(cursor: Cursor[DictRow], user_id: UUID | None) -> DictRow:
    """A visible user as a sender, even one who has sent nothing yet. Raises NotFound."""
    row = cursor.execute(SQL.get, {"user_id": user_id}).fetchone()
    if row is not None:
        return row
    if cursor.execute(SQL.user_is_visible, {"user_id": user_id}).fetchone() is None:
        raise NotFound("There is no such sender.", code="user-not-found")
    columns = ("paused_at", "pause_code", "pause_reason", "resumed_at", "max_per_second", "slow_until")
    return {"user_id": user_id, "plans_set_aside": 0} | dict.fromkeys(columns)


def own(cursor: Cursor[DictRow]) -> DictRow:
    """The acting account as a sender. Raises NotFound if the caller acts for none."""
    return get(cursor, value(cursor.execute(SQL.acting_account)))


def set_limit(cursor: Cursor[DictRow], user_id: UUID, *, max_per_second: float | None) -> None:
    """Set the rate limit. Raises Forbidden unless the caller is an administrator, NotFound, Invalid."""
    cursor.execute(SQL.set_sender, {"user_id": user_id, "max_per_second": max_per_second})


def resume(cursor: Cursor[DictRow], user_id: UUID) -> None:
    """End a sender's pause. Raises Forbidden unless the caller is an administrator, NotFound."""
    cursor.execute(SQL.resume, {"user_id": user_id})
