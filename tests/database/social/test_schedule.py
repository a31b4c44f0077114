"""When posts go out: cancelling, publishing now, trying again; and the slots of an account."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from ddp.queries.social import accounts, calls, posts
from ddp.queries.social.calls import Call
from tests.database.social.world import LEASE, World, refused


@pytest.mark.parametrize(
    "status", ["draft", "scheduled", "claimed", "preparing", "ready", "failed", "missed"]
)
def test_cancelling_wins_until_the_call_has_started(world: World, account: UUID, status: str) -> None:
    post = world.post(account, status=status)
    world.begin(post)
    with world.acting(world.owner_of(account)) as cursor:
        posts.cancel(cursor, [post])
        posts.cancel(cursor, [post])
    assert (world.status(post), world.work(post)) == ("cancelled", None)
    assert [one.verdict for one in world.start(post)] == ["lease-ended"]


@pytest.mark.parametrize("status", ["publishing", "published", "unconfirmed"])
def test_what_has_started_is_not_cancelled(world: World, account: UUID, status: str) -> None:
    post = world.post(account, status=status)
    with pytest.raises(psycopg.Error) as caught, world.acting(world.owner_of(account)) as cursor:
        posts.cancel(cursor, [post])
    assert refused(caught.value)[:2] == ("PT409", "wrong-status")


def test_eight_cancels_raced_with_starts(world: World, account: UUID) -> None:
    """Each post is either cancelled, and never called, or called, and its cancellation refused."""
    brand = world.owner_of(account)
    these = [world.post(account, status="ready") for _ in range(24)]
    world.begin(*these)

    def cancel(some: list[UUID]) -> set[UUID]:
        connection, cancelled = world.login("ddp_api"), set()
        for post in some:
            try:
                with world.acting(brand, connection=connection) as cursor:
                    posts.cancel(cursor, [post])
                cancelled.add(post)
            except psycopg.Error as error:
                if error.sqlstate != "PT409":
                    raise
        connection.close()
        return cancelled

    def start(some: list[UUID]) -> set[UUID]:
        connection, going = world.login("ddp_worker"), set()
        for post in some:
            with world.working(connection) as cursor:
                (one,) = calls.start(cursor, [Call(post_id=post)], worker=world.worker, lease=LEASE)
            if one.call_id:
                going.add(post)
        connection.close()
        return going

    with ThreadPoolExecutor(8) as pool:
        cancels = [pool.submit(cancel, these[::step]) for step in (1, -1, 1, -1)]
        starts = [pool.submit(start, these[::step]) for step in (-1, 1, -1, 1)]
        cancelled = set().union(*(job.result() for job in cancels))
        started = [job.result() for job in starts]
    assert cancelled.isdisjoint(set().union(*started))
    assert cancelled | set().union(*started) == set(these)
    assert sum(map(len, started)) == len(set().union(*started)), "one call each"


def test_publishing_now_expedites_what_is_under_way(world: World, account: UUID) -> None:
    ready = world.post(account, status="ready", due_in="10 minutes")
    world.owner.execute("update ddp.social_work set due_at = now() + interval '10 minutes'")
    preparing = world.post(account, status="preparing", due_in="10 minutes")
    world.begin(preparing)
    draft = world.post(account, status="draft")
    with world.acting(world.owner_of(account)) as cursor:
        rows = posts.publish(cursor, [ready, preparing, draft])
    assert [row["scheduled_at"] <= world.value("select now()") for row in rows] == [True] * 3
    assert {one.post_id: one.step for one in world.due()} == {ready: "finalise", draft: "prepare"}
    assert world.work(preparing)["worker"] == world.worker, "its worker goes on"


def test_failed_and_missed_posts_are_tried_again(world: World, account: UUID) -> None:
    failed, missed = (
        world.post(account, status="failed", error_code="x"),
        world.post(account, status="missed", due_in="-2 hours"),
    )
    published = world.post(account, status="published")
    with world.acting(world.owner_of(account)) as cursor:
        rows = posts.retry(cursor, [failed, missed])
    assert {(row["status"], row["error_code"]) for row in rows} == {("scheduled", None)}
    assert world.work(missed)["step"] == "prepare"
    with pytest.raises(psycopg.Error) as caught, world.acting(world.owner_of(account)) as cursor:
        posts.retry(cursor, [published])
    assert refused(caught.value)[:2] == ("PT409", "wrong-status")


def test_of_a_published_post_its_failed_comment_is_tried_again(world: World, account: UUID) -> None:
    post = world.post(account, status="published")
    world.comment(post)
    world.owner.execute("update social_post_parts set status = 'failed' where part_no = 1")
    with world.acting(world.owner_of(account)) as cursor:
        posts.retry(cursor, [post])
    assert (world.work(post)["step"], world.part(post, 1)["status"], world.status(post)) == (
        "comment",
        "waiting",
        "published",
    )


@pytest.mark.parametrize("given", [[], [None], [uuid4()] * 101])
def test_posts_are_named_one_to_a_hundred(world: World, account: UUID, given: list[UUID]) -> None:
    with pytest.raises(psycopg.Error) as caught, world.acting(world.owner_of(account)) as cursor:
        posts.cancel(cursor, given)
    assert refused(caught.value)[0] == "PT422"


SLOTS = [{"weekday": day, "local_time": "02:30"} for day in range(1, 8)]


def test_slots_skip_what_is_taken_and_what_the_clocks_leave_out(world: World, account: UUID) -> None:
    brand = world.owner_of(account)
    with world.acting(brand) as cursor:
        accounts.set_slots(cursor, account, SLOTS, time_zone="Europe/Zurich")
        after = world.value("select timestamptz '2027-03-26 12:00+01'")
        first = accounts.next_slot(cursor, account, after=after)
        assert str(first["local_time"]) == "2027-03-27 02:30:00"
        (post,) = posts.create(cursor, {}, [{"account_id": account, "content": "x"}])
        posts.schedule(cursor, [post["post_id"]], at=first["at"])
        second = accounts.next_slot(cursor, account, after=after)
        assert str(second["local_time"]) == "2027-03-29 02:30:00", "on the 28th there is no 02:30"
        assert second["time_zone"] == "Europe/Zurich"


def test_of_two_who_ask_at_once_each_gets_a_slot_of_its_own(world: World, account: UUID) -> None:
    brand = world.owner_of(account)
    with world.acting(brand) as cursor:
        accounts.set_slots(cursor, account, SLOTS)

    def book(_: int) -> object:
        connection = world.login("ddp_api")
        with world.acting(brand, connection=connection) as cursor:
            slot = accounts.next_slot(cursor, account)
            at = {"when": "at", "at": slot["at"].isoformat()}
            posts.create(cursor, at, [{"account_id": account, "content": "x"}])
        connection.close()
        return slot["at"]

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(book, range(8)))) == 8


@pytest.mark.parametrize(
    "slots",
    ['[{"weekday": 0, "local_time": "09:00"}]', '[{"weekday": 1, "local_time": "24:00"}]', '[{"weekday": 1}]', "[7]",
     '[{"weekday": 1, "local_time": "09:00", "x": 1}]', '"x"', json.dumps([SLOTS[0]] * 169)],
)  # fmt: skip
def test_slots_that_are_none(world: World, account: UUID, slots: str) -> None:
    with pytest.raises(psycopg.Error) as caught, world.acting(world.owner_of(account)) as cursor:
        cursor.execute("select set_social_slots(%s, %s)", [account, slots])
    assert caught.value.sqlstate == "PT422"


def test_an_account_without_slots_says_so(world: World, account: UUID) -> None:
    with pytest.raises(psycopg.Error) as caught, world.acting(world.owner_of(account)) as cursor:
        accounts.next_slot(cursor, account)
    assert refused(caught.value)[:2] == ("PT409", "no-slots")


def test_a_reschedule_replaces_the_step(world: World, account: UUID) -> None:
    post = world.post(account)
    world.due()
    world.owner.execute("update social_posts set status = 'scheduled'")
    at = world.value("select now() + interval '2 days'")
    with world.acting(world.owner_of(account)) as cursor:
        posts.schedule(cursor, [post], at=at)
    assert world.work(post)["due_at"] == at - timedelta(minutes=15)
    assert world.begin(post) == []
