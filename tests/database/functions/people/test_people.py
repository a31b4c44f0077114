"""People over HTTP: the caller, members, the directory and administration, as every type of user."""

from __future__ import annotations

import json
import threading
from uuid import uuid4

import psycopg
import pytest

from tests import lambdas
from tests.database.functions.messaging import ask


@pytest.fixture
def newcomer(platform):
    """Somebody with a token and without an account; the claims of the token."""
    platform.users["newcomer"] = uuid4()
    return {"email": f"{platform.users['newcomer']}@example.com", "email_verified": True}


@pytest.fixture
def editor(platform, newcomer):
    """Somebody whose own account is inactive, and who edits the brand's; the claims of the token."""
    assert ask(platform, "newcomer", "POST", "/me", {}, claims=newcomer).status == 200
    body = {"email": newcomer["email"].upper(), "member_role": "editor"}
    invited = ask(platform, "brand", "POST", "/members", body, key="invite")
    assert invited.status == 201, invited
    path = f"/invitations/{invited.body['account_member_id']}/accept"
    accepted = ask(platform, "newcomer", "POST", path, claims=newcomer)
    assert accepted.body["account_id"] == str(platform.users["brand"])
    return newcomer


def name_of(platform, user):
    return {"id": str(platform.users[user]), "name": user}


def test_the_first_sign_in_makes_an_inactive_account_which_sees_that_it_is(platform, newcomer):
    assert ask(platform, "newcomer", "GET", "/me", claims=newcomer).code == "no-account"
    made = ask(platform, "newcomer", "POST", "/me", {"user_name": "Ann"}, claims=newcomer)
    assert made.status == 200, made
    person = made.body["person"]
    assert (person["user_name"], person["user_type"], person["is_active"]) == ("Ann", "retailer", False)
    assert person["last_login_at"] is not None
    assert (made.body["acting"], made.body["memberships"], made.body["open_invitations"]) == (None, [], 0)
    again = ask(platform, "newcomer", "POST", "/me", {"user_name": "Bob"}, claims=newcomer).body
    assert again["person"]["user_name"] == "Ann"
    changed = ask(platform, "newcomer", "PATCH", "/me", {"profile_data": {"city": "Zug"}}, claims=newcomer)
    assert changed.body["person"] == again["person"] | {"profile_data": {"city": "Zug"}}
    assert ask(platform, "newcomer", "GET", "/directory", claims=newcomer).code == "account-inactive"
    assert ask(platform, "newcomer", "GET", "/members", claims=newcomer).body["items"] == []


def test_signing_in_twice_at_once_makes_one_account(platform, newcomer):
    """The second waits for the first one's row, and finds it."""
    claims = json.dumps({"sub": str(platform.users["newcomer"])} | newcomer)
    results = []

    def sign_in(connection):
        connection.execute("set local role authenticated")
        connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
        return connection.execute("select user_id from sign_in()").fetchone()[0]

    def second():
        with platform.database.connect("superuser") as connection, connection.transaction():
            try:
                results.append(sign_in(connection))
            except psycopg.Error as error:
                results.append(error)

    with platform.database.connect("superuser") as first:
        with first.transaction():
            sign_in(first)
            thread = threading.Thread(target=second)
            thread.start()
            platform.wait_for_a_lock()
        thread.join()
    assert results == [platform.users["newcomer"]]


