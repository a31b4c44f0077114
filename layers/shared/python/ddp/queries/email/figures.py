"""Figures of e-mail that alarms watch."""

from __future__ import annotations

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load, value

SQL = load(__file__)


def figures(cursor: Cursor[DictRow]) -> dict[str, int]:
    """What `ddp.email_figures()` counts, by name (`events_late_seconds`); 0 where nothing is wrong."""
    found: dict[str, int] = value(cursor.execute(SQL.figures))
    return found
