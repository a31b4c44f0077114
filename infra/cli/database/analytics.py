"""`ddp analytics`: how fresh statistics are, a refresh, and deriving all of them again."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

from functions.maintenance import statistics
from functions.maintenance.commands import Answer
from infra.cli.database import deployed
from infra.cli.database.migrate import add_database, guarded, named_url, show

ACTIONS: dict[str, tuple[str, Callable[[str], Answer]]] = {
    "status": ("how fresh statistics are, what waits, and the last runs", statistics.status),
    "refresh": (
        "add all that waits to the statistics",
        lambda url: statistics.refresh(url, seconds=math.inf),
    ),
    "recompute": (
        "derive all statistics from the facts again; interrupted, it is carried on by any refresh",
        lambda url: statistics.recompute(url, seconds=math.inf),
    ),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp analytics`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    for name, (summary, _) in ACTIONS.items():
        action = actions.add_parser(name, help=summary, description=summary)
        add_database(action)
        action.set_defaults(run=guarded(_run, "ddp analytics"))


def _run(arguments: argparse.Namespace) -> int:
    if arguments.stage:
        return show(deployed.ask(arguments.stage, f"analytics-{arguments.action}"))
    _, run = ACTIONS[arguments.action]
    return show(run(named_url(arguments)))
