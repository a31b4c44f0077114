"""Places, devices and the audit trail over HTTP: everyone reads reference data, administrators do the rest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.database.functions.messaging import ask
from tests.database.platform import Platform


def place(platform: Platform, **values: object) -> dict[str, object]:
    body = {"country_code": "XA", "country_name": "Testland"} | values
    answer = ask(platform, "admin", "POST", "/geography", body)
    assert answer.status == 201, answer
    return answer.body


@pytest.fixture(autouse=True)
def _empty_afterwards(platform: Platform) -> Iterator[None]:
    """Other tests of this database name regions while there is no geography."""
    yield
    platform.query("delete from geography returning 1")
    platform.query("delete from devices returning 1")


def test_administrators_write_places(platform: Platform) -> None:
    made = place(platform, city="Zug", latitude="47.1", timezone="Europe/Zurich")
    path = f"/geography/{made['geography_id']}"
    changed = ask(platform, "admin", "PATCH", path, {"region": "ZG", "latitude": None}).body
    assert (changed["region"], changed["latitude"], changed["city"]) == ("ZG", None, "Zug")
    assert ask(platform, "retailer", "GET", path).body == changed
    same = {"country_code": "XA", "country_name": "Testland", "city": "Zug", "region": "ZG"}
    assert ask(platform, "admin", "POST", "/geography", same).status == 409
    assert ask(platform, "brand", "POST", "/geography", same | {"city": "x"}).status == 403
    for method, body in (("PATCH", {"city": "Mine"}), ("DELETE", None)):
        assert ask(platform, "brand", method, path, body).status == 404, method
    assert ask(platform, "admin", "DELETE", path).status == 200
    assert ask(platform, "brand", "GET", path).status == 404


def test_places_in_pages(platform: Platform) -> None:
    place(platform)
    for region, city in (("B", None), ("A", "é"), ("A", "Zug")):
        place(platform, region=region, city=city)
    found, query = [], {"country_code": "XA", "limit": 1}
    while True:
        page = ask(platform, "brand", "GET", "/geography", **query).body
        found += [(item["region"], item["city"]) for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query |= {"cursor": page["next_cursor"]}
    assert sorted(found, key=str) == sorted([(None, None), ("A", "Zug"), ("A", "é"), ("B", None)], key=str)
    assert found[0] == (None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"country_code": "ch"},
        {"latitude": 91},
        {"timezone": "x y"},
        {"city": "a\nb"},
        {"country_name": "x" * 101},
    ],
)
def test_places_that_are_none(platform: Platform, wrong: dict[str, object]) -> None:
    body = {"country_code": "XA", "country_name": "Testland"} | wrong
    assert ask(platform, "admin", "POST", "/geography", body).status == 422


def test_administrators_write_devices(platform: Platform) -> None:
    made = ask(platform, "admin", "POST", "/devices", {"device_type": "mobile", "user_agent": "A"}, key="d")
    assert made.status == 201
    assert ask(platform, "admin", "POST", "/devices", {"user_agent": "A"}).status == 409
    ask(platform, "admin", "POST", "/devices", {"device_type": "desktop"})
    path = f"/devices/{made.body['device_id']}"
    changed = ask(platform, "admin", "PATCH", path, {"browser": "Firefox"}).body
    assert (changed["browser"], changed["device_type"]) == ("Firefox", "mobile")
    page = ask(platform, "brand", "GET", "/devices", limit=1).body
    rest = ask(platform, "brand", "GET", "/devices", cursor=page["next_cursor"]).body["items"]
    assert [page["items"][0]["device_type"], rest[0]["device_type"]] == ["desktop", "mobile"]
    assert len(ask(platform, "brand", "GET", "/devices", device_type="mobile").body["items"]) == 1
    assert ask(platform, "brand", "POST", "/devices", {"device_type": "x"}).status == 403
    for method, body in (("PATCH", {"browser": "x"}), ("DELETE", None)):
        assert ask(platform, "brand", method, path, body).status == 404, method
    assert ask(platform, "admin", "POST", "/devices", {"screen_resolution": "big"}).status == 422
    assert ask(platform, "admin", "DELETE", path).status == 200


def test_the_trail_is_for_administrators(platform: Platform) -> None:
    for user in ("brand", "retailer"):
        for path in ("/audit-logs", "/audit-logs/5b0f3f5e-3c55-4b8e-9d55-6f9a3ce3c001"):
            answer = ask(platform, user, "GET", path)
            assert (answer.status, answer.code) == (403, "not-an-admin")
    assert ask(platform, "admin", "GET", "/audit-logs/5b0f3f5e-3c55-4b8e-9d55-6f9a3ce3c001").status == 404


def test_changes_are_found_by_record_person_table_and_time(platform: Platform) -> None:
    made = ask(platform, "brand", "POST", "/collections", {"collection_name": "Spring"}).body["collection_id"]
    path = f"/collections/{made}"
    ask(
        platform,
        "brand",
        "PATCH",
        path,
        {"collection_description": "x" * 5000, "metadata": {"token": "S3CRET"}},
    )
    ask(platform, "admin", "PATCH", path, {"collection_name": "Summer"})

    def found(**query: object) -> list[dict[str, object]]:
        answer = ask(platform, "admin", "GET", "/audit-logs", **query)
        assert answer.status == 200, answer
        return answer.body["items"]

    changes = found(record_id=made)
    assert [(c["action"], c["changed_by"]["name"], c["ip_address"]) for c in changes] == [
        ("UPDATE", "admin", "203.0.113.7"), ("UPDATE", "brand", "203.0.113.7"), ("INSERT", "brand", "203.0.113.7"),
    ]  # fmt: skip
    assert changes[0]["changed_by"]["id"] == str(platform.users["admin"])
    assert [c["action"] for c in found(record_id=made, action="INSERT")] == ["INSERT"]
    assert len(found(changed_by=platform.users["admin"], table_name="collections")) == 1
    assert {c["table_name"] for c in found(table_name="collections")} == {"collections"}
    assert found(until="2026-01-01T00:00:00Z", record_id=made) == []
    assert found(since=changes[0]["changed_at"], record_id=made) == changes[:1]
    page = ask(platform, "admin", "GET", "/audit-logs", record_id=made, limit=2).body
    assert found(record_id=made, cursor=page["next_cursor"]) == changes[2:]
    one = ask(platform, "admin", "GET", f"/audit-logs/{changes[1]['log_id']}").body
    assert (one["old_values"]["metadata"], one["new_values"]["metadata"]) == ({}, {"token": "***"})


def test_a_change_of_large_values_is_cut_to_an_answer(platform: Platform) -> None:
    (row,) = platform.query(
        "insert into audit_logs (table_name, action, new_values) values ('x', 'INSERT',"
        " jsonb_build_object('long', repeat('x', 9000000), 'short', 'y')) returning log_id"
    )
    values = ask(platform, "admin", "GET", f"/audit-logs/{row[0]}").body["new_values"]
    assert (len(values["long"]), values["short"]) == (10_000, "y")
