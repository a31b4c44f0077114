"""One database per channel for all schedules; each schedule has its own senders and plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ddp.channels import CHANNELS, SMS
from tests.database.faults import money
from tests.database.faults.chaos import Chaos
from tests.database.faults.world import World
from tests.database.sending.ledger import Ledger
from tests.database.servers import Database, DatabaseServer


@pytest.fixture(scope="module", params=CHANNELS, ids=lambda channel: channel.name)
def fault_ledger(
    request: pytest.FixtureRequest, server: DatabaseServer, template: Database
) -> Iterator[Ledger]:
    """Each channel's ledger, in a database with the schema applied."""
    database = server.create(template=template.name)
    ledger = Ledger(database, request.param)
    yield ledger
    ledger.close()
    server.drop(database)


@pytest.fixture
def world(fault_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int, float], World]]:
    """Make a world from a seed and a rate of faults, over an empty ledger."""
    from ddp import db

    def make(seed: int, rate: float) -> World:
        fault_ledger.rate(10_000)
        fault_ledger.retire()
        fault_ledger.owner.execute("delete from suppressions")
        if fault_ledger.channel is SMS:
            money.prepare(fault_ledger)
        return World(fault_ledger, Chaos(seed, rate), monkeypatch)

    with monkeypatch.context():
        yield make
    db.close()
