"""What must hold: by the platforms' own numbers, and by what X charges."""

from __future__ import annotations

from typing import Any

from tests.database.faults.engagement.world import Post, World
from tests.database.social.engagement.numbers import Numbers

NEWEST = """
select distinct on (engagement_type)
    engagement_type, coalesce((metadata ->> 'exact')::bigint, engagement_count) as counted, recorded_at
from social_engagement where post_id = %s
order by engagement_type, recorded_at desc
"""
SPENT = """
select coalesce(sum(charged), 0) as charged, coalesce(bool_or(charged > cap), false) as is_over
from ddp.budgets where scope = 'social_reads'
"""
TOUCHED = """
insert into ddp.metric_changes (entity_type, entity_id, metric_name, change)
select 'social_post', post_id, 'touched', 1 from social_posts
"""
DELETED = "select cause, detail from notices where user_id = %s and cause = 'social-post-deleted'"


def require_what_always_holds(world: World) -> None:
    """Nothing was noted; X has charged no more than the budget says, and that is no more than its cap."""
    assert world.broken == [], "\n".join(world.broken[:3])
    (money,) = world.ledger.query(SPENT)
    assert not money["is_over"], money
    assert world.audience.charged() <= money["charged"] * 1000, (world.audience.charged(), money)


def newest(world: World, post: Post) -> dict[str, tuple[int, list[float]]]:
    """The newest measurement of each kind, with what the platform's clock said while it was read."""
    return {
        row["engagement_type"]: (row["counted"], world.platform_times(row["recorded_at"]))
        for row in world.ledger.query(NEWEST, post.post_id)
    }


def require_truth(world: World) -> int:
    """Each newest measurement is what the platform told while it was read; none is missing of what can be read now.

    Returns how many there are.
    """
    found = 0
    for post in world.posts:
        measured = newest(world, post)
        for kind, (count, times) in measured.items():
            told = [world.audience.told(post.platform, post.external_id, at).get(kind) for at in times]
            assert count in told, (post, kind, count, told)
        found += len(measured)
        if is_readable(world, post):
            require_all(world, post, {kind: count for kind, (count, _) in measured.items()})
    return found


def is_readable(world: World, post: Post) -> bool:
    """Whether its counters were read just now: it is there, and nothing keeps it from being read."""
    (row,) = world.ledger.query(
        "select reason from ddp.social_polls where post_id = %s and kind = 'counters'", post.post_id
    )
    return post.external_id not in world.removed and row["reason"] is None


def require_all(world: World, post: Post, measured: dict[str, int]) -> None:
    """What the platform tells now as its counters is what was measured last, unless a metric is retired."""
    from infra.local.simulators.platforms.audience.telling import COUNTERS, TELLS

    told = world.audience.told(post.platform, post.external_id, world.audience.clock.now)
    wanted = {kind: told[kind] for kind in TELLS[post.platform][COUNTERS] if kind in told}
    if post.platform == "facebook" and not wanted["share"]:
        del wanted["share"]  # a post without shares names no number of them
    assert {kind: measured.get(kind) for kind in wanted} == wanted, (post, measured, wanted)


def require_deletions(world: World) -> None:
    """What was deleted is noticed where the platform says so, once; nothing else is taken for deleted."""
    rows = world.ledger.query("select post_id from social_posts where deleted_on_platform_at is not null")
    noticed = {row["post_id"] for row in rows}
    removed = {post.post_id for post in world.posts if post.external_id in world.removed}
    assert noticed <= removed, "a post that is there is taken for deleted"
    notices = world.ledger.query("select count from notices where cause = 'social-post-deleted'")
    told = sum(row["count"] for row in notices)
    assert told == len(noticed), (told, noticed)


def require_statistics(world: World) -> dict[str, list[dict[str, Any]]]:
    """Refreshed after all that happened, statistics are what recomputing them from the facts gives."""
    numbers = Numbers(world.ledger)
    # Time has passed behind the triggers' back: all days are others. A trigger takes a row as it was for no change.
    world.ledger.query(TOUCHED)
    numbers.refresh()
    refreshed = numbers.derived()
    world.ledger.query("select ddp.recompute_analytics()")
    assert numbers.derived() == refreshed
    return refreshed
