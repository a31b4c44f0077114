"""When posts are read: the documented plan, by platform and by kind of numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from ddp.providers.social.base import Platform
from ddp.providers.social.measures import Kind
from ddp.providers.social.measuring import counting
from functions.engagement import cadence

MIDNIGHT = datetime(2026, 10, 1, tzinfo=UTC)
FIRST_DAY = ["5m", "15m", "30m", "1h", "3h", "6h", "12h"]
# 24 hours, daily to day 7, weekly to day 30, monthly to day 90.
LATER = [f"{day}d" for day in (1, 2, 3, 4, 5, 6, 7, 14, 21, 28, 30, 60, 90)]
PAID = ["1d", "3d", "7d", "30d"]
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}

PLANS = [
    (Platform.FACEBOOK, "page", Kind.COUNTERS, FIRST_DAY + LATER),
    (Platform.FACEBOOK, "page", Kind.INSIGHTS, LATER),
    (Platform.INSTAGRAM, "business", Kind.COUNTERS, FIRST_DAY + LATER),
    (Platform.INSTAGRAM, "business", Kind.INSIGHTS, LATER),
    (Platform.LINKEDIN, "organization", Kind.COUNTERS, FIRST_DAY + LATER),
    (Platform.LINKEDIN, "organization", Kind.INSIGHTS, LATER),
    (Platform.LINKEDIN, "member", Kind.COUNTERS, LATER),
    (Platform.TIKTOK, "creator", Kind.COUNTERS, FIRST_DAY + LATER),
    (Platform.YOUTUBE, "channel", Kind.COUNTERS, FIRST_DAY + LATER),
    (Platform.TWITTER, "user", Kind.COUNTERS, FIRST_DAY + PAID),
    (Platform.TWITTER, "user", Kind.INSIGHTS, PAID[:3]),
]


def after(words: list[str]) -> list[timedelta]:
    return [int(word[:-1]) * UNITS[word[-1]] for word in words]


def readings(platform: Platform, account_kind: str, kind: Kind, published_at: datetime) -> list[timedelta]:
    """How long after publication a post is read, if each reading succeeds."""
    rule = counting.rule(platform, kind, account_kind)
    assert rule
    minutes, again, post_id = cadence.plan(rule, is_paid="price" in rule), cadence.repetitions(rule), uuid4()
    found: list[timedelta] = []
    now, paid_on = published_at, None
    while at := cadence.following(minutes, post_id, published_at, now, again=again, paid_on=paid_on):
        found.append(at - published_at)
        now, paid_on = at, at.date()
    return found


def require_planned(found: list[timedelta], expected: list[timedelta]) -> None:
    """Each comes at its time, or later by at most a tenth of the time since the one before."""
    assert len(found) == len(expected), (found, expected)
    for at, planned in zip(found, expected, strict=True):
        assert planned <= at <= planned * 1.1, (at, planned)


@pytest.mark.parametrize(("platform", "account_kind", "kind", "plan"), PLANS)
def test_posts_are_read_as_planned(
    platform: Platform, account_kind: str, kind: Kind, plan: list[str]
) -> None:
    require_planned(readings(platform, account_kind, kind, MIDNIGHT), after(plan))


def test_the_table_has_every_kind_of_numbers_that_is_read() -> None:
    for platform in Platform:
        for kind in Kind:
            kinds = {account_kind for each, account_kind, of, _ in PLANS if (each, of) == (platform, kind)}
            assert bool(kinds) == (counting.rule(platform, kind, "organization") is not None)


@pytest.mark.parametrize(
    ("clock", "on_the_first_day"),
    [
        ("00:00", FIRST_DAY),
        ("16:00", FIRST_DAY[:6]),
        ("20:30", FIRST_DAY[:5]),
        ("23:00", FIRST_DAY[:3]),
        ("23:50", ["5m"]),
    ],
)
def test_x_is_read_again_while_its_day_is_paid(clock: str, on_the_first_day: list[str]) -> None:
    published_at = datetime.fromisoformat(f"2026-10-01T{clock}Z")
    found = readings(Platform.TWITTER, "user", Kind.COUNTERS, published_at)
    require_planned(found, after(on_the_first_day + PAID))
    days = {(published_at + each).date() for each in found}
    assert len(days) == 5, "each day is paid, and no other"


def test_what_was_not_paid_today_is_not_read_again_today() -> None:
    rule = counting.rule(Platform.TWITTER, Kind.COUNTERS, "user")
    assert rule
    minutes, again = cadence.plan(rule, is_paid=True), cadence.repetitions(rule)
    for paid_on in (None, date(2026, 9, 30)):
        at = cadence.following(
            minutes, UUID(int=1), MIDNIGHT, MIDNIGHT + timedelta(minutes=6), again=again, paid_on=paid_on
        )
        assert at
        assert at - MIDNIGHT >= timedelta(days=1)


def test_posts_published_together_are_not_read_together() -> None:
    found = [readings(Platform.FACEBOOK, "page", Kind.COUNTERS, MIDNIGHT) for _ in range(20)]
    assert all(len(set(times)) > 15 for times in zip(*found, strict=True))
    assert all(earlier < later for times in found for earlier, later in pairwise(times))


@pytest.mark.parametrize(
    ("now", "month"),
    [("2026-10-05T12:00Z", "2026-11"), ("2026-10-31T23:59Z", "2026-11"), ("2026-12-09T00:00Z", "2027-01")],
)
def test_a_month_later_is_early_in_the_next_month(now: str, month: str) -> None:
    moment = datetime.fromisoformat(now)
    at = cadence.of_next_month({}, uuid4(), moment - timedelta(days=30), moment)
    assert at
    assert timedelta(0) <= at - datetime.fromisoformat(f"{month}-01T00:00Z") <= timedelta(hours=1)
    assert cadence.of_next_month({}, uuid4(), moment - timedelta(days=90), moment) is None
    assert (
        cadence.of_next_month({"read_until_days": 30}, uuid4(), moment - timedelta(days=30), moment) is None
    )


def test_the_readme_says_the_same() -> None:
    text = (Path(cadence.__file__).parent / "README.md").read_text()
    assert (
        "5, 15 and 30 minutes, 1, 3, 6, 12 and 24 hours after publication, daily to day 7, weekly to" in text
    )
    assert "weekly to day 30, at days 60 and 90" in text
