"""`ddp migrate`: apply, plan and verify the database schema."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psycopg

from ddp import migrator
from functions.maintenance import commands
from functions.maintenance.commands import Answer
from infra.cli import generated
from infra.cli.database import deployed
from infra.local.postgres.account import PostgresError
from infra.local.postgres.binaries import SUPPORTED_MAJORS, BinariesUnavailableError
from infra.local.postgres.fresh import fresh_database
from infra.node import NodeError
from infra.settings import Stage
from infra.state import ROOT

SCHEMA: Final = ROOT / "schema"
DONE, FAILED, WRONG_CALL = 0, 1, 2

_EPILOG: Final = """
exit status: 0 done (verify: no difference), 1 failed or differences found, 2 wrong arguments

The URL has the form postgresql://user:password@host:5432/database. On Supabase, use the session pooler or the direct
host, both on port 5432. A stage (--stage prod) needs AWS credentials; its function runs the command.
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
    passwords = actions.add_parser(
        "set-passwords", help="give a stage's logins the passwords that are in its secrets now"
    )
    passwords.add_argument("--stage", required=True, type=Stage, choices=deployed.STAGES)
    passwords.set_defaults(run=guarded(_set_passwords))
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
    add_database(parser)
    parser.set_defaults(run=guarded(run))
    return parser


def add_database(parser: argparse.ArgumentParser) -> None:
    """Arguments that name a database: by its URL, or by the stage that it belongs to."""
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--database-url", metavar="URL", help="default: the environment variable DATABASE_URL")
    place.add_argument(
        "--stage",
        type=Stage,
        choices=deployed.STAGES,
        help="the database of a deployed stage, through its function migrate and the schema deployed with it",
    )


def guarded(
    run: Callable[[argparse.Namespace], int], command: str = "ddp migrate"
) -> Callable[[argparse.Namespace], int]:
    """Print one sentence instead of a traceback for errors that the user can correct."""

    def run_guarded(arguments: argparse.Namespace) -> int:
        try:
            return run(arguments)
        except (migrator.MigratorError, PostgresError, BinariesUnavailableError, NodeError) as error:
            print(f"{command}: {error}", file=sys.stderr)
            return FAILED
        except psycopg.Error as error:
            print(f"{command}: the database answered: {str(error).strip()}", file=sys.stderr)
            return FAILED
        except deployed.StageUnreachable as error:
            print(f"{command}: {error}", file=sys.stderr)
            return FAILED
        except NoDatabaseError as error:
            print(f"{command}: {error}", file=sys.stderr)
            return WRONG_CALL

    return run_guarded


class NoDatabaseError(Exception):
    """No database was named."""


def named_url(arguments: argparse.Namespace) -> str:
    """The URL that the arguments or the environment name. Raises NoDatabaseError."""
    url = arguments.database_url or os.environ.get("DATABASE_URL")
    if not url:
        raise NoDatabaseError(
            "no database is named; give --database-url URL or --stage STAGE, or set DATABASE_URL."
        )
    return str(url)


def _status(arguments: argparse.Namespace) -> int:
    return _run(arguments, "status", commands.status)


def _plan(arguments: argparse.Namespace) -> int:
    return _run(arguments, "plan", commands.plan)


def _verify(arguments: argparse.Namespace) -> int:
    return _run(arguments, "verify", commands.verify)


def _apply(arguments: argparse.Namespace) -> int:
    def apply(url: str) -> Answer:
        return commands.apply(url, lambda line: print(line, flush=True), reapply=arguments.reapply)

    return _run(arguments, "apply", apply, reapply=arguments.reapply)


def _set_passwords(arguments: argparse.Namespace) -> int:
    return show(deployed.ask(arguments.stage, "set-passwords"))


def _run(
    arguments: argparse.Namespace, command: str, here: Callable[[str], Answer], **options: object
) -> int:
    """Run a command on the database with a URL, or through the function of a stage."""
    if arguments.stage:
        return show(deployed.ask(arguments.stage, command, **options))
    return show(here(named_url(arguments)))


def show(answer: Answer) -> int:
    """Print an answer's lines; returns the exit status."""
    for line in answer.lines:
        print(line)
    return DONE if answer.succeeded else FAILED


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
