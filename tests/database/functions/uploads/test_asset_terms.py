"""Brand assets open and end by themselves, and are downloaded only under an accepted licence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.database.functions.uploads.test_reconcile import Tell, tell  # noqa: F401 - a fixture

LICENCE = {"version": "1", "text": "Use it as it is."}


def moment(**ago: float) -> str:
    return (datetime.now(UTC) + timedelta(**ago)).isoformat()


def publish(platform, body: bytes = b"%PDF-1.7 one", **terms: object) -> dict:
    asked = {"file_id": platform.file("brand", body), "asset_name": "Key visual", "asset_type": "logo"}
    answer = platform.call("brand", "POST", "/brand-assets", asked | terms)
    assert answer.status == 201, answer
    return answer.body


def change(platform, asset: dict, user: str = "brand", **terms: object):
    return platform.call(user, "PATCH", f"/brand-assets/{asset['asset_id']}", terms)


def download(platform, asset: dict, user: str = "retailer"):
    return platform.call(user, "GET", f"/files/{asset['file_id']}/download")


def accept(platform, asset: dict, user: str = "retailer", version: str = "1", **rest: object):
    path = f"/brand-assets/{asset['asset_id']}/licence/acceptances"
    return platform.call(user, "POST", path, {"licence_version": version}, **rest)


def passes(platform, **time: float) -> None:
    """Let so much time pass for brand assets."""
    columns = ("available_from", "available_until", "changes_at")
    changes = ", ".join(f"{column} = {column} - %s" for column in columns)
    for statement, values in (
        ("set session_replication_role = replica", []),
        (f"update brand_assets set {changes}", [timedelta(**time)] * 3),
        ("update ddp.file_access set expires_at = expires_at - %s", [timedelta(**time)]),
        ("reset session_replication_role", []),
    ):
        platform.run(statement, *values)


def test_an_asset_opens_and_ends_by_itself(platform, tell: Tell):  # noqa: F811
    asset = publish(platform, available_from=moment(hours=1), available_until=moment(hours=3))
    path = f"/brand-assets/{asset['asset_id']}"
    assert download(platform, asset).status == platform.call("retailer", "GET", path).status == 404
    assert download(platform, asset, "brand").status == 200
    tell()
    assert download(platform, asset).status == 404, "not yet"

    passes(platform, hours=2)
    tell()
    assert download(platform, asset).status == platform.call("retailer", "GET", path).status == 200
    assert download(platform, asset, "rival").status == 404

    passes(platform, hours=2)
    assert download(platform, asset).status == 404, "an end needs nobody to look"
    tell()
    assert download(platform, asset).status == platform.call("retailer", "GET", path).status == 404
    assert platform.call("brand", "GET", path).status == 200
    due = "select changes_at from brand_assets where asset_id = %s"
    assert platform.query(due, asset["asset_id"]) == [(None,)]


def test_dates_change_and_go(platform):
    asset = publish(platform, available_from=moment(hours=1))
    assert change(platform, asset, available_from=None).body["available_from"] is None
    assert download(platform, asset).status == 200
    later = change(platform, asset, available_from=moment(hours=1), available_until=moment(hours=2))
    assert later.status == 200
    assert download(platform, asset).status == 404
    again = {"file_id": asset["file_id"], "asset_name": "New name", "asset_type": "logo"}
    kept = platform.call("brand", "POST", "/brand-assets", again).body
    assert (kept["asset_name"], kept["available_from"]) == ("New name", later.body["available_from"])


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"available_until": moment(hours=-1)}, "invalid-dates"),
        ({"available_from": moment(hours=2), "available_until": moment(hours=1)}, "invalid-dates"),
        ({"licence": {"version": "1"}}, "invalid-request"),
        ({"licence": {"version": " ", "text": "x"}}, "invalid-request"),
        ({"licence": {"version": "1", "text": "x" * 20_001}}, "invalid-request"),
        ({"available_until": "tomorrow"}, "invalid-request"),
        ({"price": 1}, "invalid-request"),
        ({}, "invalid-request"),
    ],
)
def test_terms_that_cannot_be(platform, terms, code):
    answer = change(platform, publish(platform), **terms)
    assert answer.status == 422, answer
    assert code in (answer.code, "invalid-request")


def test_a_licence_is_accepted_once_before_the_first_download(platform):
    asset = publish(platform, licence=LICENCE)
    refused = download(platform, asset)
    assert (refused.status, refused.code) == (409, "licence-not-accepted")
    assert f"/brand-assets/{asset['asset_id']}/licence/acceptances" in refused.body["detail"]
    shown = platform.call("retailer", "GET", f"/brand-assets/{asset['asset_id']}").body["licence"]
    assert shown == {**LICENCE, "accepted_at": None}
    downloads = "select count(*) from file_actions where action_type = 'DOWNLOAD' and file_id = %s"
    assert platform.query(downloads, asset["file_id"]) == [(0,)]

    accepted = accept(platform, asset, key="once")
    assert accepted.status == 201
    assert accepted.body["account_id"] == str(platform.users["retailer"])
    assert accept(platform, asset).body == accept(platform, asset, key="once").body == accepted.body
    assert download(platform, asset).status == 200
    assert download(platform, asset, "other").status == 409, "each account accepts for itself"
    assert download(platform, asset, "brand").status == download(platform, asset, "admin").status == 200


def test_a_new_version_is_accepted_again_and_an_accepted_one_keeps_its_text(platform):
    asset = publish(platform, licence=LICENCE)
    assert change(platform, asset, licence={"version": "1", "text": "Before anybody accepted."}).status == 200
    accept(platform, asset)
    changed = change(platform, asset, licence={"version": "1", "text": "Another text."})
    assert (changed.status, changed.code) == (409, "licence-version-taken")
    assert change(platform, asset, licence={"version": "2", "text": "Another text."}).status == 200
    assert download(platform, asset).code == "licence-not-accepted"
    old = accept(platform, asset)
    assert (old.status, old.code, old.body["licence_version"]) == (409, "licence-changed", "2")
    assert accept(platform, asset, version="2").status == 201
    assert download(platform, asset).status == 200
    assert change(platform, asset, licence=None).status == 200
    assert accept(platform, asset, "other").code == "no-licence"
    assert download(platform, asset, "other").status == 200


def test_who_sees_an_acceptance(platform):
    asset = publish(platform, licence=LICENCE)
    path = f"/brand-assets/{asset['asset_id']}/licence/acceptances"
    for user in ("retailer", "other"):
        accept(platform, asset, user)

    def seen(user: str) -> list[str]:
        return [item["account_id"] for item in platform.call(user, "GET", path, limit=10).body["items"]]

    users = {name: str(user_id) for name, user_id in platform.users.items()}
    assert seen("brand") == seen("admin") == [users["other"], users["retailer"]]
    assert (seen("retailer"), seen("other"), seen("rival")) == ([users["retailer"]], [users["other"]], [])
    page = platform.call("brand", "GET", path, limit=1).body
    assert (
        platform.call("brand", "GET", path, limit=1, cursor=page["next_cursor"]).body["items"][0][
            "account_id"
        ]
        == (users["retailer"])
    )


def test_what_is_not_seen_is_not_accepted_or_changed(platform):
    asset = publish(platform, licence=LICENCE, available_from=moment(hours=1))
    assert accept(platform, asset).status == accept(platform, asset, "rival").status == 404
    assert accept(platform, {"asset_id": uuid4()}).status == 404
    assert accept(platform, asset, "brand").code == "own-asset"
    for user in ("retailer", "rival"):
        assert change(platform, asset, user, available_from=None).status == 404
    platform.call("brand", "DELETE", f"/brand-assets/{asset['asset_id']}")
    assert change(platform, asset, available_from=None).code == "asset-not-found"
    assert accept(platform, asset).status == 404


def test_what_is_about_to_end_is_listed_with_what_uses_it(platform):
    soon, later = (
        publish(platform, f"%PDF-1.7 {days}".encode(), available_until=moment(days=days)) for days in (2, 9)
    )
    publish(platform, b"%PDF-1.7 never")
    owner = platform.users["brand"]
    campaign = platform.query(
        "insert into campaigns (campaign_name, created_by_user_id) values ('Spring', %s) returning campaign_id",
        owner,
    )[0][0]
    draft = platform.query(
        "insert into email_campaigns (campaign_id, email_subject, email_content, sender_email, created_by_user_id,"
        " attachments) values (%s, 'News', 'x', 'x@example.com', %s, jsonb_build_array(%s::text))"
        " returning email_campaign_id",
        campaign, owner, soon["file_id"],
    )[0][0]  # fmt: skip
    account = platform.query(
        "insert into social_accounts (user_id, platform, account_handle, access_token_encrypted)"
        " values (%s, 'facebook', 'shop', 'x') returning account_id",
        platform.users["retailer"],
    )[0][0]
    post = platform.query(
        "insert into social_posts (account_id, post_content) values (%s, 'Hello') returning post_id", account
    )[0][0]
    platform.run(
        "insert into social_post_media (post_id, position, file_id) values (%s, 0, %s)", post, soon["file_id"]
    )

    # Retailers see the assets of other tests too.
    ours = {soon["asset_id"], later["asset_id"]}

    def listed(user: str, days: int, **rest: object) -> list[tuple]:
        answer = platform.call(user, "GET", "/brand-assets", ends_before=moment(days=days), **rest)
        assert answer.status == 200, answer
        return [
            (item["asset_id"], [(use["kind"], use["id"]) for use in item["uses"]])
            for item in answer.body["items"]
            if item["asset_id"] in ours
        ]

    assert listed("brand", 3) == [(soon["asset_id"], [("email_campaign", str(draft))])]
    assert listed("brand", 10, limit=1) == listed("brand", 3)
    assert [asset for asset, _ in listed("brand", 10)] == [soon["asset_id"], later["asset_id"]]
    assert listed("retailer", 3) == [(soon["asset_id"], [("social_post", str(post))])]
    assert listed("rival", 10) == listed("brand", 1) == []
    assert "uses" not in platform.call("brand", "GET", "/brand-assets").body["items"][0] or (
        platform.call("brand", "GET", "/brand-assets").body["items"][0]["uses"] is None
    )
