"""Names of accounts beside their ids: one statement for all rows of a list."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load

SQL = load(__file__)


def add(cursor: Cursor[DictRow], rows: Sequence[DictRow], **columns: str) -> None:
    """Give each row the accounts whose ids it has, as {"id", "name"}; None where the id is null.

    `add(cursor, rows, created_by="created_by_user_id")` adds `created_by` to each row.
    """
    ids = {row[column] for row in rows for column in columns.values()} - {None}
    found = cursor.execute(SQL.names_of, {"ids": list(ids)}).fetchall() if ids else []
    names = {account["id"]: account for account in found}
    for row in rows:
        row.update({name: names.get(row[column]) for name, column in columns.items()})
