"""Compares the live catalogue with the fingerprint of it that is shipped for each PostgreSQL major version.

A fingerprint is a JSON object: object (`column public.files.file_name`) → aspect (`type`) → value in words.
`fingerprints/18.json` is complete; those of older versions hold only the objects that differ there (null where an
object does not exist).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ddp.migrator.conditions import as_restored
from ddp.migrator.connection import Connection, load, rows
from ddp.migrator.errors import MigratorError

Fingerprint = Mapping[str, Mapping[str, str]]

NEWEST: Final = 18

# An aspect that names the containing object. If both are extra or missing, only the container is reported.
_CONTAINER: Final = "of"
_HASHED: Final = " (hash)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One deviation from the schema as shipped: the object, and a sentence about it."""

    object: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.object}: {self.sentence}"


def differences(connection: Connection, schema_directory: Path) -> tuple[Difference, ...]:
    """What was added, removed or changed by hand. Raises MigratorError if no fingerprint is shipped."""
    expected = shipped_fingerprint(schema_directory, _major(connection))
    schemas = _schemas_of(expected)
    foreign = _foreign(connection, schemas)
    live = take_fingerprint(connection, schemas - foreign)
    return tuple(compare(_without(expected, foreign), live))


def take_fingerprint(connection: Connection, schemas: set[str]) -> Fingerprint:
    """The live catalogue of these schemas."""
    fingerprint: dict[str, dict[str, str]] = {}
    with connection.transaction():
        connection.execute("set local search_path = ''")
        for row in rows(connection, load("verification.sql"), {"schemas": sorted(schemas)}):
            fingerprint.setdefault(row["object"], {})[row["aspect"]] = row["value"]
    return fingerprint


def own_schemas(connection: Connection) -> set[str]:
    """The schemas of the owner of `ddp`, and `public`, which may belong to the database's owner."""
    query = """
        select nspname from pg_catalog.pg_namespace
        where nspname = 'public' or (nspname !~ '^pg_' and nspowner = (
            select nspowner from pg_catalog.pg_namespace where nspname = 'ddp'
        ) and nspname <> 'information_schema')
    """
    return {row["nspname"] for row in rows(connection, query)}


def write_fingerprint(connection: Connection, schema_directory: Path) -> Path:
    """Write the live catalogue as the fingerprint of this server's major version: a developer's command.

    The complete one, of the newest version, must be written before the others.
    """
    major = _major(connection)
    live = take_fingerprint(connection, own_schemas(connection))
    path = _path(schema_directory, major)
    path.parent.mkdir(exist_ok=True)
    whole = {} if major == NEWEST else _read(schema_directory, NEWEST)
    names = live.keys() | whole.keys()
    path.write_text(serialise({name: live.get(name) for name in names if live.get(name) != whole.get(name)}))
    return path


def serialise(fingerprint: Mapping[str, Mapping[str, str] | None]) -> str:
    """JSON with one object per line, so that a change of the schema reads well in a diff."""
    lines = [
        f"  {json.dumps(name)}: {json.dumps(aspects, sort_keys=True)}"
        for name, aspects in fingerprint.items()
    ]
    return "{\n" + ",\n".join(sorted(lines)) + "\n}\n" if lines else "{}\n"


def compare(expected: Fingerprint, live: Fingerprint) -> Iterator[Difference]:
    """Deviations in order of object name, without those inside an extra or missing object."""
    for name in sorted(expected.keys() | live.keys()):
        if name not in live:
            if expected[name].get(_CONTAINER, name) in live or _CONTAINER not in expected[name]:
                yield Difference(object=name, sentence="is missing")
        elif name not in expected:
            if live[name].get(_CONTAINER, name) in expected or _CONTAINER not in live[name]:
                yield Difference(object=name, sentence="is not part of the schema")
        else:
            yield from _compare_aspects(name, expected[name], live[name])


def _compare_aspects(name: str, expected: Mapping[str, str], live: Mapping[str, str]) -> Iterator[Difference]:
    for aspect in sorted(expected.keys() | live.keys()):
        should, is_ = expected.get(aspect), live.get(aspect)
        if should == is_ or (should and is_ and as_restored(should) == as_restored(is_)):
            continue
        if aspect.endswith(_HASHED):
            yield Difference(
                object=name, sentence=f"{aspect.removesuffix(_HASHED)} differs from the one shipped"
            )
        else:
            yield Difference(
                object=name, sentence=f"{aspect} is {is_ or 'none'}, expected {should or 'none'}"
            )


def shipped_fingerprint(schema_directory: Path, major: int) -> Fingerprint:
    """The expected catalogue of this major version. Raises MigratorError if none is shipped."""
    fingerprint = _read(schema_directory, NEWEST)
    if major != NEWEST:
        fingerprint |= _read(schema_directory, major)
    return {name: aspects for name, aspects in fingerprint.items() if aspects is not None}


def _read(schema_directory: Path, major: int) -> dict[str, dict[str, str] | None]:
    path = _path(schema_directory, major)
    if not path.exists():
        raise MigratorError(
            f"There is no fingerprint for PostgreSQL {major} ({path}). A developer writes it with "
            "`ddp migrate fingerprint`."
        )
    fingerprint: dict[str, dict[str, str] | None] = json.loads(path.read_text(encoding="utf-8"))
    return fingerprint


def _path(schema_directory: Path, major: int) -> Path:
    return schema_directory / "fingerprints" / f"{major}.json"


def _major(connection: Connection) -> int:
    return connection.info.server_version // 10000


def _schemas_of(fingerprint: Fingerprint) -> set[str]:
    return {name.removeprefix("schema ") for name in fingerprint if name.startswith("schema ")}


def _foreign(connection: Connection, schemas: set[str]) -> set[str]:
    """Schemas of the fingerprint that have another owner here: `auth` on Supabase."""
    present = rows(connection, "select nspname from pg_namespace where nspname = any (%s)", [sorted(schemas)])
    return {row["nspname"] for row in present} - own_schemas(connection)


def _without(fingerprint: Fingerprint, schemas: set[str]) -> Fingerprint:
    return {name: aspects for name, aspects in fingerprint.items() if _schema_of(name) not in schemas}


def _schema_of(name: str) -> str:
    """`column public.files.file_id` → `public`, `trigger t on ddp.x` → `ddp`, `schema auth` → `auth`."""
    qualified = name.rpartition(" on ")[2] if name.startswith(("constraint", "policy", "trigger")) else name
    words = qualified.partition("(")[0].split(" ")
    return words[-1].partition(".")[0]
