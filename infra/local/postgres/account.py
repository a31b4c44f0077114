"""The system account that runs PostgreSQL: this process's own, or an unprivileged one if this process is root's.

PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

_UNPRIVILEGED_USERS: Final = ("nobody", "daemon", "bin")


class PostgresError(Exception):
    """The server could not be initialised, started or stopped; the message has the end of its log."""


def unprivileged_user() -> str | None:
    """The system user who runs the server, if this process is root's; else None. Raises PostgresError."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall() if entry.pw_uid != 0}
    for name in _UNPRIVILEGED_USERS:
        if name in known:
            return name
    raise PostgresError(
        "PostgreSQL refuses to run as root, and none of the users "
        f"{', '.join(_UNPRIVILEGED_USERS)} exists here. Run this as an ordinary user."
    )


def give_away(path: Path) -> None:
    """Make the server's user the owner of a file or directory."""
    if user := unprivileged_user():
        shutil.chown(path, user, pwd.getpwnam(user).pw_gid)


def is_reachable(path: Path) -> bool:
    """Whether the server's user can enter this directory or execute this file."""
    return _execute(["test", "-x", path], output=subprocess.DEVNULL) == 0


def run(command: list[str | Path], *, failure: str, log: Path | None = None) -> None:
    """Run a command as the server's user. Raises PostgresError with its output and the end of `log`."""
    # Into a file: the server inherits the output, so reading a pipe to its end would wait for the server.
    with tempfile.TemporaryFile("w+") as output:
        if _execute(command, output=output.fileno()) != 0:
            output.seek(0)
            details = [output.read().strip()] + ([_end_of(log)] if log else [])
            raise PostgresError("\n".join([f"{failure} ({Path(command[0]).name}):", *details]))


def _execute(command: list[str | Path], *, output: int) -> int:
    """Run in a directory and with an environment that the server's user can read; returns the exit status."""
    user = unprivileged_user()
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
        check=False,
    ).returncode


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else ""
