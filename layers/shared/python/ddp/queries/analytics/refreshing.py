"""Refreshing statistics: runs, their portions, and how fresh that makes the statistics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import found, load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What one transaction took. `taken` is None if another refresh is at work; `is_drained`: nothing is left."""

    taken: int | None
    is_drained: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """Statistics include what was committed by `as_of` (None: never refreshed), which is `seconds` ago."""

    as_of: datetime | None
    seconds: float | None
    is_recomputing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Rows of the queue of changes, and slices that a recomputation under way has left, of how many."""

    changes: int
    slices: int
    all_slices: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of the refresh; `result` is a phrase for people."""

    began: datetime
    taken: int
    result: str


def begin(cursor: Cursor[DictRow]) -> int:
    """Begin a run and return its id; commit before the first portion."""
    return int(found(cursor.execute(SQL.begin), "run")["run_id"])


def take_portion(cursor: Cursor[DictRow], run_id: int) -> Portion:
    """Take one portion of the queue, or one slice of a recomputation, in the run."""
    row = found(cursor.execute(SQL.take_portion, {"run_id": run_id}), "run")
    return Portion(taken=row["taken"], is_drained=bool(row["is_drained"]))


def cut_slice(cursor: Cursor[DictRow]) -> bool:
    """Cut the next slice of a recomputation in two; whether there is one that can be cut."""
    return bool(found(cursor.execute(SQL.cut_slice), "run")["is_cut"])


def take_template_sender(cursor: Cursor[DictRow]) -> DictRow | None:
    """The template_id and user_id of a sender whose recipients are due to be counted; commit before counting."""
    row = cursor.execute(SQL.take_template_sender).fetchone()
    return row if row and row["template_id"] else None


def count_template_sender(cursor: Cursor[DictRow], sender: DictRow) -> None:
    """Count the recipients that a sender reached with a template; the next portion adds them to the template's."""
    cursor.execute(SQL.count_template_sender, sender)


def end(cursor: Cursor[DictRow], run_id: int, *, error: str | None = None) -> int:
    """End a run; returns how many rows the queue has."""
    return int(found(cursor.execute(SQL.end_run, {"run_id": run_id, "error": error}), "run")["left_over"])


def freshness(cursor: Cursor[DictRow]) -> Freshness:
    """How fresh the statistics are."""
    return Freshness(**found(cursor.execute(SQL.freshness), "run"))


def differing(cursor: Cursor[DictRow], *, share: float) -> int:
    """How many of a random share of the files' and e-mail campaigns' statistics differ from the facts."""
    return int(found(cursor.execute(SQL.differing, {"share": share}), "run")["differing"])


def touch_aging_scores(cursor: Cursor[DictRow]) -> int:
    """Have the next refresh derive the scores that change as time goes by; returns of how many retailers."""
    return int(found(cursor.execute(SQL.touch_aging_scores), "run")["touched"])


def start_recompute(cursor: Cursor[DictRow]) -> int:
    """Begin deriving everything again; returns the number of slices, which portions then do."""
    return int(found(cursor.execute(SQL.start_recompute), "run")["slices"])


def request_recomputation(cursor: Cursor[DictRow]) -> DictRow:
    """Have the next refreshes derive everything again, unless they do so already. Raises Forbidden."""
    return found(cursor.execute(SQL.request_recomputation), "recomputation")


def recomputation(cursor: Cursor[DictRow]) -> DictRow | None:
    """The recomputation under way, or the last one; None if there never was one. Raises Forbidden."""
    return cursor.execute(SQL.recomputation).fetchone()


def waiting(cursor: Cursor[DictRow]) -> Waiting:
    """What portions have yet to do; for the owner of the schema."""
    return Waiting(**found(cursor.execute(SQL.waiting), "run"))


def runs(cursor: Cursor[DictRow]) -> list[Run]:
    """The last five runs, the newest first; for the owner of the schema."""
    return [Run(**row) for row in cursor.execute(SQL.last_runs).fetchall()]
