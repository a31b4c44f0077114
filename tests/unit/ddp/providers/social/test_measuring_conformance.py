"""What the adapters that read numbers promise (ddp.providers.social.measures), against the simulator's audience.

Both were written from the platforms' documentation, by people who did not see each other's work.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ddp.providers.social import measuring
from ddp.providers.social.base import Platform, PostType, Refused
from ddp.providers.social.measures import Kind
from tests.unit.ddp.providers.social.measured import OPERATIONS, POSTS, READS, Measure, plain

pytestmark = pytest.mark.thorough

# An absence says nothing there.
NEVER_GONE = {(Platform.TIKTOK, "creator", Kind.COUNTERS), (Platform.LINKEDIN, "organization", Kind.INSIGHTS)}

each_read = pytest.mark.parametrize(("platform", "account", "kind"), READS)


def test_every_kind_of_account_and_of_numbers_is_looked_at() -> None:
    assert list(OPERATIONS) == READS
    assert {platform for platform, _, _ in POSTS} == set(Platform)


@pytest.mark.parametrize(("platform", "account", "post_type"), POSTS)
def test_what_is_measured_is_true(
    measure: Measure, platform: Platform, account: str, post_type: PostType
) -> None:
    measured = measure(platform, account)
    post = measured.publish(post_type)
    measured.rest()
    for kind in Kind:
        if (platform, account, kind) not in READS:
            continue
        reading, true = measured.read(kind), measured.truth(kind)
        assert plain(reading) == true
        assert all(true.get(post.post_id, {"of photos": 1}).values()), "a number of 0 would prove nothing"
        assert (set(reading.gone), dict(reading.retired)) == (set(), {})


def test_a_video_is_read_by_the_id_that_tiktok_has_for_it_after_moderation(measure: Measure) -> None:
    measured = measure(Platform.TIKTOK, "creator")
    client, clock = measured.connected.running.client, measured.connected.running.clock
    client.change(processing_seconds={"moderation": 3_600.0})
    post = measured.publish()
    adapter = measuring.of(Platform.TIKTOK)
    assert adapter.measure(measured.account, [post], Kind.COUNTERS).named == {}
    clock.now += 3_601
    reading = adapter.measure(measured.account, [post], Kind.COUNTERS)
    assert (reading.counts, reading.gone) == ({}, frozenset())
    again = replace(post, external_id=reading.named[post.post_id])
    assert adapter.measure(measured.account, [again], Kind.COUNTERS).counts[post.post_id]["view"] > 0


@each_read
def test_numbers_that_change_are_read_as_they_are_now(
    measure: Measure, platform: Platform, account: str, kind: Kind
) -> None:
    measured = measure(platform, account)
    first, second, third = measured.publish_many(3)
    measured.rest()
    client = measured.connected.running.client
    for name in ("like", "reaction", "comment", "share", "save", "click", "view", "reach"):
        client.adjust(platform, first.external_id, name, 1_000)
        client.adjust(platform, second.external_id, name, -1)
        client.adjust(platform, third.external_id, name, 3_000_000_000)
    assert plain(measured.read(kind)) == measured.truth(kind)


@each_read
def test_a_removed_post_is_gone_and_hides_no_other(
    measure: Measure, platform: Platform, account: str, kind: Kind
) -> None:
    measured = measure(platform, account)
    kept, removed = measured.publish(), measured.publish()
    measured.rest()
    measured.connected.running.client.remove(platform, removed.external_id)
    reading = measured.read(kind)
    is_told = (platform, account, kind) not in NEVER_GONE
    assert set(reading.gone) == ({removed.post_id} if is_told else set())
    assert plain(reading) == measured.truth(kind, [kept])
    alone = measured.read(kind, [removed])
    assert (set(alone.gone), plain(alone)) == ({removed.post_id} if is_told else set(), {})


@each_read
def test_a_post_that_the_application_removed_is_gone(
    measure: Measure, platform: Platform, account: str, kind: Kind
) -> None:
    measured = measure(platform, account)
    post = measured.publish()
    if platform in {Platform.INSTAGRAM, Platform.TIKTOK}:
        return  # applications remove nothing there
    measured.connected.publisher.remove(measured.connected.account, post.external_id)
    reading = measured.read(kind)
    assert set(reading.gone) == (set() if (platform, account, kind) in NEVER_GONE else {post.post_id})


@each_read
def test_a_private_account_has_no_numbers_and_no_post_of_it_is_gone(
    measure: Measure, platform: Platform, account: str, kind: Kind
) -> None:
    measured = measure(platform, account)
    posts = measured.publish_many(2)
    measured.rest()
    client, owner = measured.connected.running.client, measured.account.external_account_id
    client.make_private(platform, owner)
    try:
        if platform is Platform.TIKTOK:
            reading = measured.read(kind)
            assert (plain(reading), set(reading.gone)) == ({}, set())
        else:
            for asked in (posts, posts[:1]):
                with pytest.raises(Refused) as refused:
                    measured.read(kind, asked)
                assert refused.value.code == "permission"
    finally:
        client.make_private(platform, owner, is_private=False)
    assert plain(measured.read(kind)) == measured.truth(kind)


@pytest.mark.parametrize(
    ("platform", "account", "kind", "metric", "lost"),
    [
        (Platform.FACEBOOK, "page", Kind.INSIGHTS, "post_clicks", {"click"}),
        (Platform.FACEBOOK, "page", Kind.INSIGHTS, "post_media_view", {"view"}),
        (Platform.INSTAGRAM, "business", Kind.INSIGHTS, "views", {"view"}),
        (Platform.INSTAGRAM, "business", Kind.INSIGHTS, "follows", {"follow"}),
        (Platform.TWITTER, "user", Kind.COUNTERS, "public_metrics", {"like", "comment", "share", "save", "view"}),
        (Platform.TWITTER, "user", Kind.INSIGHTS, "non_public_metrics", {"click"}),
        (Platform.LINKEDIN, "member", Kind.COUNTERS, "REACTION", {"reaction"}),
        (Platform.LINKEDIN, "member", Kind.COUNTERS, "POST_SAVE", {"save"}),
        (Platform.TIKTOK, "creator", Kind.COUNTERS, "share_count", {"share"}),
    ],
)  # fmt: skip
def test_a_retired_metric_is_named_and_the_others_are_read(
    measure: Measure, platform: Platform, account: str, kind: Kind, metric: str, lost: set[str]
) -> None:
    measured = measure(platform, account)
    measured.publish_many(3)
    measured.rest()
    client = measured.connected.running.client
    left = {
        post_id: kept
        for post_id, found in measured.truth(kind).items()
        if (kept := {name: count for name, count in found.items() if name not in lost})
    }
    client.retire(platform, metric)
    try:
        client.clear_calls()
        reading = measured.read(kind)
        assert set(reading.retired) == {metric}
        assert all(reading.retired.values())
        assert (plain(reading), set(reading.gone)) == (left, set())
        calls = sum(client.calls().values())
        client.clear_calls()
        again = measured.read(kind, without={metric})
        assert (plain(again), dict(again.retired)) == (left, {})
        assert sum(client.calls().values()) < calls, "nothing is asked for in vain any longer"
    finally:
        client.change(retired_metrics={platform: []})
    assert plain(measured.read(kind)) == measured.truth(kind)


def test_private_metrics_of_x_are_not_asked_for_after_thirty_days(measure: Measure) -> None:
    measured = measure(Platform.TWITTER, "user")
    (post,) = measured.publish_many(1)
    clock = measured.connected.running.clock
    clock.now += 31 * 86_400
    reading = measured.read(Kind.INSIGHTS)  # by the adapter's clock it is young: X refuses the fields
    assert (plain(reading), set(reading.gone), dict(reading.retired)) == ({}, set(), {})
    client = measured.connected.running.client
    client.clear_calls()
    old = replace(post, published_at=post.published_at - timedelta(days=31))
    assert plain(measured.read(Kind.INSIGHTS, [old])) == {}
    assert client.calls() == {}
    assert plain(measured.read(Kind.COUNTERS)) == measured.truth(Kind.COUNTERS)


@pytest.mark.parametrize(
    ("platform", "account"), [(Platform.FACEBOOK, "page"), (Platform.INSTAGRAM, "business")]
)
def test_late_insights_are_missing_and_then_those_of_their_time(
    measure: Measure, platform: Platform, account: str
) -> None:
    measured = measure(platform, account)
    late = {"counters": 0.0, "insights": 86_400.0}
    client = measured.connected.running.client
    client.change(lateness_seconds={platform: late})
    (post,) = measured.publish_many(1)
    assert plain(measured.read(Kind.INSIGHTS)) == {}
    measured.connected.running.clock.now += 3 * 86_400
    told = client.told(platform, post.external_id)
    found = measured.read(Kind.INSIGHTS).counts[post.post_id]
    assert dict(found) == {name: told[name] for name in found}
    assert found["view"] < client.truth(platform, post.external_id)["view"]


def test_a_page_with_few_likes_has_no_insights(measure: Measure) -> None:
    measured = measure(Platform.FACEBOOK, "page")
    measured.publish_many(2)
    measured.rest()
    measured.connected.running.client.change(page_likes=99)
    reading = measured.read(Kind.INSIGHTS)
    assert (plain(reading), set(reading.gone), dict(reading.retired)) == ({}, set(), {})
    assert plain(measured.read(Kind.COUNTERS)) == measured.truth(Kind.COUNTERS)


def test_a_story_that_is_over_is_read_no_more(measure: Measure) -> None:
    measured = measure(Platform.INSTAGRAM, "business")
    (story,) = measured.publish_many(1, PostType.STORY, product="STORY")
    assert plain(measured.read(Kind.INSIGHTS)) == {}  # too few viewers
    measured.rest(hours=23)
    assert plain(measured.read(Kind.INSIGHTS)) == measured.truth(Kind.INSIGHTS)
    measured.connected.running.clock.now += 2 * 3_600
    assert set(measured.read(Kind.INSIGHTS).gone) == {story.post_id}


def test_a_video_made_for_children_has_no_number_of_comments(measure: Measure) -> None:
    measured = measure(Platform.YOUTUBE, "channel")
    post = measured.publish()
    measured.rest()
    status = {"privacyStatus": "public", "selfDeclaredMadeForKids": True}
    measured.connected.running.client.change_object("youtube", post.external_id, changes={"status": status})
    assert measured.read(Kind.COUNTERS).counts[post.post_id].keys() == {"like", "view"}
