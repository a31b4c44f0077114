"""What came back to an account over HTTP: gains by day, the best posts, and the best hours of its week."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.database.functions.engagement.conftest import NOW, Measured
from tests.database.functions.messaging import ask

DAY = timedelta(days=1)
# So many posts on Mondays at nine and on Tuesdays at three, by the clock of a zone: in so many weeks the clocks change.
WEEKS = 45
POSTS = """
insert into social_posts (account_id, post_content, status, external_post_id, published_at)
select %(account)s, slot, 'published', gen_random_uuid(), (
    date_trunc('week', now() at time zone %(zone)s) - n * interval '1 week' + slot::interval
) at time zone %(zone)s
from generate_series(1, %(weeks)s) n, unnest('{0 days 9 hours 10 minutes, 1 day 15 hours 59 minutes}'::text[]) slot
returning post_id
"""
# How they stood after a day, and how they stood later, which counts nothing here.
COUNTS = """
insert into social_engagement (post_id, engagement_type, engagement_count, recorded_at)
select p.post_id, k.kind, k.count * case when p.post_content like '0%%' then 10 else 1 end, p.published_at + k.after
from social_posts p
cross join (values
    ('like', 2, interval '1 hour'), ('like', 9, interval '24 hours'), ('comment', 1, interval '24 hours'),
    ('view', 5000, interval '24 hours'), ('like', 100000, interval '3 days')
) k (kind, count, after)
where p.account_id = %(account)s and not (p.post_content like '0%%' and k.after > interval '1 day')
"""


def engagement(measured: Measured, user: str = "brand", **query: Any) -> Any:
    answer = measured.get(f"/social-accounts/{measured.account}/engagement", user, **query)
    assert answer.status == 200, answer
    return answer.body


def best(measured: Measured, account: str | None = None, user: str = "brand") -> Any:
    answer = measured.get(f"/social-accounts/{account or measured.account}/best-times", user)
    assert answer.status == 200, answer
    return answer.body


def test_days_have_what_all_posts_gained(measured: Measured) -> None:
    first, second = (measured.post(published_at=NOW - 3 * DAY) for _ in range(2))
    measured.post(measured.posting.twitter)
    measured.count(first, NOW - 2 * DAY, like=10, view=100)
    measured.count(second, NOW - 2 * DAY, like=1)
    measured.count(first, NOW - DAY, like=7, view=100)
    measured.refresh()
    before, after = str((NOW - 2 * DAY).date()), str((NOW - DAY).date())
    body = engagement(measured)
    assert [tuple(day.values()) for day in body["days"]] == [
        (before, "like", 11),
        (before, "view", 100),
        (after, "like", -3),
    ]
    assert [day["metric"] for day in engagement(measured, metric="view")["days"]] == ["view"]
    assert [day["day"] for day in engagement(measured, **{"from": str(NOW - DAY)})["days"]] == [after]


def test_the_posts_with_most_engagement_come_first(measured: Measured) -> None:
    posts = [measured.post(published_at=NOW - n * DAY) for n in range(1, 13)]
    for number, post in enumerate(posts):
        # Views are no engagement.
        measured.count(post, NOW, like=number, view=1000 - number, reach=5)
    measured.refresh()
    tops = engagement(measured)["top_posts"]
    assert [top["post_id"] for top in tops] == posts[:1:-1]
    assert (tops[0]["total_engagement"], tops[0]["view_count"], tops[0]["reach_count"]) == (11, 989, 5)
    some = engagement(measured, **{"from": str(NOW - 3 * DAY), "to": str(NOW - DAY)})["top_posts"]
    assert [top["post_id"] for top in some] == [posts[2], posts[1]]


def test_accounts_of_others_are_not_there(measured: Measured) -> None:
    for what in ("engagement", "best-times"):
        path = f"/social-accounts/{measured.account}/{what}"
        for user in ("rival", "retailer"):
            answer = measured.get(path, user)
            assert (answer.status, answer.code) == (404, "account-not-found"), (what, user)
        assert measured.get(path, None).status == 401
        assert measured.get(path, "admin").status == 200


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_the_best_hours_are_by_the_clock_of_the_account(measured: Measured, zone: str) -> None:
    account = measured.posting.account(time_zone=zone)
    values = {"account": account, "zone": zone, "weeks": WEEKS}
    with measured.posting.platform.database.using("superuser") as connection:
        connection.execute(POSTS, values)
        connection.execute(COUNTS, values)
    found = best(measured, account)
    assert (found["time_zone"], found["posts"], found["is_default"], found["note"]) == (
        zone, 2 * WEEKS, False, None,
    )  # fmt: skip
    # Medians of ten and of a hundred, over all of them fifty-five.
    assert [tuple(item.values()) for item in found["hours"]] == [(1, 9, 1.82, WEEKS), (2, 15, 0.18, WEEKS)]
    assert found["slots"] == [
        {"weekday": 1, "local_time": "09:00"},
        {"weekday": 2, "local_time": "15:00"},
    ]


def test_with_few_posts_customary_hours_are_shown(measured: Measured) -> None:
    for _ in range(19):
        measured.count(measured.post(published_at=NOW - 3 * DAY), NOW - 2 * DAY, like=3)
    measured.post(published_at=NOW - DAY / 2)  # too young to compare
    found = best(measured)
    assert (found["posts"], found["is_default"], len(found["hours"])) == (19, True, 7)
    assert "19 posts" in found["note"]
    assert {(item["relative"], item["posts"]) for item in found["hours"]} == {(None, 0)}
    measured.count(measured.post(published_at=NOW - 3 * DAY), NOW - 2 * DAY, like=3)
    found = best(measured)
    assert (found["posts"], found["is_default"]) == (20, False)


def test_posts_without_any_engagement_say_nothing_about_hours(measured: Measured) -> None:
    for _ in range(20):
        measured.count(measured.post(published_at=NOW - 3 * DAY), NOW - 2 * DAY, like=0, view=50)
    found = best(measured)
    assert (found["is_default"], found["note"]) == (
        True,
        "Nothing came back from this account's posts yet: these are customary hours.",
    )


def test_posts_that_were_not_read_after_a_day_are_left_out_and_counted(measured: Measured) -> None:
    """Their readings came at 22 hours, at 27, never, or named views alone."""
    published = NOW - 3 * DAY
    for _ in range(20):
        measured.count(measured.post(published_at=published), NOW - 2 * DAY, like=4)
    for hours, counts in ((22, {"like": 400}), (27, {"like": 400}), (24, {"view": 400})):
        measured.count(measured.post(published_at=published), published + timedelta(hours=hours), **counts)
    measured.post(published_at=published)
    measured.post(published_at=NOW - timedelta(hours=26))  # its time is not over
    found = best(measured)
    assert (found["posts"], found["unread_posts"], found["is_default"]) == (20, 4, False)
    assert [(hour["posts"], hour["relative"]) for hour in found["hours"]] == [(20, 1)]


def test_the_first_reading_after_a_day_counts_and_what_did_not_change_since(measured: Measured) -> None:
    """Half of the posts have 10 likes and 2 comments, and half only two likes, in another hour of the week."""
    for number in range(20):
        published = NOW - 3 * DAY - timedelta(hours=number % 2)
        post = measured.post(published_at=published)
        if number % 2:
            measured.count(post, published + timedelta(hours=24), like=2)
            continue
        measured.count(post, published + timedelta(hours=12), comment=2)
        for hours, likes in ((12, 1), (23, 10), (26, 800), (28, 900)):
            measured.count(post, published + timedelta(hours=hours), like=likes)
    # The medians 12 and 2, over all of them 7.
    assert [hour["relative"] for hour in best(measured)["hours"]] == [1.71, 0.29]


def test_its_slots_can_be_taken_as_they_are(measured: Measured) -> None:
    slots = best(measured)["slots"]
    body = {"time_zone": "Europe/Berlin", "slots": slots}
    answer = ask(
        measured.posting.platform, "brand", "PUT", f"/social-accounts/{measured.account}/slots", body
    )
    assert answer.status == 200, answer
    assert best(measured)["time_zone"] == "Europe/Berlin"
