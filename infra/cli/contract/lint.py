"""`ddp lint-openapi`: Redocly's recommended rules, and the compiler on a client that is generated from the document."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from infra.cli.openapi import CHECKED_IN
from infra.node import NodeError, installed, run_node

FILES: Final = [
    Path(__file__).with_name(name)
    for name in ("package.json", "package-lock.json", "redocly.yaml", "client.ts")
]


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp lint-openapi`: there are none."""
    parser.set_defaults(run=_run)


def _run(_arguments: argparse.Namespace) -> int:
    try:
        lint(CHECKED_IN)
    except NodeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def lint(document: Path) -> None:
    """Check the document. Raises NodeError, which says what is wrong: a warning is wrong too."""
    tools = installed("contract", FILES)
    packages = tools / "node_modules"
    redocly = packages / "@redocly/cli/bin/cli.js"
    run_node(redocly, "lint", document, "--config", "redocly.yaml", "--format=github-actions", folder=tools)
    with tempfile.TemporaryDirectory(dir=tools) as scratch:
        types = Path(scratch) / "api.ts"
        client = Path(shutil.copy(tools / "client.ts", scratch))
        run_node(packages / "openapi-typescript/bin/cli.js", document, "--output", types, folder=tools)
        run_node(packages / "typescript/bin/tsc", "--noEmit", "--strict", client, folder=tools)
