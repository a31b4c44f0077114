"""One populated database per session: tests query in transactions that are rolled back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.database.schema.platform import Platform, populate
from tests.database.servers import Database, DatabaseServer


@pytest.fixture(scope="session")
def platform(server: DatabaseServer, template: Database) -> Iterator[Platform]:
    database = server.create(template=template.name)
    try:
        platform = Platform(database)
        populate(platform.owner)
        yield platform
    finally:
        server.drop(database)


@pytest.fixture
def session(platform: Platform):
    """A superuser's transaction, rolled back at the end. It can become any caller, who then sees uncommitted rows."""
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute("select ddp.refresh_analytics()")
        yield connection
