"""Accepted messages, their unpublished events, identities and tenants on disk.

The store also counts how often each message was accepted.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.local.simulators.event_store import EventStore, WaitingEvent
from infra.local.simulators.mailbox.message import Message, decoded

# The newest messages are kept, and the bodies of the newest of them.
KEPT, KEPT_BODIES = 200_000, 10_000
TRIM_EVERY = 1_000
SEND_TAG = "ddp_send"
SCHEMA = Path(__file__).with_name("store.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A line of the list of messages."""

    number: int
    message: Message


class Store(EventStore):
    """One SQLite file. Its methods may be called from several threads."""

    def __init__(self, file: Path | str) -> None:
        super().__init__(file, SCHEMA)
        self._since_trim = 0

    def accept(self, messages: Sequence[Message], events: Sequence[WaitingEvent] = ()) -> None:
        """Store messages with their events, all or none."""
        rows = [_row(message) for message in messages]
        with self._lock, self._connection:
            self._connection.execute("begin")
            self._connection.executemany(
                "insert into messages (message_id, accepted_at, recipients, subject, send, content)"
                " values (?, ?, ?, ?, ?, ?)",
                rows,
            )
            self.add_events(events)
            self._since_trim += len(rows)
        if self._since_trim >= TRIM_EVERY:
            self.trim()

    def trim(self, kept: int = KEPT, kept_bodies: int = KEPT_BODIES) -> None:
        """Delete the oldest messages and bodies."""
        with self._lock, self._connection:
            (newest,) = self._connection.execute("select coalesce(max(number), 0) from messages").fetchone()
            self._connection.execute("delete from messages where number <= ?", [newest - kept])
            self._connection.execute(
                "update messages set content = null where number <= ? and content is not null",
                [newest - kept_bodies],
            )
            self._since_trim = 0

    def page(self, search: str = "", *, before: int | None = None, limit: int = 50) -> list[Summary]:
        """Messages with bodies whose recipients or subject contain `search`, newest first."""
        wanted = f"%{search.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
        rows = self._read(
            "select number, content from messages where content is not null and number < ?"
            " and (recipients like ? escape '!' or subject like ? escape '!') order by number desc limit ?",
            [before or 2**62, wanted, wanted, limit],
        )
        return [Summary(number=number, message=_message(content)) for number, content in rows]

    def message(self, number: int) -> Message | None:
        """One message; None if the message or its body is no longer kept."""
        rows = self._read("select content from messages where number = ? and content is not null", [number])
        return _message(rows[0][0]) if rows else None

    def counts(self) -> dict[str, int]:
        """Numbers of messages, of sends (by their tag), and of sends that were accepted more than once."""
        (row,) = self._read(
            "select count(*), count(distinct send), (select count(*) from"
            " (select 1 from messages where send is not null group by send having count(*) > 1)) from messages",
            [],
        )
        return dict(zip(("messages", "sends", "accepted_twice"), row, strict=True))

    def accepted(self, sends: Iterable[str]) -> dict[str, int]:
        """How often each of these sends (values of the tag ddp_send) was accepted; 0 if never."""
        counts = dict.fromkeys(sends, 0)
        rows = self._read(
            "select send, count(*) from messages where send in (select value from json_each(?)) group by send",
            [json.dumps(list(counts))],
        )
        return counts | dict(rows)

    def showing(self, sends: Iterable[str], texts: Sequence[str]) -> int:
        """How many kept messages of these sends have all of these texts in their HTML."""
        rows = self._read(
            "select content from messages where content is not null and send in (select value from json_each(?))",
            [json.dumps(list(sends))],
        )
        pages = (_message(content).html for (content,) in rows)
        return sum(all(text in page for text in texts) for page in pages)

    def identities(self) -> dict[str, bool]:
        """{identity: whether it is verified}."""
        return {
            name: bool(verified)
            for name, verified in self._read("select identity, verified from identities", [])
        }

    def tags_of_identity(self, identity: str) -> list[dict[str, str]]:
        """The tags of an identity, in SES's form."""
        rows = self._read("select tags from identities where identity = ?", [identity])
        return list(json.loads(rows[0][0])) if rows else []

    def put_identity(self, identity: str, *, verified: bool, tags: Sequence[dict[str, str]] = ()) -> None:
        """Add or replace an identity."""
        with self._lock:
            self._connection.execute(
                "insert or replace into identities values (?, ?, ?)", [identity, verified, json.dumps(tags)]
            )

    def delete_identity(self, identity: str) -> None:
        """Delete an identity."""
        with self._lock:
            self._connection.execute("delete from identities where identity = ?", [identity])

    def tenants(self) -> set[str]:
        """The names of the tenants."""
        return {name for (name,) in self._read("select tenant from tenants", [])}

    def put_tenant(self, tenant: str) -> None:
        """Add a tenant."""
        with self._lock:
            self._connection.execute("insert or ignore into tenants values (?)", [tenant])


def _row(message: Message) -> tuple[Any, ...]:
    fields = asdict(message) | {"raw": message.raw.decode("latin-1") if message.raw is not None else None}
    content = zlib.compress(json.dumps(fields).encode(), 1)
    recipients = decoded(" ".join(message.recipients))
    return (
        message.message_id,
        message.accepted_at,
        recipients,
        decoded(message.subject),
        message.tags.get(SEND_TAG),
        content,
    )


def _message(content: bytes) -> Message:
    fields: dict[str, Any] = json.loads(zlib.decompress(content))
    for name in ("to", "cc", "bcc", "reply_to", "attachments"):
        fields[name] = tuple(fields[name])
    fields["headers"] = tuple((name, value) for name, value in fields["headers"])
    fields["raw"] = fields["raw"].encode("latin-1") if fields["raw"] is not None else None
    return Message(**fields)
