"""One database and one set of platforms for all schedules; each schedule has its own tenants."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator

import pytest
from PIL import Image

from tests.database.faults.chaos import Chaos
from tests.database.faults.social.logs import Log, redirect
from tests.database.faults.social.platforms import Platforms
from tests.database.faults.social.world import Make, World
from tests.database.servers import Database, DatabaseServer
from tests.database.social.world import World as Ledger


@pytest.fixture(scope="module")
def ledger(server: DatabaseServer, template: Database) -> Iterator[Ledger]:
    """A database with the schema applied."""
    database = server.create(template=template.name)
    ledger = Ledger(database)
    yield ledger
    ledger.close()
    server.drop(database)


@pytest.fixture(scope="module")
def platforms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platforms]:
    """The six platforms."""
    made = Platforms(tmp_path_factory.mktemp("platforms"))
    yield made
    made.simulator.store.close()


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """An image, and a video of several pieces."""
    image = io.BytesIO()
    Image.new("RGB", (320, 320), (90, 120, 150)).save(image, "JPEG")
    video = b"\0\0\0\x18ftypmp42" + random.Random(1).randbytes(80_000)
    return {"image": image.getvalue(), "video": video}


@pytest.fixture
def log() -> Iterator[Log]:
    """What the functions log."""
    log = Log()
    undo = redirect(log)
    yield log
    undo()


@pytest.fixture
def world(
    ledger: Ledger,
    platforms: Platforms,
    files: dict[str, bytes],
    log: Log,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Make]:
    """Make a world from a seed and a rate of faults, over an empty ledger."""
    from ddp import db

    def make(seed: int, rate: float) -> World:
        ledger.empty()
        # The same seed gives the same ids.
        ledger.query("delete from files")
        platforms.empty()
        return World(ledger, platforms, Chaos(seed, rate), monkeypatch, files, log, seed)

    with monkeypatch.context():
        yield make
    db.close()
