"""An empty world per test, in one database per session: creating one takes longer than most tests."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from tests.database.servers import Database, DatabaseServer
from tests.database.social.world import World


@pytest.fixture(scope="session")
def social_database(server: DatabaseServer, template: Database) -> Iterator[Database]:
    database = server.create(template=template.name)
    yield database
    server.drop(database)


@pytest.fixture
def world(social_database: Database) -> Iterator[World]:
    world = World(social_database)
    world.empty()
    yield world
    world.close()


@pytest.fixture
def account(world: World) -> UUID:
    """An active account of a brand."""
    return world.account()
