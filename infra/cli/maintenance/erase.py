"""`ddp erase`: erase a user or a recipient for ever, or count what would be erased."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any, Final

from infra.cli.api_client import Client, ask
from infra.cli.caller import DONE, add_caller, client_of, console, guarded
from infra.cli.maintenance import waiting

_EPILOG: Final = """
An erasure cannot be undone: begin with --dry-run. Only administrators may ask for one.

Without --api-url, the command calls the local stack (`ddp local up`) as the local user named by --user.
"""

_STOPPED: Final = "Stopped watching. The erasure continues."


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp erase`."""
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="kind")
    for kind, summary, name, explained in (
        ("user", "erase a user of the platform", "USER_ID", "the user's id"),
        (
            "recipient",
            "erase whom messages were sent to",
            "ADDRESS",
            "an e-mail address, or a number like +4179…",
        ),
    ):
        action = kinds.add_parser(kind, help=summary, description=summary, epilog=_EPILOG)
        action.formatter_class = argparse.RawDescriptionHelpFormatter
        action.add_argument("person", metavar=name, help=explained)
        action.add_argument("--dry-run", action="store_true", help="only count what would be erased")
        add_caller(action, user="admin")
        action.set_defaults(run=lambda arguments: guarded("erase", _run, arguments, stopped=_STOPPED))


def erase(client: Client, person: Mapping[str, str], *, is_dry: bool) -> dict[str, Any]:
    """Ask for an erasure and wait until it has ended. `person` has one of user_id, email, phone. Raises ApiError."""
    asked = ask(client, "POST", "/erasures", {**person, "dry_run": is_dry})
    return waiting.ended(client, f"/erasures/{asked['erasure_id']}")


def _run(arguments: argparse.Namespace) -> int:
    erasure = erase(client_of(arguments), _person(arguments), is_dry=arguments.dry_run)
    waiting.show(erasure["counts"], is_dry=arguments.dry_run, removed="erased")
    console.print("\nThis system cannot reach:")
    for what in erasure["held_by_others"]:
        console.print(f"  {what}", markup=False, soft_wrap=True)
    return DONE


def _person(arguments: argparse.Namespace) -> dict[str, str]:
    if arguments.kind == "user":
        return {"user_id": arguments.person}
    return {"phone" if arguments.person.startswith("+") else "email": arguments.person}
