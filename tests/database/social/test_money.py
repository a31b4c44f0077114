"""What posts may cost and platforms allow: reserved before a call, never passed, released only on proof."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest

from ddp.queries.social import accounts, calls
from ddp.queries.social.calls import Call
from ddp.queries.social.steps import Quota
from tests.database.social.world import LEASE, Cursor, World, refused

PRICE = Decimal("0.015")


def allow(world: World, user: UUID, dollars: Decimal | None) -> None:
    with world.acting(world.user("admin")) as cursor:
        accounts.set_budget(cursor, user, dollars)


def budget(world: World, user: UUID) -> tuple[Decimal, Decimal]:
    with world.acting(user) as cursor:
        row = accounts.budget(cursor)
    return row["reserved"], row["charged"]


def paid(world: World, account: UUID, **columns: object) -> tuple[UUID, str, UUID | None]:
    post = world.post(account, status="ready", **columns)
    world.begin(post)
    (one,) = world.start(Call(post_id=post, price=PRICE))
    return post, one.verdict, one.call_id


def test_without_a_budget_nothing_that_costs_is_published(world: World, account: UUID) -> None:
    assert paid(world, account)[1] == "budget"
    allow(world, world.owner_of(account), Decimal(0))
    assert paid(world, account)[1] == "budget"


@pytest.mark.parametrize(
    ("outcome", "reserved", "charged"),
    [("published", 0, PRICE), ("failed", 0, 0), ("not_accepted", 0, 0), ("unknown", PRICE, 0)],
)
def test_money_is_released_only_on_proof(
    world: World, account: UUID, outcome: str, reserved: Decimal, charged: Decimal
) -> None:
    brand = world.owner_of(account)
    allow(world, brand, Decimal(1))
    _, _, call = paid(world, account)
    assert budget(world, brand) == (PRICE, 0)
    world.record(call, outcome, external_id="1")
    world.record(call, outcome, external_id="1")
    assert budget(world, brand) == (reserved, charged)


def test_what_is_settled_later_moves_the_money_then(world: World, account: UUID) -> None:
    brand = world.owner_of(account)
    allow(world, brand, Decimal(1))
    first, _, call = paid(world, account)
    world.record(call, "unknown")
    second, _, other = paid(world, account)
    world.record(other, "unknown")
    with world.acting(brand) as cursor:
        cursor.execute("select settle_social_post(%s, true), settle_social_post(%s, false)", [first, second])
    assert budget(world, brand) == (0, PRICE)
    # The second was out after all.
    world.record(other, "published", external_id="2")
    assert budget(world, brand) == (0, 2 * PRICE)


def test_eight_starters_at_once_do_not_pass_the_budget(world: World, account: UUID) -> None:
    brand = world.owner_of(account)
    allow(world, brand, PRICE * 11)
    these = [world.post(account, status="ready") for _ in range(32)]
    world.begin(*these)
    ends_at = world.value("select now() + interval '1 day'")
    quota = Quota(quota="twitter/2026-11-30", cap=100, ends_at=ends_at)

    def start(some: list[UUID]) -> int:
        connection = world.login("ddp_worker")
        going = 0
        for post in some:
            with world.working(connection) as cursor:
                these = [Call(post_id=post, price=PRICE, quotas=[quota])]
                going += sum(
                    one.verdict == "go"
                    for one in calls.start(cursor, these, worker=world.worker, lease=LEASE)
                )
        connection.close()
        return going

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(start, [these[n::8] for n in range(8)])) == 11
    assert budget(world, brand) == (PRICE * 11, 0)
    assert world.value("select reserved from ddp.social_quotas") == 11


def test_who_starts_while_another_reserves_sees_what_is_left(world: World, account: UUID) -> None:
    brand = world.owner_of(account)
    allow(world, brand, PRICE)
    world.record(paid(world, account)[2], "failed")  # from now on the month has a row
    first, second = world.post(account, status="ready"), world.post(account, status="ready")
    world.begin(first, second)
    one, other = world.login("ddp_worker"), world.login("ddp_worker")

    def start(cursor: Cursor, post: UUID) -> str:
        these = [Call(post_id=post, price=PRICE)]
        return calls.start(cursor, these, worker=world.worker, lease=LEASE)[0].verdict

    def start_second() -> str:
        with world.working(other) as cursor:
            return start(cursor, second)

    with ThreadPoolExecutor(1) as pool:
        with world.working(one) as cursor:
            assert start(cursor, first) == "go"
            waiting = pool.submit(start_second)
            world.wait_for_waiting(1)
        assert waiting.result() == "budget"
    one.close()
    other.close()


def test_eight_starters_of_several_tenants_do_not_dead_lock(world: World) -> None:
    tenants = [world.account() for _ in range(4)]
    for account in tenants:
        allow(world, world.owner_of(account), Decimal(100))
    these = [world.post(account, status="ready") for _ in range(20) for account in tenants]
    world.begin(*these)

    def publish(some: list[UUID]) -> None:
        connection = world.login("ddp_worker")
        for n in range(0, len(some), 5):
            with world.working(connection) as cursor:
                batch = [Call(post_id=post, price=PRICE) for post in some[n : n + 5]]
                going = calls.start(cursor, batch, worker=world.worker, lease=LEASE)
            results = [
                calls.CallResult(
                    call_id=one.call_id, outcome=("published", "failed")[n % 2], external_id=str(one.post_id)
                )
                for n, one in enumerate(going)
                if one.call_id
            ]
            with world.working(connection) as cursor:
                calls.record(cursor, results)
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(publish, [these[n::8] for n in range(8)]))
    sums = world.query("select sum(reserved) as reserved, sum(charged) as charged from ddp.budgets")[0]
    published = world.value("select count(*) from social_posts where status = 'published'")
    assert sums == {"reserved": 0, "charged": PRICE * published}


def test_a_quota_says_no_to_all_of_a_call(world: World, account: UUID) -> None:
    ends_at = world.value("select now() + interval '1 day'")
    app = Quota(quota="tiktok/1", cap=2, ends_at=ends_at)
    tenant = Quota(quota="tiktok/1", cap=1, ends_at=ends_at, owner_id=account)
    these = [world.post(account, status="ready") for _ in range(2)]
    world.begin(*these)
    verdicts = world.start(*[Call(post_id=post, quotas=[app, tenant]) for post in these])
    assert sorted(one.verdict for one in verdicts) == ["go", "quota"]
    assert {row["reserved"] for row in world.query("select reserved from ddp.social_quotas")} == {1}
    (going,) = [one for one in verdicts if one.call_id]
    world.record(going.call_id, "failed", code="x")
    assert {row["reserved"] for row in world.query("select reserved from ddp.social_quotas")} == {0}


def test_whole_cents_of_own_campaigns_are_booked(world: World) -> None:
    world.owner.execute("update ddp.platform_settings set currency = 'USD'")
    brand, retailer = world.user(), world.user("retailer")
    campaign = world.campaign(brand, budget=100)
    world.query(
        "insert into campaign_participants (campaign_id, retailer_id) values (%s, %s)", campaign, retailer
    )
    for user, count in ((brand, 5), (retailer, 3)):
        account = world.account(user)
        allow(world, user, Decimal(10))
        for _ in range(count):
            _, _, call = paid(world, account, campaign_id=campaign)
            world.record(call, "published", external_id=str(call))
    # Five for $0.015 are $0.075; the retailer's own posts are not on the brand's budget.
    assert world.value(
        "select sum(amount) from campaign_expenses where campaign_id = %s", campaign
    ) == Decimal("0.08")
    assert world.value("select budget_spent from campaigns where campaign_id = %s", campaign) == Decimal(
        "0.08"
    )
    world.owner.execute("update ddp.platform_settings set currency = 'EUR'")


def test_only_administrators_set_budgets(world: World) -> None:
    brand = world.user()
    with pytest.raises(psycopg.Error) as caught, world.acting(brand) as cursor:
        accounts.set_budget(cursor, brand, Decimal(1))
    assert refused(caught.value)[:2] == ("PT403", "not-an-admin")
    with pytest.raises(psycopg.Error) as caught, world.acting(world.user("admin")) as cursor:
        accounts.set_budget(cursor, brand, Decimal(-1))
    assert refused(caught.value)[:2] == ("PT422", "invalid-budget")
    with world.acting(world.user()) as cursor:
        cursor.execute("select * from social_budget(%s)", [brand])
        assert cursor.fetchall() == []
