"""`ddp seed`: load reference data into any database, or development data into an empty one."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from functions.maintenance.seed import reference
from functions.maintenance.seed.development import Scale, SeedError, seed
from infra.cli.database import deployed
from infra.cli.database.migrate import add_database, guarded, show

DONE, FAILED, WRONG_CALL = 0, 1, 2
_OWN_MACHINE: Final = ("localhost", "127.0.0.1", "::1")


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp seed`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    places = actions.add_parser(
        "reference", help="load countries, regions, time zones and devices; a second run loads changes only"
    )
    development = actions.add_parser("dev", help="fill an empty database with a realistic year of activity")
    development.add_argument(
        "--file-actions",
        type=_count,
        default=100_000,
        metavar="N",
        help="number of file actions; default: 100_000",
    )
    development.add_argument(
        "--until",
        type=date.fromisoformat,
        metavar="DATE",
        help="last day of the year of activity; default: today",
    )
    development.add_argument("--force", action="store_true", help="even if the database has users")
    for action, run in ((places, _reference), (development, _development)):
        add_database(action)
        action.add_argument("--yes", action="store_true", help="even if the database is on another machine")
        action.set_defaults(run=guarded(run, "ddp seed"))


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100_000_000:
        raise argparse.ArgumentTypeError("must be between 1 and 100_000_000")
    return number


def _reference(arguments: argparse.Namespace) -> int:
    if arguments.stage:
        return show(deployed.ask(arguments.stage, "seed-reference"))
    return _connected(arguments, _load_reference)


def _load_reference(connection: psycopg.Connection[Any], _: argparse.Namespace) -> None:
    with connection.transaction():
        for table, rows in reference.load(connection).items():
            print(f"{table}: {rows} rows added or changed")


def _development(arguments: argparse.Namespace) -> int:
    if arguments.stage:
        scale = {"file_actions": arguments.file_actions, "until": _until(arguments).isoformat()}
        return show(deployed.ask(arguments.stage, "seed-development", **scale, force=arguments.force))
    return _connected(arguments, _seed)


def _seed(connection: psycopg.Connection[Any], arguments: argparse.Namespace) -> None:
    scale = Scale.of(arguments.file_actions, _until(arguments))
    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        tally = _Tally(progress, scale.rows)
        seed(connection, scale, tally, force=arguments.force)
        tally.finish()
    Console().print(tally.table())


def _until(arguments: argparse.Namespace) -> date:
    return arguments.until or datetime.now(UTC).date()


class _Tally:
    """Counts rows and seconds by table while it moves a progress bar."""

    def __init__(self, progress: Progress, expected: int) -> None:
        self._progress, self._expected = progress, expected
        self._task = progress.add_task("users", total=expected)
        self._rows: defaultdict[str, int] = defaultdict(int)
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._began = time.monotonic()

    def __call__(self, table: str, rows: int, seconds: float) -> None:
        """Add the rows that one statement added to a table."""
        self._rows[table] += rows
        self._seconds[table] += seconds
        # The expected number is an estimate; the bar must not pass its end.
        completed = min(sum(self._rows.values()), self._expected)
        self._progress.update(self._task, description=table, completed=completed)

    def finish(self) -> None:
        """Fill the bar."""
        rows = sum(self._rows.values())
        self._progress.update(self._task, description="done", total=rows, completed=rows)

    def table(self) -> Table:
        """Rows, seconds and speed by table, with the sum."""
        table = Table("table", "rows", "seconds", "rows/s")
        for column in table.columns[1:]:
            column.justify = "right"
        for name, rows in self._rows.items():
            table.add_row(name, *_figures(rows, self._seconds[name]))
        all_rows, seconds = sum(self._rows.values()), time.monotonic() - self._began
        table.add_row("all, with VACUUM ANALYZE", *_figures(all_rows, seconds))
        return table


def _figures(rows: int, seconds: float) -> tuple[str, str, str]:
    return f"{rows:,}", f"{seconds:.1f}", f"{rows / seconds:,.0f}" if seconds else ""


def _connected(arguments: argparse.Namespace, work: Any) -> int:
    """Run `work(connection, arguments)`; print one sentence instead of a traceback for errors that can be corrected."""
    url = arguments.database_url or os.environ.get("DATABASE_URL")
    if not url:
        return _say("no database is named; give --database-url URL, or set DATABASE_URL.", WRONG_CALL)
    try:
        if not arguments.yes and (host := _remote_host(url)):
            return _say(
                f"{host} is not this machine; repeat the command with --yes if you mean it.", WRONG_CALL
            )
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
            work(connection, arguments)
    except SeedError as error:
        return _say(str(error), FAILED)
    except psycopg.errors.UniqueViolation as error:
        return _say(f"the database has this development data already: {error.diag.message_detail}", FAILED)
    except psycopg.Error as error:
        return _say(f"the database answered: {str(error).strip()}", FAILED)
    return DONE


def _remote_host(url: str) -> str | None:
    """The first host of the URL that is not this machine, if any; a path is a Unix socket."""
    described = conninfo_to_dict(url)
    named = described.get("hostaddr") or described.get("host") or os.environ.get("PGHOST") or "localhost"
    return next((h for h in str(named).split(",") if h not in _OWN_MACHINE and not h.startswith("/")), None)


def _say(sentence: str, status: int) -> int:
    print(f"ddp seed: {sentence}", file=sys.stderr)
    return status
