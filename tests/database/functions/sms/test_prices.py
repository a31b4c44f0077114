"""Prices of SMS over HTTP: dated, and the past stays as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests import lambdas
from tests.database.functions.messaging import ask
from tests.database.platform import Platform

TODAY = datetime.now(UTC).date()


def price(**changes: object) -> dict[str, Any]:
    return {
        "country": "FR",
        "kind": "sender_id",
        "price_per_part": "0.05",
        "valid_from": "2026-01-01",
        "source": "an example",
    } | changes


def add(
    sms: Platform, *prices: dict[str, Any], user: str = "admin", key: str | None = None
) -> lambdas.Answer:
    return ask(sms, user, "POST", "/sms-prices", {"prices": list(prices)}, key=key)


def test_the_latest_price_whose_day_has_come_holds(sms: Platform) -> None:
    later = str(TODAY + timedelta(days=3))
    made = add(sms, price(), price(valid_from="2026-06-01", price_per_part=0.06), price(valid_from=later))
    assert (made.status, made.body) == (201, {"added": 3, "changed": 0, "unchanged": 0})
    at = "select ddp.sms_price_of('FR', %s, %s)"
    assert sms.query(at, "sender_id", datetime.now(UTC)) == [(Decimal("0.06000"),)]
    assert sms.query(at, "sender_id", datetime(2026, 5, 31, 23, 59, tzinfo=UTC)) == [(Decimal("0.05000"),)]
    assert sms.query(at, "sender_id", datetime(2025, 12, 31, tzinfo=UTC)) == [(None,)]
    assert sms.query(at, "short_code", datetime.now(UTC)) == [(None,)]
    current = ask(sms, "retailer", "GET", "/sms-prices", country="FR", is_current="true").body["items"]
    assert [(each["valid_from"], each["price_per_part"]) for each in current] == [("2026-06-01", "0.06000")]


def test_a_price_that_has_held_stays(sms: Platform) -> None:
    tomorrow = str(TODAY + timedelta(days=1))
    add(sms, price(), price(valid_from=tomorrow))
    refused = add(sms, price(country="DE"), price(price_per_part="0.04"))
    assert (refused.status, refused.code, refused.body["positions"]) == (409, "price-has-held", [1])
    assert add(sms, price(), price(valid_from=tomorrow, price_per_part="0.04")).body == {
        "added": 0,
        "changed": 1,
        "unchanged": 1,
    }
    items = ask(sms, "brand", "GET", "/sms-prices").body["items"]
    assert [each["price_per_part"] for each in items] == ["0.05000", "0.04000"], "DE is not there"
    past, future = (f"/sms-prices/{each['sms_price_id']}" for each in items)
    assert ask(sms, "admin", "DELETE", past).code == "price-has-held"
    assert ask(sms, "brand", "DELETE", future).status == 409
    assert ask(sms, "admin", "DELETE", future).status == 200
    assert ask(sms, "admin", "DELETE", future).status == 404
    trail = sms.query(
        "select action from audit_logs where table_name = 'sms_prices' order by changed_at, action"
    )
    assert trail[-4:] == [("INSERT",), ("INSERT",), ("UPDATE",), ("DELETE",)]


def test_prices_in_pages(sms: Platform) -> None:
    add(
        sms,
        *(
            price(country=country, kind=kind)
            for country in ("GB", "FR")
            for kind in ("long_code", "sender_id")
        ),
    )
    found, query = [], {"limit": 3}
    while True:
        page = ask(sms, "brand", "GET", "/sms-prices", **query).body
        found += [(item["country"], item["kind"]) for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query |= {"cursor": page["next_cursor"]}
    assert found == [("FR", "long_code"), ("FR", "sender_id"), ("GB", "long_code"), ("GB", "sender_id")]
    assert ask(sms, "brand", "GET", "/sms-prices", cursor="x").code == "invalid-cursor"


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_per_part": "-0.05"},
        {"price_per_part": 0},
        {"price_per_part": "0.000001"},
        {"price_per_part": "100"},
        {"price_per_part": "NaN"},
        {"price_per_part": "\u0660.\u0665"},
        {"price_per_part": None},
        {"country": "fr"},
        {"country": "FRA"},
        {"kind": "pigeon"},
        {"valid_from": 1},
        {"valid_from": "2026-02-30"},
        {"valid_from": "2026-02-20T00:00:00Z"},
        {"source": ""},
        {"source": "a\nb"},
        {"source": "x" * 1001},
        {"owner": "x"},
    ],
)
def test_what_is_no_price(sms: Platform, wrong: dict[str, object]) -> None:
    answer = add(sms, price(country="DE"), price() | wrong)
    assert (answer.status, answer.code) == (422, "invalid-request")
    assert answer.body["errors"][0]["field"].startswith("body.prices.1."), answer.body
    assert ask(sms, "admin", "GET", "/sms-prices").body["items"] == []


def test_who_may_not_and_what_is_too_much(sms: Platform) -> None:
    assert add(sms, price(), user="brand").status == 403
    assert ask(sms, None, "GET", "/sms-prices").status == 401
    assert ask(sms, "admin", "DELETE", f"/sms-prices/{uuid4()}").code == "price-not-found"
    assert add(sms).status == 422
    assert add(sms, *[price()] * 5001).status == 422
    assert add(sms, price(source="x" * 10_000_000)).status == 413
    twice = [add(sms, price(), key="prices").body for _ in range(2)]
    assert twice[0] == twice[1] == {"added": 1, "changed": 0, "unchanged": 0}
