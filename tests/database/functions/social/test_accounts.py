"""Accounts of platforms over HTTP: seen, named, disconnected; what the platform says; slots, budgets, rules."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.database.functions.social.conftest import PLATFORMS, Social
from tests.database.functions.social.members import member

FACTS: dict[str, set[str]] = {
    "facebook": set(),
    "instagram": {"posts_of_24_hours", "posts_left"},
    "twitter": {"is_premium"},
    "linkedin": set(),
    "tiktok": {"privacy", "comments_are_off", "duets_are_off", "stitches_are_off", "longest_seconds"},
    "youtube": {"takes_long_videos"},
}


def path(account: dict[str, Any], below: str = "") -> str:
    return f"/social-accounts/{account['account_id']}{below}"


@pytest.mark.parametrize("on", PLATFORMS)
def test_what_the_platform_says_now(social: Social, on: str) -> None:
    shown = social.ask("brand", "GET", path(social.connected(on))).body
    assert set(shown["facts"]) == FACTS[on]
    assert shown["facts_reason"] is None


def test_a_platform_that_does_not_answer_leaves_the_account_as_it_is(social: Social) -> None:
    account = social.connected("instagram")
    social.running.client.fail("error_before", "instagram.limit")
    shown = social.ask("brand", "GET", path(account))
    assert (shown.status, shown.body["facts"]) == (200, None)
    assert shown.body["facts_reason"] == "Instagram did not answer in time: try again in a minute."
    assert shown.body["account_handle"] == account["account_handle"]


def test_the_time_of_the_question_is_bounded(social: Social, monkeypatch: pytest.MonkeyPatch) -> None:
    from functions.social.access import facts

    account = social.connected("instagram")
    monkeypatch.setattr(facts, "_SECONDS", 0.05)
    social.running.client.fail("slow", "instagram.limit", seconds=2)
    shown = social.ask("brand", "GET", path(account)).body
    assert shown["facts_reason"] == "Instagram did not answer in time: try again in a minute."


def test_a_token_that_the_platform_no_longer_takes(social: Social) -> None:
    account = social.connected("tiktok")
    social.running.client.expire("tiktok", "access")
    shown = social.ask("brand", "GET", path(account)).body
    assert shown["facts_reason"] == "TikTok no longer takes the account's token: connect it again."


def test_a_token_that_can_no_longer_be_decrypted(social: Social) -> None:
    account = social.connected("tiktok")
    social.change(
        "update social_accounts set access_token_encrypted = 'Zm9yZ290dGVu' where account_id = %s",
        account["account_id"],
    )
    shown = social.ask("brand", "GET", path(account)).body
    assert shown["facts_reason"] == "TikTok no longer takes the account's token: connect it again."


def test_a_viewer_sees_the_account_and_asks_no_platform(social: Social) -> None:
    account = social.connected("twitter")
    viewer = member(social.platform, "brand", "viewer")
    shown = social.ask(viewer.user, "GET", path(account), account=viewer.account)
    assert (shown.status, shown.body["facts"]) == (200, None)
    assert shown.body["facts_reason"].startswith("Only editors and owners")


def test_accounts_are_seen_by_their_tenant_and_administrators(social: Social) -> None:
    account = social.connected("twitter")
    assert social.ask("rival", "GET", path(account)).status == 404
    assert social.ask("retailer", "GET", path(account)).status == 404
    assert social.ask("admin", "GET", path(account)).status == 200
    assert social.ask("rival", "GET", "/social-accounts").body["items"] == []
    ids = {each["account_id"] for each in social.ask("admin", "GET", "/social-accounts").body["items"]}
    assert account["account_id"] in ids
    assert social.ask("brand", "GET", f"/social-accounts/{uuid4()}").status == 404


def test_accounts_are_listed_by_pages_and_filters(social: Social) -> None:
    made = [social.connected(platform)["account_id"] for platform in PLATFORMS]
    linkedin = social.ask("brand", "GET", "/social-accounts", platform="linkedin").body["items"]
    assert {each["platform"] for each in linkedin} == {"linkedin"}
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = social.ask("brand", "GET", "/social-accounts", limit=2, **cursor).body
        seen += [each["account_id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len(seen) == len(set(seen)) == 7, "LinkedIn has two"
    assert set(made) <= set(seen)
    assert social.ask("brand", "GET", "/social-accounts", status="reconnect").body["items"] == []


def test_name_and_time_zone_are_changed(social: Social) -> None:
    account = social.connected("twitter")
    changed = social.ask("brand", "PATCH", path(account), {"account_name": "Our X"}).body
    assert (changed["account_name"], changed["time_zone"]) == ("Our X", None)
    changed = social.ask("brand", "PATCH", path(account), {"time_zone": "Europe/Zurich"}).body
    assert (changed["account_name"], changed["time_zone"]) == ("Our X", "Europe/Zurich")
    changed = social.ask("brand", "PATCH", path(account), {"time_zone": None, "account_name": None}).body
    assert (changed["account_name"], changed["time_zone"]) == (None, None)
    refused = social.ask("brand", "PATCH", path(account), {"time_zone": "Europe/Atlantis"})
    assert (refused.status, refused.code) == (422, "invalid-time-zone")
    assert social.ask("brand", "PATCH", path(account), {}).status == 422
    assert social.ask("brand", "PATCH", path(account), {"account_name": "a\x00b"}).status == 422
    assert social.ask("rival", "PATCH", path(account), {"account_name": "Mine"}).status == 404


def test_editors_set_the_time_zone_and_owners_the_name(social: Social) -> None:
    account = social.connected("twitter")
    for role, zone, name in (("editor", 200, 403), ("viewer", 403, 403)):
        acting = member(social.platform, "brand", role)
        as_member = {"account": acting.account}
        answers = [
            social.ask(acting.user, "PATCH", path(account), {"time_zone": "Asia/Tokyo"}, **as_member),
            social.ask(acting.user, "PATCH", path(account), {"account_name": "X"}, **as_member),
            social.ask(acting.user, "DELETE", path(account), posts="hold", **as_member),
        ]
        assert [answer.status for answer in answers] == [zone, name, 403]
    assert social.token(account), "nothing was revoked or forgotten"
    assert social.ask("brand", "GET", path(account)).body["facts_reason"] is None


@pytest.mark.parametrize("on", PLATFORMS)
def test_disconnecting_revokes_and_forgets(social: Social, on: str) -> None:
    account = social.connected(on, person="zoe")
    answer = social.ask("brand", "DELETE", path(account), posts="cancel")
    assert (answer.status, answer.body["status"]) == (200, "disconnected")
    revokes = on in {"twitter", "tiktok", "youtube"}
    assert (answer.body["is_revoked"], answer.body["note"] is None) == (revokes, revokes)
    assert social.token(account) is None
    assert social.platform.query(
        "select 1 from ddp.social_tokens where account_id = %s", account["account_id"]
    ) == []  # fmt: skip
    shown = social.ask("brand", "GET", path(account)).body
    assert (shown["status"], shown["facts"]) == ("disconnected", None)
    assert social.ask("brand", "DELETE", path(account), posts="cancel").body["is_revoked"] is False


def test_tokens_are_forgotten_whatever_the_platform_says(social: Social) -> None:
    account = social.connected("youtube", person="yan")
    social.running.client.fail("error_before", "youtube.revoke")
    answer = social.ask("brand", "DELETE", path(account), posts="hold").body
    assert answer["is_revoked"] is False
    assert answer["note"].startswith("YouTube did not take the access back.")
    assert social.token(account) is None


def test_a_page_that_goes_takes_no_other_page_with_it(social: Social) -> None:
    """Facebook takes back a person's grant only as a whole."""
    client = social.running.client
    (museum,) = (
        each for each in client.accounts("facebook", "uma") if each["body"]["handle"] == "uma.museum"
    )
    client.change_object("facebook", museum["id"], changes={"tasks": ["CREATE_CONTENT"]})
    gone, stays = social.choose(social.consented("facebook", person="uma")).body["accounts"]
    social.ask("brand", "DELETE", path(gone), posts="hold")
    kept = social.token(stays)
    assert kept
    asked = {"headers": {"Authorization": f"Bearer {kept}"}}
    assert social.running.ask("GET", "graph.facebook.com/v26.0/me", **asked).status == 200


