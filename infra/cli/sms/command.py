"""`ddp sms`: what administrators keep for SMS, on a deployed stage or the local stack."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

from infra.cli.api_client import ask
from infra.cli.caller import DONE, WrongCall, add_caller, client_of, console, guarded
from infra.cli.sms import prices

_EPILOG: Final = """
exit status: 0 done; 1 refused, and nothing changed; 2 wrong arguments

Without --api-url, the command calls the local stack (`ddp local up`) as the local user named by --user.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp sms`."""
    parser.epilog, parser.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
    subjects = parser.add_subparsers(dest="subject", required=True, metavar="subject")
    about_prices = _subject(subjects, "prices", "what a part of an SMS costs")
    importing = _action(
        about_prices, "import", "add the prices of a CSV file: all of them, or none", _import_prices
    )
    importing.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help=f"its first line names the columns {', '.join(prices.COLUMNS)}",
    )
    about_identities = _subject(subjects, "identities", "what SMS come from")
    _action(about_identities, "sync", "take over what the provider's account has", _sync_identities)


def _subject(
    subjects: argparse._SubParsersAction[argparse.ArgumentParser], name: str, summary: str
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    parser = subjects.add_parser(name, help=summary, description=summary)
    return parser.add_subparsers(dest="action", required=True, metavar="action")


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=summary, description=summary)
    add_caller(parser, "admin")
    parser.set_defaults(run=lambda arguments: guarded("sms", run, arguments))
    return parser


def _import_prices(arguments: argparse.Namespace) -> int:
    client = client_of(arguments)
    try:
        counts = prices.import_file(client, arguments.file)
    except OSError as error:
        raise WrongCall(f"{arguments.file} cannot be read: {error.strerror}.") from None
    console.print(
        f"{counts['added']:,} prices added, {counts['changed']:,} changed, {counts['unchanged']:,} as they were."
    )
    return DONE


def _sync_identities(arguments: argparse.Namespace) -> int:
    counts = ask(client_of(arguments), "POST", "/origination-identities/sync")
    console.print(
        f"{counts['found']:,} identities: {counts['added']:,} new, {counts['gone']:,} gone since the last time."
    )
    if counts["added"]:
        console.print(
            "Nobody may use the new ones yet: assign or share them (PATCH /origination-identities/{id})."
        )
    return DONE
