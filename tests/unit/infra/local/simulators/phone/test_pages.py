"""The pages: untrusted texts are shown and cannot do anything; a phone can answer."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
import urllib3

from .conftest import AMERICAN, FRENCH, SWISS, ZULU

pytestmark = pytest.mark.thorough

HOSTILE = "<script>alert(1)</script>\u202e\"'><img src=x onerror=alert(2)>"


def form(running, fields, **headers):
    return urllib3.request(
        "POST",
        f"{running.url}/answer",
        body=urlencode(fields),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        | headers,
        retries=False,
        redirect=False,
    )


def test_the_list_is_searched(running):
    running.send(FRENCH, "100%_sure")
    running.send(AMERICAN, "Hello", OriginationIdentity="72345")
    running.send(AMERICAN, "Again", OriginationIdentity="72345")
    assert running.get("/").data.decode().count("<tr><td") == 2
    found = running.get("/?q=0%25_s").data.decode()
    assert FRENCH in found
    assert AMERICAN not in found
    assert "No phone matches" in running.get("/?q=nobody").data.decode()


def test_the_list_goes_on_with_older_threads(running):
    running.controls.change(account={"rates": {"36111": 1000}})
    for number in range(60):
        running.send(f"+336123456{number:02}")
    page = running.get("/").data.decode()
    assert page.count("<tr><td") == 50
    older = page.partition('href="/?q=&amp;before=')[2].partition('"')[0]
    assert running.get(f"/?before={older}").data.decode().count("<tr><td") == 10


def test_an_empty_list_says_what_to_do(running):
    assert "make demo" in running.get("/").data.decode()


def test_a_thread_shows_parts_prices_and_states(running):
    running.send(body="a" * 161)
    page = running.get(f"/phones/{FRENCH}").data.decode()
    for fact in ("2 parts, GSM", "$0.14800", "Sent by 36111", "delivered", "FR +33612345678"):
        assert fact in page
    assert page == running.get("/phones/%2B33612345678").data.decode()


def test_what_strangers_wrote_is_text(running):
    running.send(body=HOSTILE)
    running.controls.answer(phone=FRENCH, identity="36111", body=HOSTILE)
    for path in ("/", f"/phones/{FRENCH}", "/?q=<script>alert(2)</script>"):
        answer = running.get(path)
        assert b"<script" not in answer.data, path
        assert b"<img" not in answer.data, path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "script-src" not in answer.headers["Content-Security-Policy"]


def test_a_form_answers_and_leads_back_to_the_thread(running):
    running.send()
    answer = form(running, {"phone": FRENCH, "identity": "36111", "body": "", "quick": "STOP"})
    assert (answer.status, answer.headers["Location"]) == (303, "/phones/%2B33612345678")
    running.publish()
    assert running.sns.published["inbound"][0]["messageBody"] == "STOP"
    form(running, {"phone": FRENCH, "identity": "36111", "body": "Merci é"})
    assert running.controls.messages(FRENCH)[-1]["body"] == "Merci é"


def test_an_automatic_answer_is_shown(running):
    running.send(ZULU, OriginationIdentity="+27600000123")
    form(running, {"phone": ZULU, "identity": "+27600000123", "quick": "STOP"})
    assert "You have been unsubscribed" in running.get(f"/phones/{ZULU}").data.decode()


def test_nobody_can_answer_to_a_sender_id(running):
    running.send(SWISS, OriginationIdentity="AURORA")
    assert "<form" not in running.get(f"/phones/{SWISS}").data.decode()
    answer = form(running, {"phone": SWISS, "identity": "AURORA", "quick": "STOP"})
    assert answer.status == 409
    assert b"not a two-way number" in answer.data


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", ""])
def test_a_form_of_another_page_changes_nothing(running, site):
    running.send()
    fields = {"phone": FRENCH, "identity": "36111", "quick": "STOP"}
    assert form(running, fields, **{"Sec-Fetch-Site": site}).status == 415
    assert len(running.controls.messages(FRENCH)) == 1
    plain = urllib3.request(
        "POST", f"{running.url}/_phone/faults", body=b"{}", headers={"Content-Type": "text/plain"}
    )
    assert plain.status == 415


def test_another_name_is_not_answered(running):
    for path in ("/", "/_phone/counts"):
        assert running.get(path, Host="evil.example").status == 421


def test_what_is_not_there(running):
    for path in (f"/phones/{FRENCH}", "/phones/x", "/nothing", "/_phone/nothing", f"/phones/+{'9' * 30}"):
        assert running.get(path).status == 404
    assert form(running, {"phone": "'", "identity": "36111", "quick": "STOP"}).status == 404
    assert urllib3.request("POST", f"{running.url}/nothing", body=b"", retries=False).status == 404
