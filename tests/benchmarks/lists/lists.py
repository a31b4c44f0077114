"""Lists that the HTTP functions run, among 1 M products and 100,000 accounts; floor: the best hand-written query."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ddp import cursors
from ddp.queries import load
from ddp.queries.campaigns.campaigns import SQL as CAMPAIGNS
from ddp.queries.catalogue.collections import SQL as COLLECTIONS
from ddp.queries.catalogue.products import SQL as PRODUCTS
from ddp.queries.catalogue.watch_models import SQL as MODELS
from ddp.queries.catalogue.wishes import SQL as WISHES
from ddp.queries.files.brand_assets import SQL as ASSETS
from ddp.queries.people.directory import SQL as DIRECTORY
from tests.benchmarks.lists.asking import OWN, SHARED, Query, Values, compare_among
from tests.benchmarks.measure import Row

PRODUCTS_IN_ALL = int(os.environ.get("DDP_BENCH_PRODUCTS", "1_000_000"))
BRANDS, PAGE = 200, 50
SCALE = {
    "products": PRODUCTS_IN_ALL,
    "brands": BRANDS,
    "retailers": PRODUCTS_IN_ALL // 10,
    "models": PRODUCTS_IN_ALL // 5,
    "collections": PRODUCTS_IN_ALL // 5,
    "campaigns": PRODUCTS_IN_ALL // 10,
}
SEEDS = (
    *("users", "user_words", "members", "products", "models", "wishes", "regional_wishes", "collections"),
    *("campaigns", "participants", "groups", "group_members", "assets"),
)
SQL = load(__file__)

# What the functions' queries leave out unless a request names it.
UNASKED = (
    *("status", "vendor", "product_type", "words", "tags", "brand_id", "query", "type", "after"),
    *("asset_type", "is_featured", "region", "after_region", "after_rank", "after_id"),
)


def rows() -> Iterator[Row]:
    """First pages of fifty, of accounts, campaigns, products, models, collections and wishes."""
    yield from compare_among(SQL, SEEDS, SCALE, _queries)


def _queries(subjects: Values) -> Iterator[Query]:
    """`of` is the name of the query by hand in lists.sql."""

    def query(caller: str, of: str, target: float, ruled: bytes, **asked: object) -> Query:
        page = cursors.parameters(None, PAGE)
        what = f"{caller}: {of.replace('_', ' ')}"
        parameters = dict.fromkeys(UNASKED) | page | asked | {"me": subjects[caller]}
        return Query(what=what, target=target, ruled=ruled, by_hand=getattr(SQL, of), parameters=parameters)

    yield query("retailer", "directory_of_brands", SHARED, DIRECTORY.search)
    yield query("brand", "directory_of_retailers", SHARED, DIRECTORY.search)
    yield query("brand", "directory_by_word", SHARED, DIRECTORY.search, query=subjects["retailers"])
    yield query("retailer", "open_campaigns", SHARED, CAMPAIGNS.list_open)
    yield query("retailer", "open_campaigns_by_brand", SHARED, CAMPAIGNS.list_open, query=subjects["brands"])
    yield query("brand", "own_campaigns", OWN, CAMPAIGNS.list_own)
    yield query("brand", "own_products", OWN, PRODUCTS.list_own)
    yield query("brand", "own_products_by_words", OWN, PRODUCTS.find_own, words=subjects["line"])
    yield query("retailer", "published_products", SHARED, PRODUCTS.list_published)
    line = {"words": subjects["line"]}
    yield query("retailer", "published_products_by_words", SHARED, PRODUCTS.find_published, **line)
    yield query(
        "retailer", "published_products_of_vendor", SHARED, PRODUCTS.list_published, vendor="vendor 7"
    )
    yield query("brand", "own_models", OWN, MODELS.list_own)
    yield query("retailer", "active_models", SHARED, MODELS.list_active)
    yield query("retailer", "models_of_brand", SHARED, MODELS.list_active, brand_id=subjects["brand"])
    words = {"scope": "active", "words": subjects["model"]}
    yield query("retailer", "models_by_words", SHARED, MODELS.find, **words)
    yield query("brand", "own_collections", OWN, COLLECTIONS.list_own)
    yield query("retailer", "public_collections", SHARED, COLLECTIONS.list_public)
    yield query("retailer", "brand_assets", SHARED, ASSETS.list_brand_assets)
    yield query("retailer", "own_wishes", OWN, WISHES.list_own)
    yield query("brand", "regional_wishes", OWN, WISHES.list_regional)
