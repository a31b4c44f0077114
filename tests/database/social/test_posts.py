"""Making and changing posts: in one's own accounts, with what one sees, and never by surprise."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from ddp.queries.social import posts
from tests.database.social.world import World, refused


def create(
    world: World, user: UUID, *given: dict[str, Any], browser: bool = False, **group: Any
) -> list[dict[str, Any]]:
    with world.acting(user, browser=browser) as cursor:
        cursor.execute(
            "select * from create_social_posts(%s::jsonb, %s::jsonb)",
            [json.dumps(group), json.dumps(given, default=str)],
        )
        return cursor.fetchall()


def media(world: World, post_id: UUID) -> list[tuple[UUID, str | None]]:
    rows = world.query(
        "select file_id, alt_text from social_post_media where post_id = %s order by position", post_id
    )
    return [(row["file_id"], row["alt_text"]) for row in rows]


def test_a_group_has_a_row_for_each_account(world: World) -> None:
    brand = world.user()
    facebook, youtube = world.account(brand), world.account(brand, "youtube")
    one, two = world.file(brand), world.file(brand)
    first, second = create(
        world, brand,
        {"account_id": facebook, "content": "Hello", "media": [two, {"file_id": one, "alt_text": "A watch"}],
         "post_type": "carousel", "first_comment": "Link"},
        {"account_id": youtube, "content": "Hi", "title": "T", "options": {"privacy": "private"}},
    )  # fmt: skip
    assert first["group_id"] == second["group_id"] is not None
    assert (first["account_id"], second["account_id"]) == (facebook, youtube)
    assert media(world, first["post_id"]) == [(two, None), (one, "A watch")]
    assert world.part(first["post_id"], 1)["content"] == "Link"
    assert (second["title"], second["options"], second["status"]) == ("T", {"privacy": "private"}, "draft")
    (alone,) = create(world, brand, {"account_id": facebook, "content": "x"})
    assert alone["group_id"] is None


def test_the_queries_of_the_layer(world: World, account: UUID) -> None:
    brand = world.owner_of(account)
    with world.acting(brand) as cursor:
        (post,) = posts.create(cursor, {"when": "draft"}, [{"account_id": account, "content": "Hello"}])
        post = posts.change(cursor, post["post_id"], 1, {"content": "Changed"})
        at = world.value("select date_trunc('minute', now()) + interval '2 days'")
        (post,) = posts.schedule(cursor, [post["post_id"]], at=at)
        assert (post["status"], post["scheduled_at"], post["revision"]) == ("scheduled", at, 3)
        (post,) = posts.unschedule(cursor, [post["post_id"]])
        (post,) = posts.publish(cursor, [post["post_id"]])
        assert post["status"] == "scheduled"
        (post,) = posts.cancel(cursor, [post["post_id"]])
        assert post["status"] == "cancelled"


def test_what_a_browser_schedules_is_validated_first(world: World, account: UUID) -> None:
    brand = world.owner_of(account)
    (row,) = create(
        world,
        brand,
        {"account_id": account, "content": "x"},
        browser=True,
        when="at",
        at="2027-03-01T09:00:00Z",
    )
    assert world.work(row["post_id"])["step"] == "validate"
    (row,) = create(
        world, brand, {"account_id": account, "content": "x"}, when="at", at="2027-03-01T09:00:00Z"
    )
    work = world.work(row["post_id"])
    assert (work["step"], work["due_at"]) == ("prepare", row["scheduled_at"] - timedelta(minutes=15))
    with world.acting(brand, browser=True) as cursor:
        cursor.execute(
            "select * from create_social_post(%s, 'x', p_scheduled_at => now() + interval '1 day')", [account]
        )
        post = cursor.fetchall()[0]
    assert (post["status"], world.work(post["post_id"])["step"]) == ("scheduled", "validate")


def test_media_of_the_described_function(world: World, account: UUID) -> None:
    brand = world.owner_of(account)
    file, others = world.file(brand), world.file(world.user())
    make = "select * from create_social_post(%s, 'x', 'image', p_metadata => %s)"
    with world.acting(brand, browser=True) as cursor:
        cursor.execute(make, [account, json.dumps({"media": [str(file)], "mood": "good"})])
        post = cursor.fetchall()[0]
    assert (post["metadata"], media(world, post["post_id"])) == ({"mood": "good"}, [(file, None)])
    for wrong, state in (([str(others)], "PT404"), ("x", "PT422"), ([7], "PT422"), (["x"], "PT422")):
        with pytest.raises(psycopg.Error) as caught, world.acting(brand, browser=True) as cursor:
            cursor.execute(make, [account, json.dumps({"media": wrong})])
        assert caught.value.sqlstate == state, wrong


# An id that nothing has; the same in each run, because it is part of a test's name.
UNKNOWN = "5f0c6a52-8f0e-4d3b-9a51-0e6a3b1c7d94"

REFUSALS: list[tuple[dict[str, Any], str, str]] = [
    ({"content": "x" * 63_207}, "PT422", "invalid-text"),
    ({"content": ""}, "PT422", "invalid-content"),
    ({"content": 7}, "PT422", "invalid-text"),
    ({"post_type": "poem"}, "PT422", "invalid-post-type"),
    ({"title": "x" * 301}, "PT422", "invalid-text"),
    ({"options": [1]}, "PT422", "invalid-json"),
    ({"options": {"x": "y" * 9000}}, "PT422", "invalid-json"),
    ({"metadata": "x"}, "PT422", "invalid-json"),
    ({"first_comment": "x" * 10_001}, "PT422", "invalid-text"),
    ({"media": "x"}, "PT422", "invalid-media"),
    ({"media": [UNKNOWN] * 36}, "PT422", "invalid-media"),
    ({"media": [{"file_id": "x"}]}, "PT422", "invalid-id"),
    ({"media": [{"alt_text": "x"}]}, "PT422", "invalid-media"),
    ({"media": [UNKNOWN]}, "PT404", ""),
    ({"colour": "red"}, "PT422", "unknown-member"),
    ({"when": "soon"}, "PT422", "invalid-when"),
    ({"when": "at"}, "PT422", "invalid-schedule"),
    ({"at": "tomorrow"}, "PT422", "invalid-time"),
    ({"at": "2027-02-30T09:00:00Z"}, "PT422", "invalid-time"),
    ({"at": "2027-03-01T09:00:00"}, "PT422", "invalid-time"),
    ({"at": "2026-01-01T09:00:00Z"}, "PT422", "invalid-schedule"),
    ({"at": "2099-01-01T09:00:00Z"}, "PT422", "invalid-schedule"),
    ({"local_time": "2027-03-01T09:00"}, "PT422", "invalid-time-zone"),
    ({"local_time": "2027-03-01T09:00", "time_zone": "Mars/Olympus"}, "PT422", "invalid-time-zone"),
    ({"local_time": "2027-03-28T02:30", "time_zone": "Europe/Zurich"}, "PT422", "nonexistent-local-time"),
    ({"local_time": "2027-03-01T09:00", "time_zone": "Europe/Zurich", "at": "2027-03-01T09:00:00Z"},
     "PT422", "times-differ"),
    ({"account_id": None}, "PT422", "invalid-posts"),
    ({"account_id": "x"}, "PT422", "invalid-id"),
    ({"account_id": UNKNOWN}, "PT404", "account-not-found"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "state", "code"), REFUSALS, ids=lambda value: str(value)[:40])
def test_what_is_refused_leaves_nothing(
    world: World, account: UUID, changes: dict[str, Any], state: str, code: str
) -> None:
    brand = world.owner_of(account)
    with pytest.raises(psycopg.Error) as caught:
        create(
            world,
            brand,
            {"account_id": account, "content": "x"},
            {"account_id": account, "content": "x"} | changes,
        )
    found = refused(caught.value)
    assert found[:2] == (state, code), found
    assert found[2].endswith((".", "first."))
    assert world.query("select from social_posts") == []


@pytest.mark.parametrize(
    "hostile",
    ['{"account_id": "\\u0000"}', '{"content": "\\u0000"}', '{"options": ' + '{"a":' * 40 + "1" + "}" * 40 + "}",
     "[" * 10_000 + "]" * 10_000, "7", "null", "[]", '"x"', '[{"options": {"n": 1e999}}]'],
)  # fmt: skip
def test_hostile_json_is_refused(world: World, account: UUID, hostile: str) -> None:
    brand = world.owner_of(account)
    for group, given in (
        ("{}", hostile),
        ("{}", f"[{hostile}]"),
        (hostile, json.dumps([{"account_id": str(account), "content": "x"}])),
    ):
        with pytest.raises(psycopg.Error) as caught, world.acting(brand, browser=True) as cursor:
            cursor.execute("select * from create_social_posts(%s::jsonb, %s::jsonb)", [group, given])
        assert caught.value.sqlstate in {"PT422", "22P05", "54001", "22P02", "22003"}, caught.value
    assert world.query("select from social_posts") == []


def test_the_hour_that_comes_twice(world: World, account: UUID) -> None:
    brand = world.owner_of(account)
    local = {"local_time": "2027-10-31T02:30", "time_zone": "Europe/Zurich", "when": "at"}
    for at, expected in (("2027-10-31T00:30:00Z", 0), ("2027-10-31T01:30:00Z", 1)):
        (row,) = create(world, brand, {"account_id": account, "content": "x"}, **local, at=at)
        assert row["scheduled_at"].astimezone(tz=None).timestamp() == pytest.approx(
            1_824_942_600 + 3600 * expected
        )
        assert str(row["local_time"]) == "2027-10-31 02:30:00"


def test_a_retailer_posts_to_campaigns_that_it_sees(world: World) -> None:
    brand, retailer = world.user(), world.user("retailer")
    campaign, account = world.campaign(brand), world.account(retailer)
    post = {"account_id": account, "content": "x"}
    with pytest.raises(psycopg.Error) as caught:
        create(world, retailer, post, campaign_id=str(campaign))
    assert refused(caught.value)[:2] == ("PT404", "campaign-not-found")
    (own,) = create(world, retailer, post)
    with pytest.raises(psycopg.Error), world.acting(retailer) as cursor:
        posts.change(cursor, own["post_id"], 1, {"campaign_id": str(campaign)})
    world.query(
        "insert into campaign_participants (campaign_id, retailer_id) values (%s, %s)", campaign, retailer
    )
    (row,) = create(world, retailer, post, campaign_id=str(campaign))
    assert row["campaign_owner_id"] == brand
    with world.acting(brand) as cursor:
        see = "select status from social_posts where post_id = %s"
        assert cursor.execute(see, [row["post_id"]]).fetchall() == [], "a draft is its account's alone"
        seen = cursor.execute("select from social_post_parts where post_id = %s", [row["post_id"]])
        assert seen.fetchall() == []
    with world.acting(retailer) as cursor:
        posts.publish(cursor, [row["post_id"]])
    with world.acting(brand) as cursor:
        assert len(cursor.execute(see, [row["post_id"]]).fetchall()) == 1


@pytest.mark.parametrize("status", ["reconnect", "disconnected"])
def test_no_post_through_an_account_that_is_not_active(world: World, status: str) -> None:
    account = world.account(status=status)
    with pytest.raises(psycopg.Error) as caught:
        create(world, world.owner_of(account), {"account_id": account, "content": "x"})
    assert refused(caught.value)[:2] == ("PT409", f"account-{status}")


def test_a_change_names_the_revision_that_was_read(world: World, account: UUID) -> None:
    brand = world.owner_of(account)
    post = world.post(account, status="draft")
    with world.acting(brand) as cursor:
        assert posts.change(cursor, post, 1, {"content": "One", "first_comment": "C"})["revision"] == 2
    with pytest.raises(psycopg.Error) as caught, world.acting(brand) as cursor:
        posts.change(cursor, post, 1, {"content": "Two"})
    assert refused(caught.value)[:2] == ("PT409", "post-changed")
    assert json.loads(caught.value.diag.message_detail or "")["revision"] == 2
    with world.acting(brand) as cursor:
        posts.change(cursor, post, 2, {"first_comment": None, "media": []})
    assert world.query("select from social_post_parts where part_no = 1") == []
    assert world.row(post)["post_content"] == "One"


@pytest.mark.parametrize(
    "status", ["claimed", "preparing", "ready", "publishing", "published", "unconfirmed", "failed"]
)
def test_what_is_being_prepared_or_out_is_not_changed(world: World, account: UUID, status: str) -> None:
    post = world.post(account, status=status)
    with pytest.raises(psycopg.Error) as caught, world.acting(world.owner_of(account)) as cursor:
        posts.change(cursor, post, 1, {"content": "x"})
    assert refused(caught.value)[:2] == ("PT409", "wrong-status")


def test_a_change_while_it_is_validated_is_validated_again(world: World, account: UUID) -> None:
    post = world.post(account, due_in="1 day")
    world.owner.execute("update ddp.social_work set step = 'validate', due_at = now()")
    world.begin(post)
    with world.acting(world.owner_of(account), browser=True) as cursor:
        posts.change(cursor, post, 1, {"content": "Another"})
    work = world.work(post)
    assert (work["step"], work["worker"]) == ("validate", None)


EVERYTHING = (
    "change_social_post(%(post)s, 1, '{}')",
    "schedule_social_posts(array[%(post)s], now() + interval '1 day')",
    "unschedule_social_posts(array[%(post)s])",
    "cancel_social_posts(array[%(post)s])",
    "publish_social_posts(array[%(post)s])",
    "retry_social_posts(array[%(post)s])",
    "settle_social_post(%(post)s, true)",
    "set_social_slots(%(account)s, '[]')",
    "next_social_slot(%(account)s)",
    "disconnect_social_account(%(account)s, 'hold')",
)


@pytest.mark.parametrize("call", EVERYTHING)
def test_nobody_acts_on_posts_and_accounts_of_others(world: World, account: UUID, call: str) -> None:
    values = {"post": world.post(account, status="draft"), "account": account}
    for stranger in (world.user(), world.user("retailer")):
        with pytest.raises(psycopg.Error) as caught, world.acting(stranger) as cursor:
            cursor.execute(f"select {call}".encode(), values)
        assert caught.value.sqlstate == "PT404"
    assert world.status(values["post"]) == "draft"


def test_an_administrator_acts_on_any_post(world: World, account: UUID) -> None:
    post = world.post(account)
    with world.acting(world.user("admin")) as cursor:
        (row,) = posts.cancel(cursor, [post])
    assert row["status"] == "cancelled"


def test_one_post_of_another_among_own_ones_refuses_all(world: World, account: UUID) -> None:
    own, other = world.post(account), world.post(world.account())
    with pytest.raises(psycopg.Error) as caught, world.acting(world.owner_of(account)) as cursor:
        posts.cancel(cursor, [own, other])
    assert refused(caught.value)[:2] == ("PT404", "post-not-found")
    assert world.status(own) == "scheduled"


def test_what_people_do_is_audited_and_what_workers_do_is_not(world: World, account: UUID) -> None:
    brand = world.owner_of(account)
    (post,) = create(world, brand, {"account_id": account, "content": "x"}, when="now")
    trail = "select count(*) from audit_logs where record_id = %s and table_name = 'social_posts'"
    made = world.value(trail, post["post_id"])
    assert made == 2  # created, scheduled
    world.due()
    world.begin(post["post_id"])
    world.end(*[])
    assert world.value(trail, post["post_id"]) == made
    with world.acting(brand) as cursor:
        posts.cancel(cursor, [post["post_id"]])
    last = world.query(
        "select old_values, new_values, changed_by from audit_logs where record_id = %s"
        " order by changed_at desc limit 1",
        post["post_id"],
    )[0]
    assert (last["old_values"], last["new_values"], last["changed_by"]) == (
        {"status": "preparing"}, {"status": "cancelled"}, brand,
    )  # fmt: skip
