"""A dump of the database after an erasure has no plain text of the address: all tables, whatever they are."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from ddp import migrator
from infra.local.postgres.binaries import find_binaries
from tests.benchmarks.maintenance import erasure
from tests.database.servers import BINARIES, DEFAULT, SCHEMA, DatabaseServer

pytestmark = pytest.mark.slow

RECIPIENTS, ERASED, NEIGHBOUR = 20_000, 7_000, 17_000


@pytest.fixture(scope="module")
def server() -> Iterator[DatabaseServer]:
    server = DatabaseServer(DEFAULT)
    server.start()
    yield server
    server.stop()


def dump(url: str) -> str:
    """The whole database as text, in lower case."""
    pg_dump = find_binaries(DEFAULT.major, BINARIES) / "bin" / "pg_dump"
    return subprocess.run([pg_dump, url], check=True, capture_output=True, text=True).stdout.lower()


def test_nothing_of_an_erased_recipient_is_left_in_a_dump(server: DatabaseServer) -> None:
    database = server.create()
    migrator.apply(database.url, SCHEMA)
    with database.connect("superuser") as owner:
        erasure.fill(owner, RECIPIENTS)
        before = dump(database.url)
        # The ledger, an event, a rejected record, the audit trail and a kept answer.
        assert before.count(erasure.address(ERASED)) >= 5
        neighbours = before.count(erasure.address(NEIGHBOUR))
        erasure.erase(owner, erasure.address(ERASED))
        after = dump(database.url)
    assert erasure.address(ERASED) not in after
    assert after.count(erasure.address(NEIGHBOUR)) == neighbours > 0, "others are as they were"
    database.close()
