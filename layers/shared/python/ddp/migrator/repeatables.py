"""Replaces what a repeatable file makes, in place if PostgreSQL allows it, else together with its dependents.

What a file makes is not parsed from its text but read from the catalogue: the objects that are new or have a new
version after it ran. The ledger keeps that list. It tells later which objects are missing, which ones no file makes any
more, and which files must run again when an object has to be dropped. Several files may list one object: the one that
creates it, another that grants on it, or, while its text moves to another file, the old one and the new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from psycopg import errors as pg
from psycopg.rows import DictRow

from ddp.migrator.connection import Connection, Report, load, rows
from ddp.migrator.errors import ApplyFailed
from ddp.migrator.files import Repeatable, SchemaFiles

_BUILD_SCHEMA: Final = "ddp_build"
# What CREATE OR REPLACE answers to another return type, parameter name, column or kind of object, CREATE to an object
# that exists, and DROP to one that others need.
_REFUSALS: Final = (
    pg.InvalidFunctionDefinition,
    pg.InvalidTableDefinition,
    pg.WrongObjectType,
    pg.DuplicateTable,
    pg.DuplicateObject,
    pg.DuplicateFunction,
    pg.DependentObjectsStillExist,
)
_TRACKED: Final = ("function", "procedure", "aggregate", "view", "materialized view", "trigger", "policy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Objects:
    """The objects that exist now, which present files list each of them, and the files' checksums in the ledger."""

    found: dict[str, DictRow]
    makers: dict[str, set[str]]
    checksums: dict[str, str]

    def made_by(self, name: str) -> list[str]:
        """Existing objects that this file lists."""
        return [made for made in self.found if name in self.makers.get(made, set())]

    def made_only_by(self, name: str) -> list[str]:
        """Existing objects that this file and no other lists."""
        return [made for made in self.found if self.makers.get(made) == {name}]

    def changed_since(self, before: Objects) -> list[str]:
        """Objects that this transaction has created or replaced since an earlier look, which may be older than it."""
        return [
            made
            for made, row in self.found.items()
            if row["is_own"] and (made not in before.found or before.found[made]["version"] != row["version"])
        ]

    def recorded(self, file: Repeatable, made: Iterable[str], dropped: Iterable[str]) -> Objects:
        """The same after a file ran, made these objects, and those were dropped that it made before."""
        others = {name: makers - {file.name} for name, makers in self.makers.items()}
        gone = frozenset(dropped)
        return Objects(
            found={name: row for name, row in self.found.items() if name not in gone},
            makers={**others, **{name: others.get(name, set()) | {file.name} for name in made}},
            checksums={**self.checksums, file.name: file.checksum},
        )


def replace(
    connection: Connection, files: SchemaFiles, file: Repeatable, report: Report, known: Objects | None
) -> tuple[tuple[str, ...], Objects | None]:
    """Apply one repeatable file inside the transaction that is open.

    `known`: what was there when the file before was done; reading all of it takes longer than most files run.
    Returns the names of the files that ran (this one, and those whose objects had to be made again with it), and what
    is there now, if that is known. Raises psycopg errors and ApplyFailed.
    """
    objects = known or _objects(connection, files)
    if file.materialized_view and objects.made_by(file.name):
        return _swap(connection, files, file, objects, report), None
    try:
        with connection.transaction():  # a savepoint: refusal leaves the rest of the transaction alive
            return (file.name,), _run(connection, files, file, objects)
    except _REFUSALS:
        if not objects.made_by(file.name):
            raise
        return _rebuild(connection, files, file, objects, report), None


def _run(connection: Connection, files: SchemaFiles, file: Repeatable, before: Objects) -> Objects:
    """Run the text, drop what it no longer makes, record what it makes; returns what is there now."""
    connection.execute(file.text.encode())
    return _record(connection, files, file, before)


def _record(connection: Connection, files: SchemaFiles, file: Repeatable, before: Objects) -> Objects:
    after = _objects(connection, files)
    made = after.changed_since(before)
    gone = [old for old in after.made_only_by(file.name) if old not in made]
    # What a file that comes later replaces or drops stays until then: somebody may be calling it.
    dropped = [old for old in gone if not _moves(old, files, file)]
    _drop(connection, dropped)
    connection.execute(load("repeatables.sql"), [file.name, file.checksum, sorted(made)])
    return after.recorded(file, made, dropped)


def _moves(description: str, files: SchemaFiles, file: Repeatable) -> bool:
    """Whether another file makes or drops a function of this name: `function ddp.claim(integer)` as `ddp.claim(`."""
    kind, _, signature = description.partition(" ")
    name = re.escape(signature.partition("(")[0])
    of_others = re.compile(
        rf"\b(create\s+(or\s+replace\s+)?{kind}\s+|drop\s+{kind}\b[^;]*?\b){name}\s*\(", re.IGNORECASE
    )
    return any(of_others.search(other.text) for other in files.repeatables if other.name != file.name)


