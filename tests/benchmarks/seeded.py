"""A new database with development data at a chosen scale."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from ddp import migrator
from functions.maintenance.seed import development
from tests.database.servers import DEFAULT, SCHEMA, Database, DatabaseServer


@contextmanager
def seeded(file_actions: int, report: development.Report = lambda *_: None) -> Iterator[Database]:
    """Yield a migrated and seeded database, analytics included. Its server stops with the block.

    `report` is the one of development.seed.
    """
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
