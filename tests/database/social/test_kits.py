"""Drafts of a kit are made once for each participant, whoever joins, offers and changes the kit at the same time."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from ddp.queries.campaigns import items
from tests.database.social.world import World

CREATE = "select item_id from create_campaign_item(%s, %s)"


def campaign_of(world: World, brand: UUID) -> tuple[UUID, UUID]:
    """An open campaign, and a template of its brand."""
    campaign = world.campaign(brand)
    world.query("update campaigns set is_open = true where campaign_id = %s", campaign)
    template = world.value(
        "insert into templates (template_name, template_type, template_content, created_by_user_id)"
        " values ('x', 'email', %s, %s) returning template_id",
        Jsonb({"subject": "x", "html": "x"}), brand,
    )  # fmt: skip
    return campaign, template


def offer(world: World, connection: psycopg.Connection | None = None) -> int:
    with world.working(connection) as cursor:
        return items.offer_due(cursor, limit=50)


@pytest.mark.parametrize("seed", range(3))
def test_joining_offering_and_adding_items_at_once(world: World, seed: int) -> None:
    brand = world.user()
    campaign, template = campaign_of(world, brand)
    retailers = [world.user("retailer") for _ in range(24)]

    def join(some: list[UUID]) -> None:
        connection = world.login("ddp_api")
        for retailer in some:
            with world.acting(retailer, connection=connection) as cursor:
                cursor.execute("select join_campaign(%s)", [campaign])
        connection.close()

    def add(number: int) -> None:
        connection, dice = world.login("ddp_api"), random.Random(seed * 10 + number)
        for _ in range(4):
            item = {"title": "x", "template_id": str(template), "due_at": "2099-01-01T00:00:00Z"}
            with world.acting(brand, connection=connection) as cursor:
                cursor.execute(CREATE, [campaign, Jsonb(item | {"title": f"{dice.random()}"})])
        connection.close()

    def work(_: int) -> None:
        connection = world.login("ddp_worker")
        for _ in range(12):
            offer(world, connection)
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        joins = [pool.submit(join, retailers[n::4]) for n in range(4)]
        others = [pool.submit(add, n) for n in range(2)] + [pool.submit(work, n) for n in range(2)]
        for done in joins + others:
            done.result()
    offer(world)
    pairs = world.query(
        "select i.item_id, p.retailer_id, count(r.item_id) as responses, count(e.email_campaign_id) as drafts"
        " from campaign_items i join campaign_participants p using (campaign_id)"
        " left join campaign_item_responses r on r.item_id = i.item_id and r.retailer_id = p.retailer_id"
        " left join email_campaigns e on e.email_campaign_id = r.email_campaign_id"
        " where i.campaign_id = %s group by 1, 2",
        campaign,
    )
    assert len(pairs) == 8 * 24
    assert {(one["responses"], one["drafts"]) for one in pairs} == {(1, 1)}
    drafts = world.value("select count(*) from email_campaigns where campaign_id = %s", campaign)
    assert drafts == 8 * 24, "no draft without a response"
    positions = world.query("select position from campaign_items where campaign_id = %s order by 1", campaign)
    assert [one["position"] for one in positions] == list(range(8))


def test_who_joins_while_a_pass_runs_is_not_left_out(world: World) -> None:
    """The pass has not seen the participant, and the participant not what the pass makes: one waits for the other."""
    brand, retailer = world.user(), world.user("retailer")
    campaign, template = campaign_of(world, brand)
    with world.acting(brand) as cursor:
        item = {"title": "x", "template_id": str(template), "due_at": "2099-01-01T00:00:00Z"}
        cursor.execute(CREATE, [campaign, Jsonb(item)])
    connection = world.login("ddp_api")

    def join() -> None:
        with world.acting(retailer, connection=connection) as cursor:
            cursor.execute("select join_campaign(%s)", [campaign])

    with ThreadPoolExecutor(1) as pool:
        with world.working() as cursor:
            items.offer_due(cursor, limit=50)
            joining = pool.submit(join)
            world.wait_for_waiting(1)
        joining.result()
    connection.close()
    assert offer(world) == 0
    assert (
        len(world.query("select item_id from campaign_item_responses where retailer_id = %s", retailer)) == 1
    )


def test_eight_acceptances_schedule_one_post(world: World) -> None:
    brand, retailer = world.user(), world.user("retailer")
    campaign, _ = campaign_of(world, brand)
    account = world.account(retailer)
    world.query(
        "insert into campaign_participants (campaign_id, retailer_id) values (%s, %s)", campaign, retailer
    )
    with world.acting(brand) as cursor:
        item = {"title": "x", "post": {"text": "Hello"}, "platform": "tiktok", "due_at": "now"}
        item["due_at"] = world.value(
            "select to_char(now() + interval '1 day', 'YYYY-MM-DD\"T\"HH24:MI:SSOF')"
        )
        item_id = cursor.execute(CREATE, [campaign, Jsonb(item)]).fetchone()["item_id"]
    world.query("update campaign_items set platform = null where item_id = %s", item_id)
    world.query("update social_accounts set status = 'reconnect' where account_id = %s", account)
    assert offer(world) == 1
    world.query("update social_accounts set status = 'active' where account_id = %s", account)

    def accept(_: int) -> None:
        connection = world.login("ddp_api")
        with world.acting(retailer, connection=connection) as cursor:
            cursor.execute("select accept_campaign_item(%s, %s)", [item_id, account])
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(accept, range(8)))
    (post,) = world.query("select post_id, status from social_posts where campaign_id = %s", campaign)
    assert post["status"] == "scheduled"
