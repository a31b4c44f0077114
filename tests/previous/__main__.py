"""`make test-previous`: the tests of the release before, with its own code, against a database with this schema.

During a deploy, and after a rollback, functions of the release before run on the new schema. Its own tests know best
what they need: its sources come out of the history, unchanged, and its tests run with its functions. Only the database
that they are given is made by these sources.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.cli.deploy import releases
from infra.state import ROOT

# Tests of functions. Those of the schema itself are about the files beside them.
TESTED = ("ddp", "sending", "social", "functions")
HERE = Path(__file__).parent
ACCEPTED = HERE / "accepted.txt"
# What an environment is made of.
LOCKS = ("requirements/dev.txt", "requirements/files.txt")


def accepted() -> list[str]:
    """The tests of accepted.txt that are not run, each because this release removes what they test on purpose."""
    lines = (line.partition("  #")[0].strip() for line in ACCEPTED.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def python_of(folder: Path) -> Path:
    """A Python with the packages of the release: these sources' own where the lock files are the same."""
    if all((folder / name).read_bytes() == (ROOT / name).read_bytes() for name in LOCKS):
        return Path(sys.executable)
    releases.set_up(folder)
    return folder / ".venv" / "bin" / "python"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tests; returns pytest's exit status."""
    parser = argparse.ArgumentParser(prog="make test-previous", description=__doc__)
    parser.add_argument("--release", help="a tag or commit; default: the newest tag v* before this release")
    parser.add_argument("tests", nargs="*", help="tests of that release; default: all of its functions")
    given = parser.parse_args(arguments)
    try:
        folder = releases.unpacked(given.release or releases.previous())
        python = python_of(folder)
    except releases.ReleaseError as error:
        print(f"make test-previous: {error}", file=sys.stderr)
        return 1
    tests = given.tests or [
        f"tests/database/{name}" for name in TESTED if (folder / "tests/database" / name).exists()
    ]
    print(f"── tests of {given.release or 'the release before'} in {folder}, on this schema", flush=True)
    return subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "new_schema", "-m", "not slow", *_deselected(), *tests],
        cwd=folder,
        env=environment(folder),
        check=False,
    ).returncode


def environment(folder: Path) -> dict[str, str]:
    """Its code comes first, then the plugin; this schema is applied by this environment's `ddp`."""
    paths = (folder, folder / "layers/shared/python", HERE)
    return releases.environment() | {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "DDP_NEW_SCHEMA_COMMAND": str(Path(sys.executable).with_name("ddp")),
        # Servers are found where they were unpacked already.
        "DDP_STATE_DIR": str(folder / ".ddp"),
    }


def _deselected() -> list[str]:
    return [part for test in accepted() for part in ("--deselect", test)]


if __name__ == "__main__":
    sys.exit(main())
