"""What the provider reported about messages, handed to PostgreSQL in columns."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import Cursor, adapters
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.rows import DictRow

from ddp.queries import load

SQL = load(__file__)

# A column of a set: what stands at one place of all columns belongs together.
Column = Sequence[object]
Arrays = Mapping[str, "str | Uuids"]

# Of these, PostgreSQL would spend as long on reading the texts as on looking for the rows.
_UUIDS = ("event_ids", "event_sends", "sends", "tests")


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a batch came to: new events, messages that are not ours, rows changed, addresses suppressed.

    `sent_twice`: messages of which it is known since this batch that two attempts were accepted.
    """

    events: int
    unknown_sends: int
    changed: int
    suppressed: int
    sent_twice: list[str]


def arrays(columns: Mapping[str, Column]) -> Arrays:
    """The columns as PostgreSQL reads them; ids are 32 hexadecimal digits, with or without hyphens."""
    return {name: uuids(column) if name in _UUIDS else array(column) for name, column in columns.items()}


@dataclass(frozen=True, slots=True)
class Uuids:
    """A uuid[] in PostgreSQL's binary form."""

    data: bytes


class _UuidsDumper(Dumper):
    format = Format.BINARY
    oid = adapters.types["uuid"].array_oid

    def dump(self, obj: Uuids) -> bytes:
        return obj.data


adapters.register_dumper(Uuids, _UuidsDumper)


def uuids(values: Column) -> Uuids:
    """An array of ids without nulls: its dimension, then the length of each element and the element itself."""
    dimensions, has_nulls, lower_bound = 1, 0, 1
    head = struct.pack(">5i", dimensions, has_nulls, adapters.types["uuid"].oid, len(values), lower_bound)
    return Uuids(head + bytes.fromhex("".join([f"00000010{value}" for value in values]).replace("-", "")))


def apply(cursor: Cursor[DictRow], arrays: Arrays) -> Applied:
    """Take events and what they say together, by the names of `apply_events`' parameters."""
    row = cursor.execute(SQL.apply_events, arrays).fetchone()
    assert row is not None  # noqa: S101 - a function call always returns its row
    return Applied(**row["counts"])


def apply_to_tests(cursor: Cursor[DictRow], arrays: Arrays) -> int:
    """The same for test sends; returns how many changed."""
    row = cursor.execute(SQL.apply_test_events, arrays).fetchone()
    assert row is not None  # noqa: S101
    changed: int = row["changed"]
    return changed


def array(values: Column) -> str:
    """A PostgreSQL array as text, of values of one sort and nulls. psycopg adapts element by element: for thousands of
    elements in dozens of columns that takes longer than the statement.

    A column of nulls alone is empty: unnest() makes nulls of what a shorter array does not have.
    """
    if values.count(None) == len(values):
        return "{}"
    if isinstance(values[0], str) and (text := _texts(values)) is not None:
        return text
    if None not in values and isinstance(values[0], int):
        return "{" + ",".join(map(str, values)) + "}"
    return "{" + ",".join(map(_element, values)) + "}"


# Between elements while they are quoted together; texts that contain it go one by one.
_SEPARATOR = "\x1f"


def _texts(values: Column) -> str | None:
    """An array of texts, quoted in one go; None where one of them is none, or has the separator in it."""
    try:
        together = _SEPARATOR.join(values)  # type: ignore[arg-type]  # where one is no text, this raises
    except TypeError:
        return None
    if together.count(_SEPARATOR) != len(values) - 1:
        return None
    return '{"' + _quoted(together).replace(_SEPARATOR, '","') + '"}'


def _element(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, datetime):
        return value.isoformat()
    return f'"{_quoted(value)}"' if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
