"""Notices: one for each cause, account and day, read by whom they are for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg
import pytest

from ddp.queries.social import notices
from ddp.queries.social.notices import Notice
from tests.database.social.world import World


def add(world: World, *given: Notice) -> None:
    with world.working() as cursor:
        notices.add(cursor, given)


def test_the_same_again_is_counted_up_and_unread_again(world: World) -> None:
    brand, account = world.user(), uuid4()
    notice = Notice(
        user_id=brand, cause="x", subject_type="social_account", subject_id=account, detail={"posts": ["1"]}
    )
    add(world, notice)
    (row,) = world.query("select notice_id from notices")
    with world.acting(brand) as cursor:
        assert notices.read(cursor, [row["notice_id"]]) == 1
        assert notices.read(cursor, [row["notice_id"]]) == 0
    again = Notice(
        user_id=brand,
        cause="x",
        subject_type="social_account",
        subject_id=account,
        detail={"posts": ["2", "1"], "n": 1},
    )
    add(world, again, notice)
    (row,) = world.query("select count, read_at, detail from notices")
    assert (row["count"], row["read_at"], row["detail"]) == (3, None, {"posts": ["2", "1"], "n": 1})


def test_another_cause_subject_day_or_account_is_another_notice(world: World) -> None:
    brand, account = world.user(), uuid4()
    add(
        world,
        Notice(user_id=brand, cause="x"), Notice(user_id=brand, cause="x"), Notice(user_id=brand, cause="y"),
        Notice(user_id=brand, cause="x", subject_type="social_account", subject_id=account),
        Notice(user_id=world.user(), cause="x"),
    )  # fmt: skip
    world.owner.execute("update notices set day = day - 1 where cause = 'y'")
    add(world, Notice(user_id=brand, cause="y"))
    assert sorted(row["count"] for row in world.query("select count from notices")) == [1, 1, 1, 1, 2]


def test_nobody_reads_or_marks_those_of_others(world: World) -> None:
    add(world, Notice(user_id=world.user(), cause="x"))
    (row,) = world.query("select notice_id from notices")
    with world.acting(world.user()) as cursor:
        assert cursor.execute("select * from notices").fetchall() == []
        assert notices.read(cursor, [row["notice_id"]]) == 0
    assert world.value("select read_at from notices") is None


@pytest.mark.parametrize("given", [[], [uuid4()] * 1001])
def test_one_to_a_thousand_are_marked_at_once(world: World, given: list[UUID]) -> None:
    with pytest.raises(psycopg.Error) as caught, world.acting(world.user()) as cursor:
        notices.read(cursor, given)
    assert caught.value.sqlstate == "PT422"


def test_eight_who_add_at_once_do_not_dead_lock(world: World) -> None:
    users = [world.user() for _ in range(6)]

    def add_all(n: int) -> None:
        connection = world.login("ddp_worker")
        for _ in range(10):
            order = users[n % 6 :] + users[: n % 6]
            with world.working(connection) as cursor:
                notices.add(cursor, [Notice(user_id=user, cause="x") for user in order])
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_all, range(8)))
    assert {row["count"] for row in world.query("select count from notices")} == {80}
