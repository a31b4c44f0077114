"""Accounts are connected: consent on the platform, then the choice, on all six platforms."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from ddp.providers.social.persons import hashed
from tests.database.functions.social.conftest import FRONT_END, PLATFORMS, Social
from tests.database.functions.social.members import member

KINDS = {
    "facebook": ["page", "page"],
    "instagram": ["business"],
    "twitter": ["user"],
    "linkedin": ["member", "organization"],
    "tiktok": ["creator"],
    "youtube": ["channel"],
}
PKCE = {"twitter", "youtube"}


@pytest.mark.parametrize("on", PLATFORMS)
def test_an_account_is_connected_on_every_platform(social: Social, on: str) -> None:
    begun = social.begin(on)
    assert ("code_challenge" in begun["authorise_url"]) == (on in PKCE)
    waiting = social.connection(begun["connection_id"])
    assert (waiting["status"], waiting["choices"], waiting["reason"]) == ("waiting", [], None)
    told = social.led_to(social.consent(begun["authorise_url"]))
    assert told == {"connection_id": begun["connection_id"], "status": "ready"}
    ready = social.connection(begun["connection_id"])
    assert ready["status"] == "ready"
    assert [choice["account_kind"] for choice in ready["choices"]] == KINDS[on]
    made = social.choose(ready)
    assert made.status == 201, made
    for account in made.body["accounts"]:
        assert (account["platform"], account["status"], account["reason"]) == (on, "active", None)
        assert account["user_id"] == str(social.platform.users["brand"])
        assert account["scopes"]
        shown = social.ask("brand", "GET", f"/social-accounts/{account['account_id']}").body
        assert (shown["facts_reason"], shown["facts"] is None) == (None, False)
        assert account["account_id"] in {
            each["account_id"] for each in social.ask("brand", "GET", "/social-accounts").body["items"]
        }
    done = social.connection(begun["connection_id"])
    assert done["status"] == "connected"
    connected = {choice["account_id"] for choice in done["choices"]} - {None}
    assert connected == {account["account_id"] for account in made.body["accounts"]}


@pytest.mark.parametrize("on", PLATFORMS)
def test_the_stored_tokens_are_those_of_the_account(social: Social, on: str) -> None:
    account = social.connected(on)
    token = social.token(account)
    assert token is not None
    assert token.startswith("SECRET-")
    owns_its_token = on == "facebook"
    assert (social.token(account, "refresh") is None) == owns_its_token, "a page's token does not end"
    assert (account["token_expires_at"] is None) == owns_its_token


@pytest.mark.parametrize("on", PLATFORMS)
def test_who_granted_access_is_kept_where_the_platform_tells_of_people(social: Social, on: str) -> None:
    """As a hash, of the id by which Meta's callbacks name them: on Instagram not that of the account."""
    account = social.connected(on)
    ((kept,),) = social.platform.query(
        "select external_user_hash from ddp.social_tokens where account_id = %s", account["account_id"]
    )
    assert (kept is not None) == (on in {"facebook", "instagram"})
    if on == "instagram":
        assert kept == hashed(str(int(account["external_account_id"]) + 7))


def test_a_page_that_the_person_may_not_write_on_says_so_and_is_refused(social: Social) -> None:
    connection = social.consented("facebook")
    (lacking,) = (choice for choice in connection["choices"] if choice["lacks"])
    assert lacking["lacks"] == ["You may not create content for this page."]
    refused = social.choose(connection, lacking["external_account_id"])
    assert (refused.status, refused.code) == (409, "account-lacks")
    assert "You may not create content" in refused.body["detail"]
    assert social.connection(connection["connection_id"])["status"] == "ready", "another can be chosen"


def test_a_personal_account_of_instagram_says_what_to_do(social: Social) -> None:
    (choice,) = social.consented("instagram", person="bob")["choices"]
    assert "make it a business or creator account" in choice["lacks"][0]


def test_what_the_connection_does_not_list_is_refused(social: Social) -> None:
    connection = social.consented("facebook")
    refused = social.choose(connection, "1")
    assert (refused.status, refused.code) == (422, "unknown-choice")
    assert refused.body["external_account_ids"] == ["1"]


