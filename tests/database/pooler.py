"""PgBouncer in transaction mode in front of a test server, like Supavisor or RDS Proxy in front of a real one.

All clients of a login share a few server connections, and any transaction may get any of them. The pooler does nothing
that would hide a fault: it prepares no statements and resets nothing between transactions.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local import processes
from infra.local.postgres import server as postgres
from infra.local.postgres.account import unprivileged_user

# Debian installs it in a directory that is not in an ordinary user's PATH.
BINARY = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
MISSING = "no pgbouncer on this machine (it is in the system's packages: apt-get install pgbouncer)"

# Since this version it tracks clients' prepared statements by default.
PREPARED_STATEMENTS = (1, 21)


@dataclass(slots=True)
class Pooler:
    """One PgBouncer with its files in `directory`, in front of the server on `port`."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes]

    def url(self, user: str, password: str, database: str) -> str:
        """A URL through the pooler. Passwords must be hexadecimal or URL-safe."""
        return f"postgresql://{user}:{password}@{postgres.HOST}:{self.port}/{database}"

    def stop(self) -> None:
        """Stop at once, which disconnects clients."""
        processes.stop(self.process)


def start(
    directory: Path,
    *,
    server_port: int,
    passwords: Mapping[str, str],
    pool_mode: str = "transaction",
    pool_size: int = 2,
    **settings: object,
) -> Pooler:
    """Start a pooler that uses these passwords both for its clients and at the server.

    `settings` are PgBouncer's own.
    """
    assert BINARY, MISSING
    directory.mkdir()
    port = processes.free_port()
    users = "".join(f'"{user}" "{password}"\n' for user, password in passwords.items())
    (directory / "users.txt").write_text(users)
    configuration = directory / "pgbouncer.ini"
    settings |= {"pool_mode": pool_mode, "default_pool_size": pool_size}
    configuration.write_text(_configuration(directory, port, server_port, settings))
    command = [BINARY, configuration]
    if user := unprivileged_user():  # like PostgreSQL, it refuses to run as root
        shutil.chown(directory, user)
        command = [BINARY, "-u", user, configuration]
    pooler = Pooler(directory, port, processes.start(command, log=directory / "output.log"))
    _wait(pooler)
    return pooler


def _configuration(directory: Path, port: int, server_port: int, own: Mapping[str, object]) -> str:
    settings = {
        "listen_addr": postgres.HOST,
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": directory / "users.txt",
        "max_client_conn": 200,
        "server_idle_timeout": 5,  # a test session creates hundreds of databases, each with its own pools
        "query_wait_timeout": 60,
        **own,
    }
    if _version() >= PREPARED_STATEMENTS:
        settings["max_prepared_statements"] = 0
    lines = [f"{name} = {value}" for name, value in settings.items()]
    database = f"* = host={postgres.HOST} port={server_port}"
    return "\n".join(["[databases]", database, "[pgbouncer]", *lines, ""])


def _version() -> tuple[int, ...]:
    output = subprocess.run([str(BINARY), "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"PgBouncer (\d+)\.(\d+)", output)
    assert match, output
    return int(match[1]), int(match[2])


def _wait(pooler: Pooler) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex((postgres.HOST, pooler.port)) == 0:
                return
        if pooler.process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError((pooler.directory / "output.log").read_text(errors="replace"))
