"""Functions about products and watch models: what they refuse, and that a search shows no more than the policies."""

from __future__ import annotations

import json

import pytest

from tests.database.schema.platform import Platform, id_of, refused, with_ids

ONE = """'[{"external_product_id": "1", "product_title": "x"}]'"""


@pytest.mark.parametrize(
    ("caller", "call", "state", "code"),
    [
        ("rival", "request_product_import(@files/private)", "PT404", "file-not-found"),
        ("brand", "request_product_import(@files/retailers)", "PT404", "file-not-found"),
        ("brand", "request_product_import(@files/in_trash)", "PT404", "file-not-found"),
        ("rival", "request_product_import(@files/public)", "PT404", "file-not-found"),
        ("retailer", "request_product_import(@files/retailers)", "PT403", "not-a-brand"),
        ("viewer", "request_product_import(@files/private)", "PT403", "role-too-low"),
        ("viewer", f"upsert_products({ONE})", "PT403", "role-too-low"),
        ("retailer", f"upsert_products({ONE})", "PT403", "not-a-brand"),
        ("brand", "upsert_products(null)", "PT422", "invalid-products"),
        ("brand", "upsert_products('{}')", "PT422", "invalid-products"),
        ("brand", "upsert_products('[]')", "PT422", "invalid-products"),
        ("brand", "upsert_products('[1]')", "PT422", "invalid-products"),
        ("brand", """upsert_products('[{"product_title": "x"}]')""", "PT422", "invalid-products"),
        ("brand", """upsert_products('[{"external_product_id": ""}]')""", "PT422", "invalid-products"),
        (
            "brand",
            """upsert_products('[{"external_product_id": "1"}, {"external_product_id": "1"}]')""",
            "PT422",
            "invalid-products",
        ),
        ("brand", "find_products('all', 'x')", "PT422", "invalid-scope"),
        ("brand", "find_products('own', 'x', p_limit => 0)", "PT422", "invalid-limit"),
        ("brand", "find_watch_models('all', 'x')", "PT422", "invalid-scope"),
        ("stranger", "find_products('published', 'x')", "PT401", "account-inactive"),
    ],
)
def test_what_is_refused(platform: Platform, caller: str, call: str, state: str, code: str) -> None:
    with platform.acting(caller) as connection, refused(state, code=code):
        connection.execute(with_ids(f"select {call}"))


def test_an_editor_works_for_the_account_and_is_named(platform: Platform) -> None:
    with platform.acting("editor") as connection:
        row = connection.execute(
            with_ids(
                "select created_by_user_id, requested_by_user_id from request_product_import(@files/private)"
            )
        ).fetchone()
        assert row == (id_of("brand"), id_of("editor"))
        connection.execute(f"select upsert_products({ONE})".encode())
        row = connection.execute(
            "select created_by_user_id from products where external_product_id = '1'"
        ).fetchone()
        assert row == (id_of("brand"),)


def test_an_upsert_sets_no_other_column(platform: Platform) -> None:
    product = {
        "external_product_id": "1",
        "product_title": "x",
        "product_id": str(id_of("a")),
        "created_by_user_id": str(id_of("rival")),
        "created_at": "2000-01-01",
        "variants": [{"external_variant_id": "v", "product_id": str(id_of("products/published"))}],
    }
    given = json.dumps([product])
    with platform.acting("brand") as connection:
        (product_id,) = connection.execute("select product_id from upsert_products(%s)", [given]).fetchone()
        assert product_id != id_of("a")
        row = connection.execute(
            "select p.created_by_user_id, p.created_at = now(), v.external_variant_id"
            " from products p join product_variants v using (product_id) where product_id = %s",
            [product_id],
        ).fetchone()
        assert row == (id_of("brand"), True, "v")


@pytest.mark.parametrize("caller", ["brand", "editor", "viewer", "rival", "retailer", "admin"])
def test_a_search_shows_what_the_policies_show(platform: Platform, caller: str) -> None:
    with platform.acting(caller) as connection:
        for scope, search, visible in (
            (
                "published",
                "product_id from find_products(%s, 'watch')",
                "product_id from products where published_at <= now()",
            ),
            (
                "own",
                "product_id from find_products(%s, 'wat')",
                "product_id from products where created_by_user_id = ddp.active_user_id()",
            ),
            (
                "active",
                "model_id from find_watch_models(%s, 'watch')",
                "model_id from watch_models where is_active",
            ),
            (
                "own",
                "model_id from find_watch_models(%s, 'wat')",
                "model_id from watch_models where created_by_user_id = ddp.active_user_id()",
            ),
        ):
            found = connection.execute(f"select {search}".encode(), [scope]).fetchall()
            expected = connection.execute(f"select {visible}".encode()).fetchall()
            assert sorted(found) == sorted(expected), (scope, search)


def test_names_of_retailers_are_for_brands_and_themselves(platform: Platform) -> None:
    ids = [id_of(name) for name in ("brand", "retailer", "friend", "admin")]
    known = {
        "brand": {"brand", "retailer", "friend", "admin"},
        "viewer": {"brand", "retailer", "friend", "admin"},
        "retailer": {"brand", "retailer", "admin"},
        "asleep": set(),
        "stranger": set(),
        "claimless": set(),
    }
    for caller, names in known.items():
        with platform.acting(caller) as connection:
            rows = connection.execute("select name from ddp.names_of(%s)", [ids]).fetchall()
            assert {row[0] for row in rows} == names, caller


@pytest.mark.parametrize(
    "words", ["a'b\\", "& | ! ( ) :*", "'':*", "\\", "x" * 5000, "a-b.c@d.e", "<->", "%_"]
)
def test_no_word_breaks_a_search(platform: Platform, words: str) -> None:
    with platform.acting("brand") as connection:
        connection.execute("select find_products('own', %s)", [words])
        connection.execute("update products set product_title = left(%s, 500)", [words])
        found = connection.execute("select find_products('own', %s)", [words[:500]]).fetchall()
        if any(letter.isalnum() for letter in words) and len(words) < 500:
            assert len(found) == 2
