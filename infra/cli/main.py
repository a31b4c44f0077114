"""The `ddp` command: every sub-command of the project, each imported only when it is called."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

# name → (module, one line for --help). A module has `configure(parser)`, which sets `run=` on the parser.
COMMANDS = {
    "migrate": ("infra.cli.migrate", "apply, plan and verify the database schema"),
    "seed": ("infra.cli.seed", "reference data, and development data at any scale"),
    "campaign": ("infra.cli.campaign", "e-mail from a terminal: claim a sender, send, watch, status"),
    "local": ("infra.local.command", "the whole system on this machine: up, down, status, logs, demo"),
    "synth": ("infra.cli.synth", "synthesise the CloudFormation templates (cached)"),
    "openapi": ("infra.cli.openapi", "print the OpenAPI document, or compare it with the one checked in"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one sub-command; returns the exit status (0 done, 1 failed, 2 wrong call)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="ddp", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        if arguments[:1] == [name]:
            import_module(module).configure(command)
    parsed = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = parsed.run
    return run(parsed)


if __name__ == "__main__":
    sys.exit(main())
