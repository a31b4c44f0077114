"""An empty ledger per test, in one database per session: creating one takes longer than most tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.database.sending.ledger import Ledger
from tests.database.servers import Database, DatabaseServer


@pytest.fixture(scope="session")
def ledger_database(server: DatabaseServer, template: Database) -> Iterator[Database]:
    """A database with the schema applied."""
    database = server.create(template=template.name)
    yield database
    server.drop(database)


@pytest.fixture
def ledger(ledger_database: Database) -> Iterator[Ledger]:
    """An empty ledger, and a rate of 10,000 per second."""
    ledger = Ledger(ledger_database)
    ledger.empty()
    ledger.rate(10_000)
    yield ledger
    ledger.close()
