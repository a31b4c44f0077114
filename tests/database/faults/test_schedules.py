"""Thousands of fault schedules: in the end every recipient is settled or visibly unknown, and no message was accepted
twice.

DDP_FAULT_SCHEDULES: how many to try of each channel. DDP_FAULT_SEED: run only this one (a failure names its
seed).
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable

import pytest

from ddp.channels import SMS
from tests.database.faults.queues import types
from tests.database.faults.world import World
from tests.database.sending.ledger import Plan

BLOCKS = 10
SCHEDULES = int(os.environ.get("DDP_FAULT_SCHEDULES", "30"))
SLOW_SCHEDULES = int(os.environ.get("DDP_FAULT_SCHEDULES", "1000"))

# States that do not change any more by themselves.
NOT_SENT = {"failed", "suppressed", "cancelled", "missed"}
SENT = {"sent", "delivered", "opened", "clicked", "bounced", "complained"}

Make = Callable[[int, float], World]


def seeds(block: int, schedules: int) -> list[int]:
    if only := os.environ.get("DDP_FAULT_SEED"):
        return [int(only)] if block == 0 else []
    return list(range(block, schedules, BLOCKS))


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Silences the log, which would report thousands of faults."""
    logging.disable(logging.CRITICAL if not os.environ.get("DDP_FAULT_LOG") else logging.NOTSET)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_schedules(world: Make, block: int) -> None:
    for seed in seeds(block, SCHEDULES):
        one_schedule(world, seed)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("block", range(BLOCKS))
def test_many_schedules(world: Make, block: int) -> None:
    for seed in seeds(block, SLOW_SCHEDULES):
        one_schedule(world, seed + 1_000_000)


def test_without_faults_the_worker_that_records_the_last_result_completes_the_plan(world: Make) -> None:
    """No reconciliation runs."""
    calm = world(0, 0)
    try:
        begin(calm, "hold", may_test=False)
        tell_planner(calm, calm.plans[0])
        while not calm.queues.is_empty():
            calm.deliver_any()
        assert calm.ledger.states(calm.plans[0]).keys() <= SENT
        require_settled(calm, calm.plans[0])
    finally:
        calm.close()


def test_an_error_inside_of_the_provider_is_no_fault_of_the_schedule(world: Make) -> None:
    """The send stage takes it for a message whose fate is not known, as it should: so it would stay unseen."""
    calm = world(0, 0)
    try:
        begin(calm, "hold", may_test=False)
        tell_planner(calm, calm.plans[0])
        calm.provider.wrong = lambda send_id: iter([str(1 / (len(send_id) - 36))])
        while not calm.queues.is_empty():
            calm.deliver_any()
        assert set(calm.ledger.states(calm.plans[0])) == {"unknown"}
        with pytest.raises(AssertionError, match=r"the provider raised.*(\n.*)*ZeroDivisionError"):
            calm.require_what_always_holds()
    finally:
        calm.close()


def one_schedule(make: Make, seed: int) -> None:
    """Run some plans of different senders, first with faults, then without; then check what must hold."""
    world = make(seed, [0.02, 0.06, 0.15][seed % 3])
    world.set_cap(world.chaos.random.choice([None, None, 1, 2]))
    policy = "retry" if seed % 10 == 9 else "hold"
    for _ in range(world.chaos.random.randint(1, 3)):
        begin(world, policy)
    try:
        world.run(steps=world.chaos.random.randint(10, 40))
        world.settle(policy)
        for plan in world.plans:
            require_settled(world, plan)
        require_no_duplicates(world, policy)
        require_one_variant(world)
        require_no_more_than_the_cap(world)
        require_truth(world, policy)
    except AssertionError as error:
        error.add_note(
            f"seed {seed}, step {world.step}; last: {list(world.steps)}; accidents: {dict(world.chaos.met)};"
            f" dead: {types(world.queues.dead)}"
        )
        raise
    finally:
        world.close()


def begin(world: World, policy: str, *, may_test: bool = True) -> None:
    """A plan with some duplicates and an unusable address; half of them test variants."""
    random, member = world.chaos.random, world.ledger.channel.address_member
    listed = [address(world, n) for n in range(random.randint(3, 14))]
    if world.cap is not None:  # senders who write to the same people
        listed += random.sample(world.addresses, min(len(world.addresses), 5))
    world.addresses += listed
    listed += [*random.sample(listed, 2), "nobody"]
    random.shuffle(listed)
    plan = world.ledger.request([{member: a} for a in listed], call_size=3, policy=policy)
    world.ledger.query(
        "update send_plans set unknown_retry_after = '1 hour', starts_when_planned = %s where send_plan_id = %s",
        world.ledger.channel is SMS,
        plan.send_plan_id,
    )
    if may_test and random.random() < 0.3:
        world.ledger.query(
            "update send_plans set spread_over = '1 hour' where send_plan_id = %s", plan.send_plan_id
        )
    if may_test and random.random() < 0.5:
        let_test_variants(world, plan)
    if world.money:
        world.money.fund(plan)
    world.plans.append(plan)
    if random.random() < 0.8:  # otherwise reconciliation finds it
        tell_planner(world, plan)


