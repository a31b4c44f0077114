"""`ddp migrate`: apply, plan and verify the database schema."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg

from ddp import migrator
from infra.local.postgres import PostgresError, PostgresServer
from infra.local.postgres_binaries import SUPPORTED_MAJORS, BinariesUnavailableError, find_binaries

REPOSITORY: Final = Path(__file__).resolve().parents[1]
SCHEMA: Final = REPOSITORY / "schema"
DONE, FAILED, WRONG_CALL = 0, 1, 2

_EPILOG: Final = """
exit status: 0 done (verify: no difference), 1 failed or differences found, 2 wrong call

The URL looks like postgresql://user:password@host:5432/database. On Supabase use the session pooler or the direct
host, both on port 5432.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp migrate`."""
    parser.epilog, parser.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    _add(actions, "status", "what is applied and what is not", _status)
    _add(actions, "plan", "what apply would do; changes nothing", _plan)
    apply = _add(actions, "apply", "bring the database to the state of schema/", _apply)
    apply.add_argument("--reapply", action="store_true", help="run every repeatable file again")
    _add(actions, "verify", "compare the database with the schema as shipped", _verify)
    fingerprint = actions.add_parser("fingerprint", help="for developers: write schema/fingerprints")
    fingerprint.add_argument(
        "--major", type=int, choices=SUPPORTED_MAJORS, action="append", help="only this one"
    )
    fingerprint.set_defaults(run=_guarded(_fingerprint))


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
    parser.set_defaults(run=_guarded(run))
    return parser


def _guarded(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Print one sentence instead of a traceback for errors that a person can fix."""

    def guarded(arguments: argparse.Namespace) -> int:
        try:
            return run(arguments)
        except (migrator.MigratorError, PostgresError, BinariesUnavailableError) as error:
            print(f"ddp migrate: {error}", file=sys.stderr)
            return FAILED
        except psycopg.Error as error:
            print(f"ddp migrate: the database answered: {str(error).strip()}", file=sys.stderr)
            return FAILED
        except _NoDatabaseError as error:
            print(f"ddp migrate: {error}", file=sys.stderr)
            return WRONG_CALL

    return guarded


class _NoDatabaseError(Exception):
    """No database was named."""


def _url(arguments: argparse.Namespace) -> str:
    url = arguments.database_url or os.environ.get("DATABASE_URL")
    if not url:
        raise _NoDatabaseError("which database? Give --database-url URL, or set DATABASE_URL.")
    return str(url)


def _status(arguments: argparse.Namespace) -> int:
    status = migrator.status(_url(arguments), SCHEMA)
    print(
        f"applied: {len(status.ledger.migrations)} migrations, {len(status.ledger.repeatables)} repeatable files"
    )
    if status.plan.newer:
        print(f"the database is newer than these files: it has {', '.join(status.plan.newer)}")
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
        print("The database matches the schema.")
        return DONE
    print(
        f"\n{len(differences)} differences. `ddp migrate apply --reapply` restores functions, triggers, views and "
        "policies; undo other changes by hand, or put them into a migration."
    )
    return FAILED


def _fingerprint(arguments: argparse.Namespace) -> int:
    for major in sorted(
        arguments.major or SUPPORTED_MAJORS, reverse=True
    ):  # the newest is the base of the others
        print(f"PostgreSQL {major} …", flush=True)
        print(f"  {renew_fingerprint(major).relative_to(REPOSITORY)}")
    return DONE


def renew_fingerprint(major: int) -> Path:
    """Write the fingerprint of a new database on a server of this major version."""
    with fresh_database(major) as url:
        return migrator.fingerprint(url, SCHEMA)


@contextmanager
def fresh_database(major: int = max(SUPPORTED_MAJORS)) -> Iterator[str]:
    """The URL of a database with the schema applied, on a temporary server; both are removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="ddp-schema-") as directory:
        Path(directory).chmod(0o755)  # root runs the server as another user, who must get in
        server = PostgresServer(
            installation=find_binaries(major, REPOSITORY / ".ddp" / "postgres"),
            directory=Path(directory) / "server",
            durable=False,
        )
        try:
            server.start()
            migrator.apply(server.url(), SCHEMA)
            yield server.url()
        finally:
            server.destroy()
