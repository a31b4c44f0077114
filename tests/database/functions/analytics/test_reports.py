"""Top lists, an account's activity, how current the figures are, asking for a refresh."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.database.functions.analytics.conftest import Figures
from tests.database.functions.messaging import ask


@pytest.mark.parametrize("name", ["assets", "retailers", "templates", "campaigns", "wishes"])
@pytest.mark.parametrize("user", ["brand", "retailer", "admin"])
def test_top_lists_answer(figures: Figures, name: str, user: str) -> None:
    answer = figures.ask(user, f"top/{name}")
    assert answer.status == 200, answer
    assert len(answer.body["items"]) <= 10
    assert answer.headers["ETag"]
    assert {"as_of", "timezone"} < answer.body.keys()


def test_an_accounts_activity(figures: Figures) -> None:
    brand = figures.platform.users["brand"]
    ask(figures.platform, "brand", "POST", "/campaigns", {"campaign_name": "Spring"})
    own = figures.ask("brand", "activity-summary").body
    assert (own["user_id"], own["campaigns_created"]) == (str(brand), 1)
    assert figures.ask("admin", "activity-summary", user_id=brand).body["campaigns_created"] == 1
    assert figures.ask("rival", "activity-summary", user_id=brand).status == 404
    long = {"from": "2024-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    assert figures.ask("brand", "activity-summary", **long).status == 422


@pytest.mark.parametrize("query", [{"until": "0001-01-05T00:00:00Z"}, {"from": "0001-01-01T00:00:00Z"},
                                   {"until": "9999-12-31T23:59:59Z"}])  # fmt: skip
def test_activity_of_a_time_that_never_was_is_refused(figures: Figures, query: dict) -> None:
    answer = figures.ask("brand", "activity-summary", **query)
    assert (answer.status, answer.code) == (422, "invalid-period"), answer
    assert answer.body["detail"] == f"{next(iter(query))}: must be from 1970 to 2200"


def test_freshness(figures: Figures) -> None:
    body = figures.ask("retailer", "freshness").body
    assert body.keys() == {"as_of", "age_seconds", "timezone"}
    assert (body["as_of"] is None) == (body["age_seconds"] is None)


def test_administrators_ask_for_a_refresh(figures: Figures, analytics_queues: dict[str, str]) -> None:
    assert ask(figures.platform, "brand", "POST", "/analytics/refresh").status == 403
    answer = ask(figures.platform, "admin", "POST", "/analytics/refresh")
    assert (answer.status, answer.body) == (202, {"is_requested": True})
    found = boto3.client("sqs").receive_message(QueueUrl=analytics_queues["refresh"])["Messages"]
    assert [json.loads(message["Body"])["type"] for message in found] == ["Refresh"]


def test_without_a_token_nobody_reads(figures: Figures) -> None:
    for path in ("files", "top/assets", "series", "freshness", "activity-summary", "exports"):
        query = {"metrics": "file_views"} if path == "series" else {}
        assert figures.ask(None, path, **query).status == 401, path