def test_an_invitation_to_the_platform_makes_the_account_what_it_says(platform, newcomer):
    body = {"email": newcomer["email"], "user_type": "brand"}
    invited = ask(platform, "admin", "POST", "/user-invitations", body, key="i")
    assert (invited.status, invited.body["is_active"]) == (201, True)
    unproved = newcomer | {"email_verified": False}
    assert ask(platform, "newcomer", "POST", "/me", {}, claims=unproved).body["person"]["is_active"] is False
    me = ask(platform, "newcomer", "POST", "/me", {}, claims=newcomer).body
    assert (me["person"]["user_type"], me["person"]["is_active"]) == ("brand", True)
    assert me["acting"]["account"]["id"] == str(platform.users["newcomer"])
    (listed,) = [
        item
        for item in ask(platform, "admin", "GET", "/user-invitations", limit=100).body["items"]
        if item["invited_email"] == newcomer["email"]
    ]
    assert listed["accepted_at"] is not None
    path = f"/user-invitations/{listed['user_invitation_id']}"
    assert ask(platform, "admin", "DELETE", path).code == "invitation-not-found"


def test_an_administrator_withdraws_an_invitation(platform, newcomer):
    body = {"email": newcomer["email"], "user_type": "brand"}
    path = ask(platform, "admin", "POST", "/user-invitations", body).body["user_invitation_id"]
    assert ask(platform, "brand", "DELETE", f"/user-invitations/{path}").code == "not-an-admin"
    assert ask(platform, "admin", "DELETE", f"/user-invitations/{path}").body["ended_at"] is not None
    me = ask(platform, "newcomer", "POST", "/me", {}, claims=newcomer).body
    assert me["person"]["is_active"] is False


def test_only_administrators_administer(platform):
    for user in ("brand", "retailer"):
        assert ask(platform, user, "GET", "/users").code == "not-an-admin"
        assert ask(platform, user, "GET", "/user-invitations").body["items"] == []
        body = {"email": "x@example.com", "user_type": "admin"}
        assert ask(platform, user, "POST", "/user-invitations", body).code == "not-an-admin"
        path = f"/users/{platform.users['rival']}/access"
        assert ask(platform, user, "POST", path, {"is_active": False}).code == "not-admin"


def test_accounts_are_found_and_their_access_changes(platform):
    email = f"{platform.users['other']}@example.com"
    (item,) = ask(platform, "admin", "GET", "/users", q=email).body["items"]
    assert (item["user_id"], item["is_active"]) == (str(platform.users["other"]), True)
    path = f"/users/{platform.users['other']}/access"
    changed = ask(platform, "admin", "POST", path, {"is_active": False})
    assert (changed.body["is_active"], changed.body["user_type"]) == (False, "retailer")
    assert ask(platform, "admin", "GET", "/users", q=email, is_active="true").body["items"] == []
    assert len(ask(platform, "admin", "GET", "/users", q=email, type="retailer").body["items"]) == 1
    assert ask(platform, "admin", "POST", path, {}).status == 422
    own = f"/users/{platform.users['admin']}/access"
    assert ask(platform, "admin", "POST", own, {"is_active": False}).code == "own-access"
    first = ask(platform, "admin", "GET", "/users", limit=2).body
    second = ask(platform, "admin", "GET", "/users", limit=2, cursor=first["next_cursor"]).body
    assert {u["user_id"] for u in first["items"]}.isdisjoint(u["user_id"] for u in second["items"])


def test_a_member_acts_for_the_account_that_the_header_names(platform, editor):
    platform.query(
        "update users set is_active = true where user_id = %s returning 1", platform.users["newcomer"]
    )
    brand = platform.users["brand"]

    def acting(account=None):
        return ask(platform, "newcomer", "GET", "/me", claims=editor, account=account).body

    assert acting()["acting"]["account"]["id"] == str(platform.users["newcomer"]), "its own account first"
    assert (acting(brand)["acting"]["account"], acting(brand)["acting"]["member_role"]) == (
        name_of(platform, "brand"), "editor",
    )  # fmt: skip
    assert len(acting()["memberships"]) == 2
    rival = platform.users["rival"]
    assert acting(rival)["acting"] is None
    body = {"campaign_name": "x"}
    answer = ask(platform, "newcomer", "POST", "/campaigns", body, claims=editor, account=rival)
    assert answer.code == "not-a-member"
    listed = ask(platform, "newcomer", "GET", "/campaigns", claims=editor, account=rival)
    assert (listed.status, listed.code) == (403, "not-a-member")
    for strange in (f"{brand},{brand}", f"{brand}, {platform.users['newcomer']}", "x"):
        for method, path in (("GET", "/me"), ("GET", "/campaigns"), ("POST", "/campaigns")):
            answer = ask(platform, "newcomer", method, path, body, claims=editor, account=strange)
            assert answer.body["errors"][0]["field"] == "header.X-DDP-Account", strange


