"""Outages, quotas, partial answers and batches of the calls that read numbers, against the simulator."""

from __future__ import annotations

import pytest

from ddp.errors import CredentialsExpired, Transient
from ddp.providers.social.base import AllQuotaReached, Platform, QuotaReached
from ddp.providers.social.measures import Kind
from ddp.providers.social.measuring import counting
from tests.unit.ddp.providers.social.measured import ACCOUNTS, OPERATIONS, READS, Measure, plain

pytestmark = pytest.mark.thorough

each_read = pytest.mark.parametrize(("platform", "account", "kind"), READS)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("error_before", Transient),
        ("drop_before", Transient),
        ("drop_after", Transient),
        ("silence_after", Transient),
        ("page_after", Transient),
        ("garbled_after", Transient),
        ("throttle", QuotaReached),
        ("token_expired", CredentialsExpired),
    ],
)
@each_read
def test_an_outage_is_raised_and_marks_no_post(
    measure: Measure, platform: Platform, account: str, kind: Kind, fault: str, error: type[Exception]
) -> None:
    measured = measure(platform, account)
    measured.publish_many(2)
    measured.rest()
    client = measured.connected.running.client
    for operation, asked in zip(
        OPERATIONS[platform, account, kind], (measured.posts[:1], measured.posts), strict=True
    ):
        if len(asked) > counting.batch(platform, kind, account):
            continue
        client.fail(fault, operation)
        with pytest.raises(error) as raised:
            measured.read(kind, asked)
        assert type(raised.value) is of(platform, error)
        client.clear_faults()
    assert plain(measured.read(kind)) == measured.truth(kind)


@pytest.mark.parametrize(("fault", "error"), [("error_before", Transient), ("throttle", QuotaReached)])
@pytest.mark.parametrize("kind", Kind)
def test_what_befalls_all_parts_of_a_batch_is_raised(
    measure: Measure, kind: Kind, fault: str, error: type[Exception]
) -> None:
    measured = measure(Platform.FACEBOOK, "page")
    measured.publish_many(2)
    operation = "facebook.read" if kind is Kind.COUNTERS else "facebook.insights"
    measured.connected.running.client.fail(fault, operation, count=4)
    with pytest.raises(error) as raised:
        measured.read(kind)
    assert type(raised.value) is of(Platform.FACEBOOK, error)
    assert error is Transient or raised.value.retry_after == 120


def of(platform: Platform, error: type[Exception]) -> type[Exception]:
    """Meta's error 4 says that the quota is the application's."""
    is_meta = platform in {Platform.FACEBOOK, Platform.INSTAGRAM}
    return AllQuotaReached if is_meta and error is QuotaReached else error


# Those whose quota is the application's. Meta's here is the account's.
OF_APPLICATION = {Platform.YOUTUBE}


@pytest.mark.parametrize(
    ("platform", "quota", "seconds"),
    [
        (Platform.FACEBOOK, "facebook_calls_per_day", 86_400),
        (Platform.INSTAGRAM, "instagram_calls_per_day", 86_400),
        (Platform.TWITTER, "twitter_reads_per_15_minutes", None),
        (Platform.TIKTOK, "tiktok_queries_per_minute", 60),
        (Platform.YOUTUBE, "youtube_units_per_day", None),
    ],
)
def test_a_used_up_quota_says_how_long_it_lasts(
    measure: Measure, platform: Platform, quota: str, seconds: float | None
) -> None:
    (account,) = [account for each, account in ACCOUNTS if each is platform]
    measured = measure(platform, account)
    measured.publish_many(1)
    measured.connected.running.client.change(quotas={quota: 0})
    for kind in Kind:
        if (platform, account, kind) in READS:
            with pytest.raises(QuotaReached) as raised:
                measured.read(kind)
            assert raised.value.retry_after
            assert seconds in {None, raised.value.retry_after}
            assert isinstance(raised.value, AllQuotaReached) == (platform in OF_APPLICATION)


@each_read
def test_of_a_partial_answer_what_came_is_read_and_the_rest_is_not_gone(
    measure: Measure, platform: Platform, account: str, kind: Kind
) -> None:
    measured = measure(platform, account)
    measured.publish_many(4)
    measured.rest()
    true = measured.truth(kind)
    one, several = OPERATIONS[platform, account, kind]
    is_single = counting.batch(platform, kind, account) == 1
    measured.connected.running.client.fail("partial", one if is_single else several)
    reading = measured.read(kind)
    measured.connected.running.client.clear_faults()
    assert set(reading.gone) == set()
    for post_id, found in reading.counts.items():
        assert found.items() <= true[post_id].items()
    whole = [post_id for post_id, found in true.items() if reading.counts.get(post_id) == found]
    if one in {"instagram.read", "linkedin.member_statistics"}:
        assert len(whole) == 4  # nothing of it can be left out
    else:
        assert len(whole) == (3 if is_single else 2)
    assert plain(measured.read(kind)) == true


@pytest.mark.parametrize(
    ("platform", "account", "kind", "posts", "calls"),
    [
        (Platform.TWITTER, "user", Kind.COUNTERS, 1_000, 10),
        (Platform.YOUTUBE, "channel", Kind.COUNTERS, 1_000, 20),
        (Platform.TIKTOK, "creator", Kind.COUNTERS, 100, 5),
        (Platform.FACEBOOK, "page", Kind.COUNTERS, 100, 4),
        (Platform.FACEBOOK, "page", Kind.INSIGHTS, 100, 2),
        (Platform.LINKEDIN, "organization", Kind.COUNTERS, 100, 2),
        (Platform.LINKEDIN, "organization", Kind.INSIGHTS, 100, 2),
        (Platform.LINKEDIN, "member", Kind.COUNTERS, 3, 21),
        (Platform.INSTAGRAM, "business", Kind.COUNTERS, 3, 3),
        (Platform.INSTAGRAM, "business", Kind.INSIGHTS, 3, 3),
    ],
)
def test_many_posts_take_few_calls(
    measure: Measure, platform: Platform, account: str, kind: Kind, posts: int, calls: int
) -> None:
    measured = measure(platform, account)
    measured.publish_many(posts)
    measured.rest()
    client = measured.connected.running.client
    client.clear_calls()
    reading = measured.read(kind)
    assert len(reading.counts) == posts
    made = client.calls()
    operation = OPERATIONS[platform, account, kind][posts > 1 and calls < posts]
    assert made[operation] == calls
    within = {"facebook.read": 2 * posts, "facebook.insights": posts}  # parts of batches
    assert {name: count for name, count in made.items() if name != operation} == {
        name: count for name, count in within.items() if name in made
    }
    some = measured.posts[:: max(1, posts // 7)]
    assert {post_id: dict(reading.counts[post_id]) for post_id in measured.truth(kind, some)} == (
        measured.truth(kind, some)
    )


def test_what_x_charges_is_what_was_read(measure: Measure) -> None:
    measured = measure(Platform.TWITTER, "user")
    *kept, removed = measured.publish_many(101)
    client = measured.connected.running.client
    client.remove("twitter", removed.external_id)
    before = client.charged()
    reading = measured.read(Kind.COUNTERS)
    assert (reading.reads, set(reading.gone)) == (len(kept), {removed.post_id})
    assert str(client.charged() - before) == "0.500"
    measured.read(Kind.COUNTERS)
    measured.read(Kind.INSIGHTS)
    assert str(client.charged() - before) == "0.500"