def _rebuild(
    connection: Connection, files: SchemaFiles, file: Repeatable, objects: Objects, report: Report
) -> tuple[str, ...]:
    """Drop what the file made together with its dependents, and make all of it again."""
    affected = _affected(connection, files, file, objects)
    _drop(connection, objects.made_by(file.name), cascade=True)
    _run(connection, files, file, _objects(connection, files))
    return (file.name, *_run_again(connection, files, affected, report))


def _swap(
    connection: Connection, files: SchemaFiles, file: Repeatable, objects: Objects, report: Report
) -> tuple[str, ...]:
    """Build a materialized view in another schema while the old one serves, then put it in the old one's place.

    Its name stays the same, so that the names of its indexes need no change.
    """
    view = str(file.materialized_view)
    schema, _, name = view.partition(".")
    aside = f"{_BUILD_SCHEMA}.{name}"
    affected = _affected(connection, files, file, objects)
    connection.execute(f"create schema {_BUILD_SCHEMA}".encode())
    connection.execute(re.sub(rf"(?<![\w.]){re.escape(view)}\b", aside, file.text).encode())
    _drop(connection, objects.made_by(file.name), cascade=True)
    connection.execute(f"alter materialized view {aside} set schema {schema}".encode())
    connection.execute(f"drop schema {_BUILD_SCHEMA}".encode())
    _record(connection, files, file, objects)
    return (file.name, *_run_again(connection, files, affected, report))


def _run_again(
    connection: Connection, files: SchemaFiles, affected: tuple[Repeatable, ...], report: Report
) -> list[str]:
    """Run the affected files, each after the files it requires, which may not have had their turn yet."""
    again = {file.name for file in affected}
    required = {file.name for file in files.required_by(again)} - again
    names: list[str] = []
    for file in files.repeatables:
        if file.name not in required | again:
            continue  # without reading the catalogue: locks are held
        objects = _objects(connection, files)
        if file.name in required and objects.checksums.get(file.name) != file.checksum:
            names += replace(connection, files, file, report, objects)[0]
        elif file.name in again and not (file.materialized_view and objects.made_by(file.name)):
            # (A materialized view that still exists was not touched; if it has to change too, its turn comes.)
            report(f"  … and {file.path}, which depends on it")
            _run(connection, files, file, objects)
            names.append(file.name)
    return names


def _affected(
    connection: Connection, files: SchemaFiles, file: Repeatable, objects: Objects
) -> tuple[Repeatable, ...]:
    """Every other file whose objects are dropped with this one's, in order. Raises ApplyFailed for foreign objects."""
    roots = [objects.found[made] for made in objects.made_by(file.name)]
    dependents = rows(
        connection,
        load("dependents.sql"),
        {"classids": [root["classid"] for root in roots], "objids": [root["objid"] for root in roots]},
    )
    for dependent in dependents:
        tracked = dependent["object"].startswith(_TRACKED)
        if dependent["object"] not in objects.makers and (tracked or not dependent["is_part"]):
            raise ApplyFailed(
                f"{file.path} cannot be changed in place: {dependent['description']}, which no other file made, "
                "depends on it. Drop that in a new migration (and create it again afterwards), then apply."
            )
    going = [root["object"] for root in roots] + [dependent["object"] for dependent in dependents]
    makers = {maker for gone in going for maker in objects.makers.get(gone, ())}
    # Files that only require one of them run in a step of their own, where they hold fewer locks at once.
    return tuple(other for other in files.repeatables if other.name in makers - {file.name})


def _drop(connection: Connection, objects: Iterable[str], *, cascade: bool = False) -> None:
    for description in objects:  # such as `function public.f(uuid)` or `policy p on public.t`
        connection.execute(f"drop {_if_exists(description)}{' cascade' if cascade else ''}".encode())


def _if_exists(description: str) -> str:
    kind = next(kind for kind in _TRACKED if description.startswith(f"{kind} "))
    return f"{kind} if exists {description.removeprefix(kind)}"


def _objects(connection: Connection, files: SchemaFiles) -> Objects:
    present = {file.name for file in files.repeatables}
    ledger = rows(connection, "select name, checksum, objects from ddp.applied_repeatables")
    makers: dict[str, set[str]] = {}
    for row in ledger:
        for made in row["objects"] if row["name"] in present else ():
            makers.setdefault(made, set()).add(row["name"])
    return Objects(
        found={row["object"]: row for row in rows(connection, load("objects.sql"))},
        makers=makers,
        checksums={row["name"]: row["checksum"] for row in ledger},
    )
