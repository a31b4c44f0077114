"""Lists in every order that the API offers: without gaps, with equal values and nulls, and only what was asked for."""

from __future__ import annotations

import json
from functools import partial
from itertools import pairwise

import pytest

from ddp.queries.campaigns import campaigns
from ddp.queries.catalogue import products
from ddp.queries.files import files
from tests import lambdas
from tests.database.functions.messaging import ask

DOCUMENT = json.loads((lambdas.EVENTS.parent / "functions/openapi.json").read_text())
LISTS = {"/files": files.LISTS, "/products": products.LISTS, "/campaigns": campaigns.LISTS}
FILES = """
    insert into files (file_name, file_type, file_size, file_path, created_by_user_id, created_at, deleted_at,
        content_sha256)
    select (array['a', 'B', 'c'])[1 + n %% 3], 'image', 1 + n %% 4, 'files/' || n, %s,
        now() - n %% 5 * interval '1 hour', case when n %% 2 = 0 then now() - n %% 3 * interval '1 hour' end,
        sha256(n::text::bytea)
    from generate_series(1, 24) n returning 1
"""
PRODUCTS = """
    insert into products (product_title, created_by_user_id, created_at, published_at)
    select (array['a', 'B', 'c'])[1 + n %% 3], %s, now() - n %% 5 * interval '1 hour',
        now() - n %% 4 * interval '1 hour'
    from generate_series(1, 12) n returning 1
"""
CAMPAIGNS = """
    insert into campaigns (campaign_name, created_by_user_id, created_at, start_date)
    select 'x', %s, now() - n %% 5 * interval '1 hour', case when n %% 3 > 0 then now() + n %% 3 * interval '1 day' end
    from generate_series(1, 12) n returning 1
"""
KEYS = {"/files": "file_id", "/products": "product_id", "/campaigns": "campaign_id"}
ORDERS = [
    (path, scope, sort, order)
    for path, lists in LISTS.items()
    for scope, listing in lists.items()
    for sort in listing.sorts
    for order in ("asc", "desc")
]


@pytest.fixture
def crowd(platform):
    for statement in (FILES, PRODUCTS, CAMPAIGNS):
        platform.query(statement, platform.users["rival"])
    return platform


def call(platform, path: str, **query: object) -> lambdas.Answer:
    calls = platform.call if path == "/files" else partial(ask, platform)
    return calls("rival", "GET", path, **query)


def scoped(scope: str) -> dict[str, object]:
    return {"scope": "own", "deleted": "true"} if scope == "deleted" else {"scope": scope}


def paged(platform, path: str, **asked: object) -> list[dict]:
    items: list[dict] = []
    while True:
        answer = call(platform, path, limit=5, **asked)
        assert answer.status == 200, answer
        items += answer.body["items"]
        if answer.body["next_cursor"] is None:
            return items
        asked["cursor"] = answer.body["next_cursor"]


def ids(path: str, items: list[dict]) -> list[str]:
    return [item[KEYS[path]] for item in items]


def test_pages_have_every_row_once_in_order(crowd):
    wrong = []
    for path, scope, sort, order in ORDERS:
        usual = ids(path, paged(crowd, path, **scoped(scope)))
        items = paged(crowd, path, sort=sort, order=order, **scoped(scope))
        if sorted(ids(path, items)) != sorted(usual) or not in_order(items, sort, KEYS[path], order):
            wrong.append((path, scope, sort, order))
    assert wrong == []


def in_order(items, sort, key, order) -> bool:
    """By the value, nulls as the greatest, then by the id. How "B" compares to "a" is the database's to say."""
    values = [(item[sort] is None, item[sort] or 0, item[key]) for item in items]
    rises = [before < after for before, after in pairwise(values) if "B" not in (before[1], after[1])]
    return all(rises) if order == "asc" else not any(rises)


def test_a_list_without_words_about_its_order_is_the_usual_one(crowd):
    for path, lists in LISTS.items():
        usual = next(iter(lists["own"].sorts))
        assert paged(crowd, path, scope="own") == paged(crowd, path, scope="own", sort=usual, order="desc")


def test_a_period_keeps_what_was_made_in_it(crowd):
    for path in LISTS:
        made = [item["created_at"] for item in paged(crowd, path, scope="own")]
        since, until = sorted(set(made))[1], sorted(set(made))[3]
        for sort in ({}, {"sort": list(LISTS[path]["own"].sorts)[-1]}):
            kept = paged(crowd, path, scope="own", since=since, until=until, **sort)
            assert sorted(item["created_at"] for item in kept) == sorted(
                t for t in made if since <= t < until
            )


def test_what_a_list_cannot_be_sorted_by_is_refused_with_what_it_can(crowd):
    answer = call(crowd, "/files", sort="sha256")
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "query.sort")
    assert "'file_name'" in answer.body["detail"]
    answer = call(crowd, "/files", scope="shared", sort="file_name")
    assert (answer.code, answer.body["detail"]) == (
        "invalid-sort",
        "sort: this list can be sorted by created_at.",
    )
    for path, query in (("/products", {"q": "a"}), ("/campaigns", {"scope": "open"})):
        assert call(crowd, path, order="asc", **query).code == "invalid-sort", path


def test_a_cursor_of_another_order_is_refused(crowd):
    cursor = call(crowd, "/files", sort="file_name", limit=1).body["next_cursor"]
    for asked in ({}, {"sort": "file_size"}, {"sort": "file_name", "order": "desc"}):
        assert call(crowd, "/files", cursor=cursor, **asked).code == "invalid-cursor", asked


@pytest.mark.parametrize("path", LISTS)
def test_the_document_names_the_sorts_that_there_are(path):
    (sort,) = [p for p in DOCUMENT["paths"][path]["get"]["parameters"] if p.get("name") == "sort"]
    assert set(sort["schema"]["enum"]) == {name for listing in LISTS[path].values() for name in listing.sorts}
