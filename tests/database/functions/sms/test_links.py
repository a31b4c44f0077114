"""Short links in SMS: what people see, stopping, and clicks of people and machines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from ddp.links import conversions
from ddp.queries.sms.links import Subscription
from tests import lambdas
from tests.database.functions.sms.ledger import Ledger

CODE = "aB3dE5gH7j"
PERSON = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
URL = "https://shop.example/spring?colour=blue#top"


@pytest.fixture
def links(ledger: Ledger, message_secret: None) -> Links:
    return Links(ledger)


class Links:
    """A message that was sent an hour ago, with a code and a link."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        ledger.query("update sms_sends set link_code = null where link_code = %s returning 1", CODE)
        an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
        self.send = ledger.send(
            phone="c", link_code=CODE, sent_at=an_hour_ago, status="sent", accepted_attempts=1
        )
        self.plan = ledger.plan()
        ledger.query(
            "insert into ddp.plan_links (send_plan_id, link_no, url) values (%s, 1, %s) returning 1",
            self.plan,
            URL,
        )

    def share_the_number(self, *, is_shared: bool) -> None:
        self.ledger.query(
            "insert into origination_identities (identity, country, kind, message_type, status,"
            " parts_per_second, is_shared) values ('+12065550100', 'US', 'toll_free', 'promotional', 'active', 3, %s)"
            " on conflict (identity, country) do update set is_shared = excluded.is_shared returning 1",
            is_shared,
        )
        self.ledger.query(
            "insert into ddp.plan_origins (send_plan_id, country, identity, kind, bucket, price_per_part,"
            " opt_out, is_two_way) values (%s, 'US', '+12065550100', 'toll_free', 'sms:x', 0.01, '', false)"
            " returning 1",
            self.plan,
        )

    def ask(self, method: str, path: str, agent: str = PERSON, body: str | None = None) -> dict[str, Any]:
        """Call the function. Returns its answer."""
        from functions.sms import links

        self.ledger.platform.login("ddp_worker")
        form = {"content-type": "application/x-www-form-urlencoded"} if body else {}
        event = lambdas.http_event(method, path, body, headers={"user-agent": agent} | form)
        return links.handler(event, lambdas.Context())

    def clicks(self, send: UUID | None = None) -> list[tuple[Any, ...]]:
        return self.ledger.query(
            "select is_machine, attempt, detail from sms_events where sms_send_id = %s and event_type = 'CLICK'"
            " order by occurred_at",
            send or self.send,
        )


