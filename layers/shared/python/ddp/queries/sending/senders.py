"""Users as senders of e-mail and of SMS: limits, whether sending is paused, and frequency caps."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors
from ddp.errors import NotFound
from ddp.queries import load, value

SQL = load(__file__)

# Whose frequency cap: a user's, the acting account's, or that of all senders together.
Whose = UUID | Literal["me", "all"]


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


def get_of_sms(cursor: Cursor[DictRow], user_id: UUID | None) -> DictRow:
    """A visible user (None: the acting account) as a sender of SMS, even one who has sent none. Raises NotFound."""
    row = cursor.execute(SQL.get_of_sms, {"user_id": user_id}).fetchone()
    if row is None:
        raise NotFound("There is no such sender.", code="user-not-found")
    return row


def set_limits_of_sms(
    cursor: Cursor[DictRow],
    user_id: UUID,
    *,
    monthly_budget: Decimal | None,
    may_send_transactional: bool,
    max_per_second: float | None,
) -> None:
    """Set all limits of a sender of SMS. Raises Forbidden unless the caller is an administrator, NotFound, Invalid."""
    values = {
        "user_id": user_id,
        "monthly_budget": monthly_budget,
        "may_send_transactional": may_send_transactional,
        "max_per_second": max_per_second,
    }
    cursor.execute(SQL.set_sms_sender, values)


def resume_sms(cursor: Cursor[DictRow], user_id: UUID) -> None:
    """End a pause of a sender of SMS. Raises Forbidden unless the caller is an administrator, NotFound."""
    cursor.execute(SQL.resume_sms, {"user_id": user_id})


def frequency_cap(cursor: Cursor[DictRow], whose: Whose, channel: str) -> DictRow:
    """`messages`, `days` and `set_at` of a frequency cap; None if there is none.

    Raises NotFound, and Forbidden for `all` unless the caller is an administrator.
    """
    statement = SQL.get_platform_frequency_cap if whose == "all" else SQL.get_frequency_cap
    row = cursor.execute(statement, {"user_id": _user(whose), "channel": channel}).fetchone()
    if row is None:
        raise NotFound("There is no such sender.", code="user-not-found")
    return row


def set_frequency_cap(
    cursor: Cursor[DictRow], whose: Whose, channel: str, *, messages: int | None, days: int | None
) -> None:
    """Set a frequency cap; None: remove it. Raises Forbidden, NotFound, Invalid."""
    statement = SQL.set_platform_frequency_cap if whose == "all" else SQL.set_frequency_cap
    values = {"user_id": _user(whose), "channel": channel, "messages": messages, "days": days}
    cursor.execute(statement, values)


def _user(whose: Whose) -> UUID | None:
    return whose if isinstance(whose, UUID) else None
