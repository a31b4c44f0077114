"""The person who calls: its own account, the accounts that it may act for, its sessions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.errors import NotFound
from ddp.queries import load, value

SQL = load(__file__)


def sign_in(cursor: Cursor[DictRow], user_name: str | None, profile_data: Mapping[str, Any]) -> None:
    """Record that the person signed in; make its account first if there is none.

    Raises Unauthenticated, Forbidden if the token has no e-mail address, Conflict if another account has the address.
    """
    cursor.execute(SQL.sign_in, {"user_name": user_name, "profile_data": Jsonb(dict(profile_data))})


def person(cursor: Cursor[DictRow]) -> DictRow:
    """The person's own account, even if it is inactive. Raises NotFound before the first sign-in."""
    row = cursor.execute(SQL.person).fetchone()
    if row is None:
        raise NotFound("Make your account first: POST /me.", code="no-account")
    return row


def accounts(cursor: Cursor[DictRow]) -> list[DictRow]:
    """The active accounts that the person may act for, its own first; `is_acting` marks that of this request."""
    return cursor.execute(SQL.accounts).fetchall()


def change(
    cursor: Cursor[DictRow],
    *,
    user_name: str | None,
    profile_data: Mapping[str, Any] | None,
    sender: Mapping[str, Any] | None,
) -> None:
    """Change the person's name and profile; None leaves them as they are. Raises NotFound, Invalid.

    `sender`: fields of the sender to change or (None) remove; the others stay.
    """
    values = {
        "user_name": user_name,
        "profile_data": None if profile_data is None else Jsonb(dict(profile_data)),
        "sender": None if sender is None else Jsonb(dict(sender)),
    }
    cursor.execute(SQL.change, values)


def invitations(
    cursor: Cursor[DictRow], *, after: cursors.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """Open invitations to the person's verified e-mail address, newest first, and the cursor of the next page."""
    rows = cursor.execute(SQL.invitations, cursors.parameters(after, limit)).fetchall()
    return cursors.split(rows, limit, at="invited_at", key="account_member_id")


def invitation_count(cursor: Cursor[DictRow]) -> int:
    """How many accounts invite the person, at most 200."""
    return int(value(cursor.execute(SQL.count_invitations, {"limit": 200})))


def accept_invitation(cursor: Cursor[DictRow], account_member_id: UUID) -> DictRow:
    """Accept an invitation. Raises NotFound, and Conflict for administrators and before POST /me."""
    row = cursor.execute(SQL.accept_invitation, {"account_member_id": account_member_id}).fetchone()
    assert row is not None  # noqa: S101 - a function call always returns its row
    return row


def start_session(
    cursor: Cursor[DictRow],
    *,
    device_info: Mapping[str, Any],
    location_data: Mapping[str, Any],
    device: Mapping[str, str | None],
    place: tuple[str | None, str | None],
) -> UUID:
    """Start a session of the person for the acting account; returns its id.

    `device` has columns of `devices`; `place` is the country's code and the region, as the edge saw them.
    """
    country_code, region = place
    values = {
        "device_info": Jsonb(dict(device_info)),
        "location_data": Jsonb(dict(location_data)),
        "device": Jsonb(dict(device)),
        "country_code": country_code,
        "region": region,
    }
    session_id: UUID = value(cursor.execute(SQL.start_session, values))
    return session_id


def heartbeat(cursor: Cursor[DictRow], session_id: UUID) -> datetime:
    """Note that a session of the person goes on; returns when that was noted. Raises NotFound, Conflict if it ended."""
    last_seen_at: datetime = value(cursor.execute(SQL.heartbeat, {"session_id": session_id}))
    return last_seen_at


def end_session(cursor: Cursor[DictRow], session_id: UUID) -> datetime:
    """End a session of the person; returns when it ended. Raises NotFound."""
    ended_at: datetime = value(cursor.execute(SQL.end_session, {"session_id": session_id}))
    return ended_at
