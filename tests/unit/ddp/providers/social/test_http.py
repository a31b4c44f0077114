"""Calls to platforms, against a real HTTP server that misbehaves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ddp.errors import CredentialsExpired, Transient, Unknown
from ddp.providers.social import http
from ddp.providers.social.base import QuotaReached, Refused

CALLS: list[str] = []
# Set when a call that waits may go on.
GO_ON = threading.Event()


class Platform(BaseHTTPRequestHandler):
    """Answers as the path says."""

    def do_POST(self) -> None:
        CALLS.append(self.path)
        _, _, what = self.path.partition("/platform.example/")
        if what.startswith("dies"):
            self.connection.close()
            return
        if what.startswith("waits"):
            GO_ON.wait(20)
            return
        status, length = (200, 2_000_000) if what == "long" else (int(what[:3]), 20)
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Retry-After", "7")
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(b"access_token=SECRET&"[:length].ljust(length, b"x"))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Platform) as platform:
        thread = threading.Thread(target=platform.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setattr(http, "GATEWAY", f"http://127.0.0.1:{platform.server_port}")
        CALLS.clear()
        yield
        platform.shutdown()
        thread.join()


def call(what: str, **options: bool) -> http.Answer:
    return http.call("POST", f"https://platform.example/{what}", classify=lambda *_: None, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "finalises", "error"),
    [
        ("401", False, CredentialsExpired),
        ("429", True, QuotaReached),
        ("400", True, Refused),
        ("302", False, Refused),
        ("500", False, Transient),
        ("500", True, Unknown),
        ("dies", False, Transient),
        ("dies", True, Unknown),
        ("long", False, Transient),
        ("long", True, Unknown),
    ],
)
def test_what_an_answer_means(what: str, finalises: bool, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        call(what, finalises=finalises)
    assert type(raised.value) is error
    assert "SECRET" not in str(raised.value)
    assert len(CALLS) == 1  # never repeated, no redirect followed


def test_nothing_was_sent_where_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "GATEWAY", "http://127.0.0.1:9")
    with pytest.raises(Transient):
        call("200", finalises=True)


def test_a_good_answer() -> None:
    answer = call("200")
    assert (answer.status, answer.json(), answer.text) == (200, {}, "access_token=…&")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "12"}, 12),
        ({"x-rate-limit-reset": "1000"}, 100),
        ({"retry-after": "Thu, 01 Jan 1970 00:16:00 GMT"}, 60),
        ({"x-rate-limit-reset": "1"}, 0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    answer = http.Answer(status=429, headers=headers, body=b"")
    assert answer.retry_after(datetime.fromtimestamp(900, UTC)) == seconds


def test_calls_end_when_their_time_is_over() -> None:
    """A person waits: the calls have a time in all, and none begins after it."""
    GO_ON.clear()
    try:
        with http.within(0.2):
            with pytest.raises(Transient):
                call("waits")
            with pytest.raises(Transient, match="no time was left"):
                call("200")
    finally:
        GO_ON.set()
    assert len(CALLS) == 1
    assert call("200").status == 200, "other calls have their usual time"


def test_people_are_sent_where_calls_go(monkeypatch: pytest.MonkeyPatch) -> None:
    page = "https://x.com/i/oauth2/authorize?state=1"
    monkeypatch.setattr(http, "GATEWAY", "http://127.0.0.1:1")
    assert http.address(page) == "http://127.0.0.1:1/x.com/i/oauth2/authorize?state=1"
    monkeypatch.setattr(http, "GATEWAY", "")
    assert http.address(page) == page
