"""Messages to and from phones, their unpublished events, the opt-out list and the spending, on disk."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.local.simulators.event_store import EventStore, WaitingEvent
from infra.local.simulators.phone.message import Message

# The newest messages are kept.
KEPT = 200_000
TRIM_EVERY = 1_000
SCHEMA = Path(__file__).with_name("store.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The messages of one phone: their number, and the last one. `number` is the store's of the last one."""

    number: int
    messages: int
    last: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut:
    """A number on the opt-out list. `at`: seconds since the epoch; `by_end_user`: by an answer, not by an API call."""

    phone: str
    at: float
    by_end_user: bool


class Store(EventStore):
    """One SQLite file. Its methods may be called from several threads."""

    def __init__(self, file: Path | str) -> None:
        super().__init__(file, SCHEMA)
        self._since_trim = 0

    def add(self, messages: Sequence[Message], events: Sequence[WaitingEvent] = ()) -> None:
        """Store messages with their charges and events, all or none."""
        rows = [
            (
                each.message_id,
                each.phone,
                each.identity,
                each.direction,
                each.body,
                each.send,
                json.dumps(asdict(each)),
            )
            for each in messages
        ]
        spent = [(month_of(each.at), each.price + each.fee) for each in messages if each.price + each.fee]
        with self._lock, self._connection:
            self._connection.execute("begin")
            self._connection.executemany(
                "insert into messages (message_id, phone, identity, direction, body, send, content)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            self._connection.executemany(
                "insert into spending values (?, ?)"
                " on conflict (month) do update set charged = charged + excluded.charged",
                spent,
            )
            self.add_events(events)
            self._since_trim += len(rows)
        if self._since_trim >= TRIM_EVERY:
            self.trim()

    def trim(self, kept: int = KEPT) -> None:
        """Delete the oldest messages."""
        with self._lock, self._connection:
            (newest,) = self._connection.execute("select coalesce(max(number), 0) from messages").fetchone()
            self._connection.execute("delete from messages where number <= ?", [newest - kept])
            self._since_trim = 0

    def threads(self, search: str = "", *, before: int | None = None, limit: int = 50) -> list[Thread]:
        """Phones whose number or last text contains `search`, the latest message first."""
        wanted = f"%{search.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
        rows = self._read(
            "select last, messages, content from messages m"
            " join (select max(number) as last, count(*) as messages from messages group by phone) on last = number"
            " where number < ? and (phone like ? escape '!' or body like ? escape '!')"
            " order by number desc limit ?",
            [before or 2**62, wanted, wanted, limit],
        )
        return [Thread(number=last, messages=count, last=_message(content)) for last, count, content in rows]

    def thread(self, phone: str, *, limit: int = 200) -> list[Message]:
        """The newest messages of a phone, the oldest of them first."""
        rows = self._read(
            "select content from messages where phone = ? order by number desc limit ?", [phone, limit]
        )
        return [_message(content) for (content,) in reversed(rows)]

    def last_sent(self, phone: str, identity: str) -> str | None:
        """The id of the last message of an identity to a phone; None if there is none."""
        rows = self._read(
            "select message_id from messages where phone = ? and identity = ?"
            " and direction = 'out' order by number desc limit 1",
            [phone, identity],
        )
        return str(rows[0][0]) if rows else None

    def counts(self) -> dict[str, int]:
        """Messages sent, sends (by their context), sends accepted more than once, answers, and what was charged."""
        (row,) = self._read(
            "select count(*) filter (where direction = 'out'), count(distinct send),"
            " (select count(*) from (select 1 from messages where send is not null group by send having count(*) > 1)),"
            " count(*) filter (where direction = 'in'),"
            " (select coalesce(sum(charged), 0) from spending) from messages",
            [],
        )
        return dict(zip(("messages", "sends", "accepted_twice", "answers", "charged"), row, strict=True))

    def accepted(self, sends: Iterable[str]) -> dict[str, int]:
        """How often each of these sends (values of the context's ddp_send) was accepted; 0 if never."""
        counts = dict.fromkeys(sends, 0)
        rows = self._read(
            "select send, count(*) from messages where send in (select value from json_each(?)) group by send",
            [json.dumps(list(counts))],
        )
        return counts | dict(rows)

    def spent(self, month: str) -> int:
        """What was charged in a month (`2026-11`)."""
        rows = self._read("select charged from spending where month = ?", [month])
        return int(rows[0][0]) if rows else 0

    def opt_out(self, phone: str, at: float, *, by_end_user: bool) -> OptedOut:
        """Put a number on the list; returns how it stands there, which may be from before."""
        with self._lock:
            self._connection.execute(
                "insert or ignore into opted_out values (?, ?, ?)", [phone, at, by_end_user]
            )
        (found,) = self.opted_out([phone])
        return found

    def block_at_carrier(self, phone: str, identity: str, *, is_blocked: bool) -> None:
        """Let the phone's carrier block an identity, or no longer."""
        change = (
            "insert or ignore into carrier_blocks values (?, ?)"
            if is_blocked
            else "delete from carrier_blocks where phone = ? and identity = ?"
        )
        with self._lock:
            self._connection.execute(change, [phone, identity])

    def is_blocked_at_carrier(self, phone: str, identity: str) -> bool:
        """Whether the phone's carrier blocks an identity."""
        found = self._read("select 1 from carrier_blocks where phone = ? and identity = ?", [phone, identity])
        return bool(found)

    def opt_in(self, phone: str, at: float) -> None:
        """Take a number off the list."""
        with self._lock, self._connection:
            self._connection.execute("begin")
            self._connection.execute("delete from opted_out where phone = ?", [phone])
            self._connection.execute("insert or replace into opted_in values (?, ?)", [phone, at])

    def opted_in_at(self, phone: str) -> float:
        """When a number last left the list; minus infinity if it never did."""
        rows = self._read("select at from opted_in where phone = ?", [phone])
        return float(rows[0][0]) if rows else float("-inf")

    def opted_out(self, phones: Sequence[str]) -> list[OptedOut]:
        """Those of these numbers that are on the list."""
        rows = self._read(
            "select phone, at, by_end_user from opted_out where phone in (select value from json_each(?))",
            [json.dumps(phones)],
        )
        return [OptedOut(phone=phone, at=at, by_end_user=bool(by)) for phone, at, by in rows]

    def opted_out_after(self, phone: str, limit: int) -> list[OptedOut]:
        """The numbers of the list that follow this one."""
        rows = self._read(
            "select phone, at, by_end_user from opted_out where phone > ? order by phone limit ?",
            [phone, limit],
        )
        return [OptedOut(phone=phone, at=at, by_end_user=bool(by)) for phone, at, by in rows]


def month_of(at: float) -> str:
    """The month in UTC (`2026-11`) of seconds since the epoch."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m}"


def _message(content: str) -> Message:
    fields: dict[str, Any] = json.loads(content)
    return Message(**fields | {"history": tuple((due, status) for due, status in fields["history"])})
