"""`ddp seed`: reference data for every database, and development data for an empty one."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from infra.seed import reference
from infra.seed.development import Scale, SeedError, seed

DONE, FAILED, WRONG_CALL = 0, 1, 2
_OWN_MACHINE: Final = ("localhost", "127.0.0.1", "::1")


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp seed`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    places = actions.add_parser(
        "reference", help="countries, regions, time zones and known devices; again: what changed"
    )
    development = actions.add_parser("dev", help="a believable platform with a year of activity")
    development.add_argument(
        "--file-actions", type=_count, default=100_000, metavar="N", help="10_000 to 10_000_000"
    )
    development.add_argument(
        "--until", type=date.fromisoformat, metavar="DATE", help="end of the year; default: today"
    )
    development.add_argument("--force", action="store_true", help="although there are users already")
    for action, run in ((places, _reference), (development, _development)):
        action.add_argument(
            "--database-url", metavar="URL", help="default: the environment variable DATABASE_URL"
        )
        action.add_argument("--yes", action="store_true", help="although the database is not on this machine")
        action.set_defaults(run=run)


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100_000_000:
        raise argparse.ArgumentTypeError("between 1 and 100_000_000")
    return number


def _reference(arguments: argparse.Namespace) -> int:
    return _connected(arguments, _load_reference)


def _load_reference(connection: psycopg.Connection[Any], _: argparse.Namespace) -> None:
    with connection.transaction():
        for table, rows in reference.load(connection).items():
            print(f"{table}: {rows} rows added or changed")


def _development(arguments: argparse.Namespace) -> int:
    return _connected(arguments, _seed)


def _seed(connection: psycopg.Connection[Any], arguments: argparse.Namespace) -> None:
    scale = Scale.of(arguments.file_actions, arguments.until or datetime.now(UTC).date())
    rows: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    started = time.monotonic()
    with Progress(*columns) as progress:
        task = progress.add_task("users", total=scale.rows)

        def report(table: str, added: int, taken: float) -> None:
            rows[table] += added
            seconds[table] += taken  # type: ignore[assignment]  # a Counter counts fractions as well
            progress.update(task, description=table, completed=min(rows.total(), scale.rows))

        seed(connection, scale, report, force=arguments.force)
        progress.update(task, description="done", total=rows.total(), completed=rows.total())
    _print(rows, seconds, time.monotonic() - started)


def _print(rows: Counter[str], seconds: Counter[str], taken: float) -> None:
    table = Table("table", "rows", "seconds", "rows/s")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, number in rows.items():
        rate = f"{number / seconds[name]:,.0f}" if seconds[name] else ""
        table.add_row(name, f"{number:,}", f"{seconds[name]:.1f}", rate)
    table.add_row(
        "all, with VACUUM ANALYZE", f"{rows.total():,}", f"{taken:.1f}", f"{rows.total() / taken:,.0f}"
    )
    Console().print(table)


def _connected(arguments: argparse.Namespace, work: Any) -> int:
    """Run `work(connection, arguments)`; one clear sentence in place of a traceback for what a person can mend."""
    url = arguments.database_url or os.environ.get("DATABASE_URL")
    if not url:
        return _say("which database? Give --database-url URL, or set DATABASE_URL.", WRONG_CALL)
    try:
        if not arguments.yes and (host := _remote_host(url)):
            return _say(f"{host} is not this machine. Say --yes if you mean it.", WRONG_CALL)
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
            work(connection, arguments)
    except SeedError as error:
        return _say(str(error), FAILED)
    except psycopg.errors.UniqueViolation as error:
        return _say(f"this development data is there already: {error.diag.message_detail}", FAILED)
    except psycopg.Error as error:
        return _say(f"the database answered: {str(error).strip()}", FAILED)
    return DONE


def _remote_host(url: str) -> str | None:
    """The first host of the URL that is not this machine; a path is a Unix socket."""
    described = conninfo_to_dict(url)
    named = described.get("hostaddr") or described.get("host") or os.environ.get("PGHOST") or "localhost"
    return next((h for h in str(named).split(",") if h not in _OWN_MACHINE and not h.startswith("/")), None)


def _say(sentence: str, status: int) -> int:
    print(f"ddp seed: {sentence}", file=sys.stderr)
    return status