def test_what_a_member_makes_belongs_to_the_account(platform, editor):
    """Each list and rule that asks for the account, through the header or because it is the only one."""
    brand = platform.users["brand"]

    def do(method, path, body=None, **rest):
        return ask(platform, "newcomer", method, path, body, claims=editor, account=brand, **rest)

    made = do("POST", "/campaigns", {"campaign_name": "Spring"}, key="one")
    assert (made.body["created_by"], made.status) == (name_of(platform, "brand"), 201)
    assert do("POST", "/campaigns", {"campaign_name": "Spring"}, key="one").body == made.body
    assert [c["campaign_id"] for c in do("GET", "/campaigns", scope="own").body["items"]] == [
        made.body["campaign_id"]
    ]
    content = {"subject": "x", "html": "<p>x</p>"}
    template = {"template_name": "T", "template_type": "email", "template_content": content}
    assert do("POST", "/templates", template).body["created_by_user_id"] == str(brand)
    assert len(do("GET", "/templates").body["items"]) == 1
    draft = {
        "campaign_id": made.body["campaign_id"], "email_subject": "x", "email_content": "<p>x</p>",
        "sender_email": "x@example.com",
    }  # fmt: skip
    assert do("POST", "/email-campaigns", draft).body["created_by"] == name_of(platform, "brand")
    assert len(do("GET", "/email-campaigns").body["items"]) == 1
    assert do("GET", "/senders/me").body["user_id"] == str(brand)
    session = do("POST", "/sessions", {}).body["session_id"]
    assert do("POST", f"/sessions/{session}/end").status == 200
    assert ask(platform, "brand", "POST", f"/sessions/{session}/end").code == "session-not-found"
    body = {"email": "x@example.com", "member_role": "owner"}
    assert do("POST", "/members", body).code == "role-too-low"


def test_a_membership_that_ended_ends_what_is_under_way(platform, editor):
    brand = platform.users["brand"]
    items = ask(platform, "brand", "GET", "/members").body["items"]
    (member,) = [item for item in items if item["invited_email"] == editor["email"]]
    assert member["member"]["id"] == str(platform.users["newcomer"])
    path = f"/members/{member['account_member_id']}"
    changed = ask(platform, "brand", "PATCH", path, {"member_role": "viewer"})
    assert changed.body["member_role"] == "viewer"
    ended = ask(platform, "newcomer", "DELETE", path, claims=editor, account=brand)
    assert ended.body["ended_at"] is not None
    answer = ask(platform, "newcomer", "GET", "/members", claims=editor, account=brand)
    assert answer.code == "not-a-member"
    answer = ask(platform, "newcomer", "GET", "/directory", claims=editor, account=brand)
    assert answer.code == "not-a-member"
    own = next(item for item in items if item["invited_email"] is None)
    assert ask(platform, "brand", "DELETE", f"/members/{own['account_member_id']}").code == "last-owner"


