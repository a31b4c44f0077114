"""A server that is made for one purpose, with the schema applied."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ddp import migrator
from infra.local.postgres.binaries import DEFAULT_MAJOR, find_binaries
from infra.local.postgres.server import PostgresServer
from infra.state import ROOT


@contextmanager
def fresh_database(schema: Path, major: int = DEFAULT_MAJOR) -> Iterator[str]:
    """Start a server with this schema and yield its URL; delete the server afterwards. Takes about 5 seconds.

    Raises BinariesUnavailableError, PostgresError and MigratorError.
    """
    with tempfile.TemporaryDirectory(prefix="ddp-schema-") as directory:
        Path(directory).chmod(0o755)  # as root, the server runs as another user, who must be able to enter
        server = PostgresServer(
            installation=find_binaries(major, ROOT / ".ddp" / "postgres"),
            directory=Path(directory) / "server",
            durable=False,
        )
        try:
            server.start()
            migrator.apply(server.url(), schema)
            yield server.url()
        finally:
            server.destroy()
