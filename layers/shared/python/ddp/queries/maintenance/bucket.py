"""The comparison of the bucket with the tables: its place, its report, and what it found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load
from ddp.queries.leases import LEASE, Leased

SQL = load(__file__)

# An orphan goes when it has been there for so long.
NOTICE = timedelta(days=7)
# How long reports are kept.
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run under way: its place, and the counts that decide something."""

    bucket_run_id: UUID
    is_dry: bool
    orphans_allowed: int | None
    began_at: datetime
    step: str
    after_key: str
    from_file_id: UUID
    objects: int
    orphans: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What one portion adds to the report."""

    objects: int = 0
    expected: int = 0
    orphans: int = 0
    missing: int = 0
    restored: int = 0
    compared: int = 0
    damaged: int = 0
    removed: int = 0


def begin(
    cursor: Cursor[DictRow], *, is_dry: bool, asked_for: bool, orphans_allowed: int | None, step: str
) -> None:
    """Begin a run if none of its kind is unfinished, and, unless somebody asked for it, if a day has passed."""
    cursor.execute(
        SQL.begin,
        {"is_dry": is_dry, "asked_for": asked_for, "orphans_allowed": orphans_allowed, "step": step},
    )


def unfinished(cursor: Cursor[DictRow], *, is_dry: bool) -> UUID | None:
    """The unfinished run of this kind."""
    row = cursor.execute(SQL.unfinished, {"is_dry": is_dry}).fetchone()
    return row["bucket_run_id"] if row else None


def take(cursor: Cursor[DictRow], bucket_run_id: UUID) -> int | None:
    """Take an unfinished run under a lease; None: another worker has it, or it has ended."""
    row = cursor.execute(SQL.take, {"bucket_run_id": bucket_run_id, "lease": LEASE}).fetchone()
    return row["lost"] if row else None


def renew(cursor: Cursor[DictRow], bucket_run_id: UUID) -> None:
    """Renew the lease."""
    cursor.execute(SQL.renew, {"bucket_run_id": bucket_run_id, "lease": LEASE})


def release(cursor: Cursor[DictRow], bucket_run_id: UUID, /, *, delay: timedelta) -> None:  # noqa: ARG001
    """End the lease at once: `delay` does not matter, because the schedule tells again each hour."""
    cursor.execute(SQL.release, {"bucket_run_id": bucket_run_id})


LEASED = Leased(take=take, renew=renew, release=release)


def get(cursor: Cursor[DictRow], bucket_run_id: UUID) -> Run | None:
    """The run, while it is under way."""
    row = cursor.execute(SQL.get, {"bucket_run_id": bucket_run_id}).fetchone()
    return Run(**row) if row else None


def files(cursor: Cursor[DictRow], from_file_id: UUID, *, limit: int) -> list[DictRow]:
    """Files by id: file_id, file_size in bytes, content_sha256, thumbnail_widths, is_purged (lately)."""
    return cursor.execute(
        SQL.files, {"from_file_id": from_file_id, "notice": NOTICE, "limit": limit}
    ).fetchall()


def advance(
    cursor: Cursor[DictRow],
    run: Run,
    counts: Counts,
    *,
    step: str,
    after_key: str,
    from_file_id: UUID,
    orphan_keys: Sequence[str] = (),
) -> bool:
    """Move the run's place and add to its report. False: another worker has moved it; then record nothing."""
    values: dict[str, Any] = {
        **asdict(counts),
        "bucket_run_id": run.bucket_run_id,
        "step": run.step,
        "after_key": run.after_key,
        "to_step": step,
        "to_key": after_key,
        "to_file_id": from_file_id,
        "orphan_keys": list(orphan_keys),
        "notice": NOTICE,
    }
    return cursor.execute(SQL.advance, values).fetchone() is not None


def note(cursor: Cursor[DictRow], kind: str, keys: Sequence[str]) -> None:
    """Record that objects are found to be orphan, missing or damaged."""
    if keys:
        cursor.execute(SQL.note, {"kind": kind, "keys": list(keys)})


def due(cursor: Cursor[DictRow], run: Run, *, limit: int) -> list[str]:
    """Keys of orphans to remove, in order, after the run's place."""
    values = {"after_key": run.after_key, "began_at": run.began_at, "notice": NOTICE, "limit": limit}
    return [row["object_key"] for row in cursor.execute(SQL.due, values)]


def claimed(cursor: Cursor[DictRow], file_ids: Collection[UUID]) -> set[UUID]:
    """Of these ids, those of files, and of uploads that may still become one."""
    return {row["file_id"] for row in cursor.execute(SQL.claimed, {"file_ids": list(file_ids)})}


def forget(cursor: Cursor[DictRow], keys: Sequence[str]) -> None:
    """Forget orphans that were removed."""
    cursor.execute(SQL.forget, {"keys": list(keys)})


def finish(cursor: Cursor[DictRow], run: Run, *, outcome: str) -> bool:
    """End the run: `complete` or `too-many-orphans`. False: another worker ended it."""
    values = {"bucket_run_id": run.bucket_run_id, "step": run.step, "outcome": outcome}
    if cursor.execute(SQL.finish, values).fetchone() is None:
        return False
    if not run.is_dry:
        cursor.execute(SQL.forget_what_is_gone, {"began_at": run.began_at, "kept": KEPT})
    return True


def figures(cursor: Cursor[DictRow]) -> dict[str, int]:
    """For the alarms: missing, damaged and untouched (0 or 1) of the last complete run, hours_since_complete."""
    (row,) = cursor.execute(SQL.figures).fetchall()
    return {name: int(number) for name, number in row.items()}
