"""Columns as PostgreSQL arrays, for statements about thousands of rows: `unnest(%(ids)s::uuid[], %(names)s::text[])`.

psycopg adapts lists element by element, which takes longer than the statement for thousands of elements in dozens of
columns.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from psycopg import adapters
from psycopg.adapt import Dumper
from psycopg.pq import Format

# The values of one column, one for each row.
Column = Sequence[object]


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

# The parameters of a statement, by name.
Arrays = Mapping[str, "str | Uuids"]

# Sent in binary: PostgreSQL would spend as long on parsing their texts as on finding the rows.
_UUID_COLUMNS = ("event_id", "send_id")
# Sent as one JSON array, which the statement takes apart: to encode each value takes three times as long.
_JSON_COLUMNS = ("detail", "charges")


def arrays(prefix: str, names: Sequence[str], rows: Sequence[object]) -> dict[str, str | Uuids]:
    """Rows as parameters: one array for each attribute, named `prefix.name`. Raises ValueError without rows."""
    columns = zip(*map(attrgetter(*names), rows), strict=True)
    return {f"{prefix}.{name}": _parameter(name, column) for name, column in zip(names, columns, strict=True)}


def _parameter(name: str, column: Column) -> str | Uuids:
    if name in _UUID_COLUMNS:
        return uuids(column)
    return json.dumps(column) if name in _JSON_COLUMNS else array(column)


def uuids(values: Column) -> Uuids:
    """A uuid[] without nulls: the array's header, then the length of each element and the element itself.

    Raises ValueError for a value that is not hexadecimal.
    """
    dimensions, has_nulls, lower_bound = 1, 0, 1
    head = struct.pack(">5i", dimensions, has_nulls, adapters.types["uuid"].oid, len(values), lower_bound)
    return Uuids(head + bytes.fromhex("".join([f"00000010{value}" for value in values]).replace("-", "")))


def array(values: Column) -> str:
    """A PostgreSQL array as text, of values of one type and nulls.

    A column that holds only nulls becomes an empty array: unnest() fills up shorter arrays with nulls.
    """
    if values.count(None) == len(values):
        return "{}"
    if isinstance(values[0], str) and (text := _texts(values)) is not None:
        return text
    if None not in values and isinstance(values[0], int):
        return "{" + ",".join(map(str, values)) + "}"
    return "{" + ",".join(map(_element, values)) + "}"


# Stands between texts while all of them are quoted at once. Texts that contain it are quoted one by one.
_SEPARATOR = "\x1f"


def _texts(values: Column) -> str | None:
    """An array of texts, quoted at once; None where a value is not text or contains the separator."""
    try:
        together = _SEPARATOR.join(values)  # type: ignore[arg-type]  # raises where a value is not text
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