def let_test_variants(world: World, plan: Plan) -> None:
    """Let the plan test two or three variants, each of which says what it is."""
    random = world.chaos.random
    values = {
        "plan": plan.send_plan_id,
        "share": random.choice([20, 50, 99]),
        "variants": random.choice([2, 3]),
        "if_unclear": random.choice(["a", "best", "ask"]),
    }
    # An e-mail's variants differ in the subject, an SMS's in the text.
    says = "content" if world.ledger.channel is SMS else "subject"
    world.ledger.owner.execute(
        f"""
        with tested as (
            update send_plans set test_share = %(share)s, {says} = 'Variant 1' where send_plan_id = %(plan)s
        ), variants as (
            insert into ddp.plan_variants (send_plan_id, variant, {says})
            select %(plan)s, n, 'Variant ' || n from generate_series(2, %(variants)s) n
        )
        insert into ddp.ab_tests (send_plan_id, metric, decide_after, if_unclear)
        values (%(plan)s, 'clicks', '1 minute', %(if_unclear)s)
        """,
        values,
    )


def tell_planner(world: World, plan: Plan) -> None:
    from functions.sending.messages import PlanSend, serialise

    world.queues.put(world.stages.plan_url, serialise(PlanSend(send_plan_id=plan.send_plan_id)))


def address(world: World, n: int) -> str:
    """A new address of the world's channel."""
    number = world.chaos.random.randrange(10**9)
    return f"+120255{number % 1000:03}{n:02}" if world.ledger.channel is SMS else f"{n}-{number}@example.com"


def require_settled(world: World, plan: Plan) -> None:
    """Each recipient is there once, settled or visibly unknown; plans are complete; batch counts add up."""
    states = world.ledger.states(plan)
    assert not states.keys() - NOT_SENT - SENT - {"unknown"}, states
    row = world.ledger.query(
        "select jsonb_array_length(audience -> 'recipients') as listed, completed_at from send_plans"
        " where send_plan_id = %s",
        plan.send_plan_id,
    )[0]
    assert row["completed_at"] is not None
    if world.money:
        world.money.require_released(plan)
    planned = world.ledger.query(
        "select sum(planned + suppressed) as rows, sum(duplicates) as duplicates, sum(rejected) as rejected"
        " from ddp.send_plan_batches where send_plan_id = %s",
        plan.send_plan_id,
    )[0]
    assert planned["rows"] == sum(states.values())
    assert planned["rows"] + planned["duplicates"] + planned["rejected"] == row["listed"]


def require_no_duplicates(world: World, policy: str) -> None:
    """In the provider's list nobody is twice with `hold`, and no attempt is twice with `retry`."""
    key = (lambda a: a.send_id) if policy == "hold" else (lambda a: (a.send_id, a.attempt))
    twice = [k for k, times in Counter(map(key, world.provider.accepted)).items() if times > 1]
    assert not twice


def require_one_variant(world: World) -> None:
    """Who got a message of a plan that tests variants got the one that the ledger says."""
    rows = world.ledger.query(
        "select s.email_send_id::text as id, s.variant, s.status::text from email_sends s"
        " join send_plans p using (email_campaign_id) where p.test_share is not null and p.send_plan_id = any (%s)",
        world.plan_ids,
    )
    for row in rows:
        said = [a.says for a in world.provider.accepted if a.send_id == row["id"]]
        assert all(text.startswith(f"Variant {row['variant']}") for text in said), (row, said)
        assert row["variant"] is not None or row["status"] in NOT_SENT


def require_no_more_than_the_cap(world: World) -> None:
    """Nobody got messages of more plans than the platform's cap allows."""
    if world.cap is None:
        return
    rows = world.ledger.query(
        "select email_send_id::text as id, encode(recipient_hash, 'hex') as who from email_sends"
        " where email_campaign_id = any (%s)",
        [plan.channel_campaign_id for plan in world.plans],
    )
    who = {row["id"]: row["who"] for row in rows}
    got = Counter(who[send_id] for send_id in {a.send_id for a in world.provider.accepted})
    assert max(got.values(), default=0) <= world.cap, got


def require_truth(world: World, policy: str) -> None:
    """The ledger says `sent` only if the provider accepted the message, and never denies an acceptance."""
    accepted = {a.send_id for a in world.provider.accepted}
    # Without an answer and without events, nobody can know that a message was accepted. Another attempt, which only
    # `retry` makes, may then fail or be suppressed.
    may_be_lost = policy == "retry"
    rows = world.ledger.query(
        "select email_send_id::text as id, status::text, accepted_attempts from email_sends"
        " where email_campaign_id = any (%s)",
        [plan.channel_campaign_id for plan in world.plans],
    )
    for row in rows:
        if row["accepted_attempts"] != 0:
            assert row["id"] in accepted
            # A carrier may refuse what the provider took.
            assert row["status"] in SENT or (row["status"] == "failed" and world.ledger.channel is SMS)
        else:
            assert row["status"] not in SENT
            assert row["id"] not in accepted or row["status"] == "unknown" or may_be_lost
