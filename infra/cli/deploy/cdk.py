"""`ddp cdk`: the CDK command line in the version that package-lock.json pins, with the Node of `make setup`."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from infra.node import NodeError, environment, installed, node_binary
from infra.state import ROOT

PACKAGES: Final = [Path(__file__).with_name(name) for name in ("package.json", "package-lock.json")]
# No telemetry, and no word about newer versions: this one is pinned.
_QUIET: Final = {"CDK_DISABLE_CLI_TELEMETRY": "true", "CDK_DISABLE_VERSION_CHECK": "true"}
_EPILOG: Final = """
For what `ddp deploy` does not do, such as `ddp cdk bootstrap aws://ACCOUNT/REGION -c stage=prod` and
`ddp cdk destroy --all -c stage=dev`. Arguments and exit status are the CDK's own.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp cdk`: all go to the CDK."""
    parser.epilog, parser.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="what the CDK is asked")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    try:
        return run(*arguments.arguments)
    except NodeError as error:
        print(error, file=sys.stderr)
        return 1


def run(*arguments: str | Path) -> int:
    """Let the CDK work in this terminal; returns its exit status. Raises NodeError."""
    return subprocess.run(_command(arguments), cwd=ROOT, env=_environment(), check=False).returncode


def answer(*arguments: str | Path) -> tuple[bool, str]:
    """Whether the CDK succeeded, and all that it printed. Raises NodeError."""
    outcome = subprocess.run(
        _command(arguments),
        cwd=ROOT,
        env=_environment(),
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return outcome.returncode == 0, outcome.stdout.strip()


def _command(arguments: Sequence[str | Path]) -> list[str | Path]:
    program = installed("cdk", PACKAGES) / "node_modules" / "aws-cdk" / "bin" / "cdk"
    return [node_binary(), program, "--no-notices", *arguments]


def _environment() -> dict[str, str]:
    """The app that the CDK starts (cdk.json) needs Node too."""
    return {**environment(), **_QUIET, "JSII_NODE": str(node_binary())}
