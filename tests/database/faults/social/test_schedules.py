"""Thousands of fault schedules: by the platforms' own list nothing goes out twice or too early, what is said published
is there, and what nobody can know is unconfirmed until it is proved or a person says it.

DDP_FAULT_SCHEDULES: how many to try. DDP_FAULT_SEED: run only this one (a failure names its seed).
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.database.faults.queues import types
from tests.database.faults.social.checks import ends_of
from tests.database.faults.social.world import Make, World, begin

BLOCKS = 10
SCHEDULES = int(os.environ.get("DDP_FAULT_SCHEDULES", "200"))
SLOW_SCHEDULES = int(os.environ.get("DDP_FAULT_SCHEDULES", "10_000"))
RATES = [0.02, 0.06, 0.15]


def seeds(block: int, schedules: int, blocks: int = BLOCKS) -> list[int]:
    if only := os.environ.get("DDP_FAULT_SEED"):
        return [int(only)] if block == 0 else []
    return list(range(block, schedules, blocks))


@pytest.mark.parametrize("block", range(BLOCKS))
def test_schedules(world: Make, block: int) -> None:
    for seed in seeds(block, SCHEDULES):
        one_schedule(world, seed)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("block", range(BLOCKS))
def test_many_schedules(world: Make, block: int) -> None:
    for seed in seeds(block, SLOW_SCHEDULES):
        one_schedule(world, seed + 1_000_000)


def test_without_faults_everything_that_may_go_out_does(world: Make) -> None:
    ends: Counter[str] = Counter()
    for seed in range(40):
        calm = world(seed, 0)
        try:
            for post in calm.tenants.posts:
                assert calm.tenants.acts("publish", post), calm.tenants.refused
            calm.settle()
            calm.checks.require_settled()
            ends.update(ends_of(calm.ledger))
            # What fails has a text that is there already, or costs more than there is.
            rest = calm.ledger.query(
                "select social_posts.status::text, error_code, problems, post_type, platform from social_posts"
                " join social_accounts using (account_id) where social_posts.status <> 'published'"
            )
            assert {row["error_code"] for row in rest} <= {"duplicate", "budget"}, rest
        finally:
            calm.close()
    assert ends["published"] > 80, ends


def one_schedule(make: Make, seed: int) -> None:
    """Run some posts, first with faults, then without; then check what must hold."""
    world = make(seed, RATES[seed % 3])
    try:
        begin(world)
        world.run_steps(world.chaos.random.randint(15, 45))
        world.settle()
        world.checks.require_settled()
        people_settle_the_rest(world)
        if seed % 20 == 0:
            world.checks.require_no_secrets_in_tables()
        assert world.log.leaked == []
        world.require_what_always_holds()
    except AssertionError as error:
        tell(error, world, seed)
        raise
    finally:
        world.close()


def tell(error: AssertionError, world: World, seed: int) -> None:
    """Say what led there."""
    error.add_note(
        f"seed {seed}, step {world.step}; last: {list(world.steps)}; accidents: {dict(world.chaos.met)};"
        f" dead: {types(world.queues.dead)}"
    )


def people_settle_the_rest(world: World) -> None:
    """People look for what is unconfirmed: then nothing is."""
    for post in world.tenants.posts:
        world.settle_by_person(post)
    world.require_what_always_holds()
    assert not world.ledger.value("select count(*) from social_post_parts where status = 'unconfirmed'")
