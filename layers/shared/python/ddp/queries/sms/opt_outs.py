"""What keeps the provider's opt-out list in step with ours: numbers to tell it, and pages of it that were read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load, value

SQL = load(__file__)

Kind = Literal["push", "pull"]


class OptOut(NamedTuple):
    """A number in E.164 that the provider has to learn (`put`) or forget (`delete`)."""

    opt_out_id: UUID
    phone: str
    action: str


class Pull(NamedTuple):
    """Whether the provider's list is to be read now, and from which page on (None: the first)."""

    is_due: bool
    next_token: str | None


def lease(cursor: Cursor[DictRow], kind: Kind, worker: UUID, lease: timedelta) -> bool:
    """Take or renew the lease on writing to the list or on reading it. False: another worker has it."""
    values = {"kind": kind, "worker": worker, "lease": lease}
    return bool(value(cursor.execute(SQL.lease, values)))


def release(cursor: Cursor[DictRow], kind: Kind, worker: UUID) -> None:
    """End the worker's lease."""
    cursor.execute(SQL.release, {"kind": kind, "worker": worker})


def take(cursor: Cursor[DictRow], *, limit: int) -> list[OptOut]:
    """Numbers that the provider has to be told about now; they come again later unless they are settled."""
    return [OptOut(**row) for row in cursor.execute(SQL.take, {"limit": limit})]


def settle(cursor: Cursor[DictRow], done: Sequence[UUID], hashes: Sequence[bytes]) -> int:
    """Forget numbers that the provider was told about (with their hashes). Returns how many others were given up."""
    given_up: int = value(cursor.execute(SQL.settle, {"done": list(done), "hashes": list(hashes)}))
    return given_up


def begin_pull(cursor: Cursor[DictRow]) -> Pull:
    """Begin to read the provider's list, or go on with it."""
    (row,) = cursor.execute(SQL.begin_pull).fetchall()
    return Pull(**row)


def note_page(
    cursor: Cursor[DictRow], phones: Sequence[str], hashes: Sequence[bytes], next_token: str | None
) -> int:
    """Stop the numbers of a page that we do not know as stopped, for everyone. Returns how many."""
    values = {"phones": list(phones), "hashes": list(hashes), "next_token": next_token}
    stopped: int = value(cursor.execute(SQL.note_page, values))
    return stopped
