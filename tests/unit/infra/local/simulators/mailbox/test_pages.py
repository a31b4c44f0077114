"""The pages: untrusted content is shown and cannot do anything."""

from __future__ import annotations

import pytest
import urllib3

from infra.local.simulators.mailbox.message import decoded

from .conftest import send

pytestmark = pytest.mark.thorough

HOSTILE = '<script>alert(1)</script><img src="https://track.example/p.gif"><p>Hello'


def hostile(box):
    simple = {
        "Subject": {"Data": "<script>s</script>"},
        "Body": {"Html": {"Data": HOSTILE}, "Text": {"Data": "<b>"}},
    }
    send(box, Content={"Simple": simple}, Destination={"ToAddresses": ["Anna <anna@shop.example>"]})
    return box.mailbox.store.page()[0].number


def test_the_list_is_searched(box):
    send(box, to="anna@shop.example")
    send(box, to="100%_sure@shop.example")
    assert box.get("/").data.decode().count("<tr><td>") == 2
    found = box.get("/?q=0%25_s").data.decode()
    assert "100%_sure@shop.example" in found
    assert "anna@shop.example" not in found
    assert "No message matches" in box.get("/?q=nobody").data.decode()


def test_encoded_names_are_shown_decoded_and_found(box):
    send(box, to="=?utf-8?q?J=C3=B6rg?= <joerg@shop.example>")
    page = box.get("/?q=J%C3%B6rg").data.decode()
    assert "Jörg &lt;joerg@shop.example&gt;" in page
    assert "=?utf-8?" not in page
    assert "Jörg &lt;" in box.get("/messages/1").data.decode()


@pytest.mark.parametrize("header", ["=?unknown?q?x?=", "=?utf-8?b?%?=", "plain", "=?utf-8?q?=FF?="])
def test_a_header_that_cannot_be_decoded_is_shown_all_the_same(header):
    assert decoded(header)


def test_an_empty_mailbox_says_what_to_do(box):
    assert "make demo" in box.get("/").data.decode()


def test_what_strangers_wrote_is_text_on_our_pages(box):
    number = hostile(box)
    for path in ("/", f"/messages/{number}", "/?q=<script>alert(2)</script>"):
        answer = box.get(path)
        assert b"<script" not in answer.data, path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "script-src" not in answer.headers["Content-Security-Policy"]
    page = box.get(f"/messages/{number}").data.decode()
    assert "Anna &lt;anna@shop.example&gt;" in page
    assert "<iframe sandbox " in page


def test_the_html_of_a_message_may_do_nothing(box):
    answer = box.get(f"/messages/{hostile(box)}/html")
    assert answer.data.decode() == HOSTILE
    policy = {part.strip() for part in answer.headers["Content-Security-Policy"].split(";")}
    assert {"default-src 'none'", "sandbox", "img-src data:", "frame-ancestors 'self'"} <= policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_text_and_raw_are_plain_text(box):
    number = hostile(box)
    for kind, expected in (("text", b"<b>"), ("raw", b"Subject: <script>s</script>")):
        answer = box.get(f"/messages/{number}/{kind}")
        assert expected in answer.data
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_another_name_is_not_answered(box):
    for path in ("/", "/_mailbox/counts", "/v2/email/account"):
        assert box.get(path, Host="evil.example").status == 421


def test_a_form_of_another_page_changes_nothing(box):
    answer = urllib3.request(
        "POST",
        f"{box.url}/_mailbox/faults",
        body=b'{"kind": "throttle"}',
        headers={"Content-Type": "text/plain"},
    )
    assert answer.status == 415
    send(box)


def test_what_is_not_there(box):
    for path in ("/messages/1", "/messages/x", "/nothing", "/messages/99999999999999999999"):
        assert box.get(path).status == 404
