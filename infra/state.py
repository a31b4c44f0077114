"""The state directory: what is built here and can be built again."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def state_directory() -> Path:
    """`.ddp/` at the root of the repository, or the directory that DDP_STATE_DIR names."""
    return Path(os.environ.get("DDP_STATE_DIR", ROOT / ".ddp")).resolve()


def make_once(finished: Path, make: Callable[[Path], object]) -> Path:
    """The folder `finished`, filled by `make(folder)` unless it exists.

    It appears in one step: an interrupted build leaves nothing, and two builds at once do not disturb each other.
    """
    if finished.is_dir():
        os.utime(finished)
        return finished
    finished.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=finished.parent, prefix=f".{finished.name}-") as scratch:
        folder = Path(scratch) / "folder"
        make(folder)
        try:
            folder.rename(finished)
        except OSError:
            if not finished.is_dir():
                raise
    return finished


def keep_newest(folder: Path, prefix: str, number: int) -> None:
    """Remove the entries of `folder` whose names begin with `prefix`, except the `number` most recently used."""
    finished = (path for path in folder.glob(f"{prefix}*") if not path.name.startswith("."))
    by_use = sorted(finished, key=lambda path: path.stat().st_mtime, reverse=True)
    for old in by_use[number:]:
        shutil.rmtree(old, ignore_errors=True)
