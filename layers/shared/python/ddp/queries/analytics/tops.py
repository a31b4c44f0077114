"""Top lists of what the caller sees."""

from __future__ import annotations

from typing import Literal

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load

SQL = load(__file__)

TopName = Literal["assets", "retailers", "templates", "campaigns", "wishes"]


def top(cursor: Cursor[DictRow], name: TopName) -> list[DictRow]:
    """At most ten rows, by position."""
    return cursor.execute(getattr(SQL, name)).fetchall()
