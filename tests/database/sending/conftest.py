"""An empty ledger per test, in one database per session: creating one takes longer than most tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ddp.channels import CHANNELS, Channel
from tests.database.sending.ledger import Ledger
from tests.database.servers import Database, DatabaseServer

# Ledgers between two tests, with their connections, by database and channel.
RESTING: dict[tuple[str, str], Ledger] = {}


@pytest.fixture(scope="session")
def ledger_database(server: DatabaseServer, template: Database) -> Iterator[Database]:
    """A database with the schema applied."""
    database = server.create(template=template.name)
    yield database
    for key in [key for key in RESTING if key[0] == database.name]:
        RESTING.pop(key).close()
    server.drop(database)


@pytest.fixture(params=CHANNELS, ids=lambda channel: channel.name)
def channel(request: pytest.FixtureRequest) -> Channel:
    """Each channel: the tests are written about e-mail."""
    channel: Channel = request.param
    return channel


@pytest.fixture
def ledger(ledger_database: Database, channel: Channel) -> Iterator[Ledger]:
    """An empty ledger, and a rate of 10,000 per second."""
    key = (ledger_database.name, channel.name)
    ledger = RESTING.pop(key, None) or Ledger(ledger_database, channel)
    ledger.channel = channel  # a test changes it
    ledger.empty()
    ledger.rate(10_000)
    yield ledger
    if ledger.rest():
        RESTING[key] = ledger
    else:
        ledger.close()
