"""Hundreds of fault schedules: at rest the newest number of each post is what its platform told at that time.

Statistics are what recomputing gives, X charged no more than its budget, and nothing that is there counts as deleted.

DDP_FAULT_SCHEDULES: how many to try. DDP_FAULT_SEED: run only this one (a failure names its seed).
"""

from __future__ import annotations

import os

import pytest

from tests.database.faults.engagement import checks
from tests.database.faults.engagement.audience import KINDS
from tests.database.faults.engagement.world import Make, World

BLOCKS = 10
SCHEDULES = int(os.environ.get("DDP_FAULT_SCHEDULES", "30"))
SLOW_SCHEDULES = int(os.environ.get("DDP_FAULT_SCHEDULES", "1_000"))
RATES = [0.02, 0.06, 0.15]
BUDGETS = [None, "0.005", "0.02", "10"]


def seeds(block: int, schedules: int) -> list[int]:
    if only := os.environ.get("DDP_FAULT_SEED"):
        return [int(only)] if block == 0 else []
    return list(range(block, schedules, BLOCKS))


@pytest.mark.parametrize("block", range(BLOCKS))
def test_schedules(world: Make, block: int) -> None:
    assert (
        sum(one_schedule(world, seed) for seed in seeds(block, SCHEDULES)) or "DDP_FAULT_SEED" in os.environ
    )


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("block", range(BLOCKS))
def test_many_schedules(world: Make, block: int) -> None:
    for seed in seeds(block, SLOW_SCHEDULES):
        one_schedule(world, seed + 1_000_000)


def one_schedule(make: Make, seed: int) -> int:
    """Run some posts, first with faults, then without; then check what must hold. Returns how much was measured."""
    world = make(seed, RATES[seed % 3])
    try:
        begin(world)
        for _ in range(world.chaos.random.randint(15, 40)):
            world.act()
            checks.require_what_always_holds(world)
        world.settle()
        checks.require_what_always_holds(world)
        checks.require_deletions(world)
        if seed % 10 == 0:
            checks.require_statistics(world)
        assert world.log.leaked == []
        return checks.require_truth(world)
    except AssertionError as error:
        error.add_note(f"seed {seed}; last: {list(world.steps)}; accidents: {dict(world.chaos.met)}")
        raise
    finally:
        world.close()


def begin(world: World) -> None:
    """A tenant with a few accounts and posts; the platforms know where to send webhooks."""
    random = world.chaos.random
    budget = random.choice(BUDGETS)
    if budget is not None:
        world.ledger.query("insert into ddp.social_read_budgets values (%s, %s)", world.user_id, budget)
    late = {"lost": 0.3, "repeated": 0.3, "late_seconds": 600.0}
    world.audience.world.change(
        {"audience": {"seed": random.randrange(1_000), "speed": 5.0}, "webhooks": late}
    )
    for platform in random.sample(sorted(KINDS), random.randint(1, 3)):
        world.connect(platform)
        for _ in range(random.randint(1, 3)):
            world.publish(platform)
    for _ in range(random.randint(1, len(world.unknown))):
        world.learn()
    world.hook()
