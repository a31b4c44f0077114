"""Readings of posts: claimed account by account, moved by events, ended when a post is gone, paid within a budget."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.database.social.engagement.numbers import Numbers
from tests.database.social.world import World

LEASE = timedelta(minutes=2)


def claim(
    world: World, limit: int = 100, *, worker: UUID | None = None, posts: list[UUID] | None = None
) -> list[dict[str, Any]]:
    """What is due; with `posts`, both kinds of theirs are."""
    for kind in ("counters", "insights") if posts else ():
        make_due(world, *(posts or ()), kind=kind)
    with world.working() as cursor:
        return cursor.execute(
            "select * from ddp.claim_social_polls(%s, %s, %s)", [limit, worker or world.worker, LEASE]
        ).fetchall()


def end(
    world: World,
    post: UUID,
    outcome: str,
    *,
    kind: str = "counters",
    worker: UUID | None = None,
    read: tuple[int, datetime] | None = None,
    **more: object,
) -> int:
    """`read`: so many likes, and when."""
    result = {"post_id": post, "kind": kind, "outcome": outcome, **more}
    measurements = [
        {
            "post_id": post,
            "kind": kind,
            "engagement_type": "like",
            "engagement_count": count,
            "recorded_at": at,
        }
        for count, at in ([read] if read else [])
    ]
    with world.working() as cursor:
        row = cursor.execute(
            "select ddp.end_social_polls(%s, %s, %s) as ended",
            [worker or world.worker, *(json.dumps(rows, default=str) for rows in ([result], measurements))],
        ).fetchone()
        assert row
        return int(row["ended"])


def make_due(world: World, *posts: UUID, kind: str = "counters") -> None:
    world.query(
        "update ddp.social_polls set due_at = now() where post_id = any (%s) and kind = %s", list(posts), kind
    )


def poll(world: World, post: UUID, kind: str = "counters") -> dict[str, Any]:
    return world.query("select * from ddp.social_polls where post_id = %s and kind = %s", post, kind)[0]


def test_what_is_published_is_measured_soon(world: World, account: UUID) -> None:
    post = world.post(account, status="ready")
    assert world.query("select * from ddp.social_polls") == []
    world.record(world.calling(post), "published", external_id="x1")
    rows = world.query(
        "select kind, due_at - now() between '4 minutes' and '61 minutes' as soon from ddp.social_polls"
    )
    assert sorted((row["kind"], row["soon"]) for row in rows) == [("counters", True), ("insights", True)]


def test_readings_of_an_account_are_claimed_together_and_once(world: World, numbers: Numbers) -> None:
    accounts = [world.account(), world.account(platform="twitter")]
    posts = [numbers.published(account) for account in accounts for _ in range(3)]
    make_due(world, *posts)
    first = claim(world, 4)
    assert len(first) == 4
    of_accounts = Counter(row["account_id"] for row in first)
    assert sorted(of_accounts.values()) == [1, 3], "all of one account, before any of the next"
    others = claim(world, worker=uuid4())
    assert {row["post_id"] for row in first}.isdisjoint(row["post_id"] for row in others)
    assert len(first) + len(others) == 6
    assert claim(world) == []


def test_eight_claimers_share_a_thousand(world: World, numbers: Numbers, account: UUID) -> None:
    posts = [numbers.published(account) for _ in range(200)]
    make_due(world, *posts)

    def work(_: int) -> list[UUID]:
        connection, worker = world.login("ddp_worker"), uuid4()
        found: list[UUID] = []
        while True:
            with world.working(connection) as cursor:
                rows = cursor.execute(
                    "select post_id from ddp.claim_social_polls(20, %s, '2 minutes')", [worker]
                ).fetchall()
            found.extend(row["post_id"] for row in rows)
            if not rows:
                connection.close()
                return found

    with ThreadPoolExecutor(8) as pool:
        taken = [post for found in pool.map(work, range(8)) for post in found]
    assert sorted(taken) == sorted(posts)


def test_a_dead_worker_s_readings_are_due_again(world: World, numbers: Numbers, account: UUID) -> None:
    post = numbers.published(account)
    make_due(world, post)
    assert claim(world)
    world.query(
        "update ddp.social_polls set claimed_until = now() - interval '1 second' where claimed_by is not null"
    )
    other = uuid4()
    assert claim(world, worker=other)
    assert end(world, post, "measured") == 0, "the first worker no longer has it"
    assert end(world, post, "measured", worker=other, next_at=datetime.now(UTC) + timedelta(hours=1)) == 1
    assert poll(world, post)["round"] == 1


def test_an_older_number_that_comes_later_is_not_the_newest(
    world: World, numbers: Numbers, account: UUID
) -> None:
    """Three likes; a worker reads four and stands still; one is taken back; another worker reads three, as before."""
    post, now = numbers.published(account), datetime.now(UTC)
    late, prompt = uuid4(), uuid4()
    claim(world, posts=[post], worker=prompt)
    end(world, post, "measured", worker=prompt, read=(3, now - timedelta(minutes=9)))
    claim(world, posts=[post], worker=late)
    world.query("update ddp.social_polls set claimed_until = now() where claimed_by is not null")
    claim(world, posts=[post], worker=prompt)
    end(world, post, "measured", worker=prompt, read=(3, now))
    assert end(world, post, "measured", worker=late, read=(4, now - timedelta(minutes=8))) == 0
    newest = (
        "select engagement_count from social_engagement where post_id = %s order by recorded_at desc limit 1"
    )
    assert world.value(newest, post) == 3


def test_readings_wait_while_the_account_is_not_active(world: World, numbers: Numbers, account: UUID) -> None:
    post = numbers.published(account)
    make_due(world, post)
    world.query("update social_accounts set status = 'reconnect' where account_id = %s", account)
    assert claim(world) == []
    assert claim(world, posts=[post]) == []
    world.query("update social_accounts set status = 'active' where account_id = %s", account)
    assert [row["post_id"] for row in claim(world)] == [post, post], "both kinds"


def test_a_reading_that_ended_while_the_account_was_away_can_be_asked_for(
    world: World, numbers: Numbers, account: UUID
) -> None:
    post = numbers.published(account)
    world.query("update social_accounts set status = 'disconnected' where account_id = %s", account)
    world.query("update ddp.social_polls set due_at = null where post_id = %s", post)
    world.query("update social_accounts set status = 'active' where account_id = %s", account)
    with world.acting(world.owner_of(account)) as cursor:
        cursor.execute("select measure_social_post(%s)", [post])
    assert {row["kind"] for row in claim(world)} == {"counters", "insights"}


def test_an_event_moves_a_reading_once_a_minute(world: World, numbers: Numbers, account: UUID) -> None:
    post = numbers.published(account)
    assert claim(world) == []
    with world.working() as cursor:
        for expected in (1, 0):
            row = cursor.execute("select ddp.nudge_social_polls(%s) as n", [[post]]).fetchone()
            assert row
            assert row["n"] == expected
    assert [row["post_id"] for row in claim(world)] == [post]


def test_an_event_during_a_reading_is_not_forgotten(world: World, numbers: Numbers, account: UUID) -> None:
    post = numbers.published(account)
    make_due(world, post)
    claim(world)
    with world.working() as cursor:
        cursor.execute("select ddp.nudge_social_polls(%s)", [[post]])
    end(world, post, "measured", next_at=datetime.now(UTC) + timedelta(hours=6))
    assert [row["post_id"] for row in claim(world)] == [post]


def test_a_post_is_deleted_after_two_readings_an_hour_apart(
    world: World, numbers: Numbers, account: UUID
) -> None:
    post, owner = numbers.published(account), world.owner_of(account)
    make_due(world, post)
    claim(world)
    end(world, post, "gone")
    assert world.row(post)["deleted_on_platform_at"] is None
    assert poll(world, post)["due_at"] - datetime.now(UTC) > timedelta(minutes=59)
    # An hour of trouble in between is no proof.
    world.query(
        "update ddp.social_polls set due_at = now(), gone_since = now() - interval '61 minutes' where post_id = %s",
        post,
    )
    claim(world)
    end(world, post, "failed", next_at=datetime.now(UTC))
    assert world.row(post)["deleted_on_platform_at"] is None
    for _ in range(2):
        claim(world, posts=[post])
        end(world, post, "gone")
    assert world.row(post)["deleted_on_platform_at"] is not None
    assert poll(world, post)["due_at"] is poll(world, post, "insights")["due_at"] is None
    assert poll(world, post)["reason"] == "gone"
    assert world.notices(owner) == {"social-post-deleted": 1}


def test_a_post_that_one_kind_of_reading_still_finds_was_not_deleted(
    world: World, numbers: Numbers, account: UUID
) -> None:
    post, later = numbers.published(account), datetime.now(UTC) + timedelta(days=1)
    make_due(world, post, kind="insights")
    claim(world)
    end(world, post, "gone", kind="insights")
    assert [(row["post_id"], row["kind"]) for row in claim(world)] == [(post, "counters")], "it is asked now"
    end(world, post, "measured", next_at=later)
    hour = "interval '1 hour'"
    an_hour_passes = (
        f"update ddp.social_polls set gone_since = gone_since - {hour}, measured_at = measured_at - {hour}"
    )
    world.query(an_hour_passes)
    make_due(world, post, kind="insights")
    claim(world)
    end(world, post, "gone", kind="insights")
    assert world.row(post)["deleted_on_platform_at"] is None
    told = poll(world, post, "insights")
    assert told["reason"] == "not_said"
    assert told["due_at"] - datetime.now(UTC) > timedelta(hours=23), "it does not ask each hour for ever"
    for _ in range(2):
        claim(world, posts=[post])
        end(world, post, "gone")
        world.query(an_hour_passes)
    assert world.row(post)["deleted_on_platform_at"] is not None, "no kind has found it since"


def test_a_post_that_is_back_was_not_deleted(world: World, numbers: Numbers, account: UUID) -> None:
    post = numbers.published(account)
    make_due(world, post)
    for outcome in ("gone", "measured", "gone"):
        claim(world, posts=[post])
        end(world, post, outcome, next_at=datetime.now(UTC))
    assert world.row(post)["deleted_on_platform_at"] is None


def pay(
    world: World, user: UUID, posts: list[UUID], price: str = "0.005", kind: str = "counters"
) -> list[UUID]:
    with world.working() as cursor:
        row = cursor.execute(
            "select ddp.pay_social_reads(%s, %s, %s, %s) as posts", [user, kind, posts, price]
        ).fetchone()
        assert row
        return list(row["posts"])


def spent(world: World, user: UUID) -> Any:
    return world.value(
        "select coalesce(sum(charged), 0) from ddp.budgets where scope = 'social_reads' and owner_id = %s",
        user,
    )


@pytest.fixture
def user(world: World, account: UUID) -> UUID:
    user = world.owner_of(account)
    world.query("insert into ddp.social_read_budgets (user_id, monthly_budget) values (%s, 0.05)", user)
    return user


def test_reading_costs_once_a_day_and_never_more_than_the_budget(
    world: World, numbers: Numbers, account: UUID, user: UUID
) -> None:
    posts = [numbers.published(account) for _ in range(12)]
    first = pay(world, user, posts)
    assert len(first) == 10
    assert float(spent(world, user)) == 0.05
    assert sorted(pay(world, user, posts)) == sorted(first), "the same day again is free"
    world.query("update ddp.social_polls set paid_on = paid_on - 1")
    assert pay(world, user, posts) == []
    assert pay(world, world.user(), [posts[0]]) == [], "without a budget nothing is read"
    assert len(pay(world, world.user(), posts, price="0")) == 12, "what costs nothing needs none"


def test_ten_readers_do_not_pass_a_budget(world: World, numbers: Numbers, account: UUID, user: UUID) -> None:
    posts = [numbers.published(account) for _ in range(40)]

    def read(n: int) -> int:
        connection = world.login("ddp_worker")
        with world.working(connection) as cursor:
            row = cursor.execute(
                "select cardinality(ddp.pay_social_reads(%s, 'counters', %s, 0.005)) as n",
                [user, posts[n * 4 : n * 4 + 4]],
            ).fetchone()
        connection.close()
        assert row
        return int(row["n"])

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(read, range(10))) == 10
    assert float(spent(world, user)) == 0.05


def refund(
    world: World, user: UUID, posts: list[UUID], kind: str = "counters", worker: UUID | None = None
) -> None:
    today = datetime.now(UTC).date()
    with world.working() as cursor:
        cursor.execute(
            "select ddp.refund_social_reads(%s, %s, %s, %s, 0.005, %s)",
            [user, worker or world.worker, kind, posts, today],
        )


def test_what_was_certainly_not_read_is_given_back_once(
    world: World, numbers: Numbers, account: UUID, user: UUID
) -> None:
    posts = [numbers.published(account) for _ in range(3)]
    claim(world, posts=posts)
    pay(world, user, posts)
    for _ in range(2):
        refund(world, user, posts[:2])
    assert float(spent(world, user)) == 0.005
    assert len(pay(world, user, posts)) == 3
    assert float(spent(world, user)) == 0.015


def test_what_a_reading_of_the_other_kind_may_have_read_is_not_given_back(
    world: World, numbers: Numbers, account: UUID, user: UUID
) -> None:
    """A post costs once a day, whichever kind is read: the other kind's call may be under way, or have succeeded."""
    post = numbers.published(account)
    claim(world, posts=[post])
    pay(world, user, [post])
    assert pay(world, user, [post], kind="insights") == [post]
    refund(world, user, [post], kind="insights")
    assert float(spent(world, user)) == 0.005
    refund(world, user, [post])
    assert float(spent(world, user)) == 0, "neither has read it"


def test_what_another_worker_has_claimed_since_is_not_given_back(
    world: World, numbers: Numbers, account: UUID, user: UUID
) -> None:
    post = numbers.published(account)
    claim(world, posts=[post])
    pay(world, user, [post])
    world.query("update ddp.social_polls set claimed_until = now() where claimed_until is not null")
    claim(world, worker=uuid4(), posts=[post])
    refund(world, user, [post])
    assert float(spent(world, user)) == 0.005