def test_only_a_verified_address_sees_and_accepts_an_invitation(platform, newcomer):
    ask(platform, "newcomer", "POST", "/me", {}, claims=newcomer)
    body = {"email": newcomer["email"], "member_role": "viewer"}
    invited = ask(platform, "brand", "POST", "/members", body).body
    assert (invited["member"], invited["accepted_at"]) == (None, None)
    assert ask(platform, "newcomer", "GET", "/me", claims=newcomer).body["open_invitations"] == 1
    (listed,) = ask(platform, "newcomer", "GET", "/invitations", claims=newcomer).body["items"]
    assert (listed["account"], listed["member_role"]) == (name_of(platform, "brand"), "viewer")
    unproved = newcomer | {"email_verified": False}
    path = f"/invitations/{invited['account_member_id']}/accept"
    assert ask(platform, "newcomer", "GET", "/invitations", claims=unproved).body["items"] == []
    assert ask(platform, "newcomer", "POST", path, claims=unproved).code == "invitation-not-found"
    assert ask(platform, "retailer", "POST", path, claims=unproved).code == "invitation-not-found"
    ask(platform, "other", "POST", "/members", body)
    page = ask(platform, "newcomer", "GET", "/invitations", claims=newcomer, limit=1).body
    following = {"limit": 1, "cursor": page["next_cursor"]}
    last = ask(platform, "newcomer", "GET", "/invitations", claims=newcomer, **following).body
    names = [item["account"]["name"] for item in page["items"] + last["items"]]
    assert (names, last["next_cursor"]) == (["other", "brand"], None)


def test_the_directory_shows_names_and_no_addresses(platform):
    for user, kind in (("brand", "retailer"), ("retailer", "brand")):
        answer = ask(platform, user, "GET", "/directory", limit=100, type=kind)
        assert answer.status == 200
        assert {item["type"] for item in answer.body["items"]} == {kind}
        assert all(item.keys() == {"id", "name", "type"} for item in answer.body["items"])
        assert "@" not in json.dumps(answer.body)
    page = ask(platform, "brand", "GET", "/directory", q="retai", limit=1).body
    following = ask(platform, "brand", "GET", "/directory", q="retai", limit=1, cursor=page["next_cursor"])
    assert following.body["items"] != page["items"]
    wrong = ask(platform, "brand", "GET", "/directory", q="oth", cursor=page["next_cursor"])
    assert wrong.code == "invalid-cursor"


@pytest.mark.parametrize("name", ["", " ", "x" * 256, "a\nb", "a\x00b", "\u2028", 1, None])
def test_hostile_names_are_refused_with_a_reason(platform, name):
    answer = ask(platform, "brand", "PATCH", "/me", {"user_name": name})
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "body.user_name")


def test_nobody_without_a_token(platform):
    for method, path in (
        ("GET", "/me"), ("POST", "/me"), ("GET", "/users"), ("GET", "/directory"), ("GET", "/members"),
        ("GET", "/invitations"), ("POST", "/sessions"), ("GET", "/user-invitations"),
    ):  # fmt: skip
        assert ask(platform, None, method, path, {} if method == "POST" else None).status == 401, path


def test_names_stand_beside_ids_in_lists_of_files_and_shares(platform):
    file_id = platform.file("brand")
    published = {"file_id": file_id, "asset_name": "Logo", "asset_type": "logo"}
    assert platform.call("brand", "POST", "/brand-assets", published).body["created_by"]["name"] == "brand"
    share = {"shared_with_user_id": str(platform.users["other"]), "expires_at": "2026-12-31T00:00:00Z"}
    made = platform.call("brand", "POST", f"/files/{file_id}/shares", share)
    assert made.body["shared_with"] == name_of(platform, "other"), made
    (listed,) = platform.call("brand", "GET", f"/files/{file_id}/shares").body["items"]
    assert listed["shared_with"] == name_of(platform, "other")
    (shared,) = platform.call("other", "GET", "/files", scope="shared").body["items"]
    assert shared["created_by"] == name_of(platform, "brand")
    assets = platform.call("other", "GET", "/brand-assets").body["items"]
    assert next(a for a in assets if a["file_id"] == file_id)["created_by"] == name_of(platform, "brand")


PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5"
    " Mobile/15E148 Safari/604.1"
)


