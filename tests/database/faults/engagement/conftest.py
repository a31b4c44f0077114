"""One database and one set of platforms for all schedules; each schedule has its own tenant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.database.faults.chaos import Chaos
from tests.database.faults.engagement.audience import Audience
from tests.database.faults.engagement.world import Make, World
from tests.database.faults.social.logs import Log, redirect
from tests.database.servers import Database, DatabaseServer
from tests.database.social.engagement.numbers import DERIVED
from tests.database.social.world import World as Ledger

REST = ("ddp.metric_changes", "ddp.social_subscriptions", *DERIVED)


@pytest.fixture(scope="module")
def ledger(server: DatabaseServer, template: Database) -> Iterator[Ledger]:
    """A database with the schema applied."""
    database = server.create(template=template.name)
    ledger = Ledger(database)
    yield ledger
    ledger.close()
    server.drop(database)


@pytest.fixture(scope="module")
def audience(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audience]:
    """The six platforms."""
    made = Audience(tmp_path_factory.mktemp("platforms"))
    yield made
    made.world.store.close()


@pytest.fixture
def log() -> Iterator[Log]:
    """What the functions log."""
    log = Log()
    undo = redirect(log)
    yield log
    undo()


@pytest.fixture
def world(ledger: Ledger, audience: Audience, log: Log, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Make a world from a seed and a rate of faults, over an empty ledger."""
    from ddp import db

    def make(seed: int, rate: float) -> World:
        ledger.empty()
        for table in REST:
            ledger.query(f"delete from {table}")
        audience.empty()
        return World(ledger, audience, Chaos(seed, rate), monkeypatch, log)

    with monkeypatch.context():
        yield make
    db.close()
