"""PostgreSQL as a part of the stack: a process that lives as long as the server, and stops it.

`pg_ctl` leaves the server without a parent, so nothing would stop it after a `kill -9` of the supervisor. The kernel
signals this process instead (child.py), which shuts the server down.
"""

from __future__ import annotations

import argparse
import json
import secrets
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from infra.local.postgres.binaries import DEFAULT_MAJOR, find_binaries
from infra.local.postgres.server import PostgresServer
from infra.local.state import StateDirectory

LOGINS = ("api", "worker")


def server(state: StateDirectory) -> PostgresServer:
    """The server of this state directory, running or not."""
    binaries = find_binaries(DEFAULT_MAJOR, state.path / "binaries")
    return PostgresServer(installation=binaries, directory=state.postgres)


def connection_urls(state: StateDirectory) -> dict[str, str]:
    """Connection URL by login (api, worker, migrator) of the running server.

    The migrator is the superuser here, because it must create the roles. The passwords of the others are generated
    once; the `migrate` function sets them as in any other stage.
    """
    postgres, passwords = server(state), _passwords(state.passwords)
    urls = {login: postgres.url(user=f"ddp_{login}", password=passwords[login]) for login in LOGINS}
    return {**urls, "migrator": postgres.url()}


def _passwords(file: Path) -> dict[str, str]:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(json.dumps({login: secrets.token_urlsafe(24) for login in LOGINS}))
    passwords: dict[str, str] = json.loads(file.read_text())
    return passwords


def main() -> None:
    """Run the server until SIGTERM; exit with status 1 if it ends by itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True, help="the port, if it is free")
    arguments = parser.parse_args()
    postgres = replace(server(StateDirectory(arguments.state)), preferred_port=arguments.port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        postgres.start()
        print(f"PostgreSQL {DEFAULT_MAJOR} on port {postgres.port()}", flush=True)
        while postgres.pid() is not None:
            time.sleep(0.5)
        sys.exit(f"PostgreSQL ended; see {postgres.log()}")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        postgres.stop()


if __name__ == "__main__":
    main()
