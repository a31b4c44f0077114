"""Files: visibility, downloads, history, trash, shares and brand assets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
import requests

from tests import lambdas
from tests.database.platform import PDF
from tests.unit.functions.uploads.samples import picture

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()


def bodies(count: int) -> list[bytes]:
    return [PDF + str(number).encode() for number in range(count)]


def listed(platform, user: str, **query: object) -> list[str]:
    answer = platform.call(user, "GET", "/files", **query)
    assert answer.status == 200, answer
    return [file["file_id"] for file in answer.body["items"]]


def share(platform, file_id: str, user: str = "brand", key: str | None = None, **body: object):
    return platform.call(user, "POST", f"/files/{file_id}/shares", {"expires_at": TOMORROW} | body, key=key)


def history(platform, file_id: str) -> list[tuple[object, str]]:
    return platform.query(
        "select user_id, action_type::text from file_actions where file_id = %s order by action_timestamp",
        file_id,
    )


def test_a_list_is_paged_newest_first_without_gaps(platform):
    files = [platform.file("brand", body) for body in bodies(5)]
    platform.file("rival")
    # All have the same time, so that the id decides the order.
    platform.query(
        "update files set created_at = '2026-01-01Z' where created_by_user_id = %s returning 1",
        platform.users["brand"],
    )
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = platform.call("brand", "GET", "/files", limit=2, **cursor).body
        seen += [file["file_id"] for file in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == sorted(files, reverse=True)


def test_a_list_is_narrowed_by_kind(platform):
    platform.file("brand")
    image = platform.file("brand", picture("PNG"), content_type="image/png")
    assert listed(platform, "brand", file_type="image") == [image]
    assert listed(platform, "brand", file_type="audio") == []


@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"scope": "all"}, {"file_type": "exe"}, {"cursor": "x"},
     {"cursor": "x" * 201}, {"deleted": "maybe"}, {"deleted": "true", "scope": "shared"}],
    ids=str,
)  # fmt: skip
def test_a_list_that_cannot_be_is_refused(platform, query):
    assert platform.call("brand", "GET", "/files", **query).status == 422


def test_a_file_is_seen_by_its_owner_and_those_it_is_shared_with(platform):
    file_id = platform.file("brand")
    path = f"/files/{file_id}"
    assert platform.call("brand", "GET", path).status == 200
    assert platform.call("admin", "GET", path).status == 200
    assert platform.call("retailer", "GET", path).status == 404
    assert listed(platform, "retailer", scope="shared") == []

    shared = share(platform, file_id, shared_with_user_id=str(platform.users["retailer"]))
    assert (shared.status, shared.body["token"], shared.body["url"]) == (201, None, None)
    assert platform.call("retailer", "GET", path).status == 200
    assert platform.call("retailer", "GET", f"{path}/download").status == 200
    assert listed(platform, "retailer", scope="shared") == [file_id]
    assert listed(platform, "retailer") == []
    assert platform.call("other", "GET", path).status == 404

    revoked = platform.call("brand", "DELETE", f"{path}/shares/{shared.body['share_id']}")
    assert revoked.body["revoked_at"] is not None
    assert platform.call("retailer", "GET", path).status == 404
    assert listed(platform, "retailer", scope="shared") == []


def test_a_share_that_ended_is_listed_for_nobody_not_even_an_administrator(platform):
    file_id = platform.file("brand")
    made = share(platform, file_id, shared_with_user_id=str(platform.users["admin"])).body
    assert listed(platform, "admin", scope="shared") == [file_id]
    platform.call("brand", "DELETE", f"/files/{file_id}/shares/{made['share_id']}")
    assert listed(platform, "admin", scope="shared") == []


def test_a_share_is_found_under_its_own_file_only(platform):
    one, other = (platform.file("brand", body) for body in bodies(2))
    made = share(platform, one, public_link=True).body
    assert platform.call("brand", "DELETE", f"/files/{other}/shares/{made['share_id']}").status == 404
    assert platform.call(None, "GET", urlsplit(made["url"]).path).status == 200


def test_nobody_else_does_anything_with_a_file(platform):
    file_id = platform.file("brand")
    made = share(platform, file_id, public_link=True).body
    for user in ("rival", "retailer"):
        for method, path, body in (
            ("GET", f"/files/{file_id}", None),
            ("GET", f"/files/{file_id}/download", None),
            ("DELETE", f"/files/{file_id}", None),
            ("POST", f"/files/{file_id}/restore", None),
            ("POST", f"/files/{file_id}/actions", {"action_type": "VIEW"}),
            ("POST", f"/files/{file_id}/shares", {"public_link": True, "expires_at": TOMORROW}),
            ("DELETE", f"/files/{file_id}/shares/{made['share_id']}", None),
            ("POST", "/brand-assets", {"file_id": file_id, "asset_name": "a", "asset_type": "b"}),
        ):
            answer = platform.call(user, method, path, body)
            assert answer.status == 404, (user, method, path, answer)
        assert platform.call(user, "GET", f"/files/{file_id}/shares").body["items"] == []
    assert len(history(platform, file_id)) == 2  # recorded by its upload and by sharing it


def test_whom_it_is_shared_with_may_not_do_what_the_owner_may(platform):
    file_id = platform.file("brand")
    share(platform, file_id, shared_with_user_id=str(platform.users["retailer"]))
    for method, path, body in (
        ("DELETE", f"/files/{file_id}", None),
        ("POST", f"/files/{file_id}/actions", {"action_type": "EDIT"}),
        ("POST", f"/files/{file_id}/shares", {"public_link": True, "expires_at": TOMORROW}),
    ):
        assert platform.call("retailer", method, path, body).status == 403


def test_without_a_token_nothing_is_there(platform):
    for method, path in (
        ("GET", "/files"),
        ("POST", "/uploads"),
        ("GET", "/brand-assets"),
        ("GET", f"/files/{uuid4()}"),
    ):
        answer = platform.call(None, method, path, {} if method == "POST" else None)
        assert answer.status in {401, 422}, answer


def test_a_download_saves_under_the_files_name_and_is_recorded(platform):
    file_id = platform.file("brand", file_name='Preis"liste 2026.pdf')
    answer = platform.call("brand", "GET", f"/files/{file_id}/download")
    assert answer.headers["Cache-Control"] == "no-store"
    query = parse_qs(urlsplit(answer.body["url"]).query)
    assert query["X-Amz-Expires"] == ["300"]
    assert query["response-content-disposition"] == [
        "attachment; filename=\"Preis_liste 2026.pdf\"; filename*=UTF-8''Preis%22liste%202026.pdf"
    ]
    downloaded = requests.get(answer.body["url"], timeout=5)
    assert (downloaded.content, downloaded.headers["Content-Type"]) == (PDF, "application/octet-stream")
    assert history(platform, file_id)[1:] == [(platform.users["brand"], "DOWNLOAD")]
    assert platform.query(
        "select host(ip_address), user_agent from file_actions where file_id = %s and action_type = 'DOWNLOAD'",
        file_id,
    ) == [("203.0.113.7", "Mozilla/5.0")]


def test_a_download_can_redirect(platform):
    file_id = platform.file("brand")
    answer = platform.call("brand", "GET", f"/files/{file_id}/download", redirect="true")
    assert (answer.status, answer.headers["Location"]) == (302, answer.body["url"])
    assert f"/files/{file_id}?" in answer.body["url"]


def test_actions_are_recorded_as_sent(platform):
    file_id = platform.file("brand")
    answer = platform.call(
        "brand", "POST", f"/files/{file_id}/actions", {"action_type": "VIEW", "metadata": {"page": 3}}
    )
    assert answer.status == 201
    assert platform.query(
        "select file_id::text, metadata from file_actions where action_id = %s", answer.body["action_id"]
    ) == [(file_id, {"page": 3})]


@pytest.mark.parametrize(
    "body",
    [{"action_type": "UPLOAD"}, {"action_type": "DELETE"}, {"action_type": "view"}, {},
     {"action_type": "VIEW", "metadata": []}, {"action_type": "VIEW", "metadata": {"a": "\x00"}},
     {"action_type": "VIEW", "metadata": {"a": "x" * 9000}}, {"action_type": "VIEW", "metadata": {"a": "\ud800"}}],
    ids=lambda body: ascii(body)[:60],
)  # fmt: skip
def test_actions_that_cannot_be_are_refused(platform, body):
    file_id = platform.file("brand")
    assert platform.call("brand", "POST", f"/files/{file_id}/actions", body).status == 422
    assert len(history(platform, file_id)) == 1


def test_the_trash(platform):
    file_id = platform.file("brand")
    path = f"/files/{file_id}"
    share(platform, file_id, shared_with_user_id=str(platform.users["retailer"]))
    deleted = platform.call("brand", "DELETE", path)
    assert deleted.body["deleted_at"] is not None
    assert listed(platform, "brand") == []
    assert listed(platform, "brand", deleted="true") == [file_id]
    assert platform.call("brand", "GET", path).body["deleted_at"] is not None
    assert platform.call("brand", "GET", f"{path}/download").status == 404
    assert platform.call("retailer", "GET", path).status == 404

    assert platform.call("brand", "POST", f"{path}/restore").body["deleted_at"] is None
    assert listed(platform, "brand") == [file_id]
    assert platform.call("retailer", "GET", path).status == 200


def test_a_file_whose_content_is_live_again_cannot_be_restored(platform):
    old = platform.file("brand")
    platform.call("brand", "DELETE", f"/files/{old}")
    new = platform.file("brand")
    answer = platform.call("brand", "POST", f"/files/{old}/restore")
    assert (answer.status, answer.body.get("file_id")) == (409, new)


def test_a_public_link_shows_and_gives_the_file_to_whoever_has_it(platform):
    file_id = platform.file("brand")
    made = share(platform, file_id, public_link=True).body
    path = f"/shares/{made['token']}"
    assert made["url"] == f"{lambdas.PUBLIC_URL}{path}"
    seen = platform.call(None, "GET", path)
    assert (seen.status, seen.body["file_name"]) == (200, "Price list.pdf")
    assert "file_id" not in seen.body
    given = platform.call(None, "GET", f"{path}/download")
    assert requests.get(given.body["url"], timeout=5).content == PDF
    assert platform.call(None, "GET", f"{path}/download", redirect="true").status == 302
    assert history(platform, file_id)[2:] == [(None, "VIEW"), (None, "DOWNLOAD"), (None, "DOWNLOAD")]


def test_a_links_token_is_kept_nowhere(platform):
    file_id = platform.file("brand")
    made = share(platform, file_id, key="link-1", public_link=True).body
    again = share(platform, file_id, key="link-1", public_link=True)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.body["share_id"], again.body["token"], again.body["url"]) == (made["share_id"], None, None)
    shares = platform.call("brand", "GET", f"/files/{file_id}/shares").body["items"]
    assert [item["share_id"] for item in shares] == [made["share_id"]]
    for table in ("file_shares", "idempotency_keys", "file_actions"):
        assert platform.query(
            f"select count(*) from {table} t where t::text like %s", f"%{made['token']}%"
        ) == [(0,)]


def test_a_link_that_ended_and_one_that_never_was_are_alike(platform):
    file_id = platform.file("brand")
    ended = {how: share(platform, file_id, public_link=True).body for how in ("revoked", "expired")}
    platform.call("brand", "DELETE", f"/files/{file_id}/shares/{ended['revoked']['share_id']}")
    platform.query(
        "update file_shares set created_at = now() - interval '2 days', expires_at = now() - interval '1 day'"
        " where share_id = %s returning 1",
        ended["expired"]["share_id"],
    )
    tokens = [made["token"] for made in ended.values()] + ["A" * 43]
    answers = [
        platform.call(None, "GET", f"/shares/{token}{path}") for token in tokens for path in ("", "/download")
    ]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.body["detail"] for answer in answers}) == 1


@pytest.mark.parametrize(
    "token", ["x", "A" * 42, "A" * 44, "A" * 42 + "\x00", "%00" * 15, "'; drop table files"]
)
def test_what_is_no_token_is_not_looked_up(platform, token):
    assert platform.call(None, "GET", f"/shares/{token}").status == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid-share-target"),
        ({"public_link": True, "shared_with_user_id": str(UUID(int=1))}, "invalid-share-target"),
        ({"public_link": True, "expires_at": None}, "invalid-request"),
        ({"public_link": True, "expires_at": "2030-01-01T00:00:00"}, "invalid-request"),
        ({"public_link": True, "expires_at": "2020-01-01T00:00:00Z"}, "invalid-expiry"),
        (
            {"public_link": True, "expires_at": "2099-01-01T00:00:00Z"},
            "invalid-expiry",
        ),
        ({"public_link": True, "expires_at": "9999-12-31T23:59:59-12:00"}, "invalid-expiry"),
    ],
    ids=str,
)
def test_shares_that_cannot_be_are_refused(platform, body, code):
    answer = share(platform, platform.file("brand"), **body)
    assert (answer.status, answer.code) == (422, code)


def test_sharing_with_nobody_is_refused(platform):
    answer = share(platform, platform.file("brand"), shared_with_user_id=str(uuid4()))
    assert answer.status == 404


def test_a_published_file_is_every_retailers_and_no_competitors(platform):
    file_id = platform.file("brand", picture("PNG"), content_type="image/png")
    body = {"file_id": file_id, "asset_name": "Key visual", "asset_type": "key-visual", "is_featured": True}
    published = platform.call("brand", "POST", "/brand-assets", body)
    assert published.status == 201
    path = f"/brand-assets/{published.body['asset_id']}"

    seen = platform.call("retailer", "GET", path).body
    assert (seen["asset_name"], seen["file"]["file_id"], len(seen["file"]["thumbnails"])) == (
        "Key visual",
        file_id,
        1,
    )
    assert file_id in listed(platform, "retailer", scope="assets")
    assert file_id in assets(platform, "retailer", is_featured="true", asset_type="key-visual")
    assert file_id not in assets(platform, "retailer", is_featured="false")
    assert file_id in assets(platform, "brand")
    assert platform.call("rival", "GET", path).status == 404
    assert file_id not in assets(platform, "rival")
    assert file_id not in listed(platform, "rival", scope="assets")

    for user in ("rival", "retailer"):
        assert platform.call(user, "DELETE", path).status == 404
    assert platform.call("brand", "DELETE", path).status == 200
    assert platform.call("retailer", "GET", path).status == 404
    assert platform.call("retailer", "GET", f"/files/{file_id}").status == 404
    assert platform.call("brand", "GET", f"/files/{file_id}").body["is_brand_asset"] is False


def test_a_retailer_publishes_nothing(platform):
    file_id = platform.file("retailer")
    answer = platform.call(
        "retailer", "POST", "/brand-assets", {"file_id": file_id, "asset_name": "a", "asset_type": "b"}
    )
    assert (answer.status, answer.code) == (403, "not-a-brand")


@pytest.mark.parametrize(
    "changes",
    [{"asset_name": ""}, {"asset_name": " "}, {"asset_name": "a\x00"}, {"asset_name": "\ud800"},
     {"asset_name": "a" * 501}, {"asset_type": "a" * 51}, {"metadata": {"a": float("nan")}}, {"file_id": "x"}],
    ids=ascii,
)  # fmt: skip
def test_assets_that_cannot_be_are_refused(platform, changes):
    body = {"file_id": platform.file("brand"), "asset_name": "a", "asset_type": "b"} | changes
    assert platform.call("brand", "POST", "/brand-assets", body).status == 422
    assert platform.count("brand_assets") == 0


def assets(platform, user: str, **query: object) -> list[str]:
    items = platform.call(user, "GET", "/brand-assets", limit=100, **query).body["items"]
    return [item["file_id"] for item in items]


@pytest.mark.parametrize("depth", [33, 255, 900])
def test_no_brand_can_break_the_list_of_brand_assets(platform, depth):
    """Every retailer lists what one brand publishes, so nesting that cannot be serialised must be refused."""
    file_id = platform.file("brand", b"%PDF-1.7\n" + str(depth).encode())
    metadata = '{"x": ' + "[" * depth + "]" * depth + "}"
    body = f'{{"file_id": "{file_id}", "asset_name": "Logo", "asset_type": "logo", "metadata": {metadata}}}'
    assert platform.call("brand", "POST", "/brand-assets", body).code == "invalid-metadata"
    assert platform.call("retailer", "GET", "/brand-assets").status == 200
