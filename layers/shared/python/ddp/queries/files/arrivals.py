"""Objects of pending uploads: who verifies them, and which nobody is at work on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load, value
from ddp.queries.leases import LEASE, Leased

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A pending upload that nobody is at work on. `etag` and `verdict` are those of its event; None: none was seen."""

    upload_id: UUID
    etag: str | None
    verdict: str | None


def take(cursor: Cursor[DictRow], upload_id: UUID, *, etag: str, verdict: str | None) -> int | None:
    """Take a pending upload under a lease. Returns how many workers lost theirs before.

    None: another worker verifies it, or it is settled.
    """
    values = {"upload_id": upload_id, "etag": etag, "verdict": verdict, "lease": LEASE}
    lost: int | None = value(cursor.execute(SQL.take, values))
    return lost


def renew(cursor: Cursor[DictRow], upload_id: UUID) -> None:
    """Renew the lease."""
    cursor.execute(SQL.renew, {"upload_id": upload_id, "lease": LEASE})


def release(cursor: Cursor[DictRow], upload_id: UUID, *, delay: timedelta) -> None:
    """End the lease. Until `delay` is over, reconciliation trusts that a message about the upload is on its way."""
    cursor.execute(SQL.release, {"upload_id": upload_id, "delay": delay})


def leased(etag: str, verdict: str | None) -> Leased:
    """The lease of an upload whose object arrived with this ETag and verdict."""
    return Leased(take=partial(take, etag=etag, verdict=verdict), renew=renew, release=release)


def forget(cursor: Cursor[DictRow], upload_id: UUID, *, etag: str) -> None:
    """End the lease: the object with this ETag is gone, and reconciliation looks for another."""
    cursor.execute(SQL.forget, {"upload_id": upload_id, "etag": etag})


def waiting(cursor: Cursor[DictRow], *, may_look: bool, limit: int) -> list[Waiting]:
    """Pending uploads that nobody is at work on; with `may_look`, also those to look for in the bucket."""
    return [Waiting(**row) for row in cursor.execute(SQL.waiting, {"may_look": may_look, "limit": limit})]


def note_looked(cursor: Cursor[DictRow], looked: Collection[UUID], *, told: Collection[UUID]) -> None:
    """Record that these uploads were looked at, and that the queue has messages about those in `told`."""
    cursor.execute(SQL.note_looked, {"looked": list(looked), "told": list(told)})
