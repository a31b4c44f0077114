"""`ddp cleanup`: remove now what is older than it is kept, or count it. It happens each hour anyway."""

from __future__ import annotations

import argparse
from typing import Any, Final

from infra.cli.api_client import Client, ask
from infra.cli.caller import DONE, FAILED, add_caller, client_of, console, errors, guarded
from infra.cli.maintenance import waiting

_EPILOG: Final = """
GET /retention says how long everything is kept. Only administrators may ask for a cleanup.

Without --api-url, the command calls the local stack (`ddp local up`) as the local user named by --user.
"""

_STOPPED: Final = "Stopped watching. The cleanup continues."


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp cleanup`."""
    parser.epilog, parser.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
    parser.add_argument("--dry-run", action="store_true", help="only count, exactly, what would be removed")
    add_caller(parser, user="admin")
    parser.set_defaults(run=lambda arguments: guarded("cleanup", _run, arguments, stopped=_STOPPED))


def clean_up(client: Client, *, is_dry: bool) -> dict[str, Any]:
    """Ask for a cleanup and wait for its report. Raises ApiError."""
    asked = ask(client, "POST", "/cleanups", {"dry_run": is_dry})
    return waiting.ended(client, f"/cleanups/{asked['cleanup_run_id']}")


def _run(arguments: argparse.Namespace) -> int:
    report = clean_up(client_of(arguments), is_dry=arguments.dry_run)
    waiting.show(report["steps"], is_dry=arguments.dry_run, removed="removed")
    if report["error"]:
        errors.print(f"Some steps failed: {report['error']}", markup=False, soft_wrap=True)
        return FAILED
    if report["is_left"]:
        console.print("Something is left: the next runs go on with it.")
    return DONE
