"""The rules of the platforms: what a stage adds to them, and when a version of an API should be replaced."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from ddp.providers.social import rules
from ddp.providers.social.base import Platform

END = date(2027, 10, 15)


@pytest.fixture(autouse=True)
def unread() -> Iterator[None]:
    rules.of.cache_clear()
    yield
    rules.of.cache_clear()


def test_the_file_of_each_platform_is_its_own() -> None:
    assert [each["platform"] for each in rules.every()] == list(Platform)


def test_a_stage_says_where_its_application_was_audited(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rules.of("tiktok")["is_audited"] is False
    rules.of.cache_clear()
    monkeypatch.setattr(rules, "AUDITED", {"tiktok"})
    assert rules.of("tiktok")["is_audited"] is True
    assert rules.of(Platform.YOUTUBE)["is_audited"] is False
    assert rules.of("facebook")["is_audited"] is True


def test_an_end_is_told_sixty_days_before_and_for_good_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = {platform: END.isoformat() if platform is Platform.LINKEDIN else None for platform in Platform}
    monkeypatch.setattr(rules, "of", lambda platform: {"api": {"ends_on": ends[platform]}})
    assert rules.ending(END - timedelta(days=61)) == {}
    for days in (60, 1, 0, -400):
        assert rules.ending(END - timedelta(days=days)) == {Platform.LINKEDIN: END}


def test_ends_are_dates() -> None:
    for each in rules.every():
        assert each["api"]["ends_on"] is None or date.fromisoformat(each["api"]["ends_on"])
        assert json.dumps(each)
