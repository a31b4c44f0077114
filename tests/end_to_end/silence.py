"""Searches all that a stack logged and stored for addresses, numbers, tokens and secrets."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import psycopg
from psycopg import sql

from infra.cli.api_client import Answer, Client
from infra.local.logs import log_files
from infra.local.state import StateDirectory

ADDRESS = re.compile(r"[a-z0-9._+-]+@[a-z0-9.-]+[a-z0-9]")
NUMBER = re.compile(r"(?<![0-9a-f-])\+?([1-9][0-9]{9,14})(?![0-9a-f-])")
TOKEN = re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}|(?<![\w-])SECRET-[\w-]+")
LONG_TEXT = re.compile(r'"([^"\\]{16,})"')
# Of an answer: what only the caller may know.
SECRET_FIELDS = {"token", "key"}
UNSUBSCRIBE = re.compile(rb"/unsubscribe/([\w.-]{20,})")
RECIPIENTS = "select recipient_email as word from email_sends"
ACCOUNTS = "select user_email as word from users"
PHONES = "select recipient_phone as word from sms_sends"
TABLES = """
select n.nspname, c.relname
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by 1, 2
"""
# Of a queue, so many requests for ten messages.
PAGES = 20
READABLE = 5_000_000

Place = tuple[str, Iterable[str]]


@dataclass(slots=True)
class Secrets:
    """What only its owner may know: found out while people use the API."""

    words: set[str] = field(default_factory=set)

    def listen(self, monkeypatch: Any) -> None:
        """Hear what clients are given and send."""
        call = Client.call

        def heard(client: Client, *values: Any, **named: Any) -> Answer:
            answer = call(client, *values, **named)
            self.words |= {str(answer.body[name]) for name in SECRET_FIELDS & set(answer.body)}
            return answer

        monkeypatch.setattr(Client, "call", heard)


@dataclass(slots=True, kw_only=True)
class Search:
    """What is searched for. `findings`: by place and kind, one example of each."""

    addresses: set[str]
    accounts: set[str]  # addresses by which people sign in
    numbers: set[str]
    secrets: set[str]
    findings: dict[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, database: psycopg.Connection[Any], secrets: Iterable[str]) -> Search:
        """Everybody's addresses and numbers that are in the ledgers, and these secrets."""

        def words(query: str) -> set[str]:
            return {str(row["word"]).lower().removeprefix("+") for row in database.execute(query.encode())}

        return cls(
            addresses={each for each in words(RECIPIENTS) if not each.endswith(".invalid")},
            accounts=words(ACCOUNTS),
            numbers=words(PHONES),
            secrets={each for each in secrets if len(each) >= 16},
        )

    def read(self, place: str, text: str) -> None:
        """Note what this text has in it, however it is escaped."""
        plain = unquote(text.replace("\\u0040", "@").replace("\\u002b", "+"))
        folded = plain.lower()
        addresses = ADDRESS.findall(folded) if "@" in folded else ()
        kinds = {
            "address": self.addresses.intersection(addresses),
            "account": self.accounts.intersection(addresses),
            "number": self.numbers.intersection(NUMBER.findall(folded)),
            "token": TOKEN.findall(plain),
            "secret": [each for each in self.secrets if each in plain],
        }
        for kind, found in kinds.items():
            if found:
                self.findings.setdefault((place, kind), min(found)[:60])


def everything(directory: StateDirectory, database: psycopg.Connection[Any], sqs: Any) -> Iterator[Place]:
    """All places with their texts: logs, queues, objects, tables by column, other files of the state directory."""
    for name, file in log_files(directory).items():
        kind = "function" if file.parent == directory.function_logs else "part"
        yield f"log of {kind} {name}", _lines(file)
    for url in sqs.list_queues().get("QueueUrls", ()):
        yield f"queue {url.rsplit('/', 1)[-1]}", _messages(sqs, url)
    for file in _files(directory.objects):
        _account, bucket, *folders, _name = file.relative_to(directory.objects).parts
        yield f"objects below {folders[0]}/" if folders else f"objects of {bucket}", _lines(file)
    for schema, table in [tuple(row.values()) for row in database.execute(TABLES.encode())]:
        yield from _columns(database, schema, table)
    elsewhere = (directory.objects, directory.logs, directory.postgres)
    for file in _files(directory.path):
        if not any(file.is_relative_to(each) for each in elsewhere):
            yield f"file {file.relative_to(directory.path).as_posix()}", _lines(file)


def keys_of_stack(directory: StateDirectory) -> set[str]:
    """Passwords of the database, and the key that signs links and hashes addresses."""
    kept = (directory.passwords, directory.message_key)
    return {word for file in kept for word in LONG_TEXT.findall(file.read_text())}


def tokens_of_recipients(directory: StateDirectory) -> set[str]:
    """Tokens of unsubscribe links, from the messages that the mailbox keeps: who has one can unsubscribe."""
    from infra.local.simulators.mailbox.store import Store

    store = Store(directory.mailbox / "mailbox.sqlite")
    try:
        texts = [f"{each.message.html} {each.message.headers}".encode() for each in store.page(limit=100)]
    finally:
        store.close()
    return {found.decode() for text in texts for found in UNSUBSCRIBE.findall(text)}


def _columns(database: psycopg.Connection[Any], schema: str, table: str) -> Iterator[Place]:
    """The texts of each column of a table; months of a table are one place."""
    query = sql.SQL("select to_jsonb(t) as row from {} t").format(sql.Identifier(schema, table))
    columns: defaultdict[str, list[str]] = defaultdict(list)
    for row in database.execute(query):
        for column, value in row["row"].items():
            if isinstance(value, str | dict | list):
                columns[column].append(
                    value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                )
    name = re.sub(r"_(?:\d{4}_\d{2}|default)$", "", table)
    for column, texts in columns.items():
        yield f"column {name}.{column}", ["\n".join(texts)]


def _messages(sqs: Any, url: str) -> Iterator[str]:
    """The bodies of a queue's messages; they stay in it."""
    for _ in range(PAGES):
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=2)
        messages = answer.get("Messages", ())
        if not messages:
            return
        yield from (message["Body"] for message in messages)


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()] if folder.exists() else []


def _lines(file: Path) -> Iterator[str]:
    """The file as one text; of large ones the first part. It may go while it is read."""
    try:
        with file.open("rb") as stream:
            yield stream.read(READABLE).decode(errors="replace")
    except OSError:
        return
