"""The hours of promotional SMS over HTTP: what is open, what overlaps and what is missing is said."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests import lambdas
from tests.database.functions.messaging import ask
from tests.database.platform import Platform


def window(**changes: object) -> dict[str, Any]:
    return {
        "country": "FR",
        "days": "12345",
        "opens": "08:00",
        "closes": "20:00",
        "on_holidays": True,
        "status": "law",
        "source": "a decree",
    } | changes


def add(sms: Platform, user: str = "admin", **changes: object) -> lambdas.Answer:
    return ask(sms, user, "POST", "/sending-windows", window(**changes))


def test_gaps_and_overlaps_are_said(sms: Platform) -> None:
    first = add(sms)
    assert first.status == 201
    assert first.body["notes"] == ["FR has no window on Saturdays, Sundays: no promotional SMS go then."]
    second = add(sms, days="56", opens="19:00", closes="24:00").body
    assert second["notes"] == [
        "FR has no window on Sundays: no promotional SMS go then.",
        "On Fridays, 08:00 to 20:00 and 19:00 to 24:00 overlap: messages go whenever one of them is open.",
    ]
    path = f"/sending-windows/{second['sending_window_id']}"
    assert ask(sms, "retailer", "GET", path).body == second
    changed = ask(sms, "admin", "PATCH", path, {"days": "67", "on_holidays": False}).body
    assert (changed["notes"], changed["opens"], changed["closes"]) == ([], "19:00", "24:00")
    later = ask(sms, "admin", "PATCH", path, {"valid_from": "2027-01-01"}).body
    assert len(later["notes"]) == 2, "the days of its own edition, and holidays"
    assert "from 2027-01-01 on" in ask(sms, "admin", "DELETE", path).body["notes"][0]
    assert ask(sms, "brand", "GET", path).status == 404


def test_only_administrators_change_what_the_law_says_and_it_is_audited(sms: Platform) -> None:
    made = add(sms).body["sending_window_id"]
    path = f"/sending-windows/{made}"
    assert add(sms, user="brand", country="DE").status == 403
    assert ask(sms, "brand", "PATCH", path, {"closes": "23:59"}).status == 404
    assert ask(sms, "brand", "DELETE", path).status == 404
    assert ask(sms, "admin", "PATCH", path, {"closes": "19:00"}).status == 200
    trail = ask(sms, "admin", "GET", "/audit-logs", record_id=made).body["items"]
    assert [(each["action"], each["changed_by"]["name"]) for each in trail] == [
        ("UPDATE", "admin"),
        ("INSERT", "admin"),
    ]
    assert ask(sms, None, "GET", "/sending-windows").status == 401


def test_windows_in_pages_and_by_place(sms: Platform) -> None:
    for country, region, days in (
        ("US", "TX", "7"),
        ("US", "", "123456"),
        ("US", "TX", "12"),
        ("*", "", "1"),
    ):
        assert add(sms, country=country, region=region, days=days).status == 201
    found, query = [], {"limit": 1}
    while True:
        page = ask(sms, "brand", "GET", "/sending-windows", **query).body
        found += [(item["country"], item["region"], item["days"]) for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query |= {"cursor": page["next_cursor"]}
    assert found == [("*", "", "1"), ("US", "", "123456"), ("US", "TX", "12"), ("US", "TX", "7")]
    for filters, count in (({"region": "TX"}, 2), ({"country": "*"}, 1), ({"status": "custom"}, 0)):
        assert len(ask(sms, "brand", "GET", "/sending-windows", **filters).body["items"]) == count


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"days": "11"}, "body.days"),
        ({"days": "21"}, "body.days"),
        ({"days": "8"}, "body.days"),
        ({"opens": "24:00"}, "body.opens"),
        ({"opens": 28800}, "body.opens"),
        ({"closes": "24:01"}, "body.closes"),
        ({"closes": "08:00"}, "closes"),
        ({"country": "*", "region": "TX"}, "region"),
        ({"country": "France"}, "body.country"),
        ({"region": "tx"}, "body.region"),
        ({"status": "guess"}, "body.status"),
        ({"on_holidays": "yes"}, "body.on_holidays"),
        ({"source": ""}, "body.source"),
        ({"valid_from": 0}, "body.valid_from"),
    ],
)
def test_what_is_no_window(sms: Platform, wrong: dict[str, object], field: str) -> None:
    answer = add(sms, **wrong)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)


def test_what_is_there_already_or_not(sms: Platform) -> None:
    add(sms)
    assert add(sms, closes="19:00").status == 409
    for method, body in (("GET", None), ("PATCH", {"days": "1"}), ("DELETE", None)):
        assert (
            ask(sms, "admin", method, f"/sending-windows/{uuid4()}", body).code == "sending-window-not-found"
        )
    assert ask(sms, "admin", "POST", "/sending-windows", window(source="x" * 10_000_000)).status == 413