class Texts(HTMLParser):
    """The text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(page[page.index("<body>") :])

    def handle_data(self, data: str) -> None:
        self.text += data


# ── stopping


def test_get_shows_who_sent_it_and_changes_nothing(links: Links) -> None:
    for method in ("GET", "HEAD", "GET"):
        answer = links.ask(method, f"/l/{CODE}")
        assert answer["statusCode"] == 200
        assert answer["headers"]["Cache-Control"] == "no-store"
        shown = Texts(answer["body"]).text if method == "GET" else ""
        assert ("Stop messages from brand" in shown) == (method == "GET")
        assert answer["body"] == "" or method == "GET"
    assert links.ledger.suppressions("c") == set()
    assert links.clicks() == []


@pytest.mark.parametrize(("is_shared", "who"), [(False, "brand"), (True, "everyone")])
def test_post_stops_the_sender_or_everyone_who_shares_its_number(
    links: Links, *, is_shared: bool, who: str
) -> None:
    links.share_the_number(is_shared=is_shared)
    assert ("all senders" in Texts(links.ask("GET", f"/l/{CODE}")["body"]).text) == is_shared
    for _ in range(2):
        answer = links.ask("POST", f"/l/{CODE}", body="action=stop")
        assert answer["statusCode"] == 200
        assert "You get no more messages" in Texts(answer["body"]).text
        assert links.ledger.suppressions("c") == {(who, "stop")}
    assert "You get no more messages" in links.ask("GET", f"/l/{CODE}")["body"]
    assert links.ledger.hours() == (0, 0, 1)
    assert links.ledger.value(
        "select unsubscribed_at is not null from sms_sends where sms_send_id = %s", links.send
    )


def test_a_stop_for_one_sender_leaves_the_shared_numbers_button(links: Links) -> None:
    links.share_the_number(is_shared=True)
    links.ledger.query(
        "insert into suppressions (channel, address_hash, owner_user_id, reason) values ('sms', %s, %s, 'stop')"
        " returning 1",
        links.ledger.hash("c"), links.ledger.platform.users["brand"],
    )  # fmt: skip
    assert "Stop messages" in Texts(links.ask("GET", f"/l/{CODE}")["body"]).text


@pytest.mark.parametrize(
    "path",
    [
        "/l/0000000000", "/l/aB3dE5gH7", "/l/aB3dE5gH7jj", "/l/aB3dE5gH7%00", "/l/'%20or%201=1", "/l/", "/l",
        "/l/aB3dE5gH7j/0", "/l/aB3dE5gH7j/2", "/l/aB3dE5gH7j/100", "/l/aB3dE5gH7j/1/2", "/l/aB3dE5gH7j/%31",
        "/l/0000000000/1", "/l/aB3dE5gH7j/x", "/aB3dE5gH7j", "/l/" + "a" * 5_000,
    ],
)  # fmt: skip
def test_unknown_links_get_one_page(links: Links, path: str) -> None:
    answers = [links.ask("GET", path), links.ask("GET", "/l/zzzzzzzzzz")]
    assert [(a["statusCode"], a["body"]) for a in answers] == [(404, answers[1]["body"])] * 2


def test_an_unknown_code_stops_nobody(links: Links) -> None:
    assert links.ask("POST", "/l/zzzzzzzzzz", body="action=stop")["statusCode"] == 404


def test_an_erased_recipients_link_shows_nothing(links: Links) -> None:
    links.ledger.query(
        "update sms_sends set recipient_hash = null where sms_send_id = %s returning 1", links.send
    )
    assert links.ask("GET", f"/l/{CODE}")["statusCode"] == 404
    assert links.ask("POST", f"/l/{CODE}", body="action=stop")["statusCode"] == 404


def test_a_domain_of_its_own_has_codes_at_its_root(links: Links, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    from ddp.links import short_links
    from functions.sms import links as function

    monkeypatch.setenv("DDP_LINK_URL", "https://ddp.example")
    importlib.reload(short_links)
    importlib.reload(function)
    try:
        assert (
            links.ask("GET", f"/{CODE}")["statusCode"] == links.ask("GET", f"/l/{CODE}")["statusCode"] == 200
        )
        assert (
            links.ask("GET", f"/{CODE}/1")["statusCode"]
            == links.ask("GET", f"/l/{CODE}/1")["statusCode"]
            == 302
        )
    finally:
        monkeypatch.delenv("DDP_LINK_URL")
        importlib.reload(short_links)
        importlib.reload(function)


def test_a_failure_is_a_page_too(links: Links, monkeypatch: pytest.MonkeyPatch) -> None:
    from ddp.queries.sms import links as queries

    monkeypatch.setattr(queries, "subscription", lambda *_: 1 / 0)
    answer = links.ask("GET", f"/l/{CODE}")
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "120")


# ── clicks


def test_a_persons_click_leads_on_and_counts(links: Links) -> None:
    answer = links.ask("GET", f"/l/{CODE}/1")
    assert (answer["statusCode"], answer["headers"]["Location"]) == (302, URL)
    assert answer["headers"]["Cache-Control"] == "no-store"
    first = links.ledger.learnt(links.send)
    assert (first["status"], first["accepted_attempts"]) == ("clicked", 1)
    links.ask("GET", f"/l/{CODE}/1")
    assert links.ledger.learnt(links.send) == first
    assert links.clicks() == [(False, 1, {"link": 1, "agent": PERSON})] * 2


@pytest.mark.parametrize("agent", ["", "Mozilla/5.0", "WhatsApp/2.24", "curl/8.5"])
def test_a_machines_click_leads_on_and_does_not_count(links: Links, agent: str) -> None:
    assert links.ask("GET", f"/l/{CODE}/1", agent)["headers"]["Location"] == URL
    assert links.ledger.learnt(links.send)["clicked_at"] is None
    assert links.ledger.status(links.send) == "sent"
    assert [click[0] for click in links.clicks()] == [True]


def test_haste_is_a_machines(links: Links) -> None:
    links.ledger.query("update sms_sends set sent_at = now() where sms_send_id = %s returning 1", links.send)
    links.ask("GET", f"/l/{CODE}/1")
    assert [click[0] for click in links.clicks()] == [True]


def test_head_leads_on_and_leaves_no_trace(links: Links) -> None:
    assert links.ask("HEAD", f"/l/{CODE}/1")["headers"]["Location"] == URL
    assert links.clicks() == []


@pytest.mark.parametrize(
    ("status", "attempt", "called", "accepted"),
    [
        ("sending", 1, True, 0b1),
        ("unknown", 2, True, 0b10),
        ("pending", 2, False, 0b1),
        ("failed", 1, True, 0b1),
    ],
)
def test_a_click_proves_acceptance(
    links: Links, status: str, attempt: int, accepted: int, *, called: bool
) -> None:
    links.ledger.query("update sms_sends set link_code = null where sms_send_id = %s returning 1", links.send)
    columns = {} if called else {"send_call_id": None}
    send = links.ledger.send(link_code=CODE, status=status, attempt=attempt, **columns)
    links.ask("GET", f"/l/{CODE}/1")
    learnt = links.ledger.learnt(send)
    assert (learnt["status"], learnt["accepted_attempts"], learnt["unknown_at"]) == (
        "clicked",
        accepted,
        None,
    )
    assert learnt["sent_at"] is not None
    assert links.ledger.hours()[0] == 1


def test_a_hundred_clicks_are_kept(links: Links) -> None:
    links.ledger.query(
        "insert into sms_events (event_id, occurred_at, sms_send_id, attempt, event_type)"
        " select gen_random_uuid(), now(), %s, 1, 'CLICK' from generate_series(1, 99) returning 1",
        links.send,
    )
    for _ in range(3):
        assert links.ask("GET", f"/l/{CODE}/1", agent="x\x00" + "y" * 10_000)["statusCode"] == 302
    assert len(links.clicks()) == 100


def test_a_tracked_link_has_a_reference(links: Links) -> None:
    links.ledger.query(
        "update send_plans set tracks_conversions = true where send_plan_id = %s returning 1", links.plan
    )
    location = links.ask("GET", f"/l/{CODE}/1")["headers"]["Location"]
    page, _, reference = location.removesuffix("#top").partition("&ddp_ref=")
    assert page == "https://shop.example/spring?colour=blue"
    assert conversions.referred(reference) == links.send
    links.ledger.query(
        "update send_plans set recipients_masked = true where send_plan_id = %s returning 1", links.plan
    )
    assert links.ask("GET", f"/l/{CODE}/1")["headers"]["Location"] == URL


# ── pages


@pytest.mark.parametrize(("is_shared", "has_left"), list(product((False, True), repeat=2)))
def test_a_sender_cannot_write_into_the_page(*, is_shared: bool, has_left: bool) -> None:
    """tests/unit/test_pages.py looks at them in a browser."""
    from functions.sms.pages import opt_out

    known = Subscription(sender_name='Lakeside <b>"J"</b> & Co', is_shared=is_shared, has_left=has_left)
    page = opt_out.subscription(known)
    assert "<b>" not in page
    assert 'Lakeside <b>"J"</b> & Co' in Texts(page).text
