"""`ddp social` against an API with canned answers: its requests, its output, its exit status."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from infra.cli import main as cli
from infra.cli.social import connecting

ACCOUNTS = "/social-accounts?limit=100"
X, PAGE = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
POST, GROUP = "00000000-0000-4000-8000-00000000000c", "00000000-0000-4000-8000-00000000000d"


def account(account_id, platform, handle, **more):
    return {
        "account_id": account_id,
        "platform": platform,
        "account_handle": handle,
        "account_kind": "page",
        "status": "active",
        "reason": None,
        "token_expires_at": None,
        **more,
    }


def post(status="published", **more):
    return {
        "post_id": POST,
        "account_id": X,
        "platform": "twitter",
        "account_handle": "shop",
        "status": status,
        "excerpt": "A [new] watch",
        "published_at": None,
        "scheduled_at": "2027-03-01T08:00:00Z",
        "permalink": None,
        "error_reason": None,
        "problems": [],
        **more,
    }


def problem(sentence, **more):
    return {
        "field": "text",
        "code": "too-long",
        "sentence": sentence,
        "limit": 280,
        "is_warning": False,
        **more,
    }


@pytest.fixture
def api(api):
    known = [account(X, "twitter", "shop"), account(PAGE, "facebook", "lakeside")]
    api.answers["GET", ACCOUNTS] = 200, {"items": known, "next_cursor": None}
    return api


def run(*words):
    return cli.main(["social", *words])


def body_of(api, method, path):
    return next(json.loads(body) for m, p, body, _ in api.asked if (m, p) == (method, path))


def test_accounts_say_what_is_wrong_with_them(api, capsys):
    lost = account(X, "twitter", "shop", status="reconnect", reason="Connect it [again].")
    api.answers["GET", ACCOUNTS] = 200, {"items": [lost], "next_cursor": None}
    assert run("accounts", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [lost]
    assert run("accounts") == 0
    assert "reconnect" in capsys.readouterr().out


def test_one_account_is_shown_with_what_its_platform_says(api, capsys):
    detail = account(X, "twitter", "shop") | {"facts": {"is_premium": True}, "facts_reason": None}
    api.answers["GET", f"/social-accounts/{X}"] = 200, detail
    assert run("accounts", "twitter") == 0
    assert "'is_premium': True" in capsys.readouterr().out


def test_a_post_names_its_accounts_as_people_do(api, capsys):
    made = {"group_id": GROUP, "posts": [post("scheduled")]}
    api.answers["POST", "/social-posts"] = 201, made
    words = ["post", "--to", "twitter", "--to", "lakeside", "--text", "Hi", "--option", "privacy=SELF_ONLY"]
    assert (
        run(*words, "--option", "audited=true", "--at", "2027-03-01T09:00", "--time-zone", "Europe/Zurich")
        == 0
    )
    assert body_of(api, "POST", "/social-posts") == {
        "account_ids": [X, PAGE],
        "text": "Hi",
        "options": {"privacy": "SELF_ONLY", "audited": True},
        "when": {"kind": "at", "at": "2027-03-01T09:00", "time_zone": "Europe/Zurich"},
    }
    printed = capsys.readouterr().out
    assert f"social watch {GROUP}" in printed
    assert "[new]" in printed.replace("\n", "")


def test_a_refused_post_says_all_that_is_wrong(api, capsys):
    wrong = {"account_id": X, "problems": [problem("At most 280."), problem("No title.", field="title")]}
    api.answers["POST", "/social-posts"] = 422, {"detail": "Wrong.", "posts": [wrong]}
    assert run("post", "--to", "shop", "--text", "x", "--now") == 1
    printed = capsys.readouterr().out
    assert "twitter shop: text: At most 280." in printed
    assert "twitter shop: title: No title." in printed


def test_validate_says_what_is_left(api, capsys):
    quota = {
        "platform": "youtube",
        "quota": "uploads",
        "account_id": None,
        "is_share": True,
        "most": 50,
        "left": 7,
        "ends_at": "2027-03-01T08:00:00Z",
    }
    checked = {
        "is_valid": False,
        "posts": [{"account_id": X, "problems": [problem("Too long.")]}],
        "budget": {"price": "0.015", "left": "4.5"},
        "quotas": [quota],
    }
    api.answers["POST", "/social-posts/validate"] = 200, checked
    assert run("validate", "--to", X, "--text", "x") == 1
    printed = capsys.readouterr().out
    assert "They cost $0.015; $4.50 of this month's budget are left." in printed
    assert "youtube: 7 of 50 uploads left for you, as your share," in printed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["post", "--text", "x"], "say where to post with --to"),
        (["post", "--to", X, "--time-zone", "UTC"], "--time-zone belongs to --at"),
        (["post", "--to", X, "--option", "privacy"], "write NAME=VALUE"),
        (["post", "--to", X, "--text", "x", "--text-file", "y"], "not both"),
        (["post", "--to", X, "--media", "/nowhere.png"], "/nowhere.png cannot be read"),
        (["connect", "twitter"], "--return-url is missing"),
        (
            ["connect", "twitter", "--return-url", "https://x.example", "--consent-as", "ada"],
            "a person consents",
        ),
    ],
)
def test_wrong_arguments_get_a_sentence(api, capsys, words, said):
    assert run(*words) == 2
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tiktok", "There is no connected account tiktok. There is: twitter/shop, facebook/lakeside."),
        ("shop", "shop is the name of several accounts"),
    ],
)
def test_an_unknown_account_is_told_with_those_there_are(api, capsys, name, said):
    known = [account(X, "twitter", "shop"), account(PAGE, "facebook", "lakeside")]
    if name == "shop":
        known[1]["account_handle"] = "Shop"
        api.answers["GET", ACCOUNTS] = 200, {"items": known, "next_cursor": None}
    assert run("post", "--to", name, "--text", "x") == 1
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(("status", "exits"), [("published", 0), ("unconfirmed", 1), ("failed", 1)])
def test_watching_ends_with_the_posts(api, capsys, status, exits):
    path = f"/social-post-groups/{GROUP}"
    last = post(status, error_reason="The platform said [no]." if exits else None)
    api.answers["GET", path] = [(200, {"posts": [post("publishing")]}), (200, {"posts": [last]})]
    assert run("watch", GROUP) == exits
    printed = capsys.readouterr().out
    assert "twitter: publishing" in printed
    assert f"twitter: {status}" in printed


def test_a_single_post_is_watched_too(api, capsys):
    api.answers["GET", f"/social-posts/{POST}"] = 200, post()
    assert run("watch", POST) == 0
    assert "published" in capsys.readouterr().out


def test_the_calendar_asks_for_what_was_named(api, capsys):
    query = "from=2027-03-01T00%3A00%3A00Z&platform=twitter&limit=100"
    api.answers["GET", f"/social-posts?{query}"] = 200, {"items": [post()], "next_cursor": "more"}
    api.answers["GET", f"/social-posts?{query}&cursor=more"] = 200, {"items": [], "next_cursor": None}
    assert run("calendar", "--from", "2027-03-01T00:00:00Z", "--platform", "twitter", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)) == 1


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["--published", "42"], {"is_published": True, "part_no": 0, "external_id": "42"}),
        (["--not-published", "--comment"], {"is_published": False, "part_no": 1}),
    ],
)
def test_a_person_settles(api, words, wanted):
    api.answers["POST", f"/social-posts/{POST}/settle"] = 200, post()
    assert run("settle", POST, *words) == 0
    assert body_of(api, "POST", f"/social-posts/{POST}/settle") == wanted


def test_retry_takes_a_group_or_a_post(api):
    api.answers["POST", f"/social-post-groups/{GROUP}/retry"] = 200, {"posts": [post("scheduled")]}
    api.answers["POST", f"/social-posts/{POST}/retry"] = 200, post("scheduled")
    assert (run("retry", GROUP), run("retry", POST)) == (0, 0)


@pytest.fixture
def connection(api, monkeypatch):
    """A connection whose person consents while the command waits."""
    opened = []
    monkeypatch.setattr(connecting, "open_page", opened.append)
    url = "https://x.com/i/oauth2/authorize?state=s"
    api.answers["POST", "/social-connections"] = 201, {"connection_id": "c", "authorise_url": url}
    found = {"status": "ready", "reason": None, "choices": [choice("1", "page")]}
    api.answers["GET", "/social-connections/c"] = [(200, {"status": "waiting"}), (200, found)]
    api.answers["POST", "/social-connections/c/accounts"] = 201, {"accounts": [account(X, "twitter", "shop")]}
    yield found
    assert parse_qs(urlsplit(opened[0]).query) == {"state": ["s"]}


def choice(external_id, handle, *lacks):
    return {
        "external_account_id": external_id,
        "account_handle": handle,
        "account_kind": "page",
        "name": handle.title(),
        "lacks": list(lacks),
    }


CONNECT = ("connect", "facebook", "--return-url", "https://app.example.com/")


def test_the_only_account_of_a_person_is_connected(api, connection, capsys):
    connection["choices"].append(choice("2", "museum", "You may not post there."))
    assert run(*CONNECT) == 0
    assert body_of(api, "POST", "/social-connections/c/accounts") == {"external_account_ids": ["1"]}
    assert "https://x.com/i/oauth2/authorize?state=s" in capsys.readouterr().out


def test_of_several_accounts_one_is_chosen(api, connection, capsys):
    connection["choices"].append(choice("2", "museum"))
    api.answers["GET", "/social-connections/c"].append((200, connection))
    assert run(*CONNECT) == 1
    assert "--connection c --all" in " ".join(capsys.readouterr().out.split())
    assert run("connect", "facebook", "--connection", "c", "--account", "museum") == 0
    assert body_of(api, "POST", "/social-connections/c/accounts") == {"external_account_ids": ["2"]}


def test_what_went_wrong_with_a_connection_is_told(api, connection, capsys):
    connection |= {"status": "failed", "reason": "The person said no. Begin again."}
    assert run(*CONNECT) == 1
    assert "The person said no." in capsys.readouterr().err


def test_people_come_back_to_an_origin_that_stage_local_allows():
    stages = json.loads(Path("cdk.json").read_text())["context"]["stages"]
    assert connecting.LOCAL_RETURN_URL.rstrip("/") in stages["local"]["cors_origins"]
