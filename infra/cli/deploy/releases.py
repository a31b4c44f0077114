"""Earlier releases: their names, which are tags such as v0.1.0, and their sources in a folder of their own."""

from __future__ import annotations

import os
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Final

from infra.release import version
from infra.state import ROOT, keep_newest, make_once, state_directory

# Folders of sources that are kept; each gets an environment of about a gigabyte.
KEPT: Final = 2


class ReleaseError(RuntimeError):
    """A release is not there, or cannot be set up; the message says what to do."""


def previous() -> str:
    """The tag of the release before these sources. Raises ReleaseError."""
    tags = _git("tag", "--merged", "HEAD", "--sort=-version:refname", "--list", "v*").decode().split()
    earlier = [tag for tag in tags if tag != f"v{version()}"]
    if not earlier:
        raise ReleaseError(
            f"There is no release before {version()}: the history of HEAD has no other tag v*. Fetch the tags "
            "(git fetch --tags --unshallow), or name a commit."
        )
    return earlier[0]


def unpacked(name: str) -> Path:
    """A folder with the sources of a tag or commit, as they are in the history. Raises ReleaseError."""
    commit = _git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").decode().strip()
    folders = state_directory() / "releases"
    folder = make_once(folders / commit[:12], lambda made: _unpack(commit, made))
    keep_newest(folders, "", KEPT)
    return folder


def set_up(folder: Path) -> None:
    """Give the sources the packages that their own lock files name. Takes a minute. Raises ReleaseError."""
    outcome = subprocess.run(["make", "setup"], cwd=folder, env=environment(), check=False)
    if outcome.returncode:
        raise ReleaseError(f"make setup failed in {folder}: mend what it says, and try again.")


def environment() -> dict[str, str]:
    """For programs of a release: nothing of the environment that this program runs in."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in {"VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL"}
    }


def _unpack(commit: str, folder: Path) -> None:
    archive = _git("archive", "--format=tar", commit)
    folder.mkdir()
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")


def _git(*arguments: str) -> bytes:
    outcome = subprocess.run(["git", *arguments], cwd=ROOT, check=False, capture_output=True)
    if outcome.returncode:
        said = outcome.stderr.decode().strip() or f"git {' '.join(arguments)} found nothing"
        raise ReleaseError(f"{said}. Name a tag or commit of this repository's history: git tag --list 'v*'.")
    return outcome.stdout
