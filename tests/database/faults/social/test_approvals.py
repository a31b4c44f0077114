"""Under kills, no post goes out without an approval of its very content: by the platforms' own list."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.database.faults.social.approving import Brand
from tests.database.faults.social.checks import ends_of
from tests.database.faults.social.test_schedules import RATES, seeds, tell
from tests.database.faults.social.world import Make, begin

BLOCKS = 4
SCHEDULES = int(os.environ.get("DDP_FAULT_SCHEDULES", "12"))
SLOW_SCHEDULES = int(os.environ.get("DDP_FAULT_SCHEDULES", "1_000"))


@pytest.mark.parametrize("block", range(BLOCKS))
def test_schedules(world: Make, block: int) -> None:
    ends: Counter[str] = Counter()
    for seed in seeds(block, SCHEDULES, BLOCKS):
        ends += one_schedule(world, seed + 2_000_000)
    assert ends["published"], "nothing went out: the test says nothing"


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("block", range(BLOCKS))
def test_many_schedules(world: Make, block: int) -> None:
    for seed in seeds(block, SLOW_SCHEDULES, BLOCKS):
        one_schedule(world, seed + 3_000_000)


def one_schedule(make: Make, seed: int) -> Counter[str]:
    """Run some posts of a campaign whose brand approves all. Returns how many posts ended in each status."""
    world = make(seed, RATES[seed % 3])
    try:
        world.brand = Brand(world.ledger, world.tenants, world.chaos.random, world.note)
        begin(world)
        world.run_steps(world.chaos.random.randint(25, 60))
        world.settle()
        world.checks.require_settled()
        return Counter(ends_of(world.ledger))
    except AssertionError as error:
        tell(error, world, seed)
        raise
    finally:
        world.close()
