"""What a simulator has still to publish, on disk. Each simulator's store adds its own tables."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("event_store.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingEvent:
    """An event to publish. `due` is in seconds since the epoch, `kind` is the provider's type, `body` is JSON.

    `configuration_set` names its destinations. `number` is the store's; 0 before it is stored.
    """

    due: float
    configuration_set: str
    kind: str
    body: str
    number: int = 0


class EventStore:
    """One SQLite file. Its methods may be called from several threads."""

    def __init__(self, file: Path | str, schema: Path) -> None:
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        for each in (SCHEMA, schema):
            self._connection.executescript(each.read_text())
        self._lock = threading.RLock()

    def add_events(self, events: Iterable[WaitingEvent]) -> None:
        """Add events, within the transaction that is open if there is one."""
        rows = [(event.due, event.configuration_set, event.kind, event.body) for event in events]
        with self._lock:
            self._connection.executemany(
                "insert into events (due, configuration_set, kind, body) values (?, ?, ?, ?)", rows
            )

    def due_events(self, now: float, *, limit: int) -> list[WaitingEvent]:
        """Events that are due, the earliest first."""
        rows = self._read(
            "select due, configuration_set, kind, body, number from events where due <= ?"
            " order by due, number limit ?",
            [now, limit],
        )
        names = ("due", "configuration_set", "kind", "body", "number")
        return [WaitingEvent(**dict(zip(names, row, strict=True))) for row in rows]

    def next_due(self) -> float | None:
        """When the next event is due; None if no event waits."""
        due: float | None = self._read("select min(due) from events", [])[0][0]
        return due

    def waiting_events(self) -> int:
        """The number of events that are not published yet, due or not."""
        return int(self._read("select count(*) from events", [])[0][0])

    def remove_events(self, numbers: Iterable[int]) -> None:
        """Forget events that are published."""
        with self._lock, self._connection:
            self._connection.execute("begin")
            self._connection.executemany("delete from events where number = ?", [(n,) for n in numbers])

    def postpone_events(self, numbers: Iterable[int], due: float, *, attempts: int) -> int:
        """Let events be due again, or delete those that failed `attempts` times; returns how many were deleted."""
        with self._lock, self._connection:
            self._connection.execute("begin")
            self._connection.executemany(
                "update events set due = ?, attempts = attempts + 1 where number = ?",
                [(due, number) for number in numbers],
            )
            return self._connection.execute("delete from events where attempts >= ?", [attempts]).rowcount

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _read(self, query: str, parameters: Sequence[Any]) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, parameters).fetchall()
