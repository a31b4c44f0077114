"""When a post goes out, as people say it: what is clear, and what has to be said otherwise."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ddp.providers.social.base import Problem
from functions.social.drafting.timing import Moment, read

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "at", "local"),
    [
        ("2026-12-01T09:00", "Europe/Zurich", "2026-12-01T08:00+00:00", "2026-12-01T09:00"),
        ("2026-12-01 09:00:30", "Europe/Zurich", "2026-12-01T08:00:30+00:00", "2026-12-01T09:00:30"),
        ("2026-12-01T09:00Z", None, "2026-12-01T09:00+00:00", None),
        ("2026-12-01t09:00z", None, "2026-12-01T09:00+00:00", None),
        ("2026-12-01T09:00+05:30", None, "2026-12-01T03:30+00:00", None),
        ("2026-12-01T09:00+0530", None, "2026-12-01T03:30+00:00", None),
        ("2026-12-01T09:00Z", "Asia/Tokyo", "2026-12-01T09:00+00:00", "2026-12-01T18:00"),
        ("2026-12-01T09:00:00.123456Z", None, "2026-12-01T09:00+00:00", None),
        ("2026-10-25T02:30+02:00", "Europe/Zurich", "2026-10-25T00:30+00:00", "2026-10-25T02:30"),
        ("2026-10-25T02:30+01:00", "Europe/Zurich", "2026-10-25T01:30+00:00", "2026-10-25T02:30"),
        ("2026-10-01T12:00:01Z", None, "2026-10-01T12:00:01+00:00", None),
        ("2027-10-01T12:00:00Z", None, "2027-10-01T12:00+00:00", None),
    ],
)
def test_clear_times(text, zone, at, local):
    moment = read(text, zone, now=NOW)
    assert isinstance(moment, Moment), moment
    assert moment.at == datetime.fromisoformat(at)
    assert moment.local == (datetime.fromisoformat(local) if local else None)
    assert moment.zone == zone


@pytest.mark.parametrize(
    ("text", "zone", "code", "words"),
    [
        ("2026-10-01T12:00Z", None, "time-passed", "2026-10-01 12:00 UTC has passed"),
        ("2020-02-29T09:00", "UTC", "time-passed", "has passed"),
        ("2027-10-01T12:00:01Z", None, "time-too-far", "more than a year ahead"),
        ("2026-12-01T09:00", None, "time-zone-missing", "Give a time_zone"),
        ("2026-12-01T09:00", "Mars/Base", "invalid-time-zone", "such as Europe/Zurich"),
        ("2026-12-01T09:00Z", "../../etc/passwd", "invalid-time-zone", "no such time zone"),
        ("2026-12-01T09:00Z", "x" * 5_000, "invalid-time-zone", "no such time zone"),
        ("2026-12-01T09:00Z", "Europe", "invalid-time-zone", "no such time zone"),
        ("2027-03-28T02:30", "Europe/Zurich", "nonexistent-local-time", "such as 03:30"),
        ("2027-03-14T02:00", "America/New_York", "nonexistent-local-time", "does not exist in America"),
        ("2026-10-25T02:30", "Europe/Zurich", "ambiguous-local-time",
         "2026-10-25T02:30+02:00 (the first) or 2026-10-25T02:30+01:00"),
        ("2027-02-30T09:00Z", None, "invalid-time", "that exist"),
        ("2026-12-01T25:00Z", None, "invalid-time", "that exist"),
        ("2026-12-01", None, "invalid-time", "such as 2027-03-01T09:00"),
        ("next Monday", None, "invalid-time", "that exist"),
        ("0001-01-01T00:00", "Asia/Tokyo", "invalid-time", "that exist"),
        ("9999-12-31T23:59", "America/New_York", "invalid-time", "that exist"),
        ("٢٠٢٦-12-01T09:00Z", None, "invalid-time", "that exist"),
        ("", None, "invalid-time", "that exist"),
    ],
)  # fmt: skip
def test_times_that_have_to_be_said_otherwise(text, zone, code, words):
    found = read(text, zone, now=NOW)
    assert isinstance(found, Problem), found
    assert found.code == code
    assert words in found.sentence
    assert found.field in {"when.at", "when.time_zone"}


def test_the_hours_beside_a_change_of_the_clocks_are_clear():
    for text in ("2026-10-25T01:59", "2026-10-25T03:00", "2027-03-28T01:59", "2027-03-28T03:00"):
        assert isinstance(read(text, "Europe/Zurich", now=NOW), Moment), text