def begin(platform, agent, headers=None):
    from functions.people import http

    platform.login("ddp_api")
    caller = lambdas.claims(platform.users["retailer"])
    event = lambdas.http_event("POST", "/sessions", {}, caller=caller, headers=headers or {})
    event["requestContext"]["http"]["userAgent"] = agent
    return lambdas.answer(http.handler(event, lambdas.Context()))


def test_a_session_knows_its_device_and_goes_on(platform):
    session = begin(platform, PHONE).body["session_id"]
    device = "select device_type, device_brand, operating_system, browser from devices join sessions using (device_id) where session_id = %s"  # noqa: E501
    assert platform.query(device, session) == [("mobile", "Apple", "iOS 18", "Mobile Safari")]
    beat = ask(platform, "retailer", "POST", f"/sessions/{session}/heartbeat")
    assert beat.body["session_id"] == session
    assert ask(platform, "other", "POST", f"/sessions/{session}/heartbeat").code == "session-not-found"
    ask(platform, "retailer", "POST", f"/sessions/{session}/end")
    assert ask(platform, "retailer", "POST", f"/sessions/{session}/heartbeat").code == "session-ended"


@pytest.mark.parametrize("agent", ["x" * 2_001, "x" * 1_000_000])
def test_an_agent_that_no_browser_sends_is_refused(platform, agent):
    answer = begin(platform, agent)
    assert (answer.status, answer.code) == (422, "agent-too-long")


@pytest.mark.parametrize("agent", ["", "curl/8.5.0", "x" * 2_000, "(" * 2_000, "Mozilla/5.0 " * 150])
def test_any_other_agent_starts_a_session(platform, agent):
    assert begin(platform, agent).status == 201


def test_a_place_is_believed_only_from_the_edge(platform, monkeypatch):
    from ddp.refusals import origin

    viewer = {"cloudfront-viewer-country": "CH", "cloudfront-viewer-country-region-name": "Z%C3%BCrich"}
    forged = begin(platform, PHONE, viewer | {"x-ddp-edge": ""}).body["session_id"]
    monkeypatch.setattr(origin, "EDGE_SECRET", "arn")
    monkeypatch.setattr(origin, "_secret", lambda: b"the edge's")
    guessed = begin(platform, PHONE, viewer | {"x-ddp-edge": "another"}).body["session_id"]
    missing = begin(platform, PHONE, viewer).body["session_id"]
    seen = begin(platform, PHONE, viewer | {"x-ddp-edge": "the edge's"}).body["session_id"]
    strange = begin(platform, PHONE, {"cloudfront-viewer-country": "che", "x-ddp-edge": "the edge's"}).body[
        "session_id"
    ]
    found = platform.query(
        "select session_id::text, country_code, region from sessions where session_id = any (%s)",
        [forged, guessed, missing, seen, strange],
    )
    assert {row[0]: row[1:] for row in found} == {
        seen: ("CH", "Zürich"), **dict.fromkeys((forged, guessed, missing, strange), (None, None)),
    }  # fmt: skip


def test_a_person_says_what_its_store_is(platform):
    sender = {"store_name": "Lakeside", "postal_address": "1 Lake Street\nZürich"}
    changed = ask(platform, "retailer", "PATCH", "/me", {"sender": sender | {"phone": None}})
    assert changed.status == 200, changed
    shown = changed.body["person"]["sender"]
    assert {name: value for name, value in shown.items() if value is not None} == sender
    for wrong in (
        {"phone": "call me"},
        {"fax": "1"},
        {},
        {"website": "javascript:x"},
        {"store_name": "a\x00b"},
    ):
        refused = ask(platform, "retailer", "PATCH", "/me", {"sender": wrong})
        assert refused.status == 422, wrong
    assert (
        "sender.phone" in ask(platform, "retailer", "PATCH", "/me", {"sender": {"phone": "x"}}).body["detail"]
    )
    assert ask(platform, "retailer", "GET", "/me").body["person"]["sender"] == shown
