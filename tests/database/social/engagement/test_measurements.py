"""Measurements: one rule for single ones and for sets, and statistics that equal the facts."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.database.social.engagement.numbers import Numbers, measurement
from tests.database.social.world import World, refused

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC)


def test_views_are_no_engagement(world: World, numbers: Numbers, account: UUID) -> None:
    campaign = world.campaign(world.owner_of(account))
    post = numbers.published(account, campaign_id=campaign)
    kinds = {
        "like": 1, "reaction": 2, "comment": 4, "share": 8, "save": 16, "click": 32, "view": 1000, "reach": 900,
        "follow": 3, "watch_seconds": 7000,
    }  # fmt: skip
    numbers.record(*(measurement(post, kind, count, now()) for kind, count in kinds.items()))
    numbers.refresh()
    assert numbers.stats(post) == kinds
    seen = world.query("select * from social_post_analytics where post_id = %s", post)[0]
    assert (seen["total_engagement"], seen["view_count"], seen["reach_count"]) == (63, 1000, 900)
    assert (
        world.value("select post_engagement from ddp.campaign_stats where campaign_id = %s", campaign) == 63
    )


def test_what_is_refused_does_not_stop_the_rest(world: World, numbers: Numbers, account: UUID) -> None:
    post, draft, at = numbers.published(account), world.post(account, status="draft"), now()
    given = [
        measurement(post, "like", 3, at),
        measurement(draft, "like", 3, at),
        measurement(uuid4(), "like", 3, at),
        measurement(post, "applause", 3, at),
        measurement(post, "share", -1, at),
        measurement(post, "save", 1.5, at),
        measurement(post, "click", None, at),
        measurement(post, "view", 3, at + 2 * DAY),
        measurement(post, "comment", 3, at - 2 * HOUR),
    ]
    said = {
        row["engagement_type"] + str(row["post_id"])[:4]: row["refusal"] for row in numbers.record(*given)
    }
    assert sorted(filter(None, said.values())) == [
        "before-publication", "in-the-future", "invalid-count", "invalid-count", "invalid-count", "not-published",
        "post-not-found", "unknown-type",
    ]  # fmt: skip
    assert world.query("select engagement_type, engagement_count from social_engagement") == [
        {"engagement_type": "like", "engagement_count": 3}
    ]


def test_the_vocabulary_is_the_tables_too(world: World, numbers: Numbers, account: UUID) -> None:
    post = numbers.published(account)
    with pytest.raises(psycopg.errors.CheckViolation):
        world.query(
            "insert into social_engagement (post_id, engagement_type, engagement_count) values (%s, 'x', 1)",
            post,
        )
    for kind in world.value("select ddp.engagement_types()"):
        world.query(
            "insert into social_engagement (post_id, engagement_type, engagement_count) values (%s, %s, 1)",
            post,
            kind,
        )


def test_a_huge_count_is_clamped_and_kept_exactly(world: World, numbers: Numbers, account: UUID) -> None:
    post, exact = numbers.published(account), 3_000_000_000
    numbers.record(measurement(post, "view", exact, now()))
    row = world.query("select engagement_count, metadata from social_engagement")[0]
    assert row == {"engagement_count": 2_147_483_647, "metadata": {"exact": exact}}
    written = numbers.record(measurement(post, "view", exact + 5, now()), changes_only=True)
    assert written[0]["engagement_id"], "it changed, though its clamped count did not"


def test_only_changes_are_written_and_once_a_day(world: World, numbers: Numbers, account: UUID) -> None:
    post = numbers.published(account, ago=4 * DAY)
    noon = (now() - 2 * DAY).replace(hour=12, minute=0)
    for at, count in (
        (noon, 5),
        (noon + HOUR, 5),
        (noon + 2 * HOUR, 6),
        (noon + 3 * HOUR, 5),
        (noon + DAY, 5),
    ):
        numbers.record(measurement(post, "like", count, at), changes_only=True)
    counts = world.query("select engagement_count from social_engagement order by recorded_at")
    assert [row["engagement_count"] for row in counts] == [5, 6, 5, 5]


def test_how_a_post_stood_after_a_day_is_written_though_nothing_changed(
    world: World, numbers: Numbers, account: UUID
) -> None:
    """All on one UTC day, but for the publication."""
    evening = (now() - 2 * DAY).replace(hour=22, minute=0, second=0, microsecond=0)
    post = numbers.published(account)
    world.query("update social_posts set published_at = %s where post_id = %s", evening - DAY, post)
    for hours in (-20, -12, -2, -1, 0, 1):
        numbers.record(measurement(post, "like", 5, evening + hours * HOUR), changes_only=True)
    rows = world.query("select recorded_at from social_engagement order by recorded_at")
    written = [(row["recorded_at"] - evening) / HOUR for row in rows]
    assert written == [-20, -1]


def test_the_same_measurement_again_replaces_the_first(world: World, numbers: Numbers, account: UUID) -> None:
    post, at = numbers.published(account), now()
    (first,) = numbers.record(measurement(post, "like", 3, at))
    (second,) = numbers.record(measurement(post, "like", 4, at), measurement(post, "like", 5, at))
    assert first["engagement_id"] == second["engagement_id"]
    assert world.query("select engagement_count from social_engagement") == [{"engagement_count": 5}]


def test_single_measurements_follow_the_same_rule(world: World, numbers: Numbers, account: UUID) -> None:
    post, draft = numbers.published(account), world.post(account, status="draft")
    with world.working() as cursor:
        cursor.execute("select update_social_engagement(%s, 'like', 3)", [post])
    for arguments, expected in (
        ((draft, "like", 1), ("PT409", "not-published")),
        ((uuid4(), "like", 1), ("PT404", "post-not-found")),
        ((post, "applause", 1), ("PT422", "invalid-measurement")),
        ((post, "like", -1), ("PT422", "invalid-measurement")),
    ):
        with world.working() as cursor, pytest.raises(psycopg.Error) as caught:
            cursor.execute("select update_social_engagement(%s, %s, %s)", arguments)
        assert refused(caught.value)[:2] == expected


def test_two_recorders_of_the_same_posts_do_not_deadlock(
    world: World, numbers: Numbers, account: UUID
) -> None:
    posts, at = [numbers.published(account) for _ in range(20)], now()
    given = [measurement(post, "like", 1, at) for post in posts]
    other = world.login("ddp_worker")
    with world.working(other) as cursor:
        cursor.execute("select ddp.record_measurements(%s)", [_json(given)])
        world.owner.execute("set lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            world.owner.execute("select ddp.record_measurements(%s)", [_json(given[::-1])])
    world.owner.execute("reset lock_timeout")
    other.close()
    assert numbers.record(*given[::-1])


@pytest.mark.parametrize("seed", range(4))
def test_refreshing_equals_recomputing(world: World, numbers: Numbers, seed: int) -> None:
    """Measurements late, repeated, corrected and taken away, posts deleted, months settled in between."""
    chance = random.Random(seed)
    owner = world.user()
    accounts = [world.account(owner, platform) for platform in ("facebook", "twitter")]
    campaign = world.campaign(owner)
    posts = [
        numbers.published(chance.choice(accounts), ago=40 * DAY, campaign_id=chance.choice((campaign, None)))
        for _ in range(6)
    ]
    for _ in range(12):
        batch = [
            measurement(
                chance.choice(posts), chance.choice(("like", "view", "comment", "share")), chance.randrange(100),
                now() - chance.random() * 35 * DAY,
            )
            for _ in range(chance.randrange(1, 12))
        ]  # fmt: skip
        numbers.record(*batch, changes_only=chance.random() < 0.5)
        if chance.random() < 0.3:
            world.query("delete from social_engagement where random() < 0.1")
        if chance.random() < 0.15 and len(posts) > 2:
            gone = posts.pop()
            world.query("delete from social_engagement where post_id = %s", gone)
            world.query("delete from social_posts where post_id = %s", gone)
        numbers.refresh()
    before = numbers.derived()
    assert any(before.values())
    world.owner.execute("select ddp.recompute_analytics()")
    assert numbers.derived() == before
    sums = world.query("select sum(gained)::int as gained from ddp.social_account_days")[0]["gained"]
    levels = world.query(
        "select sum(x.engagement_count)::int as level"
        " from (select distinct on (post_id, engagement_type) engagement_count from social_engagement"
        " order by post_id, engagement_type, recorded_at desc, engagement_count desc) x"
    )[0]["level"]
    assert sums == levels


def test_days_of_months_that_are_gone_stay(world: World, numbers: Numbers, account: UUID) -> None:
    post = numbers.published(account, ago=60 * DAY)
    old, new = now() - 50 * DAY, now() - DAY
    numbers.record(measurement(post, "like", 10, old), measurement(post, "like", 25, new))
    numbers.refresh()
    expected = {(old.date().isoformat(), "like"): 10, (new.date().isoformat(), "like"): 15}
    assert numbers.days(account) == expected
    world.query("insert into ddp.kept_since values ('social_engagement', %s)", (now() - 40 * DAY).date())
    world.query("delete from social_engagement where recorded_at < now() - interval '45 days'")
    numbers.record(measurement(post, "like", 26, now()))
    numbers.refresh()
    expected[(now().date().isoformat(), "like")] = 1
    assert numbers.days(account) == expected
    world.owner.execute("select ddp.recompute_analytics()")
    assert numbers.days(account) == expected


def _json(given: list[dict[str, object]]) -> str:
    import json

    return json.dumps(given, default=str)
