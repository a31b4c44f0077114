"""What an apply would do: the files compared with the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ddp.migrator.connection import Connection, load, rows
from ddp.migrator.errors import HistoryConflict
from ddp.migrator.files import Migration, Repeatable, SchemaFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A ledger row of a repeatable file: its checksum when applied, and the objects it made."""

    checksum: str
    objects: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What the database says was applied. `objects` are those that exist now, by description."""

    migrations: Mapping[str, str]
    repeatables: Mapping[str, Entry]
    objects: frozenset[str]

    @property
    def exists(self) -> bool:
        """Whether anything was ever applied here."""
        return bool(self.migrations or self.repeatables)

    def as_json(self) -> dict[str, Any]:
        """The ledger for who cannot reach the database: `from_json` reads it."""
        repeatables = {
            name: {"checksum": entry.checksum, "objects": sorted(entry.objects)}
            for name, entry in self.repeatables.items()
        }
        return {
            "migrations": dict(self.migrations),
            "repeatables": repeatables,
            "objects": sorted(self.objects),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Ledger:
        """What `as_json` wrote."""
        return cls(
            migrations=value["migrations"],
            repeatables={
                name: Entry(checksum=entry["checksum"], objects=frozenset(entry["objects"]))
                for name, entry in value["repeatables"].items()
            },
            objects=frozenset(value["objects"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One file to apply, and why in words."""

    file: Migration | Repeatable
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Steps in order. `newer` names migrations that the database has and these files do not."""

    migrations: tuple[Step, ...]
    repeatables: tuple[Step, ...]
    newer: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, migrations first."""
        return self.migrations + self.repeatables


def read_ledger(connection: Connection) -> Ledger:
    """Read the ledger; empty where the migrator never ran."""
    if rows(connection, "select to_regclass('ddp.applied_repeatables') as ledger")[0]["ledger"] is None:
        return Ledger(migrations={}, repeatables={}, objects=frozenset())
    migrations = rows(connection, "select name, checksum from ddp.applied_migrations order by name")
    repeatables = rows(connection, "select name, checksum, objects from ddp.applied_repeatables")
    return Ledger(
        migrations={row["name"]: row["checksum"] for row in migrations},
        repeatables={
            row["name"]: Entry(checksum=row["checksum"], objects=frozenset(row["objects"]))
            for row in repeatables
        },
        objects=frozenset(row["object"] for row in rows(connection, load("objects.sql"))),
    )


def make_plan(files: SchemaFiles, ledger: Ledger, *, reapply: bool = False) -> Plan:
    """Compare. Raises HistoryConflict where files and ledger cannot belong together."""
    names = {migration.name for migration in files.migrations}
    unknown = tuple(name for name in ledger.migrations if name not in names)
    pending = tuple(file for file in files.migrations if file.name not in ledger.migrations)
    _check_checksums(files, ledger)
    _check_order(files, pending, unknown, ledger)
    if unknown:  # an older release beside a newer database: it must change nothing
        return Plan(migrations=(), repeatables=(), newer=unknown)
    return Plan(
        migrations=tuple(Step(file=file, reason="new") for file in pending),
        repeatables=tuple(
            Step(file=file, reason=reason)
            for file in files.repeatables
            if (reason := "reapply" if reapply else _reason(file, files, ledger))
        ),
        leftovers=_leftovers(files, ledger),
    )


def _check_checksums(files: SchemaFiles, ledger: Ledger) -> None:
    for file in files.migrations:
        if ledger.migrations.get(file.name, file.checksum) != file.checksum:
            raise HistoryConflict(
                f"{file.name} was edited after it was applied. Restore its text (git log -- schema/{file.path}), "
                "and put the change into a new migration."
            )


def _check_order(
    files: SchemaFiles, pending: tuple[Migration, ...], unknown: tuple[str, ...], ledger: Ledger
) -> None:
    """Files and ledger must be equal, or one the beginning of the other."""
    if unknown and pending:
        raise HistoryConflict(
            f"The database has {unknown[-1]}, which these files do not, and they have {pending[0].name}, which the "
            "database does not: they are from different branches. Merge the branches, then apply."
        )
    if unknown and files.migrations and unknown[0] < files.migrations[-1].name:
        raise HistoryConflict(
            f"{unknown[0]} was applied, but its file is missing. Restore it: applied migrations must stay."
        )
    last = max(ledger.migrations, default="")
    if pending and pending[0].name < last:
        raise HistoryConflict(
            f"{pending[0].name} is new, but {last} was applied already. Give it a number after the last one."
        )


def _reason(file: Repeatable, files: SchemaFiles, ledger: Ledger) -> str | None:
    entry = ledger.repeatables.get(file.name)
    if entry is None:
        return "new"
    if missing := sorted(entry.objects - ledger.objects):
        return f"{missing[0]} is missing"
    if entry.checksum == file.checksum:
        return None
    changed = [
        other.name
        for other in files.repeatables
        if other.name in file.requires and _checksum_of(other.name, ledger) != other.checksum
    ]
    return f"{changed[0]}, which it requires, changed" if changed else "changed"


def _checksum_of(name: str, ledger: Ledger) -> str | None:
    entry = ledger.repeatables.get(name)
    return entry.checksum if entry else None


def _leftovers(files: SchemaFiles, ledger: Ledger) -> tuple[str, ...]:
    """Objects whose file was removed: apply never assumes that it may drop them."""
    names = {file.name for file in files.repeatables}
    kept = {made for name, entry in ledger.repeatables.items() if name in names for made in entry.objects}
    return tuple(
        f"{made} (made by {name}, which no longer exists)"
        for name, entry in sorted(ledger.repeatables.items())
        if name not in names
        for made in sorted((entry.objects & ledger.objects) - kept)
    )
