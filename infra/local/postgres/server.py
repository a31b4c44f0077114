"""A PostgreSQL server from a directory of binaries, on 127.0.0.1 over TCP.

Where the system user who runs the server cannot reach the binaries or the data (a clone below a 0700 directory),
both move to a directory of their own below /var/tmp. The file `location` in the server's directory names it, and
`destroy` removes it.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from infra.local.postgres.account import PostgresError, give_away, is_reachable, run
from infra.local.postgres.relocation import copied_installation, copy_installation, new_home
from infra.local.processes import free_port

HOST: Final = "127.0.0.1"
SUPERUSER: Final = "postgres"
_START_ATTEMPTS: Final = 3

DURABLE: Final = {"max_connections": "100"}
# For tests: a crash of the machine may lose all data, a crash of the server the last transactions.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """One server: its binaries (`bin`, `lib`, `share`), its directory, and whether its data survives crashes.

    `preferred_port`: the port on which it starts, if that is free.
    """

    installation: Path
    directory: Path
    durable: bool = True
    superuser: str = SUPERUSER
    preferred_port: int | None = None

    def start(self) -> None:
        """Start the server, after `initdb` if it has no data yet. Does nothing if it is running."""
        if self.pid() is not None:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        home = self._home() or self._choose_home()
        binaries = self._binaries(home)
        if binaries != self.installation:
            copy_installation(self.installation, home / "install")
        _initialise(binaries, home, self.superuser, _password(self.directory))
        _forget_crash(home / "data")
        settings = DURABLE if self.durable else DISPOSABLE
        _start(binaries, home / "data", settings, self.preferred_port)

    def stop(self, *, timeout: float = 30) -> None:
        """Shut down fast: disconnect clients, keep committed work. Does nothing if the server is stopped."""
        home, pid = self._home(), self.pid()
        if home is None or pid is None:
            return
        pg_ctl = self._binaries(home) / "bin" / "pg_ctl"
        run(
            [pg_ctl, "stop", "-D", home / "data", "-m", "fast", "-t", str(int(timeout))],
            failure="PostgreSQL did not stop",
        )

    def destroy(self) -> None:
        """Stop the server; remove the data, the password and the relocated copy."""
        self.stop()
        home = self._home()
        if home is not None and home != self.directory:
            shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def pid(self) -> int | None:
        """Process id of the running server; None if it is stopped or crashed."""
        home = self._home()
        lines = _lock_file(home / "data") if home else []
        return int(lines[0]) if home and lines and int(lines[0]) in _processes_in(home / "data") else None

    def port(self) -> int:
        """TCP port of the running server. Raises PostgresError if it is stopped."""
        home = self._home()
        if home is None or self.pid() is None:
            raise PostgresError(f"PostgreSQL in {self.directory} is not running.")
        return int(_lock_file(home / "data")[3])

    def log(self) -> Path | None:
        """The server's log file; None if it was never started."""
        home = self._home()
        return home / "data" / "server.log" if home else None

    def url(self, database: str = "postgres", *, user: str | None = None, password: str | None = None) -> str:
        """Connection URL of the running server, for the superuser or another user."""
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
        return copied_installation(self.installation, home / "install")

    def _choose_home(self) -> Path:
        if is_reachable(self.directory) and is_reachable(self.installation / "bin" / "postgres"):
            (self.directory / "location").unlink(missing_ok=True)
            return self.directory
        home = new_home()
        (self.directory / "location").write_text(str(home))
        return home


def _initialise(binaries: Path, home: Path, superuser: str, password: str) -> None:
    """Run `initdb` in a folder that is renamed once complete, so that an interrupted run leaves no broken database."""
    data, unfinished = home / "data", home / "data.unfinished"
    if data.exists():
        return
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    give_away(unfinished)
    with tempfile.NamedTemporaryFile("w", dir=unfinished.parent) as password_file:
        password_file.write(password)
        password_file.flush()
        give_away(Path(password_file.name))
        options = [f"--pwfile={password_file.name}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        run(
            [binaries / "bin" / "initdb", "-D", unfinished, "-U", superuser, "-A", "scram-sha-256", *options],
            failure="initdb failed",
        )
    unfinished.rename(data)


def _start(binaries: Path, data: Path, settings: dict[str, str], preferred_port: int | None) -> None:
    """Start the server on a free port; try again, on another, if another process takes the port first."""
    log = data / "server.log"
    for attempt in range(1, _START_ATTEMPTS + 1):
        try:
            port = free_port(preferred_port if attempt == 1 else None)
            _start_once(binaries, data, {**settings, "port": str(port)}, log)
        except PostgresError:
            if attempt == _START_ATTEMPTS or "could not bind" not in log.read_text(errors="replace")[-4000:]:
                raise
        else:
            return


def _start_once(binaries: Path, data: Path, settings: dict[str, str], log: Path) -> None:
    options = {
        "listen_addresses": HOST,
        "unix_socket_directories": "",
        **settings,
    }
    arguments = " ".join(f"-c {name}='{value}'" for name, value in options.items())
    pg_ctl = binaries / "bin" / "pg_ctl"
    run(
        [pg_ctl, "start", "-D", data, "-w", "-t", "60", "-l", log, "-o", arguments],
        failure="PostgreSQL did not start",
        log=log,
    )


def _forget_crash(data: Path) -> None:
    """After `kill -9` of the server, wait for its orphaned backends, then remove its lock file.

    PostgreSQL removes a stale lock file by itself, unless another process of the same user now has that pid.
    The file must stay while a backend lives, because it protects the data from a second server.
    """
    deadline = time.monotonic() + 10
    while _processes_in(data):
        if time.monotonic() > deadline:
            raise PostgresError(f"Processes of a crashed PostgreSQL still use {data}: {_processes_in(data)}.")
        time.sleep(0.05)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _processes_in(data: Path) -> list[int]:
    """Ids of the processes whose working directory is `data`. Only PostgreSQL's have it; zombies have none."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == data.resolve():
                found.append(int(process.name))
        except OSError:  # the process has ended, or belongs to another user
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
