"""Statistics are refreshed and recomputed as workers do it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.database.social.engagement.numbers import DERIVED, Numbers
from tests.database.social.world import World


@pytest.fixture
def numbers(world: World) -> Iterator[Numbers]:
    for table in ("ddp.metric_changes", "ddp.recompute_slices", "ddp.kept_since", *DERIVED):
        world.owner.execute(f"delete from {table}")
    yield Numbers(world)
    world.owner.execute("delete from ddp.kept_since")
