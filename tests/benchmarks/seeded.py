"""A database of its own with the development data at a chosen scale."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from ddp import migrator
from infra.seed import development
from tests.database.servers import DEFAULT, SCHEMA, Database, DatabaseServer


@contextmanager
def seeded(file_actions: int, report: development.Report = lambda *_: None) -> Iterator[Database]:
    """Migrated and seeded, analytics included; the server goes with the block. `report` as in development.seed."""
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        database = server.create()
        migrator.apply(database.url, SCHEMA)
        server.set_passwords()
        with database.connect() as connection:
            development.seed(connection, development.Scale.of(file_actions, datetime.now(UTC).date()), report)
        yield database
        database.close()
    finally:
        server.stop()
