"""Chunks of a plan's recipients: what hints name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueChunk:
    """A chunk that is due in `delay` seconds."""

    chunk_no: int
    delay: int


def due_soon(cursor: Cursor[DictRow], send_plan_id: UUID, *, after_chunk_no: int) -> list[DueChunk]:
    """Chunks with a higher number that are due within 15 minutes, the longest time a queue can delay a message."""
    values = {"send_plan_id": send_plan_id, "after_chunk_no": after_chunk_no}
    return [DueChunk(**row) for row in cursor.execute(SQL.due_soon, values)]


def mark_queued(cursor: Cursor[DictRow], send_plan_id: UUID, chunk_nos: Collection[int]) -> None:
    """Record that the queue has hints about these chunks."""
    cursor.execute(SQL.mark_queued, {"send_plan_id": send_plan_id, "chunk_nos": list(chunk_nos)})


def put_off(cursor: Cursor[DictRow], send_plan_id: UUID, chunk_no: int, *, delay: timedelta) -> UUID | None:
    """Record that a hint about the chunk comes after `delay`. Returns the chunk's sender if that hint has to be sent.

    None: the chunk is not due soon, its plan is not being sent, or another hint about it is on its way.
    """
    values = {"send_plan_id": send_plan_id, "chunk_no": chunk_no, "delay": delay}
    row = cursor.execute(SQL.put_off, values).fetchone()
    return None if row is None else row["sender_user_id"]
