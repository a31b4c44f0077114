"""Administrators that an operator makes, who owns the tables: without one, nobody could make the others."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from ddp.queries import load

SQL = load(__file__)


def create(connection: Connection[Any], email: str, user_id: UUID | None) -> UUID | None:
    """Make the account with this address an active administrator, or add it with this id; returns its id.

    None if there is no account and no id was given. Raises RaiseException (PT422) for an address that is none, and
    (PT409) if another account has the id.
    """
    values = {"email": email, "user_id": user_id}
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(SQL.promote, values).fetchone()
        if row is None and user_id is not None:
            row = cursor.execute(SQL.add, values).fetchone()
        return row["user_id"] if row else None
