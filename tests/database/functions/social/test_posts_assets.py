"""Posts with brand assets: under their licence, and not after their end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.database.functions.social.posts_world import codes, later


@pytest.fixture
def asset(posting) -> dict[str, str]:
    """A brand's asset that ends in five days."""
    file_id = posting.file("brand")
    body = {"file_id": file_id, "asset_name": "Key visual", "asset_type": "logo"}
    until = (datetime.now(UTC) + timedelta(days=5)).isoformat()
    answer = posting.platform.call("brand", "POST", "/brand-assets", body | {"available_until": until})
    assert answer.status == 201, answer
    return answer.body


def test_a_post_goes_out_before_its_asset_ends(posting, asset):
    media = [{"file_id": asset["file_id"]}]

    def found(**when: object) -> set[tuple[str, str]]:
        return codes(posting.check(media=media, **when)["posts"][0]["problems"])

    assert ("media[0]", "asset-ended") in found(when=later(6))
    assert ("media[0]", "asset-ends") not in found(when=later(4)) | found(when={"kind": "now"})
    assert ("media[0]", "asset-ends") in found()
    assert posting.make(media=media, when=later(6)).code == "invalid-post"
    assert posting.make(media=media, when=later(4)).status == 201
    assert posting.make(media=media).status == 201, "a draft may wait"


def test_a_retailer_posts_an_asset_whose_licence_it_accepted(posting, asset):
    platform = posting.platform
    path = f"/brand-assets/{asset['asset_id']}"
    licence = {"licence": {"version": "1", "text": "Be fair."}}
    assert platform.call("brand", "PATCH", path, licence).status == 200
    account = posting.account(user="retailer")
    asked = {"account_ids": [account], "media": [{"file_id": asset["file_id"]}], "when": later(2)}
    refused = posting.make("retailer", **asked)
    assert refused.status == 422
    assert ("media[0]", "licence-not-accepted") in codes(refused.body["posts"][0]["problems"])
    accepted = platform.call("retailer", "POST", f"{path}/licence/acceptances", {"licence_version": "1"})
    assert accepted.status == 201
    made = posting.make("retailer", **asked)
    assert made.status == 201, made
    assert posting.make(media=asked["media"], when=later(2)).status == 201, "the publisher needs none"


def test_a_worker_reads_what_keeps_an_asset_from_being_used(posting, asset):
    platform = posting.platform
    licence = {"licence": {"version": "1", "text": "Be fair."}}
    assert platform.call("brand", "PATCH", f"/brand-assets/{asset['asset_id']}", licence).status == 200

    def given(user: str, post: str) -> dict[str, object]:
        statement = "select ddp.media_of_post(%s, %s)"
        (media,) = platform.query(statement, post, platform.users[user])[0][0]
        return {key: media[key] for key in ("is_available", "ends_at", "unlicensed_asset_id")}

    post = posting.made(media=[{"file_id": asset["file_id"]}])["post_id"]
    assert given("retailer", post)["unlicensed_asset_id"] == asset["asset_id"]
    assert given("retailer", post)["is_available"] is True
    assert given("rival", post)["is_available"] is False
    seen = given("brand", post)
    assert (seen["is_available"], seen["unlicensed_asset_id"]) == (True, None)
    assert datetime.fromisoformat(seen["ends_at"]) == datetime.fromisoformat(asset["available_until"])


def test_a_post_in_a_blackout_of_the_campaign_is_refused_with_the_reason(posting):
    platform, campaign = posting.platform, posting.campaign("brand")
    group = posting.ask("brand", "POST", "/retailer-groups", {"group_name": "South"}).body["group_id"]
    path = f"/retailer-groups/{group}"
    assert posting.ask("brand", "PUT", f"{path}/members/{platform.users['retailer']}").status == 200
    now = datetime.now(UTC)
    period = {
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=4)).isoformat(),
        "reason": "Launch.",
    }
    assert posting.ask("brand", "POST", f"{path}/blackouts", period).status == 201
    platform.run(
        "insert into campaign_participants (campaign_id, retailer_id) values (%s, %s)",
        campaign, platform.users["retailer"],
    )  # fmt: skip
    asked = {"account_ids": [posting.account(user="retailer")], "campaign_id": campaign}
    refused = posting.make("retailer", when=later(2), **asked)
    (problem,) = refused.body["posts"][0]["problems"]
    assert (problem["field"], problem["code"]) == ("when", "blackout")
    assert "Launch." in problem["sentence"]
    assert posting.make("retailer", when=later(6), **asked).status == 201
    draft = posting.make("retailer", **asked).body["posts"][0]
    path = f"/social-posts/{draft['post_id']}/schedule"
    scheduled = posting.ask("retailer", "PUT", path, {"when": later(2)})
    assert scheduled.code == "invalid-post", scheduled
    free = posting.make("retailer", when=later(2), **asked | {"campaign_id": ...})
    assert free.status == 201
    moved = free.body["posts"][0]
    change = {"revision": moved["revision"], "campaign_id": campaign}
    refused = posting.ask("retailer", "PATCH", f"/social-posts/{moved['post_id']}", change)
    assert refused.code == "invalid-post", "the blackout of the campaign that it is moved to"
    held = posting.make("retailer", when=later(6), **asked).body["posts"][0]
    platform.run("update retailer_group_blackouts set ends_at = now() + interval '9 days'")
    change = {"revision": held["revision"], "campaign_id": None}
    out = posting.ask("retailer", "PATCH", f"/social-posts/{held['post_id']}", change)
    assert out.status == 200, "it is in no campaign any more, and in no blackout"
    assert posting.make(when=later(2), campaign_id=campaign).status == 201, "the brand itself goes on"
