"""Products and variants over HTTP: one by one, found by words and tags, and many at once by the shop's own ids."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests import lambdas
from tests.database.functions.messaging import ask
from tests.database.platform import Platform


def create(platform: Platform, user: str = "brand", **product: object) -> str:
    answer = ask(platform, user, "POST", "/products", {"product_title": "Diver"} | product)
    assert answer.status == 201, answer
    return answer.body["product_id"]


def titles(platform: Platform, user: str = "brand", **query: object) -> list[str]:
    answer = ask(platform, user, "GET", "/products", **query)
    assert answer.status == 200, answer
    return [item["product_title"] for item in answer.body["items"]]


def upsert(platform: Platform, *products: dict[str, Any], user: str = "brand") -> lambdas.Answer:
    return ask(platform, user, "POST", "/products/upsert", {"products": products})


def outcomes(answer: lambdas.Answer) -> list[str]:
    assert answer.status == 200, answer
    return [product["outcome"] for product in answer.body["products"]]


def test_a_product_is_changed_published_and_deleted(platform: Platform) -> None:
    product = create(platform, vendor="Maker", tags=["a", "b"], external_product_id="1")
    path = f"/products/{product}"
    assert ask(platform, "retailer", "GET", path).status == 404
    changed = ask(
        platform,
        "brand",
        "PATCH",
        path,
        {"published_at": "2026-01-01T00:00:00Z", "vendor": None, "tags": ["c"]},
    ).body
    assert (changed["vendor"], changed["tags"], changed["product_title"]) == (None, ["c"], "Diver")
    assert ask(platform, "retailer", "GET", path).body["brand"]["name"] == "brand"
    assert "Diver" in titles(platform, "retailer", scope="published")
    for method, body in (("PATCH", {"product_title": "Mine"}), ("DELETE", None)):
        assert ask(platform, "rival", method, path, body).status == 404, method
    same = ask(platform, "brand", "POST", "/products", {"product_title": "x", "external_product_id": "1"})
    assert same.status == 409
    assert ask(platform, "brand", "DELETE", path).status == 200
    assert ask(platform, "brand", "GET", path).status == 404


def test_a_product_is_published_from_its_time_on(platform: Platform) -> None:
    product = create(platform, published_at="2099-01-01T00:00:00Z", product_title="Later")
    assert ask(platform, "retailer", "GET", f"/products/{product}").status == 404
    assert "Later" not in titles(platform, "retailer", scope="published")


def test_retailers_have_no_products(platform: Platform) -> None:
    assert ask(platform, "retailer", "POST", "/products", {"product_title": "x"}).status == 403
    answer = upsert(platform, {"external_product_id": "1", "product_title": "x"}, user="retailer")
    assert (answer.status, answer.code) == (403, "not-a-brand")


def test_filters_words_and_tags(platform: Platform) -> None:
    create(
        platform, product_title="Diver 300", vendor="Alpine Watches", status="active", tags=["steel", "new"]
    )
    create(platform, product_title="Pilot", vendor="Alpine Watches", product_type="Watch", tags=["steel"])
    create(platform, product_title="Strap", external_product_id="SKU-77")
    assert titles(platform) == ["Strap", "Pilot", "Diver 300"]
    assert titles(platform, vendor="Alpine Watches") == ["Pilot", "Diver 300"]
    assert titles(platform, status="active") == ["Diver 300"]
    assert titles(platform, product_type="Watch") == ["Pilot"]
    assert titles(platform, q="alp div") == ["Diver 300"]
    assert titles(platform, q="sku-7") == ["Strap"]
    assert titles(platform, q="iver") == []
    assert titles(platform, q="!?") == []
    assert titles(platform, tags="steel") == ["Pilot", "Diver 300"]
    assert titles(platform, tags="steel, new") == ["Diver 300"]
    page = ask(platform, "brand", "GET", "/products", q="alpine", limit=1).body
    assert titles(platform, q="alpine", cursor=page["next_cursor"]) == ["Diver 300"]
    assert titles(platform, "rival", q="alpine") == []
    assert titles(platform, "retailer", q="alpine", scope="published") == []


def test_variants(platform: Platform) -> None:
    product = create(platform)
    path = f"/products/{product}/variants"
    body = {"variant_title": "Blue", "price": "10.50", "sku": "S", "external_variant_id": "v"}
    made = ask(platform, "brand", "POST", path, body, key="v")
    assert made.status == 201, made
    assert ask(platform, "brand", "POST", path, body, key="v").body == made.body
    assert ask(platform, "brand", "POST", path, body).status == 409
    second = ask(platform, "brand", "POST", path, {"variant_title": "Red"}).body
    page = ask(platform, "brand", "GET", path, limit=1).body
    rest = ask(platform, "brand", "GET", path, cursor=page["next_cursor"]).body["items"]
    assert [page["items"][0]["variant_title"], *[item["variant_title"] for item in rest]] == ["Blue", "Red"]
    one = f"{path}/{made.body['variant_id']}"
    changed = ask(platform, "brand", "PATCH", one, {"price": None, "inventory_quantity": -3}).body
    assert (changed["price"], changed["inventory_quantity"], changed["sku"]) == (None, -3, "S")
    for method, target, body_ in (
        ("GET", path, None), ("POST", path, {"variant_title": "x"}), ("GET", one, None),
        ("PATCH", one, {"sku": "x"}), ("DELETE", one, None),
    ):  # fmt: skip
        assert ask(platform, "rival", method, target, body_).status == 404, (method, target)
    ask(platform, "brand", "PATCH", f"/products/{product}", {"published_at": "2026-01-01T00:00:00Z"})
    assert ask(platform, "retailer", "GET", one).status == 200
    assert ask(platform, "retailer", "POST", path, {"variant_title": "x"}).status == 403
    assert ask(platform, "retailer", "PATCH", one, {"sku": "x"}).status == 404
    other = create(platform)
    assert ask(platform, "brand", "GET", f"/products/{other}/variants/{second['variant_id']}").status == 404
    assert ask(platform, "brand", "DELETE", one).status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"product_title": ""}, {"product_title": "x" * 501}, {"product_title": "a\x00b"}, {"status": ""},
        {"tags": ["x" * 255] * 50}, {"tags": ["a\nb"]}, {"product_description": "x" * 50_001},
        {"published_at": "2026-01-01T00:00:00"}, {"external_product_id": ""}, {"vendor": "\u2066x\u2069"},
        {"product_id": "5b0f3f5e-3c55-4b8e-9d55-6f9a3ce3c001"},
    ],
)  # fmt: skip
def test_values_that_are_refused(platform: Platform, wrong: dict[str, object]) -> None:
    answer = ask(platform, "brand", "POST", "/products", {"product_title": "x"} | wrong)
    assert (answer.status, answer.code) == (422, "invalid-request"), answer
    given = {"external_product_id": "1", "product_title": "x"} | wrong
    (product,) = upsert(platform, given).body["products"]
    assert product["outcome"] == "rejected"
    assert product["reason"].startswith(next(iter(wrong))), product


@pytest.mark.parametrize(
    "wrong",
    [{"price": -1}, {"price": "1.001"}, {"price": "NaN"}, {"weight": "1e9"}, {"inventory_quantity": 2**31}],
)
def test_variants_that_are_refused(platform: Platform, wrong: dict[str, object]) -> None:
    path = f"/products/{create(platform)}/variants"
    assert ask(platform, "brand", "POST", path, {"variant_title": "x"} | wrong).status == 422


def test_upserts_create_change_and_keep_what_is_not_given(platform: Platform) -> None:
    variant = {"external_variant_id": "v1", "price": "10.00", "sku": "S1"}
    first = {"external_product_id": "1", "product_title": "One", "vendor": "V", "variants": [variant]}
    second = {"external_product_id": "2", "product_title": "Two", "tags": ["a"]}
    assert outcomes(upsert(platform, first, second)) == ["created", "created"]
    assert outcomes(upsert(platform, first, second)) == ["unchanged", "unchanged"]
    assert outcomes(upsert(platform, {"external_product_id": "1", "vendor": None}, second)) == [
        "changed",
        "unchanged",
    ]
    cheaper = {"external_product_id": "1", "variants": [{"external_variant_id": "v1", "price": 9}]}
    more = {"external_product_id": "2", "variants": [{"external_variant_id": "v2"}]}
    answer = upsert(platform, cheaper, more)
    assert outcomes(answer) == ["changed", "changed"]
    assert outcomes(upsert(platform, cheaper, more)) == ["unchanged", "unchanged"]
    one, two = (product["product_id"] for product in answer.body["products"])
    product = ask(platform, "brand", "GET", f"/products/{one}").body
    assert (product["product_title"], product["vendor"], product["status"]) == ("One", None, "draft")
    (kept,) = ask(platform, "brand", "GET", f"/products/{one}/variants").body["items"]
    assert (kept["price"], kept["sku"], kept["variant_title"]) == ("9.00", "S1", "S1")
    (added,) = ask(platform, "brand", "GET", f"/products/{two}/variants").body["items"]
    assert (added["variant_title"], added["inventory_quantity"]) == ("v2", 0)


def test_a_mistake_in_one_product_keeps_no_other_from_being_stored(platform: Platform) -> None:
    answer = upsert(
        platform,
        {"external_product_id": "1", "product_title": "One"},
        {"product_title": "Without id"},
        {"external_product_id": "2"},
        {"external_product_id": "1", "product_title": "Again"},
        {
            "external_product_id": "3",
            "product_title": "x",
            "variants": [{"external_variant_id": "v", "price": "x"}],
        },
        {"external_product_id": "4", "product_title": "x", "variants": [{"external_variant_id": "v"}] * 2},
        {"external_product_id": "5", "product_title": "Five", "unknown\ud800": 1},
    )
    assert outcomes(answer) == ["created", *["rejected"] * 6]
    assert (answer.body["created"], answer.body["rejected"]) == (1, 6)
    reasons = [product["reason"] for product in answer.body["products"]]
    assert reasons[0] is None
    assert reasons[1].startswith("external_product_id: ")
    assert reasons[2] == "product_title: A new product needs a title."
    assert reasons[3].startswith("external_product_id: The request has this product twice")
    assert reasons[4].startswith("variants.0.price: ")
    assert "once" in reasons[5]
    assert titles(platform) == ["One"]


def test_products_of_others_with_the_same_id_are_others(platform: Platform) -> None:
    given = {"external_product_id": "1", "product_title": "One"}
    upsert(platform, given)
    assert outcomes(upsert(platform, given | {"product_title": "Mine"}, user="rival")) == ["created"]
    assert titles(platform) == ["One"]


def test_a_thousand_products_in_one_request(platform: Platform) -> None:
    products = [{"external_product_id": str(n), "product_title": f"P {n}"} for n in range(1000)]
    assert upsert(platform, *products).body["created"] == 1000
    assert upsert(platform, *products).body["unchanged"] == 1000
    assert upsert(platform, *products, {"external_product_id": "x"}).status == 422
    assert upsert(platform).status == 422


def test_two_upserts_of_the_same_products_wait_for_each_other(platform: Platform) -> None:
    with platform.database.as_worker() as first:
        first.execute(
            "select * from ddp.upsert_products(%s, %s)",
            [platform.users["brand"], '[{"external_product_id": "1", "product_title": "One"}]'],
        )
        answers: list[lambdas.Answer] = []
        given = {"external_product_id": "1", "vendor": "V"}
        second = threading.Thread(target=lambda: answers.append(upsert(platform, given)))
        second.start()
        platform.wait_for_a_lock()
        first.commit()
        second.join()
    assert outcomes(answers[0]) == ["changed"]
