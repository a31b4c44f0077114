"""Collections over HTTP: who creates, changes and sees them, and the order of their files."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from tests.database.functions.messaging import ask
from tests.database.platform import Platform


@pytest.fixture
def collection(platform: Platform) -> str:
    answer = ask(platform, "brand", "POST", "/collections", {"collection_name": "Spring"}, key="c")
    assert answer.status == 201, answer
    again = ask(platform, "brand", "POST", "/collections", {"collection_name": "Spring"}, key="c")
    assert again.body == answer.body
    return answer.body["collection_id"]


def files(platform: Platform, user: str, count: int) -> list[str]:
    """The ids of new live files, in a random order."""
    rows = platform.query(
        "insert into files (file_name, file_path, file_type, file_size, created_by_user_id)"
        " select 'f' || n, 'files/' || n, 'pdf', 1, %s from generate_series(1, %s) n returning file_id",
        platform.users[user],
        count,
    )
    return [str(row[0]) for row in rows]


def listed(platform: Platform, collection: str, user: str = "brand", **query: object) -> list[str]:
    answer = ask(platform, user, "GET", f"/collections/{collection}/files", **query)
    assert answer.status == 200, answer
    return [item["file_id"] for item in answer.body["items"]]


def test_a_collection_is_changed_published_and_deleted(platform: Platform, collection: str) -> None:
    path = f"/collections/{collection}"
    assert ask(platform, "retailer", "GET", path).status == 404
    changed = ask(
        platform,
        "brand",
        "PATCH",
        path,
        {"is_public": True, "metadata": {"a": 1}, "collection_description": "x"},
    )
    assert (changed.status, changed.body["collection_name"], changed.body["is_public"]) == (
        200,
        "Spring",
        True,
    )
    seen = ask(platform, "retailer", "GET", path).body
    assert seen["created_by"] == {"id": str(platform.users["brand"]), "name": "brand"}
    assert (seen["metadata"], seen["collection_description"]) == ({"a": 1}, "x")
    cleared = ask(platform, "brand", "PATCH", path, {"collection_description": None}).body
    assert (cleared["collection_description"], cleared["metadata"]) == (None, {"a": 1})
    public = ask(platform, "other", "GET", "/collections", scope="public").body["items"]
    assert collection in [item["collection_id"] for item in public]
    assert ask(platform, "other", "GET", "/collections").body["items"] == []
    for method, body in (("PATCH", {"collection_name": "Mine"}), ("DELETE", None)):
        assert ask(platform, "rival", method, path, body).status == 404, method
    assert ask(platform, "brand", "DELETE", path).status == 200
    assert ask(platform, "brand", "GET", path).status == 404


def test_pages_of_collections(platform: Platform) -> None:
    names = [f"c{n}" for n in range(5)]
    for name in names:
        ask(platform, "brand", "POST", "/collections", {"collection_name": name})
    found, cursor = [], {}
    while True:
        page = ask(platform, "brand", "GET", "/collections", limit=2, **cursor).body
        found += [item["collection_name"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == names[::-1]


def test_files_are_added_once_ordered_and_removed(platform: Platform, collection: str) -> None:
    path = f"/collections/{collection}/files"
    ids = files(platform, "brand", 5)
    assert ask(platform, "brand", "POST", path, {"file_ids": [*ids[:4], ids[0]]}).body == {"added": 4}
    assert ask(platform, "brand", "POST", path, {"file_ids": [ids[4], ids[1]]}).body == {"added": 1}
    assert listed(platform, collection) == ids
    order = [ids[3], ids[1]]
    assert ask(platform, "brand", "PUT", path, {"file_ids": order}).body == {"moved": 3}
    expected = [ids[3], ids[1], ids[0], ids[2], ids[4]]
    assert listed(platform, collection) == expected
    assert ask(platform, "brand", "PUT", path, {"file_ids": expected}).body == {"moved": 0}
    first = ask(platform, "brand", "GET", path, limit=2).body
    assert listed(platform, collection, cursor=first["next_cursor"], limit=100) == expected[2:]
    assert ask(platform, "brand", "DELETE", f"{path}/{ids[1]}").status == 200
    assert ask(platform, "brand", "DELETE", f"{path}/{ids[1]}").status == 404
    assert listed(platform, collection) == [ids[3], ids[0], ids[2], ids[4]]


def test_only_files_that_the_caller_sees_are_added_and_listed(platform: Platform, collection: str) -> None:
    path = f"/collections/{collection}/files"
    own, foreign = files(platform, "brand", 2), files(platform, "rival", 1)
    answer = ask(platform, "brand", "POST", path, {"file_ids": [own[0], foreign[0]]})
    assert (answer.status, answer.code, answer.body["missing"]) == (404, "file-not-found", foreign)
    assert listed(platform, collection) == []
    ask(platform, "brand", "POST", path, {"file_ids": own})
    platform.query("update files set deleted_at = now() where file_id = %s returning 1", UUID(own[0]))
    assert listed(platform, collection) == own[1:]
    ask(platform, "brand", "PATCH", f"/collections/{collection}", {"is_public": True})
    assert listed(platform, collection, "retailer") == own[1:], (
        "a public collection shows its creator's files"
    )
    for method, below, body in (
        ("POST", "", {"file_ids": own}),
        ("PUT", "", {"file_ids": own}),
        ("DELETE", f"/{own[1]}", None),
    ):
        assert ask(platform, "rival", method, path + below, body).status == 404, method


@pytest.mark.parametrize(
    "body",
    [
        {"collection_name": ""},
        {"collection_name": "x" * 256},
        {"collection_name": "x" * 200_000},
        {"collection_name": "line\nbreak"},
        {"collection_name": "nul\x00"},
        {"collection_name": "gnp.\u202ecod"},
        {"collection_name": "x", "collection_description": "x" * 5001},
        {"collection_name": "x", "metadata": {"x": "y" * 9000}},
        {"collection_name": "x", "created_by_user_id": str(uuid4())},
        {"collection_name": None},
    ],
)
def test_hostile_values_are_refused(platform: Platform, body: dict[str, object]) -> None:
    answer = ask(platform, "brand", "POST", "/collections", body)
    assert (answer.status, answer.code) == (422, "invalid-request"), answer


def test_names_of_right_to_left_languages_are_names(platform: Platform) -> None:
    answer = ask(platform, "brand", "POST", "/collections", {"collection_name": "ساعة الربيع"})
    assert (answer.status, answer.body["collection_name"]) == (201, "ساعة الربيع")


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WzEsIngiXQ", "W10", "WzFlOTksMV0"])
def test_cursors_that_are_none(platform: Platform, collection: str, cursor: str) -> None:
    answer = ask(platform, "brand", "GET", f"/collections/{collection}/files", cursor=cursor)
    assert (answer.status, answer.code) == (422, "invalid-cursor")
