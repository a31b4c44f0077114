"""Everything that can go wrong between consent and choice: each has its sentence, and nothing is led astray."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit
from uuid import UUID

import pytest

from ddp.providers.social import rules
from tests.database.functions.social.conftest import PLATFORMS, Social
from tests.lambdas import Answer


def changed(address: str, **query: str | None) -> str:
    """The address with other parameters; None removes one."""
    parts = urlsplit(address)
    given = {name: values[0] for name, values in parse_qs(parts.query).items()} | query
    kept = {name: value for name, value in given.items() if value is not None}
    return urlunsplit(parts._replace(query=urlencode(kept)))


def failed(social: Social, connection_id: str, code: str) -> str:
    """The sentence of a connection that failed so."""
    connection = social.connection(connection_id)
    assert (connection["status"], connection["error_code"]) == ("failed", code), connection
    refused = social.choose(connection, "1")
    assert (refused.status, refused.code) == (409, "connection-failed")
    assert refused.body["detail"] == connection["reason"]
    return str(connection["reason"])


def is_plain_page(answer: Answer) -> bool:
    return (
        answer.status == 404
        and "This address does not work" in answer.body
        and "Location" not in answer.headers
        and "form-action 'self'" in answer.headers["Content-Security-Policy"]
    )


@pytest.mark.parametrize("on", PLATFORMS)
def test_denied_consent(social: Social, on: str) -> None:
    begun = social.begin(on)
    told = social.led_to(social.consent(begun["authorise_url"], decision="deny"))
    assert told["status"] == "failed"
    assert failed(social, begun["connection_id"], "consent-denied").startswith("You did not allow access on ")


@pytest.mark.parametrize("on", PLATFORMS)
def test_a_missing_scope_is_named(social: Social, on: str) -> None:
    scope = rules.of(on)["access"]["scopes"][1]
    begun = social.begin(on)
    social.led_to(social.consent(begun["authorise_url"], withheld=scope))
    sentence = failed(social, begun["connection_id"], "scope-missing")
    assert f"Missing: {scope.rpartition('/')[2]}." in sentence


def test_a_login_without_an_account_says_so(social: Social) -> None:
    begun = social.begin("youtube")
    social.led_to(social.consent(begun["authorise_url"], person="bob"))
    assert failed(social, begun["connection_id"], "no-account").startswith("YouTube shows no channel")


def test_a_state_that_is_used_again_changes_nothing(social: Social) -> None:
    begun = social.begin("facebook")
    address = social.consent(begun["authorise_url"])
    assert social.led_to(address)["status"] == "ready"
    exchanged: list[str] = []
    social.running.world.heard = lambda operation, _: exchanged.append(operation)
    assert social.led_to(address)["status"] == "ready"
    assert social.led_to(changed(address, code=None, error="access_denied"))["status"] == "ready"
    social.running.world.heard = lambda *_: None
    assert exchanged == []
    assert social.choose(social.connection(begun["connection_id"])).status == 201


def test_a_state_that_is_too_old(social: Social) -> None:
    begun = social.begin("linkedin")
    address = social.consent(begun["authorise_url"])
    social.change(
        "update ddp.social_connections set expires_at = now() - interval '1 second' where connection_id = %s",
        begun["connection_id"],
    )
    assert social.led_to(address)["status"] == "expired"
    connection = social.connection(begun["connection_id"])
    assert (connection["status"], connection["reason"]) == (
        "expired",
        "Nobody came back from LinkedIn within ten minutes. Begin again.",
    )
    assert social.choose(connection, "1").code == "connection-expired"


def test_a_choice_that_comes_too_late(social: Social) -> None:
    connection = social.consented("linkedin")
    social.change(
        "update ddp.social_connections set expires_at = now() - interval '1 second' where connection_id = %s",
        connection["connection_id"],
    )
    refused = social.choose(connection)
    assert (refused.status, refused.code) == (409, "connection-expired")
    assert refused.body["detail"] == "No account was chosen within an hour. Begin again."


def test_a_state_of_another_platform(social: Social) -> None:
    begun = social.begin("facebook")
    address = social.consent(begun["authorise_url"])
    assert social.led_to(address.replace("/oauth/facebook/", "/oauth/twitter/"))["status"] == "failed"
    assert "another platform" in failed(social, begun["connection_id"], "foreign-state")
    assert social.led_to(address)["status"] == "failed", "it is used up"


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"state": "x" * 43, "code": "1"},
        {"state": "<script>alert(1)</script>"},
        {"state": "x" * 10_000},
        {"state": "x", "return_url": "https://evil.example"},
        {"state": "\x00" * 43},
    ],
)
def test_an_unknown_state_gets_a_plain_page(social: Social, query: dict[str, str]) -> None:
    answer = social.come_back(f"https://ddp.example.com/oauth/facebook/callback?{urlencode(query)}")
    assert is_plain_page(answer)
    assert "<script>" not in answer.body
    assert "evil" not in answer.body


@pytest.mark.parametrize("path", ["/oauth/myspace/callback", "/oauth/facebook", "/oauth/FACEBOOK/callback"])
def test_another_path_gets_a_plain_page(social: Social, path: str) -> None:
    begun = social.begin("facebook")
    address = social.consent(begun["authorise_url"])
    assert is_plain_page(social.come_back(urlunsplit(urlsplit(address)._replace(path=path))))


def test_what_the_platform_says_is_not_repeated(social: Social) -> None:
    begun = social.begin("facebook")
    address = changed(
        social.consent(begun["authorise_url"], decision="deny"),
        error="<script>", error_description="SECRET-x <script>alert(1)</script>\r\nSet-Cookie: a=b",
    )  # fmt: skip
    answer = social.come_back(address)
    assert "script" not in repr(answer)
    assert failed(social, begun["connection_id"], "consent-refused") == (
        "Facebook refused to ask for your consent. Begin again."
    )
    other = social.begin("facebook")
    address = social.consent(other["authorise_url"], decision="deny")
    social.led_to(changed(address, error="server_error"))
    assert "(server_error)" in failed(social, other["connection_id"], "consent-refused")


def test_a_person_who_comes_back_without_a_code(social: Social) -> None:
    begun = social.begin("tiktok")
    social.led_to(changed(social.consent(begun["authorise_url"]), code=None))
    failed(social, begun["connection_id"], "no-code")


@pytest.mark.parametrize("on", PLATFORMS)
def test_a_code_that_the_platform_does_not_take(social: Social, on: str) -> None:
    begun = social.begin(on)
    social.led_to(changed(social.consent(begun["authorise_url"]), code="SECRET-code-of-somebody-else"))
    assert "did not take its own code" in failed(social, begun["connection_id"], "code-refused")


def test_the_code_of_another_login_does_not_fit(social: Social) -> None:
    """PKCE: a code that was stolen on its way is worth nothing with another state."""
    mine, theirs = social.begin("twitter"), social.begin("twitter", "rival")
    stolen = parse_qs(urlsplit(social.consent(mine["authorise_url"])).query)["code"][0]
    social.led_to(changed(social.consent(theirs["authorise_url"]), code=stolen))
    assert social.connection(theirs["connection_id"], "rival")["error_code"] == "code-refused"


@pytest.mark.parametrize("kind", ["error_before", "drop_before"])
def test_a_platform_that_does_not_answer_the_exchange(social: Social, kind: str) -> None:
    begun = social.begin("twitter")
    address = social.consent(begun["authorise_url"])
    social.running.client.fail(kind, "twitter.token")
    social.led_to(address)
    assert (
        failed(social, begun["connection_id"], "platform-unavailable")
        == "X did not answer. Begin again in a minute."
    )


def test_an_answer_that_is_not_as_documented(social: Social, monkeypatch: pytest.MonkeyPatch) -> None:
    from ddp.providers.social.access.twitter import Twitter

    def odd(*_: object, **__: object) -> dict[str, Any]:
        raise KeyError("SECRET-in-an-odd-place")

    begun = social.begin("twitter")
    address = social.consent(begun["authorise_url"])
    monkeypatch.setattr(Twitter, "exchange", odd)
    social.led_to(address)
    failed(social, begun["connection_id"], "exchange-failed")


def test_a_failure_of_ours_shows_a_page(social: Social, monkeypatch: pytest.MonkeyPatch) -> None:
    from functions.social.access import exchange

    def broken(*_: object) -> None:
        raise RuntimeError("SECRET-in-an-error")

    begun = social.begin("twitter")
    monkeypatch.setattr(exchange, "finish", broken)
    answer = social.come_back(social.consent(begun["authorise_url"]))
    assert (answer.status, "This did not work" in answer.body) == (503, True)


def test_keys_that_are_gone_end_the_connection(social: Social) -> None:
    connection = social.consented("twitter")
    social.change(
        "update ddp.social_connections set tokens_encrypted = %s where connection_id = %s",
        json.dumps({"access": "Zm9yZ290dGVu"}),
        connection["connection_id"],
    )
    refused = social.choose(connection)
    assert (refused.status, refused.code) == (409, "connection-over")


def test_a_page_that_is_gone_when_it_is_chosen(social: Social, monkeypatch: pytest.MonkeyPatch) -> None:
    from ddp.providers.social.access.facebook import Facebook

    connection = social.consented("facebook")
    monkeypatch.setattr(Facebook, "accounts", lambda *_: [])
    refused = social.choose(connection)
    assert (refused.status, refused.code) == (422, "choice-gone")


def test_a_platform_that_does_not_answer_the_choice(social: Social) -> None:
    connection = social.consented("facebook")
    social.running.client.fail("error_before", "facebook.accounts")
    refused = social.choose(connection)
    assert (refused.status, refused.code) == (503, "platform-unavailable")
    assert social.choose(connection).status == 201, "the connection is as it was"


def test_names_that_platforms_make_long_or_odd_are_kept_readable(
    social: Social, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ddp.providers.social.access.twitter import Twitter
    from ddp.providers.social.base import FoundAccount

    odd = [
        FoundAccount(external_account_id=f"{n}", kind="user", handle="h\x00\n", name="\u202ename" * 200)
        for n in range(2_000)
    ]
    monkeypatch.setattr(Twitter, "accounts", lambda *_: odd)
    connection = social.consented("twitter")
    assert connection["status"] == "ready"
    assert 100 < len(connection["choices"]) < 2_000
    assert {choice["account_handle"] for choice in connection["choices"]} == {"h"}
    assert "\u202e" not in connection["choices"][0]["name"]


# Connecting an account again.


@pytest.mark.parametrize("on", PLATFORMS)
def test_an_account_is_connected_again_at_once(social: Social, on: str) -> None:
    account = social.connected(on)
    before = social.token(account)
    social.change(
        "update social_accounts set status = 'reconnect', status_reason = 'Revoked.' where account_id = %s",
        account["account_id"],
    )
    connection = social.again(account)
    assert (connection["status"], connection["account_id"]) == ("connected", account["account_id"])
    shown = social.ask("brand", "GET", f"/social-accounts/{account['account_id']}").body
    assert (shown["status"], shown["reason"], shown["facts_reason"]) == ("active", None, None)
    assert social.token(account) != before


def test_another_account_is_not_taken_for_it(social: Social) -> None:
    account = social.connected("twitter")
    before = social.token(account)
    connection = social.again(account, person="eve")
    assert (connection["status"], connection["error_code"]) == ("failed", "another-account")
    assert "This login does not have “ada_watches”" in connection["reason"]
    assert social.token(account) == before


def test_an_account_without_the_platforms_id_is_known_by_its_handle(social: Social) -> None:
    account = social.connected("youtube")
    legacy = "external_account_id = null, access_token_encrypted = 'old', status = 'reconnect'"
    social.change(f"update social_accounts set {legacy} where account_id = %s", account["account_id"])
    assert social.again(account)["status"] == "connected"
    shown = social.ask("brand", "GET", f"/social-accounts/{account['account_id']}").body
    assert (shown["external_account_id"], shown["status"]) == (account["external_account_id"], "active")


def test_the_account_of_another_tenant_is_not_connected_again(social: Social) -> None:
    account = social.connected("twitter")
    body = {"return_url": "https://app.example.com/"}
    refused = social.ask("rival", "POST", f"/social-accounts/{account['account_id']}/reconnect", body)
    assert (refused.status, refused.code) == (404, "account-not-found")
    of_nobody = social.ask("rival", "POST", f"/social-accounts/{UUID(int=1)}/reconnect", body)
    assert of_nobody.status == 404
