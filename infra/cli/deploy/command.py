"""`ddp deploy STAGE`: says what will change, asks, and lets the CDK deploy the stacks in their order."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ddp.migrator import MigratorError
from infra.cli.database.deployed import STAGES
from infra.cli.deploy import cdk, changes
from infra.cli.doctor.stage import STACKS
from infra.cli.synth import SynthesisError, add_settings, overrides, settings_of, synthesise, warnings_of
from infra.node import NodeError
from infra.release import version
from infra.settings import Settings, SettingsError, Stage

DONE, FAILED = 0, 1
# Stacks of capabilities do not wait for each other: a canary takes five minutes in each.
AT_ONCE: Final = "4"
_EPILOG: Final = """
The order: the data stack; the API's stack, which applies the schema; then all capabilities side by side. The command
says what will change, and asks. Needs AWS credentials of the stage's account; --dry-run says without them what it can.

exit status: 0 deployed (--dry-run: told), 1 refused or failed, 2 wrong arguments
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp deploy`."""
    parser.epilog, parser.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
    parser.add_argument("stage", type=Stage, choices=STAGES, help="the local stage is `ddp local up`")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    parser.add_argument(
        "--only",
        metavar="STACK",
        choices=STACKS,
        help="one stack and no other, such as data, whose secrets are filled before the rest is deployed",
    )
    add_settings(parser)
    parser.set_defaults(run=_run)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deploy:
    settings: Settings
    assembly: Path
    only: str | None

    def stacks(self) -> list[str]:
        """What the CDK is told to deploy."""
        return [f"ddp-{self.settings.stage}-{self.only}", "--exclusively"] if self.only else ["--all"]


def _run(arguments: argparse.Namespace) -> int:
    try:
        deploy = _prepared(arguments)
        print(f"Release {version()} to stage {deploy.settings.stage} in {deploy.settings.region}.")
        unknown = [part.title for part in _tell(changes.parts(deploy.settings, deploy.assembly))]
        if arguments.dry_run:
            return DONE
        return _apply(deploy) if arguments.yes or agreed(unknown) else FAILED
    except (SynthesisError, SettingsError, NodeError, MigratorError) as error:
        print(f"ddp deploy: {error}", file=sys.stderr)
        return FAILED


def _prepared(arguments: argparse.Namespace) -> _Deploy:
    chosen = {**overrides(arguments), "stage": arguments.stage}
    settings = settings_of(chosen)
    assembly = synthesise(stage=settings.stage, database=settings.database, settings=overrides(arguments))
    for warning in warnings_of(assembly):
        print(f"warning: {warning}", file=sys.stderr)
    return _Deploy(settings=settings, assembly=assembly, only=arguments.only)


def _tell(parts: Iterator[changes.Part]) -> Iterator[changes.Part]:
    """Print each part; yields those that could not be found out."""
    for part in parts:
        print(f"\n── {part.title}")
        print("\n".join(part.lines), flush=True)
        if not part.is_known:
            yield part


def agreed(unknown: list[str], ask: Callable[[str], str] = input) -> bool:
    """Whether somebody says yes. Without a terminal nobody can."""
    if not sys.stdin.isatty():
        print(
            "Nothing was changed: there is no terminal to ask at. Give --yes to deploy unasked.",
            file=sys.stderr,
        )
        return False
    doubt = f" What changes is not known for: {', '.join(unknown)}." if unknown else ""
    try:
        said = ask(f"\nDeploy?{doubt} [y/N] ")
    except (EOFError, KeyboardInterrupt):
        said = ""
    if said.strip().lower() in {"y", "yes"}:
        return True
    print("Nothing was changed.", file=sys.stderr)
    return False


def _apply(deploy: _Deploy) -> int:
    """Let the CDK deploy: a stack begins when those that it comes after are complete."""
    stage = deploy.settings.stage
    status = cdk.run(
        "deploy",
        *deploy.stacks(),
        "--app", deploy.assembly,
        "--require-approval", "never",
        "--concurrency", AT_ONCE,
        "--progress", "events",
    )  # fmt: skip
    if status:
        print(
            "\nddp deploy: not complete. CloudFormation took back what failed; other stacks may have the new release "
            f"already. infra/docs/deploy.md, When a deploy fails, says what to do. Mend the cause and run "
            f"`ddp deploy {stage}` again, or go back: `ddp rollback {stage} --to RELEASE`.",
            file=sys.stderr,
        )
        return FAILED
    print(f"\nDeployed release {version()}. `ddp status --stage {stage}` says whether all runs.")
    return DONE
