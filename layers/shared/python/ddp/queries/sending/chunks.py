"""Chunks of a plan's recipients, as queue messages name them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load

SQL = load(__file__)


def put_off(cursor: Cursor[DictRow], send_plan_id: UUID, chunk_no: int, *, delay: timedelta) -> UUID | None:
    """The chunk's sender where it needs a message that comes after `delay`.

    None: nothing of it is due soon, its plan is not being sent, or another message about it is on its way.
    """
    values = {"send_plan_id": send_plan_id, "chunk_no": chunk_no, "delay": delay}
    row = cursor.execute(SQL.put_off, values).fetchone()
    return None if row is None else row["sender_user_id"]
