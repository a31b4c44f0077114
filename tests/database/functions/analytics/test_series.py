"""Figures over time: zero-filled, by the clock of a zone, compared with the period before; what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.database.functions.analytics.conftest import Figures

OCTOBER = {"from": "2026-10-01T00:00:00Z", "until": "2026-10-05T00:00:00Z"}


def values(points: list[dict], metric: str = "file_views") -> list[int]:
    return [point["values"][metric] for point in points]


def test_days_are_zero_filled_and_compared(figures: Figures) -> None:
    brand = figures.platform.users["brand"]
    for day, views in (("2026-09-29", 7), ("2026-10-02", 3), ("2026-10-04", 2), ("2026-10-05", 90)):
        figures.day("user", brand, "file_views", day, views)
    answer = figures.ask(
        "brand", "series", metrics="file_views,file_downloads", compare="previous", **OCTOBER
    )
    assert answer.status == 200, answer
    assert values(answer.body["points"]) == [0, 3, 0, 2]
    assert values(answer.body["points"], "file_downloads") == [0] * 4
    assert answer.body["points"][0]["start"] == "2026-10-01T00:00:00Z"
    assert answer.body["totals"] == {"file_views": 5, "file_downloads": 0}
    assert answer.body["previous"][0]["start"] == "2026-09-27T00:00:00Z"
    assert values(answer.body["previous"]) == [0, 0, 7, 0]
    assert answer.body["previous_totals"]["file_views"] == 7
    assert (answer.body["timezone"], answer.body["id"]) == ("UTC", str(brand))


def test_weeks_and_months_are_whole_ones(figures: Figures) -> None:
    brand = figures.platform.users["brand"]
    for day, views in (("2026-09-28", 1), ("2026-10-05", 2), ("2026-10-31", 4)):
        figures.day("user", brand, "file_views", day, views)
    weeks = figures.ask("brand", "series", metrics="file_views", interval="week", **OCTOBER).body["points"]
    assert [(weeks[0]["start"], *values(weeks))] == [("2026-09-28T00:00:00Z", 1)]
    months = figures.ask(
        "brand", "series", metrics="file_views", interval="month", compare="previous", **OCTOBER
    )
    assert values(months.body["points"]) == [6]
    assert values(months.body["previous"]) == [1]


def test_of_one_file(figures: Figures) -> None:
    file_id = figures.file()
    figures.day("file", file_id, "views", "2026-10-02", 3)
    query = {"entity": "file", "id": file_id, "metrics": "views", **OCTOBER}
    assert values(figures.ask("brand", "series", **query).body["points"], "views") == [0, 3, 0, 0]
    assert values(figures.ask("admin", "series", **query).body["points"], "views") == [0, 3, 0, 0]
    for user in ("rival", "retailer"):
        assert figures.ask(user, "series", **query).status == 404


def test_figures_of_a_file_are_its_owners_even_if_it_is_shared(figures: Figures) -> None:
    file_id = figures.file()
    figures.share(file_id)
    assert figures.ask("retailer", "series", entity="file", id=file_id, metrics="views").status == 404


def test_the_platform_is_for_administrators(figures: Figures) -> None:
    figures.day("platform", None, "active_users", "2031-10-02", 3, user=None)
    query = {"entity": "platform", "metrics": "active_users", "from": "2031-10-01T00:00:00Z",
             "until": "2031-10-03T00:00:00Z"}  # fmt: skip
    assert values(figures.ask("admin", "series", **query).body["points"], "active_users") == [0, 3]
    assert figures.ask("brand", "series", **query).status == 404


def test_active_users_are_of_one_day_and_do_not_add_up(figures: Figures) -> None:
    """One user who came on five days would be five."""
    brand = figures.platform.users["brand"]
    for day in range(1, 5):
        figures.day("user", brand, "active_users", f"2026-10-{day:02}", 1)
        figures.day("user", brand, "file_views", f"2026-10-{day:02}", 2)
    query = {"metrics": "active_users,file_views", "compare": "previous", **OCTOBER}
    body = figures.ask("brand", "series", **query).body
    assert values(body["points"], "active_users") == [1, 1, 1, 1]
    assert (body["totals"], body["previous_totals"]) == ({"file_views": 8}, {"file_views": 0})
    for longer in (
        {"interval": "week"},
        {"interval": "month"},
        {"interval": "hour"},
        {"tz": "Europe/Zurich"},
    ):
        answer = figures.ask("brand", "series", **query | longer)
        assert (answer.status, answer.code) == (422, "only-utc-days"), answer
        assert "use interval=day and tz=UTC" in answer.body["detail"]


def test_another_account_is_404(figures: Figures) -> None:
    rival = figures.platform.users["rival"]
    assert figures.ask("brand", "series", id=rival, metrics="file_views").status == 404
    assert figures.ask("admin", "series", id=rival, metrics="file_views").status == 200


def quarter(figures: Figures, at: datetime, value: int = 1, user: str = "brand") -> None:
    figures.platform.query(
        "insert into ddp.quarter_hours (owner_user_id, metric_name, quarter, metric_value)"
        " values (%s, 'file_views', %s, %s) returning 1",
        figures.platform.users[user], at, value,
    )  # fmt: skip


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe"])
def test_hours_and_days_of_a_zone_add_up(figures: Figures, zone: str) -> None:
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=10)
    for number in range(96 * 2):
        quarter(figures, start + timedelta(minutes=15 * number))
    period = {
        "from": (start - timedelta(days=1)).isoformat(),
        "until": (start + timedelta(days=3)).isoformat(),
    }
    for interval in ("hour", "day"):
        body = figures.ask("brand", "series", metrics="file_views", interval=interval, tz=zone, **period).body
        assert body["totals"]["file_views"] == 96 * 2
        starts = [datetime.fromisoformat(point["start"]) for point in body["points"]]
        assert all(begin.utcoffset() == begin.astimezone(ZoneInfo(zone)).utcoffset() for begin in starts)
        assert all(begin.minute == 0 for begin in starts)
        assert interval == "hour" or all(begin.hour == 0 for begin in starts)


@pytest.mark.parametrize(
    ("query", "code", "word"),
    [
        ({"tz": "Mars/Base"}, "invalid-tz", "tz:"),
        ({"tz": "FOO+3"}, "invalid-tz", "tz:"),
        ({"metrics": "file_views,wishes"}, "invalid-metrics", "metrics:"),
        ({"metrics": ",".join(f"m{n}" for n in range(11))}, "invalid-metrics", "metrics:"),
        ({"metrics": ""}, "invalid-metrics", "metrics:"),
        ({"from": "2026-10-02T00:00:00Z", "until": "2026-10-01T00:00:00Z"}, "invalid-period", "from:"),
        ({"from": "1626-10-02T00:00:00Z", "until": "2026-10-01T00:00:00Z"}, "invalid-period", "from:"),
        ({"until": "0001-01-05T00:00:00Z"}, "invalid-period", "until:"),
        ({"from": "0001-01-02T00:00:00Z", "until": "0001-01-05T00:00:00Z", "compare": "previous"},
         "invalid-period", "from:"),
        ({"from": "9999-12-30T00:00:00Z", "until": "9999-12-31T00:00:00Z", "interval": "month"},
         "invalid-period", "from:"),
        ({"from": "2025-01-01T00:00:00Z", "until": "2026-10-01T00:00:00Z"}, "too-many-points", "from:"),
        ({"interval": "hour", "from": "2026-10-01T00:00:00Z", "until": "2026-10-31T00:00:00Z"},
         "too-many-points", "from:"),
        ({"interval": "minute"}, "invalid-request", "query.interval:"),
        ({"entity": "planet"}, "invalid-request", "query.entity:"),
        ({"entity": "file", "metrics": "views"}, "not-found", "id"),
        ({"tz": "Europe/Zurich", "from": "2020-01-01T00:00:00Z", "until": "2020-01-05T00:00:00Z"},
         "not-kept", "from:"),
        ({"compare": "next"}, "invalid-request", "query.compare:"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_what_to_mend(figures: Figures, query: dict, code: str, word: str) -> None:
    answer = figures.ask("brand", "series", **{"metrics": "file_views"} | query)
    assert (answer.status, answer.code) == (404 if code == "not-found" else 422, code), answer
    assert word in answer.body["detail"]


@pytest.mark.parametrize(("begin", "end"), [("1970-01-01", "1970-01-03"), ("2199-12-30", "2200-01-01")])
def test_the_earliest_and_the_latest_period(figures: Figures, begin: str, end: str) -> None:
    for interval in ("day", "week", "month"):
        answer = figures.ask("brand", "series", metrics="file_views", interval=interval, compare="previous",
                             **{"from": f"{begin}T00:00:00Z", "until": f"{end}T00:00:00Z"})  # fmt: skip
        assert answer.status == 200, answer
        assert len(answer.body["previous"]) == len(answer.body["points"]) > 0
    assert figures.ask("brand", "series", metrics="file_views", until=f"{end}T00:00:00Z").status == 200


def test_a_file_has_no_hours(figures: Figures) -> None:
    file_id = figures.file()
    answer = figures.ask("brand", "series", entity="file", id=file_id, metrics="views", interval="hour")
    assert (answer.status, answer.code) == (422, "only-utc-days")