def test_an_account_that_another_tenant_has_too_is_not_revoked(social: Social) -> None:
    mine, theirs = social.connected("youtube"), social.connected("youtube", "rival")
    answer = social.ask("brand", "DELETE", path(mine), posts="hold").body
    assert answer["is_revoked"] is False
    assert social.ask("rival", "GET", path(theirs)).body["facts_reason"] is None


def test_what_becomes_of_posts_must_be_said(social: Social) -> None:
    account = social.connected("twitter")
    refused = social.ask("brand", "DELETE", path(account))
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "query.posts")
    assert social.ask("rival", "DELETE", path(account), posts="hold").status == 404
    assert social.token(account)


@pytest.mark.parametrize(("way", "status"), [("cancel", "cancelled"), ("hold", "scheduled")])
def test_scheduled_posts_are_cancelled_or_wait(social: Social, way: str, status: str) -> None:
    account = social.connected("linkedin")
    ((post_id,),) = social.platform.query(
        "insert into social_posts (account_id, post_content, status, scheduled_at)"
        " values (%s, 'Hello', 'scheduled', now() + interval '1 day') returning post_id",
        account["account_id"],
    )
    social.ask("brand", "DELETE", path(account), posts=way)
    assert social.platform.query("select status from social_posts where post_id = %s", post_id) == [(status,)]


