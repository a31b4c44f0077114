"""Asking for a reading now, budgets for reading, and the public page of a request to forget."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from justhtml import JustHTML

from functions.engagement import http
from functions.engagement.routes import deletions
from tests import lambdas
from tests.database.functions.engagement.conftest import NOW, Measured
from tests.database.functions.social.posts_world import SENT

CODE = "a-code-of-twenty-characters"


def due(measured: Measured, post: str) -> set[bool]:
    rows = measured.posting.platform.query(
        "select due_at <= clock_timestamp() from ddp.social_polls where post_id = %s", post
    )
    return {is_due for (is_due,) in rows}


def test_a_post_is_read_now_and_once_in_five_minutes(measured: Measured) -> None:
    post = measured.post(published_at=NOW)
    assert due(measured, post) == {False}
    answer = measured.posting.act(post, "measure")
    assert answer.status == 200, answer
    assert [reading["kind"] for reading in answer.body["readings"]] == ["counters", "insights"]
    assert due(measured, post) == {True}
    assert [entry["MessageBody"] for entry in SENT] == ['{"type": "PollPosts"}']
    again = measured.posting.act(post, "measure")
    assert (again.status, again.code) == (429, "measured-lately")
    assert re.search(r"try again after \d\d:\d\d:\d\d UTC", again.body["detail"])
    assert again.body["retry_at"]
    assert len(SENT) == 1
    measured.posting.platform.run(
        "update ddp.social_polls set nudged_at = nudged_at - interval '5 minutes' where post_id = %s", post
    )
    assert measured.posting.act(post, "measure").status == 200


@pytest.mark.parametrize("status", ["draft", "scheduled", "failed"])
def test_only_what_is_out_can_be_read(measured: Measured, status: str) -> None:
    post = measured.post(status=status, published_at=None, scheduled_at=None if status == "draft" else NOW)
    answer = measured.posting.act(post, "measure")
    assert (answer.status, answer.code) == (409, "not-published")


def test_what_is_gone_cannot_be_read(measured: Measured) -> None:
    post = measured.post()
    measured.posting.platform.query("select ddp.delete_on_platform(array[%s::uuid])", post)
    assert measured.posting.act(post, "measure").code == "not-published"


def test_an_event_does_not_keep_people_from_asking(measured: Measured) -> None:
    post = measured.post(published_at=NOW)
    measured.posting.platform.query("select ddp.nudge_social_polls(array[%s::uuid])", post)
    assert measured.posting.act(post, "measure").status == 200
    assert due(measured, post) == {True}
    assert measured.posting.act(post, "measure").status == 429


def test_others_cannot_ask(measured: Measured) -> None:
    post = measured.post(published_at=NOW)
    assert measured.posting.act(post, "measure", "rival").status == 404
    assert measured.posting.act(post, "measure", None).status == 401  # type: ignore[arg-type]
    assert due(measured, post) == {False}
    viewer = measured.posting.member("viewer")
    assert measured.posting.act(post, "measure", "other", **viewer).status == 403
    measured.posting.platform.run(
        "update account_members set member_role = 'editor' where account_id = %s",
        measured.posting.platform.users["brand"],
    )
    assert measured.posting.act(post, "measure", "other", **viewer).status == 200


def test_administrators_set_what_reading_may_cost(measured: Measured) -> None:
    body = {"user_id": str(measured.posting.platform.users["brand"]), "monthly_budget": "2.50"}
    path = "/social-read-budget"
    for user, status in (("brand", 403), ("rival", 403), (None, 401)):
        assert measured.posting.ask(user, "PUT", path, body).status == status
    answer = measured.posting.ask("admin", "PUT", path, body)
    assert answer.status == 200
    assert answer.body.items() >= {**body, "monthly_budget": "2.50000", "left": "2.50000"}.items()
    statement = "select monthly_budget::text from ddp.social_read_budgets where user_id = %s"
    assert measured.posting.platform.query(statement, body["user_id"]) == [("2.50000",)]
    none = measured.posting.ask("admin", "PUT", path, body | {"monthly_budget": None})
    assert none.body["monthly_budget"] is None
    assert measured.posting.platform.query(statement, body["user_id"]) == []


def test_users_see_what_reading_costs_them_and_when_more_comes(measured: Measured) -> None:
    ask, run, brand = (
        measured.posting.ask,
        measured.posting.platform.run,
        measured.posting.platform.users["brand"],
    )
    path = "/social-read-budget"
    run("insert into ddp.social_read_budgets (user_id, monthly_budget) values (%s, 1)", brand)
    run(
        "insert into ddp.budgets (scope, owner_id, period, cap, charged) values"
        " ('social_reads', %s, ddp.social_month(now()), 1, 0.015), ('social_month', %s, ddp.social_month(now()), 9, 9)"
        " on conflict (scope, owner_id, period) do update set charged = excluded.charged",
        brand, brand,
    )  # fmt: skip
    try:
        own = ask("brand", "GET", path)
        assert own.status == 200
        shown = {name: Decimal(own.body[name]) for name in ("monthly_budget", "charged", "left")}
        assert shown == {"monthly_budget": 1, "charged": Decimal("0.015"), "left": Decimal("0.985")}
        renews = datetime.fromisoformat(own.body["renews_at"])
        assert (renews.day, renews.hour) == (1, 0)
        assert NOW < renews < NOW + timedelta(days=32)
        assert ask("admin", "GET", path, user_id=brand).body == own.body
        assert ask("rival", "GET", path, user_id=brand).status == 404
        assert ask("rival", "GET", path).body["monthly_budget"] is None
        assert ask(None, "GET", path).status == 401
    finally:
        run("delete from ddp.budgets where owner_id = %s", brand)
        run("delete from ddp.social_read_budgets where user_id = %s", brand)


@pytest.mark.parametrize(
    "wrong",
    [
        {"monthly_budget": "-1"}, {"monthly_budget": "1000000000"}, {"monthly_budget": "0.000001"},
        {"monthly_budget": "NaN"}, {"monthly_budget": ...}, {"user_id": "x"}, {"budget": "1"},
    ],
)  # fmt: skip
def test_a_budget_that_is_none(measured: Measured, wrong: dict[str, object]) -> None:
    body = {"user_id": str(measured.posting.platform.users["brand"]), "monthly_budget": "1"} | wrong
    given = {name: value for name, value in body.items() if value is not ...}
    assert measured.posting.ask("admin", "PUT", "/social-read-budget", given).status == 422


def test_a_budget_of_nobody(measured: Measured) -> None:
    body = {"user_id": "00000000-0000-0000-0000-000000000000", "monthly_budget": "1"}
    assert measured.posting.ask("admin", "PUT", "/social-read-budget", body).status == 404


def test_anybody_with_the_code_sees_what_became_of_a_request_to_forget(measured: Measured) -> None:
    measured.posting.platform.run(
        "insert into ddp.social_deletions (code, platform, external_user_hash) values (%s, 'facebook', sha256('x'))"
        " on conflict (code) do update set done_at = null",
        CODE,
    )
    path = f"/social-deletions/{CODE}"
    answer = measured.get(path, None)
    assert (answer.status, set(answer.body), answer.body["done_at"]) == (
        200, {"requested_at", "done_at"}, None,
    )  # fmt: skip
    measured.posting.platform.query("select ddp.forget_social_person(%s)", CODE)
    assert measured.get(path, None).body["done_at"] is not None
    assert measured.get(path[:-1], None).status == 404
    assert measured.get("/social-deletions/short", None).status == 422


def browse(measured: Measured, path: str) -> tuple[int, JustHTML]:
    """What a browser gets: the status, and the page."""
    measured.posting.platform.login("ddp_api")
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    answer = http.handler(lambdas.http_event("GET", path, headers=browser), lambdas.Context())  # type: ignore[arg-type]
    assert answer["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert answer["headers"]["Vary"] == "Accept"
    assert "default-src 'none'" in answer["headers"]["Content-Security-Policy"]
    return answer["statusCode"], JustHTML(answer["body"], strict=True, sanitize=False)


def heading(page: JustHTML) -> str:
    return str(page.query("h1")[0].to_text())


def test_a_person_reads_on_a_page_what_became_of_a_request_to_forget(measured: Measured) -> None:
    path = f"/social-deletions/{CODE}"
    measured.posting.platform.run("delete from ddp.social_deletions")
    for unknown in (path, "/social-deletions/<b>", f"{path}/x"):
        status, page = browse(measured, unknown)
        assert (status, heading(page)) == (404, "We do not know this request")
    measured.posting.platform.run(
        "insert into ddp.social_deletions (code, platform, external_user_hash, requested_at)"
        " values (%s, 'facebook', sha256('x'), '2026-05-03 14:05+00')",
        CODE,
    )
    status, page = browse(measured, path)
    assert (status, heading(page)) == (200, "Your request was received")
    assert "3 May 2026, 14:05 UTC" in page.query("main")[0].to_text()
    measured.posting.platform.query("select ddp.forget_social_person(%s)", CODE)
    assert heading(browse(measured, path)[1]) == "Your data was deleted"


def test_a_failure_of_that_page_says_nothing(measured: Measured, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(deletions, "get_deletion", fail)
    status, page = browse(measured, f"/social-deletions/{CODE}")
    assert (status, heading(page)) == (503, "This did not work")
    assert "secret" not in page.to_html()
