"""`ddp migrate`: apply, plan and verify the database schema."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psycopg

from ddp import migrator
from infra.cli import generated
from infra.local.postgres.account import PostgresError
from infra.local.postgres.binaries import SUPPORTED_MAJORS, BinariesUnavailableError
from infra.local.postgres.fresh import fresh_database
from infra.state import ROOT

SCHEMA: Final = ROOT / "schema"
DONE, FAILED, WRONG_CALL = 0, 1, 2

_EPILOG: Final = """
exit status: 0 done (verify: no difference), 1 failed or differences found, 2 wrong arguments

The URL has the form postgresql://user:password@host:5432/database. On Supabase, use the session pooler or the direct
host, both on port 5432.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp migrate`."""
    parser.epilog, parser.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    _add(actions, "status", "list what is applied and what is not", _status)
    _add(actions, "plan", "list what apply would do; changes nothing", _plan)
    apply = _add(actions, "apply", "bring the database to the state of schema/", _apply)
    apply.add_argument("--reapply", action="store_true", help="run every repeatable file again")
    _add(actions, "verify", "compare the database with the schema as shipped", _verify)
    fingerprint = actions.add_parser(
        "fingerprint", help="for developers: write schema/fingerprints (see also `ddp generate`)"
    )
    fingerprint.add_argument(
        "--major", type=int, choices=SUPPORTED_MAJORS, action="append", help="only this one"
    )
    fingerprint.add_argument("--check", action="store_true", help="write nothing; fail if one is stale")
    fingerprint.set_defaults(run=guarded(_fingerprint))


def _add(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=summary, description=summary)
    parser.add_argument(
        "--database-url", metavar="URL", help="default: the environment variable DATABASE_URL"
    )
    parser.set_defaults(run=guarded(run))
    return parser


def guarded(
    run: Callable[[argparse.Namespace], int], command: str = "ddp migrate"
) -> Callable[[argparse.Namespace], int]:
    """Print one sentence instead of a traceback for errors that the user can correct."""

    def run_guarded(arguments: argparse.Namespace) -> int:
        try:
            return run(arguments)
        except (migrator.MigratorError, PostgresError, BinariesUnavailableError) as error:
            print(f"{command}: {error}", file=sys.stderr)
            return FAILED
        except psycopg.Error as error:
            print(f"{command}: the database answered: {str(error).strip()}", file=sys.stderr)
            return FAILED
        except _NoDatabaseError as error:
            print(f"{command}: {error}", file=sys.stderr)
            return WRONG_CALL

    return run_guarded


class _NoDatabaseError(Exception):
    """No database was named."""


def _url(arguments: argparse.Namespace) -> str:
    url = arguments.database_url or os.environ.get("DATABASE_URL")
    if not url:
        raise _NoDatabaseError("no database is named; give --database-url URL, or set DATABASE_URL.")
    return str(url)


def _status(arguments: argparse.Namespace) -> int:
    status = migrator.status(_url(arguments), SCHEMA)
    print(
        f"applied: {len(status.ledger.migrations)} migrations, {len(status.ledger.repeatables)} repeatable files"
    )
    if status.plan.newer:
        print(f"the database is newer than these files; it has {', '.join(status.plan.newer)}")
    for step in status.plan.steps:
        print(f"to apply: {step.file.path} ({step.reason})")
    for leftover in status.plan.leftovers:
        print(f"left over: {leftover}; drop it in a migration")
    if not status.plan.steps:
        print("nothing to apply")
    return DONE


def _plan(arguments: argparse.Namespace) -> int:
    plan = migrator.plan(_url(arguments), SCHEMA)
    for step in plan.steps:
        print(f"{step.file.path} ({step.reason})")
    if not plan.steps:
        print(
            "nothing to apply"
            if not plan.newer
            else "nothing to apply: the database is newer than these files"
        )
    return DONE


def _apply(arguments: argparse.Namespace) -> int:
    started = time.monotonic()
    applied = migrator.apply(
        _url(arguments), SCHEMA, lambda line: print(line, flush=True), reapply=arguments.reapply
    )
    if applied.migrations or applied.repeatables:
        print(
            f"Applied {len(applied.migrations)} migrations and {len(applied.repeatables)} repeatable files "
            f"in {time.monotonic() - started:.1f} s."
        )
    return DONE


def _verify(arguments: argparse.Namespace) -> int:
    differences = migrator.verify(_url(arguments), SCHEMA)
    for difference in differences:
        print(difference)
    if not differences:
        print("The database matches the schema as shipped.")
        return DONE
    print(
        f"\n{len(differences)} differences. `ddp migrate apply --reapply` restores functions, triggers, views and "
        "policies; undo other changes by hand, or put them into a migration."
    )
    return FAILED


def _fingerprint(arguments: argparse.Namespace) -> int:
    status = DONE
    # The newest major first: the fingerprints of the others hold what differs from it.
    for major in sorted(arguments.major or SUPPORTED_MAJORS, reverse=True):
        print(f"PostgreSQL {major} …", flush=True)
        with fresh_database(SCHEMA, major) as url:
            contents = fingerprint_contents(url)
        if arguments.check:
            status = max(status, generated.check(contents))
        else:
            generated.write(contents)
    return status


def fingerprint_contents(url: str) -> dict[Path, str]:
    """The fingerprint of this database's major version, by path; the database must have just the schema."""
    with tempfile.TemporaryDirectory() as directory:
        copied = shutil.copytree(SCHEMA / "fingerprints", Path(directory) / "fingerprints")
        fingerprint = migrator.fingerprint(url, copied.parent)
        return {SCHEMA / "fingerprints" / fingerprint.name: fingerprint.read_text(encoding="utf-8")}