def test_slots(social: Social) -> None:
    account = social.connected("twitter")
    empty = social.ask("brand", "GET", path(account, "/slots")).body
    assert empty == {"account_id": account["account_id"], "time_zone": None, "slots": []}
    slots = [{"weekday": 5, "local_time": "18:00"}, {"weekday": 1, "local_time": "09:30"}]
    body = {"slots": slots, "time_zone": "Europe/Zurich"}
    kept = social.ask("brand", "PUT", path(account, "/slots"), body).body
    assert (kept["time_zone"], kept["slots"]) == ("Europe/Zurich", slots[::-1])
    assert social.ask("brand", "GET", path(account, "/slots")).body == kept
    cleared = social.ask("brand", "PUT", path(account, "/slots"), {"slots": []}).body
    assert (cleared["time_zone"], cleared["slots"]) == ("Europe/Zurich", [])
    for wrong in ({"weekday": 8, "local_time": "09:30"}, {"weekday": 1, "local_time": "24:00"}):
        assert social.ask("brand", "PUT", path(account, "/slots"), {"slots": [wrong]}).status == 422
    assert social.ask("rival", "GET", path(account, "/slots")).status == 404
    assert social.ask("rival", "PUT", path(account, "/slots"), {"slots": []}).status == 404


def test_the_budget_is_set_by_administrators(social: Social) -> None:
    brand = str(social.platform.users["brand"])
    nothing = social.ask("brand", "GET", "/social-budget").body
    assert datetime.fromisoformat(nothing.pop("renews_at")) > datetime.now(UTC)
    assert nothing == {
        "user_id": brand, "month": f"{datetime.now(UTC):%Y-%m}", "monthly_budget": None,
        "reserved": "0", "charged": "0", "left": "0",
    }  # fmt: skip
    body = {"user_id": brand, "monthly_budget": "50.00"}
    assert social.ask("brand", "PUT", "/social-budget", body).status == 403
    kept = social.ask("admin", "PUT", "/social-budget", body).body
    assert (kept["monthly_budget"], kept["left"]) == ("50.00000", "50.00000")
    assert social.ask("brand", "GET", "/social-budget").body == kept
    assert social.ask("admin", "GET", "/social-budget", user_id=brand).body == kept
    assert social.ask("rival", "GET", "/social-budget", user_id=brand).status == 404
    assert social.ask("admin", "PUT", "/social-budget", body | {"user_id": str(uuid4())}).status == 404
    cleared = social.ask("admin", "PUT", "/social-budget", body | {"monthly_budget": None}).body
    assert cleared["monthly_budget"] is None


def test_the_platforms_rules(social: Social, monkeypatch: pytest.MonkeyPatch) -> None:
    from ddp.providers.social import applications

    monkeypatch.setattr(applications, "SECRETS", {"twitter": "x"})
    listed = {
        each["platform"]: each for each in social.ask("brand", "GET", "/social-platforms").body["platforms"]
    }
    assert set(listed) == set(PLATFORMS)
    assert (listed["twitter"]["is_on"], listed["twitter"]["off_reason"]) == (True, None)
    assert listed["tiktok"]["is_on"] is False
    assert "TikTok is not set up here" in listed["tiktok"]["off_reason"]
    assert (listed["tiktok"]["is_audited"], listed["twitter"]["prices"]["post"]) == (False, "0.015")
    story = next(each for each in listed["facebook"]["post_types"] if each["type"] == "story")
    assert (story["is_published"], story["media_most"]) == (False, None)
    assert story["reason"].startswith("Stories are not published yet")
    assert listed["linkedin"]["api"]["ends_on"] == "2027-10-15"
    assert social.ask(None, "GET", "/social-platforms").status == 401