def test_accounts_are_chosen_once(social: Social) -> None:
    connection = social.consented("linkedin")
    first = social.choose(connection, connection["choices"][0]["external_account_id"], key="choose")
    again = social.choose(connection, connection["choices"][0]["external_account_id"], key="choose")
    assert (first.body, again.headers["Idempotency-Replayed"]) == (again.body, "true")
    refused = social.choose(connection, connection["choices"][1]["external_account_id"])
    assert (refused.status, refused.code) == (409, "connection-connected")
    ((kept,),) = social.platform.query(
        "select tokens_encrypted from ddp.social_connections where connection_id = %s",
        connection["connection_id"],
    )
    assert kept is None, "the accounts have their own now, which are renewed"


def test_an_account_that_was_connected_before_goes_on_with_new_tokens(social: Social) -> None:
    account = social.connected("twitter")
    before = social.token(account)
    same = social.connected("twitter")
    assert same["account_id"] == account["account_id"]
    assert social.token(account) != before


def test_two_tenants_connect_the_same_account(social: Social) -> None:
    mine, theirs = social.connected("twitter"), social.connected("twitter", "rival")
    assert mine["external_account_id"] == theirs["external_account_id"]
    assert mine["account_id"] != theirs["account_id"]


def test_the_address_of_consent_is_given_once(social: Social) -> None:
    first = social.begin("facebook", key="begin")
    again = social.begin("facebook", key="begin")
    assert again == first | {"authorise_url": None}
    state = parse_qs(urlsplit(first["authorise_url"]).query)["state"][0]
    for table in ("ddp.social_connections", "idempotency_keys", "audit_logs"):
        rows = social.platform.query(f"select 1 from {table} t where t::text like %s", f"%{state}%")
        assert rows == [], table


@pytest.mark.parametrize(
    "return_url",
    [
        "https://evil.example/accounts",
        "https://app.example.com.evil.example/",
        "https://app.example.com@evil.example/",
        "https://app.example.com\\@evil.example/",
        "https://app.example.com:8443/",
        "http://app.example.com/",
        "//app.example.com/",
        "javascript:alert(1)",
        "https://app.example.com/\r\nSet-Cookie: a=b",
        "https://[app.example.com/",
        "/accounts",
    ],
)
def test_only_pages_of_the_front_end_are_returned_to(social: Social, return_url: str) -> None:
    body = {"platform": "facebook", "return_url": return_url}
    refused = social.ask("brand", "POST", "/social-connections", body)
    assert (refused.status, refused.code) == (422, "invalid-return-url")
    assert "https://app.example.com" in refused.body["detail"]


def test_a_platform_that_is_off_says_so(social: Social, monkeypatch: pytest.MonkeyPatch) -> None:
    from ddp.providers.social import applications

    monkeypatch.setattr(applications, "SECRETS", {})
    body = {"platform": "tiktok", "return_url": FRONT_END}
    refused = social.ask("brand", "POST", "/social-connections", body)
    assert (refused.status, refused.code) == (409, "platform-off")
    assert "TikTok is not set up here" in refused.body["detail"]


def test_a_connection_is_seen_and_used_by_its_tenant_alone(social: Social) -> None:
    connection = social.consented("facebook")
    path = f"/social-connections/{connection['connection_id']}"
    assert social.ask("rival", "GET", path).status == 404
    assert social.ask("admin", "GET", path).status == 404
    assert social.choose(connection, user="rival").status == 404
    assert social.ask(None, "GET", path).status == 401
    assert social.ask("brand", "GET", f"/social-connections/{uuid4()}").status == 404


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_only_owners_connect_accounts(social: Social, role: str) -> None:
    account = social.connected("facebook")
    connection = social.consented("facebook")
    acting = member(social.platform, "brand", role)
    begun = social.ask(
        acting.user, "POST", "/social-connections",
        {"platform": "facebook", "return_url": FRONT_END}, account=acting.account,
    )  # fmt: skip
    again = social.ask(
        acting.user, "POST", f"/social-accounts/{account['account_id']}/reconnect",
        {"return_url": FRONT_END}, account=acting.account,
    )  # fmt: skip
    chosen = social.choose(connection, user=acting.user, account=acting.account)
    assert [begun.status, again.status, chosen.status] == [403, 403, 403]


def test_a_tenant_does_not_open_connections_without_end(social: Social) -> None:
    for _ in range(20):
        social.begin("facebook", "other")
    body = {"platform": "facebook", "return_url": FRONT_END}
    refused = social.ask("other", "POST", "/social-connections", body)
    assert (refused.status, refused.code) == (429, "too-many-connections")
