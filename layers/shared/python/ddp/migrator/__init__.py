"""Applies `schema/` to a PostgreSQL database, and checks that it is still as applied.

Migrations (`schema/migrations`) run once each, in order. Repeatable files (`schema/functions`, `triggers`,
`views`, `policies`) run whenever their text, what they require, or the existence of what they made changes.
Every function takes a connection URL, or a connection in autocommit, and the schema directory; all raise
MigratorError, whose message is a sentence that says what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ddp.migrator.applying import Applied, apply_files
from ddp.migrator.connection import Connection, Report, session
from ddp.migrator.errors import ApplyFailed, CannotConnect, HistoryConflict, InvalidFiles, MigratorError
from ddp.migrator.files import read_schema
from ddp.migrator.planning import Ledger, Plan, Step, make_plan, read_ledger
from ddp.migrator.verification import Difference, differences, write_fingerprint

__all__ = [
    "Applied",
    "ApplyFailed",
    "CannotConnect",
    "Difference",
    "HistoryConflict",
    "InvalidFiles",
    "Ledger",
    "MigratorError",
    "Plan",
    "Status",
    "Step",
    "apply",
    "fingerprint",
    "ledger",
    "plan",
    "plan_of",
    "status",
    "verify",
]

DEFAULT_WAIT_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is applied, and what an apply would still do."""

    ledger: Ledger
    plan: Plan


def apply(
    target: str | Connection,
    schema_directory: Path,
    report: Report = lambda _line: None,
    *,
    reapply: bool = False,
    wait_seconds: float = DEFAULT_WAIT_SECONDS,
) -> Applied:
    """Bring the database to the state of the files; safe to call at any time, also several times at once.

    `report` gets one line per step. `reapply` runs every repeatable file again (which undoes changes made by hand).
    `wait_seconds` is how long to wait for another applier.
    """
    files = read_schema(schema_directory)
    with session(target) as connection:
        return apply_files(connection, files, report, reapply=reapply, wait_seconds=wait_seconds)


def ledger(target: str | Connection) -> Ledger:
    """What was applied to the database; changes nothing."""
    with session(target) as connection:
        return read_ledger(connection)


def plan_of(ledger: Ledger, schema_directory: Path) -> Plan:
    """What `apply` would do to a database with this ledger."""
    return make_plan(read_schema(schema_directory), ledger)


def plan(target: str | Connection, schema_directory: Path) -> Plan:
    """What `apply` would do; changes nothing."""
    return status(target, schema_directory).plan


def status(target: str | Connection, schema_directory: Path) -> Status:
    """The ledger and the plan; changes nothing."""
    files = read_schema(schema_directory)
    with session(target) as connection:
        ledger = read_ledger(connection)
        return Status(ledger=ledger, plan=make_plan(files, ledger))


def verify(target: str | Connection, schema_directory: Path) -> tuple[Difference, ...]:
    """Deviations of the live catalogue from the schema as shipped; changes nothing.

    Raises HistoryConflict if the database is older or newer than the files: then nothing can be compared.
    """
    files = read_schema(schema_directory)
    with session(target) as connection:
        plan = make_plan(files, read_ledger(connection))
        if plan.newer:
            raise HistoryConflict(
                f"The database is newer than these files (it has {plan.newer[-1]}): verify it with the release "
                "that applied it."
            )
        if plan.migrations:
            raise HistoryConflict(f"{plan.migrations[0].file.name} is not applied yet: apply first.")
        return differences(connection, schema_directory)


def fingerprint(target: str | Connection, schema_directory: Path) -> Path:
    """Write `fingerprints/<major>.json` from a database that was just made by `apply`; returns its path."""
    with session(target) as connection:
        return write_fingerprint(connection, schema_directory)
