"""`ddp report`: one HTML file with an account's figures, from a deployed stage or the local stack."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from infra.cli.caller import DONE, WrongCall, add_caller, client_of, console, guarded

# The API answers with at most 400 days.
MOST_DAYS = 400
# By another zone than UTC, figures are kept for 100 days, of which half are those before the period.
MOST_DAYS_OF_ZONES = 50

_EPILOG: Final = """
The file needs no network and runs no script: it can be mailed, archived and printed.

Without --api-url, the command asks the local stack (`ddp local up`) as the local user named by --user.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp report`."""
    parser.epilog, parser.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
    add_caller(parser)
    parser.add_argument("--days", type=int, default=30, help="days up to now; default: 30")
    parser.add_argument("--tz", default="UTC", metavar="ZONE", help="zone of the days; default: UTC")
    parser.add_argument(
        "--out", type=Path, default=Path("report.html"), metavar="FILE", help="default: report.html"
    )
    parser.set_defaults(run=lambda arguments: guarded("report", _report, arguments))


def _report(arguments: argparse.Namespace) -> int:
    zone = _zone(arguments.tz)
    _check_days(arguments.days, arguments.tz)
    client = client_of(arguments)
    # Imported here because drawing takes a second to load, and wrong arguments should be told at once.
    from infra.cli.report.asking import ask
    from infra.cli.report.page import report

    asked = ask(client, until=datetime.now(zone), days=arguments.days, zone=arguments.tz)
    _write(arguments.out, report(asked))
    console.print(f"The report is in {arguments.out.absolute()}", markup=False, soft_wrap=True)
    return DONE


def _check_days(days: int, zone: str) -> None:
    if not 1 <= days <= MOST_DAYS:
        raise WrongCall(f"--days {days} is not between 1 and {MOST_DAYS}.")
    if zone not in {"UTC", "GMT"} and days > MOST_DAYS_OF_ZONES:
        raise WrongCall(
            f"--days {days}: with --tz, at most {MOST_DAYS_OF_ZONES}; with UTC, up to {MOST_DAYS}."
        )


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text)
    except OSError as error:
        raise WrongCall(f"{file} cannot be written: {error.strerror}.") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WrongCall(f"--tz {name} is not a time zone; write it like Europe/Zurich.") from None
