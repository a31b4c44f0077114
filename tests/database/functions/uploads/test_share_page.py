"""What a browser gets behind a public link: a page for everyone, and the file."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from justhtml import JustHTML
from PIL import Image

from functions.uploads import http, models, share_page
from functions.uploads.routes import shares
from tests import lambdas

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HOSTILE = '"><script>alert(1)<b><img src=x onerror=alert(1)>.pdf'


def png() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (1600, 900), "gold").save(made, "png")
    return made.getvalue()


def link(platform: Any, file_id: str) -> dict[str, Any]:
    """A new public link of the brand's file."""
    body = {"public_link": True, "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    return platform.call("brand", "POST", f"/files/{file_id}/shares", body).body


def browse(platform: Any, path: str) -> dict[str, Any]:
    """The handler's answer to a browser."""
    platform.login("ddp_api")
    return http.handler(lambdas.http_event("GET", path, headers=BROWSER), lambdas.Context())


def actions(platform: Any, file_id: str) -> list[str]:
    rows = platform.query(
        "select action_type::text from file_actions where file_id = %s and user_id is null order by action_timestamp",
        file_id,
    )
    return [action for (action,) in rows]


def test_a_browser_gets_a_page_with_the_file_its_owner_and_a_preview(platform):
    file_id = platform.file("brand", png(), file_name="Key visual.png", content_type="image/png")
    token = link(platform, file_id)["token"]
    answer = browse(platform, f"/shares/{token}")
    assert answer["statusCode"] == 200
    page = answer["body"]
    assert JustHTML(page, strict=True, sanitize=False).errors == []
    for words in (
        "Key visual.png",
        "<bdi>brand</bdi> shares a file with you",
        "PNG image",
        "kB",
        "works until",
    ):
        assert words in page
    preview = JustHTML(page, sanitize=False).query("img")[0].attrs["src"]
    assert requests.get(preview, timeout=5).headers["Content-Type"] == "image/webp"
    origin = "/".join(preview.split("/")[:3])
    policy = answer["headers"]["Content-Security-Policy"]
    assert "script-src" not in policy
    assert {"default-src 'none'", f"img-src {origin}", "frame-ancestors 'none'"} <= set(policy.split("; "))
    for name, value in (
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Robots-Tag", "noindex, nofollow"),
        ("Vary", "Accept"),
    ):
        assert answer["headers"][name] == value

    button = JustHTML(page, sanitize=False).query("a.button")[0].attrs["href"]
    given = browse(platform, f"/shares/{button}")
    assert given["statusCode"] == 302
    assert (
        "attachment" in requests.get(given["headers"]["Location"], timeout=5).headers["Content-Disposition"]
    )
    assert actions(platform, file_id) == ["VIEW", "DOWNLOAD"]


def test_api_clients_get_json_as_before_and_what_a_page_of_their_own_needs(platform):
    token = link(platform, platform.file("brand"))["token"]
    seen = platform.call(None, "GET", f"/shares/{token}")
    assert (seen.body["shared_by"], seen.body["thumbnails"]) == ("brand", [])
    missing = lambdas.http_event("GET", "/files/x/shares", headers=BROWSER)
    assert http.handler(missing, lambdas.Context())["headers"]["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["A" * 43, "A" * 43 + "/download", "x", "x/download", "", "a/b/c"])
def test_a_link_that_does_not_work_is_a_page_too(platform, path):
    answer = browse(platform, f"/shares/{path}")
    assert (answer["statusCode"], answer["body"]) == (404, share_page.not_found())


def test_a_failure_is_a_page_that_says_nothing(platform, monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(shares, "describe", fail)
    answer = browse(platform, "/shares/" + "A" * 43)
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "5")
    assert "secret" not in answer["body"]


def test_hostile_names_are_text(platform):
    platform.query(
        "update users set user_name = %s where user_id = %s returning 1", HOSTILE, platform.users["brand"]
    )
    file_id = platform.file("brand")
    platform.query("update files set file_name = %s where file_id = %s returning 1", HOSTILE, file_id)
    page = browse(platform, f"/shares/{link(platform, file_id)['token']}")["body"]
    document = JustHTML(page, strict=True, sanitize=False)
    assert document.errors == []
    assert not document.query("script, img")
    assert [name.to_text() for name in document.query("bdi")] == [HOSTILE, HOSTILE]


def test_the_front_end_can_have_the_page(platform, monkeypatch):
    monkeypatch.setattr(shares, "PAGE_URL", "https://app.example.com/s")
    made = link(platform, platform.file("brand"))
    assert made["url"] == f"https://app.example.com/s/{made['token']}"


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (1449, "1.4 kB"),
        (14_900, "15 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (5_368_709_120, "5.4 GB"),
    ],
)
def test_sizes_are_for_people(count, words):
    assert share_page.size(count) == words


@pytest.mark.parametrize(
    ("content_type", "words"),
    [("image/svg+xml", "SVG image"), ("application/pdf", "PDF"), ("video/mp4", "MP4 video"), ("text/csv", "CSV"),
     ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "File"), (None, "File")],
)  # fmt: skip
def test_types_are_words(content_type, words):
    file = models.SharedFile(
        file_name="x", content_type=content_type, file_size=1, shared_by="x", thumbnails=[],
        expires_at=datetime(2026, 5, 3, tzinfo=UTC),
    )  # fmt: skip
    assert re.search(rf"<p>{words} · 1 byte</p>", share_page.shared_file(file, "A" * 43))
