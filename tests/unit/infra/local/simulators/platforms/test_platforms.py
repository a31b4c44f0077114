"""What the simulator promises whatever the platform: consent, tokens, crashes, limits, faults, pages, secrets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit
from zoneinfo import ZoneInfo

import pytest
import urllib3

from infra.local.processes import free_port
from infra.local.simulators.platforms.client import PlatformsClient
from infra.local.simulators.platforms.world import PLATFORMS
from tests.unit.infra.local.simulators.platforms.conftest import Running, WebServer, web_server
from tests.unit.infra.local.simulators.platforms.test_samples import bearer

pytestmark = pytest.mark.thorough

X = "https://x.com/i/oauth2/authorize?" + urlencode(
    {
        "client_id": "ddp-on-twitter",
        "redirect_uri": "https://api.example.com/back",
        "response_type": "code",
        "scope": "tweet.read tweet.write users.read offline.access",
        "state": "s-1",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
)
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # of RFC 7636, appendix B
BASIC = {"Authorization": "Basic ZGRwLW9uLXR3aXR0ZXI6U0VDUkVULWNsaWVudC10d2l0dGVy"}


def exchange(running: Running, code: str, **changed: str) -> urllib3.BaseHTTPResponse:
    given = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "https://api.example.com/back",
        "code_verifier": VERIFIER,
    }
    return running.ask(
        "POST", "api.x.com/2/oauth2/token", fields=given | changed, encode_multipart=False, headers=BASIC
    )


def code_of(running: Running) -> str:
    return parse_qs(urlsplit(running.client.consent(X)).query)["code"][0]


def test_a_person_may_deny(running: Running) -> None:
    back = parse_qs(urlsplit(running.client.consent(X, decision="deny")).query)
    assert back == {"error": ["access_denied"], "state": ["s-1"]}


def test_the_consent_page_names_the_scopes_and_its_form_comes_back(running: Running) -> None:
    page = urllib3.request("GET", running.client.address(X)).data.decode()
    assert "tweet.write" in page
    assert "<script" not in page


@pytest.mark.parametrize(
    "changed",
    [
        ("client_id=ddp-on-twitter", "client_id=another"),
        ("response_type=code", "response_type=token"),
        ("redirect_uri=https", "redirect_uri=javascript"),
        ("code_challenge_method=S256", "code_challenge_method=plain"),
    ],
)
def test_a_wrong_request_for_consent_leads_nowhere(running: Running, changed: tuple[str, str]) -> None:
    url = running.client.address(X.replace(*changed))
    answer = urllib3.request("POST", url, fields={"decision": "allow"}, redirect=False)
    assert (answer.status, answer.headers.get("Location")) == (400, None)


def test_an_address_that_is_not_registered_is_refused(running: Running) -> None:
    running.client.change(redirect_uris={"twitter": ["https://another.example/back"]})
    with pytest.raises(ValueError, match="not registered"):
        running.client.consent(X)


def test_a_code_lives_thirty_seconds_on_x(running: Running) -> None:
    code = code_of(running)
    running.clock.now += 31
    assert exchange(running, code).status == 400


@pytest.mark.parametrize(
    "changed", [{"code_verifier": "another"}, {"redirect_uri": "https://api.example.com/other"}]
)
def test_a_code_needs_its_verifier_and_its_address(running: Running, changed: dict[str, str]) -> None:
    assert exchange(running, code_of(running), **changed).status == 400


def test_a_rotated_refresh_token_works_once_and_an_access_token_ends(running: Running) -> None:
    code = code_of(running)
    tokens = exchange(running, code).json()
    assert exchange(running, code).status == 400
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

    def refresh() -> urllib3.BaseHTTPResponse:
        return running.ask(
            "POST", "api.x.com/2/oauth2/token", fields=form, encode_multipart=False, headers=BASIC
        )

    assert refresh().status == 200
    assert refresh().status == 400
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert running.ask("GET", "api.x.com/2/users/me", headers=headers).status == 200
    running.clock.now += tokens["expires_in"] + 1
    assert running.ask("GET", "api.x.com/2/users/me", headers=headers).status == 401


def test_a_missing_scope_is_refused(running: Running) -> None:
    _, token = bearer(running, "twitter", "users.read")
    headers = {"Authorization": f"Bearer {token}"}
    assert running.ask("POST", "api.x.com/2/tweets", json={"text": "No"}, headers=headers).status == 403
    assert running.client.finalised() == []


def test_every_secret_carries_the_mark(running: Running) -> None:
    tokens = exchange(running, code_of(running)).json()
    assert tokens["access_token"].startswith("SECRET-")
    assert tokens["refresh_token"].startswith("SECRET-")
    for platform in PLATFORMS:
        _, token = bearer(running, platform, "any", index=1 if platform in {"facebook", "linkedin"} else 0)
        assert token.startswith("SECRET-")


@pytest.mark.parametrize("kind", ["drop_after", "error_after", "silence_after"])
def test_a_fault_after_acceptance_leaves_the_post_public(running: Running, kind: str) -> None:
    _, token = bearer(running, "twitter", "tweet.read tweet.write users.read")
    running.client.fail(kind, "twitter.finalise")
    try:
        answer = running.ask(
            "POST",
            "api.x.com/2/tweets",
            json={"text": "Once"},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status == 503
    except urllib3.exceptions.HTTPError:
        assert kind != "error_after"
    assert [each["text"] for each in running.client.finalised("twitter")] == ["Once"]


def test_a_fault_before_acceptance_leaves_nothing_not_even_a_charge(running: Running) -> None:
    _, token = bearer(running, "twitter", "tweet.read tweet.write users.read")
    running.client.fail("error_before", "twitter.finalise")
    headers = {"Authorization": f"Bearer {token}"}
    assert running.ask("POST", "api.x.com/2/tweets", json={"text": "x"}, headers=headers).status == 503
    assert running.client.finalised() == []
    assert running.client.charged() == 0


def test_a_fault_needs_a_platform(running: Running) -> None:
    with pytest.raises(ValueError, match="400"):
        running.client.fail("throttle", "everything")


def test_settings_are_checked_and_kept(running: Running) -> None:
    with pytest.raises(ValueError, match="400"):
        running.client.change(qoutas={})
    running.client.change(quotas={"instagram_posts_per_day": 7})
    assert running.client.settings()["quotas"]["instagram_posts_per_day"] == 7


def test_the_quota_of_youtube_is_counted_until_midnight_pacific(running: Running) -> None:
    midnight = datetime(2026, 12, 1, tzinfo=ZoneInfo("America/Los_Angeles")).timestamp()
    running.clock.now = midnight - 1
    running.client.change(quotas={"youtube_uploads_per_day": 1})
    _, token = bearer(running, "youtube", "https://www.googleapis.com/auth/youtube.upload")

    def start() -> int:
        return running.ask(
            "POST",
            "www.googleapis.com/upload/youtube/v3/videos?uploadType=resumable&part=snippet",
            json={"snippet": {"title": "A watch"}},
            headers={"Authorization": f"Bearer {token}"},
        ).status

    running.clock.now = (
        1_796_022_000 + 8 * 3_600 - 601
    )  # 23:49:59 in Los Angeles on 29 November, 07:49:59 UTC
    running.clock.now = 1_796_025_599 - 601
    assert (start(), start()) == (200, 403)
    running.clock.now += 1_200
    assert start() == 200


def test_a_photo_from_an_address_that_redirects_is_refused(running: Running, web: WebServer) -> None:
    account, token = bearer(
        running, "instagram", "instagram_business_basic instagram_business_content_publish"
    )
    for path in ("/moved", "/missing"):
        answer = running.ask(
            "POST",
            f"graph.instagram.com/v26.0/{account}/media",
            fields={"image_url": web.url + path, "access_token": token},
        )
        assert (answer.status, answer.json()["error"]["error_subcode"]) == (400, 2207052)


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server() as served:
        yield served


def test_the_controls_take_no_form_and_answer_by_name_only(running: Running) -> None:
    form = running.ask("POST", "_platforms/faults", fields={"kind": "throttle"})
    assert form.status == 415
    foreign = running.ask("GET", "_platforms/settings", headers={"Host": "evil.example"})
    assert foreign.status == 421


def test_the_pages_show_what_is_public_and_nothing_is_markup(running: Running) -> None:
    _, token = bearer(running, "twitter", "tweet.read tweet.write users.read")
    assert "No post yet." in running.ask("GET", "").data.decode()
    running.ask(
        "POST",
        "api.x.com/2/tweets",
        json={"text": "<script>alert(1)</script>"},
        headers={"Authorization": f"Bearer {token}"},
    )
    for path in ("", "feeds/twitter"):
        page = running.ask("GET", path)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.data.decode()
        assert "<script>" not in page.data.decode()
        assert "script-src" not in page.headers["Content-Security-Policy"]
    assert running.ask("GET", "feeds/myspace").status == 404
    assert running.ask("GET", "_media/" + "0" * 24).status == 404


def test_a_host_or_path_that_is_not_simulated_says_so(running: Running) -> None:
    answer = running.ask("GET", "graph.facebook.com/v26.0/me/albums/all/of/them")
    assert answer.status == 404
    assert "knows no GET" in answer.json()["message"]


def test_a_kill_loses_nothing(tmp_path: Path) -> None:
    port = free_port()
    command = [
        sys.executable, "-m", "infra.local.simulators.platforms.server",
        "--port", str(port), "--directory", str(tmp_path),
    ]  # fmt: skip
    client = PlatformsClient(url=f"http://127.0.0.1:{port}")

    def started() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                client.counts()
            except urllib3.exceptions.HTTPError:
                time.sleep(0.05)
            else:
                return process
        raise AssertionError("it does not start")

    process = started()
    account = client.accounts("twitter")[0]["id"]
    token = client.tokens("twitter", account, ["tweet.read", "tweet.write", "users.read"])["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    client.change(quotas={"instagram_posts_per_day": 3})

    def post(text: str) -> int:
        url = client.address("https://api.x.com/2/tweets")
        return urllib3.request("POST", url, json={"text": text}, headers=headers).status

    assert post("Before") == 201
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process = started()
    try:
        assert post("Before") == 403
        assert post("After") == 201
        assert [each["text"] for each in client.finalised("twitter", account)] == ["Before", "After"]
        assert client.settings()["quotas"]["instagram_posts_per_day"] == 3
        assert str(client.charged()) == "0.030"
    finally:
        process.kill()
        process.wait()
