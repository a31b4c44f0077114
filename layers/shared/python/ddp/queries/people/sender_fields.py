"""What a store says of itself, as messages show it: `sender` in templates."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load, value

SQL = load(__file__)


def of_account(cursor: Cursor[DictRow], user_id: UUID) -> dict[str, Any]:
    """What an account says of itself; nothing if the caller may not see the account's profile."""
    row = cursor.execute(SQL.of_account, {"user_id": user_id}).fetchone()
    return {} if row is None else row["fields"]


def of_caller(cursor: Cursor[DictRow]) -> dict[str, Any]:
    """What the acting account says of itself; nothing if there is none."""
    row = cursor.execute(SQL.of_caller).fetchone()
    return {} if row is None else row["fields"]


def for_template(cursor: Cursor[DictRow], template_id: UUID | None) -> dict[str, Any]:
    """What the acting account says of itself. Raises Conflict, naming what is missing, if the template needs more."""
    fields: dict[str, Any] = value(cursor.execute(SQL.for_template, {"template_id": template_id}))
    return fields
