"""The calendar of posts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from infra.local.portal import calendar


@pytest.fixture
def _in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("days", "offsets"), [([23, 24], "UTC+01:00"), ([23, 24, 29], "UTC+01:00, then UTC+02:00")]
)
@pytest.mark.usefixtures("_in_berlin")
def test_a_week_in_which_the_clock_changes_says_both_offsets(days: list[int], offsets: str) -> None:
    posts = [
        {
            "calendar_at": datetime(2026, 3, day, 12, 0, tzinfo=UTC).isoformat(),
            "account_name": "Shop",
            "account_handle": "shop",
            "platform": "facebook",
            "title": None,
            "excerpt": "Hello",
            "status": "scheduled",
        }
        for day in days
    ]
    asked = calendar.Asked(user="brand", monday=date(2026, 3, 23))
    assert f"Times are of this machine: {offsets}.<" in calendar.page_of(asked, posts, {})
