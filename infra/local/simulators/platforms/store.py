"""What six platforms keep, on disk: their objects, what became public, what was used, and the settings."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("store.sql")


@dataclass(slots=True, kw_only=True)
class Object:
    """A thing that a platform keeps. `at`: when it was made, in seconds since the epoch."""

    id: str
    platform: str
    kind: str
    owner: str
    at: float
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Delivery:
    """A webhook or callback. `status`: empty until it is done with; `headers` are those of the last try."""

    platform: str
    kind: str
    body: bytes
    due: float
    status: str = ""
    number: int = 0
    tries: int = 0
    headers: dict[str, str] = field(default_factory=dict)


class Store:
    """One SQLite file. Its methods may be called from several threads."""

    def __init__(self, file: Path | str) -> None:
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._connection.executescript(SCHEMA.read_text())
        self._lock = threading.RLock()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one at a time; inside another one, part of it."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")

    def put(self, each: Object) -> Object:
        """Add an object, or replace it."""
        with self._lock:
            self._connection.execute(
                "insert or replace into objects values (?, ?, ?, ?, ?, ?)",
                (each.id, each.platform, each.kind, each.owner, each.at, json.dumps(each.body)),
            )
        return each

    def get(self, object_id: str, platform: str, *kinds: str) -> Object | None:
        """An object of one of these kinds (of any, if none is named)."""
        rows = self._read("select * from objects where id = ? and platform = ?", (object_id, platform))
        found = _object(rows[0]) if rows else None
        return found if found and (not kinds or found.kind in kinds) else None

    def of(self, platform: str, kind: str, owner: str | None = None, *, limit: int = 1_000) -> list[Object]:
        """The newest objects of a kind, the newest first; `owner` None: everyone's."""
        return [
            _object(row)
            for row in self._read(
                "select * from objects where platform = ?1 and kind = ?2 and (?3 is null or owner = ?3)"
                " order by at desc, rowid desc limit ?4",
                (platform, kind, owner, limit),
            )
        ]

    def delete(self, object_id: str) -> None:
        """Forget an object."""
        with self._lock:
            self._connection.execute("delete from objects where id = ?", (object_id,))

    def finalise(
        self, each: Object, *, at: float, kind: str, text: str, media: Sequence[Mapping[str, Any]]
    ) -> None:
        """Write down that an object became public, which may be long after it was made."""
        with self._lock:
            self._connection.execute(
                "insert into finalised (at, platform, account, kind, object_id, text, media)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                (at, each.platform, each.owner, kind, each.id, text, json.dumps(list(media))),
            )

    def finalised(self, platform: str | None = None, account: str | None = None) -> list[dict[str, Any]]:
        """All that became public: at, platform, account, kind, object_id, text, media; the oldest first."""
        names = ("at", "platform", "account", "kind", "object_id", "text", "media")
        rows = self._read(
            "select at, platform, account, kind, object_id, text, media from finalised"
            " where (?1 is null or platform = ?1) and (?2 is null or account = ?2) order by number",
            (platform, account),
        )
        return [{**dict(zip(names, row, strict=True)), "media": json.loads(row[-1])} for row in rows]

    def use(self, platform: str, what: str, owner: str, at: float, amount: int = 1) -> None:
        """Count a use."""
        with self._lock:
            self._connection.execute(
                "insert into uses values (?, ?, ?, ?, ?)", (platform, what, owner, at, amount)
            )

    def used(self, platform: str, what: str, owner: str | None, since: float = 0.0) -> int:
        """How much was used since then; `owner` None: by all."""
        rows = self._read(
            "select coalesce(sum(amount), 0) from uses where platform = ?1 and what = ?2"
            " and (?3 is null or owner = ?3) and at > ?4",
            (platform, what, owner, since),
        )
        return int(rows[0][0])

    def first_use(self, platform: str, what: str, owner: str, since: float) -> float | None:
        """When the oldest use since then was."""
        rows = self._read(
            "select min(at) from uses where platform = ? and what = ? and owner = ? and at > ?",
            (platform, what, owner, since),
        )
        found: float | None = rows[0][0]
        return found

    def add_delivery(self, each: Delivery) -> None:
        """Add a webhook or callback."""
        with self._lock:
            self._connection.execute(
                "insert into deliveries (platform, kind, body, due, tries, status, headers)"
                " values (?, ?, ?, ?, 0, ?, '{}')",
                (each.platform, each.kind, each.body, each.due, each.status),
            )

    def keep_delivery(self, each: Delivery) -> None:
        """Keep what became of one."""
        with self._lock:
            self._connection.execute(
                "update deliveries set due = ?, tries = ?, status = ?, headers = ? where number = ?",
                (each.due, each.tries, each.status, json.dumps(each.headers), each.number),
            )

    def due_deliveries(self, now: float) -> list[Delivery]:
        """Those that are to be sent by now, the earliest first."""
        query = "select * from deliveries where status = '' and due <= ? order by due, number limit 500"
        return [_delivery(row) for row in self._read(query, (now,))]

    def deliveries(self, platform: str | None = None) -> list[Delivery]:
        """All of them, in the order in which they were written."""
        query = "select * from deliveries where ?1 is null or platform = ?1 order by number"
        return [_delivery(row) for row in self._read(query, (platform,))]

    def delivery(self, number: int) -> Delivery | None:
        """One of them."""
        rows = self._read("select * from deliveries where number = ?", (number,))
        return _delivery(rows[0]) if rows else None

    def settings(self) -> dict[str, Any]:
        """What was changed of the settings."""
        return {name: json.loads(value) for name, value in self._read("select name, value from settings", ())}

    def keep_settings(self, settings: Mapping[str, Any]) -> None:
        """Keep settings."""
        with self._lock:
            self._connection.executemany(
                "insert or replace into settings values (?, ?)",
                [(name, json.dumps(value)) for name, value in settings.items()],
            )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _read(self, query: str, parameters: Sequence[Any]) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, parameters).fetchall()


def _object(row: Sequence[Any]) -> Object:
    return Object(id=row[0], platform=row[1], kind=row[2], owner=row[3], at=row[4], body=json.loads(row[5]))


def _delivery(row: Sequence[Any]) -> Delivery:
    number, platform, kind, body, due, tries, status, headers = row
    return Delivery(
        number=number,
        platform=platform,
        kind=kind,
        body=body,
        due=due,
        tries=tries,
        status=status,
        headers=json.loads(headers),
    )
