"""The steps of a cleanup, as workers take them: each call is one portion, for a transaction of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import found, load, value

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run with its report. A dry run only counts."""

    cleanup_run_id: UUID
    is_dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What a portion did. `worked`: rows that it took time for; `is_left`: there is more to do."""

    worked: int
    is_left: bool


def begin(cursor: Cursor[DictRow]) -> Run:
    """The run that comes next: one that an administrator asked for, or a new one."""
    return Run(**found(cursor.execute(SQL.begin_run), "run"))


def steps(cursor: Cursor[DictRow]) -> list[str]:
    """The names of the steps, in their order."""
    return [row["step"] for row in cursor.execute(SQL.steps)]


def clean(cursor: Cursor[DictRow], run: Run, step: str, *, limit: int) -> Portion:
    """Take one portion of a step, of about `limit` rows. Raises Unavailable while the table is in use."""
    row = found(
        cursor.execute(SQL.clean, {"run_id": run.cleanup_run_id, "step": step, "limit": limit}), "portion"
    )
    # Null: another worker is at it, and does what is left.
    return Portion(worked=max(row["removed"], row["worked"]), is_left=bool(row["is_left"]))


def count_old(cursor: Cursor[DictRow], run: Run, step: str) -> int:
    """Write to the report how many rows a step would remove; return it too."""
    count: int = value(cursor.execute(SQL.count_old, {"run_id": run.cleanup_run_id, "step": step}))
    return count


def erase(cursor: Cursor[DictRow], *, limit: int) -> Portion:
    """Take one portion of the erasure that waited longest."""
    row = found(cursor.execute(SQL.erase, {"limit": limit}), "portion")
    return Portion(worked=row["rows"], is_left=row["is_left"])


def end(cursor: Cursor[DictRow], run: Run, *, is_left: bool, error: str | None) -> None:
    """Close the report."""
    cursor.execute(SQL.end_run, {"run_id": run.cleanup_run_id, "is_left": is_left, "error": error})


def health(cursor: Cursor[DictRow]) -> dict[str, Any]:
    """What alarms watch, by name."""
    return dict(value(cursor.execute(SQL.health)))


def objects(cursor: Cursor[DictRow], *, limit: int) -> list[str]:
    """Keys of objects that nothing refers to any more."""
    return [row["object_key"] for row in cursor.execute(SQL.objects, {"limit": limit})]


def objects_were_removed(cursor: Cursor[DictRow], keys: Sequence[str]) -> None:
    """Note that these objects are deleted."""
    cursor.execute(SQL.objects_were_removed, {"keys": list(keys)})


def partitioned_tables(cursor: Cursor[DictRow]) -> list[str]:
    """Names of the tables that have a partition for each month."""
    return [row["name"] for row in cursor.execute(SQL.partitioned_tables)]


def maintain_partitions(cursor: Cursor[DictRow], table_name: str) -> int:
    """Make the months that a table needs; return how many. Raises Unavailable while the table is in use."""
    made: int = value(cursor.execute(SQL.maintain_partitions, {"table_name": table_name}))
    return made
