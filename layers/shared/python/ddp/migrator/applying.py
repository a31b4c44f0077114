"""Applies a plan: each file in a transaction of its own together with its ledger row."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Final, TypeVar

import psycopg
from psycopg import errors as pg

from ddp.migrator import repeatables
from ddp.migrator.connection import Connection, Report, exclusive, holds_lock, load, rows
from ddp.migrator.errors import ApplyFailed
from ddp.migrator.files import Migration, Repeatable, SchemaFiles
from ddp.migrator.planning import Plan, make_plan, read_ledger

# Applications keep running during migrations, and a statement that waits for a lock makes everyone queue behind it: so
# it gives up soon, and tries again when the table is quieter. Sooner than deadlock_timeout (1 s), after which the
# server might end a user's transaction instead of this one.
LOCK_TIMEOUT: Final = "300ms"
_LOCK_ATTEMPTS: Final = 30
_LONGEST_PAUSE_SECONDS: Final = 20.0
Result = TypeVar("Result")
_TRANSIENT: Final = (pg.LockNotAvailable, pg.DeadlockDetected, pg.SerializationFailure)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What an apply did: names of files in order. If `newer` (as in Plan) is not empty, nothing was applied."""

    migrations: tuple[str, ...] = ()
    repeatables: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()


def apply_files(
    connection: Connection, files: SchemaFiles, report: Report, *, reapply: bool, wait_seconds: float
) -> Applied:
    """Bring the database to the state of the files. If there is nothing to do, take no lock and write nothing."""
    plan = make_plan(files, read_ledger(connection), reapply=reapply)
    if plan.steps:
        with exclusive(connection, report, wait_seconds=wait_seconds):
            return _apply_locked(connection, files, report, reapply=reapply)
    return _nothing_to_do(plan, report)


def _nothing_to_do(plan: Plan, report: Report) -> Applied:
    if plan.newer:
        report(f"The database is newer than these files (it has {plan.newer[-1]}): nothing was changed.")
    else:
        report("Nothing to do.")
    return Applied(newer=plan.newer)


def _apply_locked(connection: Connection, files: SchemaFiles, report: Report, *, reapply: bool) -> Applied:
    plan = make_plan(files, read_ledger(connection), reapply=reapply)
    if not plan.steps:  # another applier was faster
        return _nothing_to_do(plan, report)
    with connection.transaction():
        connection.execute("set local client_min_messages = warning")
        connection.execute(load("ledger.sql"))
    migrations = [step.file for step in plan.migrations if isinstance(step.file, Migration)]
    for migration in migrations:
        report(f"Applying {migration.path}")
        _apply_migration(connection, migration, report)
    # A migration may have dropped what a repeatable file made: plan again.
    plan = make_plan(files, read_ledger(connection), reapply=reapply)
    return Applied(
        migrations=tuple(file.name for file in migrations),
        repeatables=_apply_repeatables(connection, files, plan, report),
    )


def _apply_repeatables(
    connection: Connection, files: SchemaFiles, plan: Plan, report: Report
) -> tuple[str, ...]:
    done: list[str] = []
    known: repeatables.Objects | None = None
    for step in plan.repeatables:
        file = step.file
        if isinstance(file, Repeatable) and file.name not in done:
            report(f"Applying {file.path} ({step.reason})")
            names, known = _patiently(
                connection, file, report, partial(repeatables.replace, connection, files, file, report, known)
            )
            done += names
    return tuple(done)


def _apply_migration(connection: Connection, file: Migration, report: Report) -> None:
    if file.in_transaction:
        _patiently(connection, file, report, partial(_run_migration, connection, file))
    else:
        with _explained(file):
            _run_outside_transaction(connection, file)


def _run_migration(connection: Connection, file: Migration) -> None:
    connection.execute(file.text.encode())
    _record(connection, file)


def _record(connection: Connection, file: Migration) -> None:
    connection.execute(
        "insert into ddp.applied_migrations (name, checksum) values (%s, %s)", [file.name, file.checksum]
    )


def _run_outside_transaction(connection: Connection, file: Migration) -> None:
    """Run one restartable statement, after removing what an earlier, failed run of it left behind."""
    # No limits: a concurrent build waits for every older transaction, but blocks nobody.
    connection.execute("set search_path = public; set lock_timeout = 0; set statement_timeout = 0")
    for index in rows(connection, load("applying.sql"), {"text": file.text}):
        connection.execute(f"drop index concurrently if exists {index['name']}".encode())
    # `binary` selects the extended protocol, which refuses several statements and so an implicit transaction.
    connection.execute(file.text.encode(), binary=True)
    _record(connection, file)


def _patiently(
    connection: Connection, file: Migration | Repeatable, report: Report, work: Callable[[], Result]
) -> Result:
    """Run in one transaction; if a lock is not available, let others continue, and try again."""
    for attempt in count(1):
        try:
            with _explained(file), connection.transaction():
                _configure(connection, file)
                return work()
        except ApplyFailed as error:
            if not isinstance(error.__cause__, _TRANSIENT) or attempt == _LOCK_ATTEMPTS:
                raise
            report(f"{file.path} waits for a lock, attempt {attempt} of {_LOCK_ATTEMPTS} …")
            time.sleep(min(0.2 * 2**attempt, _LONGEST_PAUSE_SECONDS) * random.uniform(0.5, 1))  # noqa: S311
    raise AssertionError  # count() does not end


def _configure(connection: Connection, file: Migration | Repeatable) -> None:
    if not holds_lock(connection):
        raise ApplyFailed(
            f"{file.path}: this session does not hold the migrator's lock: a pooler in between shares sessions. "
            "Connect to the server itself, and apply again."
        )
    connection.execute(
        """
        select set_config('search_path', 'public', true), set_config('client_min_messages', 'warning', true),
            set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true)
        """,
        [LOCK_TIMEOUT, file.statement_timeout],
    )


@contextmanager
def _explained(file: Migration | Repeatable) -> Iterator[None]:
    """Turn a database error into an ApplyFailed that names file, line and reason."""
    try:
        yield
    except psycopg.Error as error:
        raise ApplyFailed(explain(file, error)) from error


def explain(file: Migration | Repeatable, error: psycopg.Error) -> str:
    """File, line, what PostgreSQL says, and what that means for the database."""
    diagnosis = error.diag
    place = file.path
    if diagnosis.statement_position:
        line = file.text.count("\n", 0, int(diagnosis.statement_position) - 1) + 1
        place = f"{file.path}, line {line}"
    parts = [f"{place}: {diagnosis.message_primary or str(error).strip()}"]
    parts += [
        str(part) for part in (diagnosis.message_detail, diagnosis.message_hint, diagnosis.context) if part
    ]
    whole = not isinstance(file, Migration) or file.in_transaction
    parts.append(
        "Nothing of this file was applied: fix it, then apply again."
        if whole
        else "Fix the cause, then apply again: this first removes what the statement left unfinished."
    )
    return "\n".join(parts)
