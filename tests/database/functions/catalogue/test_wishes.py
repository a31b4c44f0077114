"""Watch models, wish lists and ranks by region over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.database.functions.messaging import ask
from tests.database.platform import Platform


@pytest.fixture
def places(platform: Platform) -> Iterator[None]:
    """Two regions, which are gone afterwards: other tests of this database name regions while there is no geography."""
    platform.query(
        "insert into geography (country_code, country_name, region, aliases) values"
        " ('DE', 'Germany', 'Bayern', '{Bavaria}'), ('FR', 'France', 'Bretagne', '{Brittany}') returning 1"
    )
    yield
    platform.query("delete from geography returning 1")


def create(platform: Platform, user: str = "brand", **model: object) -> str:
    answer = ask(platform, user, "POST", "/watch-models", {"model_name": "Nautic"} | model)
    assert answer.status == 201, answer
    return answer.body["model_id"]


def names(platform: Platform, user: str = "retailer", **query: object) -> list[str]:
    return [item["model_name"] for item in ask(platform, user, "GET", "/watch-models", **query).body["items"]]


def test_a_model_is_created_changed_and_deleted(platform: Platform) -> None:
    model = create(platform, mpn="REF-1", size="40 mm")
    path = f"/watch-models/{model}"
    assert ask(platform, "retailer", "GET", path).body["brand"]["name"] == "brand"
    assert ask(platform, "brand", "POST", "/watch-models", {"model_name": "x", "mpn": "REF-1"}).status == 409
    changed = ask(platform, "brand", "PATCH", path, {"is_active": False, "size": None}).body
    assert (changed["is_active"], changed["size"], changed["mpn"]) == (False, None, "REF-1")
    assert ask(platform, "retailer", "GET", path).status == 404
    for method, body in (("PATCH", {"model_name": "Mine"}), ("DELETE", None)):
        assert ask(platform, "rival", method, path, body).status == 404, method
    assert ask(platform, "retailer", "POST", "/watch-models", {"model_name": "x"}).status == 403
    assert ask(platform, "brand", "DELETE", path).status == 200


def test_models_are_found_by_words_and_brand(platform: Platform) -> None:
    brand = str(platform.users["brand"])
    create(platform, model_name="Nautic 40", collection_name="Sea")
    create(platform, model_name="Lunar", mpn="REF-77")
    create(platform, model_name="Old", is_active=False)
    create(platform, "rival", model_name="Nautic of a rival")
    assert names(platform, brand_id=brand) == ["Lunar", "Nautic 40"]
    assert names(platform, "brand", scope="own") == ["Old", "Lunar", "Nautic 40"]
    assert names(platform, brand_id=brand, q="sea naut") == ["Nautic 40"]
    assert names(platform, brand_id=brand, q="ref-7") == ["Lunar"]
    assert names(platform, "brand", scope="own", q="old") == ["Old"]
    assert names(platform, brand_id=brand, q="old") == []
    first = ask(platform, "retailer", "GET", "/watch-models", brand_id=brand, limit=1).body
    assert names(platform, brand_id=brand, cursor=first["next_cursor"]) == ["Nautic 40"]


def test_a_retailers_wish_list(platform: Platform) -> None:
    nautic, lunar = create(platform), create(platform, model_name="Lunar")
    hidden = create(platform, is_active=False)
    assert ask(platform, "retailer", "PUT", f"/wish-list/{nautic}", {"wish_count": 2}).body["wish_count"] == 2
    changed = ask(platform, "retailer", "PUT", f"/wish-list/{nautic}", {"wish_count": 5}).body
    assert (changed["wish_count"], changed["model_name"], changed["brand"]["name"]) == (5, "Nautic", "brand")
    ask(platform, "retailer", "PUT", f"/wish-list/{lunar}", {})
    assert ask(platform, "retailer", "PUT", f"/wish-list/{hidden}", {}).status == 404
    assert ask(platform, "brand", "PUT", f"/wish-list/{nautic}", {}).status == 403
    assert ask(platform, "retailer", "PUT", f"/wish-list/{nautic}", {"wish_count": 0}).status == 422
    page = ask(platform, "retailer", "GET", "/wish-list", limit=1).body
    rest = ask(platform, "retailer", "GET", "/wish-list", cursor=page["next_cursor"]).body["items"]
    assert [page["items"][0]["model_name"], rest[0]["model_name"]] == ["Lunar", "Nautic"]
    assert ask(platform, "other", "GET", "/wish-list").body["items"] == []
    assert ask(platform, "brand", "GET", "/wish-list").body["items"] == []
    refused = ask(platform, "brand", "DELETE", f"/watch-models/{nautic}")
    assert (refused.status, refused.code) == (409, "model-wished-for")
    ask(platform, "brand", "PATCH", f"/watch-models/{nautic}", {"is_active": False})
    (_, unnamed) = ask(platform, "retailer", "GET", "/wish-list").body["items"]
    assert (unnamed["model_id"], unnamed["model_name"], unnamed["brand"]) == (nautic, None, None)
    assert ask(platform, "retailer", "DELETE", f"/wish-list/{nautic}").body == {"model_id": nautic}
    assert ask(platform, "retailer", "DELETE", f"/wish-list/{nautic}").status == 404


@pytest.mark.usefixtures("places")
def test_brands_see_ranks_by_region_and_never_who_wishes(platform: Platform) -> None:
    nautic, lunar = create(platform), create(platform, model_name="Lunar")
    for user, region in (("retailer", "bavaria"), ("other", "BRETAGNE ")):
        platform.query(
            "update users set profile_data = jsonb_build_object('region', %s::text) where user_id = %s returning 1",
            region,
            platform.users[user],
        )
        ask(platform, user, "PUT", f"/wish-list/{nautic}", {"wish_count": 1})
        ask(platform, user, "PUT", f"/wish-list/{lunar}", {"wish_count": 3})
    platform.query("select refresh_all_analytics()")
    page = ask(platform, "brand", "GET", "/regional-wish-lists", limit=3).body
    rest = ask(platform, "brand", "GET", "/regional-wish-lists", cursor=page["next_cursor"]).body["items"]
    found = [
        (i["region"], i["rank_in_region"], i["model_name"], i["wish_count"]) for i in [*page["items"], *rest]
    ]
    assert found == [
        ("Bayern, DE", 1, "Lunar", 3), ("Bayern, DE", 2, "Nautic", 1),
        ("Bretagne, FR", 1, "Lunar", 3), ("Bretagne, FR", 2, "Nautic", 1),
    ]  # fmt: skip
    only = ask(platform, "brand", "GET", "/regional-wish-lists", region="brittany").body["items"]
    assert [item["model_name"] for item in only] == ["Lunar", "Nautic"]
    unknown = ask(platform, "brand", "GET", "/regional-wish-lists", region="Atlantis")
    assert (unknown.status, unknown.code) == (422, "unknown-region")
    for user in ("rival", "retailer"):
        assert ask(platform, user, "GET", "/regional-wish-lists").body["items"] == []
