"""The directory: accounts by name."""

from __future__ import annotations

from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors
from ddp.queries import load

SQL = load(__file__)


def search(
    cursor: Cursor[DictRow], *, query: str | None, account_type: str | None, after: UUID | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """Active accounts that the caller may find, by name, and the cursor of the next page (None on the last).

    `query` is the beginning of any word of the name. Raises Invalid for a cursor of another query.
    """
    values = {"query": query, "type": account_type, "after": after, "limit": limit + 1}
    rows = cursor.execute(SQL.search, values).fetchall()
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], cursors.encode_id(rows[limit - 1]["id"])
