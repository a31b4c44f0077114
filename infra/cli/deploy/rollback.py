"""`ddp rollback STAGE`: deploys an earlier release with that release's own sources, settings and tools."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from infra.cli.deploy import releases
from infra.settings import Stage
from infra.state import state_directory

DONE, FAILED = 0, 1

STAYS: Final = """
A rollback does not undo:
  - migrations. The database keeps the newer schema, and the older functions run on it, for which every migration is
    written: it adds (expand), and what the release before uses is removed a release later (contract). One release back
    is safe; two are not promised.
  - functions, views and policies in SQL, if the newer release had a migration: then the older one changes nothing in
    the database. Without a migration they do go back.
  - what was written, sent and posted since. Rows that the newer release wrote stay as they are.
  - values in secrets, and everything outside of the stacks: DNS, the identity provider, the platforms' dashboards.
"""
_EPILOG: Final = f"""{STAYS}
The release is unpacked from the repository's history into .ddp/releases and set up there (about a minute); its own
`ddp deploy` then says what will change, and asks. Its cdk.json holds, so settings go back too. Stage local is started
with it (`ddp local up`), which rehearses a rollback: the database stays.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp rollback`."""
    parser.epilog, parser.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
    parser.add_argument("stage", type=Stage, choices=list(Stage))
    parser.add_argument(
        "--to",
        metavar="RELEASE",
        help="a tag such as v0.1.0, or a commit; default: the tag before this release",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    try:
        release = arguments.to or releases.previous()
        print(f"Back to {release}.\n{STAYS}", flush=True)
        folder = releases.unpacked(release)
        command = order(folder, arguments)
        releases.set_up(folder)
    except releases.ReleaseError as error:
        print(f"ddp rollback: {error}", file=sys.stderr)
        return FAILED
    environment = releases.environment() | _state(arguments.stage)
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def order(folder: Path, arguments: argparse.Namespace) -> list[str]:
    """What the release is told, as its own `ddp` knows it. Raises ReleaseError if it is too old to know it."""
    ddp = str(folder / ".venv" / "bin" / "ddp")
    if arguments.stage is Stage.LOCAL:
        return [ddp, "local", "status" if arguments.dry_run else "up"]
    if not (folder / "infra/cli/deploy/command.py").exists():
        raise releases.ReleaseError(
            f"that release has no `ddp deploy`. Deploy it from {folder} as its infra/docs/deploy.md says."
        )
    options = {"--yes": arguments.yes, "--dry-run": arguments.dry_run}
    return [ddp, "deploy", arguments.stage, *(name for name, given in options.items() if given)]


def _state(stage: Stage) -> dict[str, str]:
    """The local stack's database is in this checkout's state directory, and the other release shall use it."""
    if stage is not Stage.LOCAL:
        return {}
    return {"DDP_STATE_DIR": os.fspath(state_directory())}
