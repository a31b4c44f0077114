"""Lists of figures: what is in them, in which order, page by page; what is refused."""

from __future__ import annotations

import csv
import io
from typing import get_args
from uuid import uuid4

import pytest

from ddp import cursors
from functions.analytics.listings import FIGURES
from functions.analytics.models.exports import ListName
from tests.database.functions.analytics.conftest import Figures
from tests.database.functions.messaging import ask


def names(pages: list[list[dict]]) -> list[list[str]]:
    return [[item["file_name"] for item in page] for page in pages]


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize(("user", "scope"), [("brand", "own"), ("retailer", "visible"), ("admin", "all")])
def test_each_list_answers_in_each_scope_and_order(
    figures: Figures, name: str, user: str, scope: str
) -> None:
    listing = FIGURES[name].listing
    if scope not in listing.reasons:
        assert figures.ask(user, name, scope=scope).status == 422
        return
    for sort in listing.sorts:
        for order in ("asc", "desc"):
            answer = figures.ask(user, name, scope=scope, sort=sort.column, order=order)
            if scope in sort.scopes:
                assert answer.status == 200, answer
                assert answer.body["timezone"] == "UTC"
            else:
                assert (answer.status, answer.code) == (422, "invalid-sort")


@pytest.mark.parametrize("name", FIGURES)
def test_each_filter_is_understood(figures: Figures, name: str) -> None:
    for parameter, kind in FIGURES[name].parameters.items():
        value = get_args(kind)[0] if get_args(kind) else str(uuid4())
        answer = figures.ask("brand", name, **{parameter: value})
        assert answer.status == (404 if parameter == "id" else 200), answer


def test_pages_by_date(figures: Figures) -> None:
    for number in range(7):
        figures.file(number=number)
    newest = [["006.png", "005.png", "004.png"], ["003.png", "002.png", "001.png"], ["000.png"]]
    assert names(figures.pages("brand", "files")) == newest
    oldest = [["000.png", "001.png", "002.png"], ["003.png", "004.png", "005.png"], ["006.png"]]
    assert names(figures.pages("brand", "files", order="asc")) == oldest


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_by_views_end_with_files_that_have_no_statistics_yet(figures: Figures, order: str) -> None:
    views = [5, 3, 3, 3, 3, 0]
    for number, viewed in enumerate(views):
        figures.file(number=number, views=viewed)
    for number in range(6, 10):
        figures.file(number=number)
    for limit in (1, 2, 3, 20):
        pages = figures.pages("brand", "files", limit, sort="view_count", order=order)
        items = [item for page in pages for item in page]
        assert len({item["file_id"] for item in items}) == len(items) == 10
        counted = [item["view_count"] for item in items[:6]]
        assert counted == sorted(views, reverse=order == "desc")
        assert {item["file_name"] for item in items[6:]} == {f"{number:03}.png" for number in range(6, 10)}


def test_pages_end_with_rows_without_a_value(figures: Figures) -> None:
    made = ask(figures.platform, "brand", "POST", "/campaigns", {"campaign_name": "Spring"})
    for number in range(5):
        figures.platform.query(
            "insert into email_campaigns (campaign_id, email_subject, email_content, sender_email,"
            " created_by_user_id, sent_at) values (%s, %s, 'x', 'a@example.com', %s,"
            " case when %s < 3 then now() - make_interval(hours => %s) end) returning 1",
            made.body["campaign_id"], str(number), figures.platform.users["brand"], number, number,
        )  # fmt: skip
    pages = figures.pages("brand", "email-campaigns", 2, sort="sent_at")
    subjects = [item["email_subject"] for page in pages for item in page]
    assert subjects[:3] == ["0", "1", "2"]
    assert set(subjects[3:]) == {"3", "4"}


def test_scopes_of_files(figures: Figures) -> None:
    private, shared, asset, both = (figures.file(number=n) for n in range(4))
    figures.share(shared)
    figures.share(both)
    figures.publish(asset)
    figures.publish(both)
    retailers = figures.file("retailer", number=4)

    everything = {str(each) for each in (private, shared, asset, both, retailers)}

    def seen(user: str, scope: str) -> list[str]:
        found = [i["file_id"] for page in figures.pages(user, "files", 2, scope=scope) for i in page]
        return [each for each in found if each in everything]  # other tests leave public files

    assert seen("retailer", "own") == [str(retailers)]
    assert seen("retailer", "visible") == [str(each) for each in (retailers, both, asset, shared)]
    assert seen("other", "visible") == [str(each) for each in (both, asset)]
    assert seen("rival", "visible") == []
    assert everything == set(seen("admin", "all"))


def test_a_revoked_share_vanishes_at_once_although_the_client_has_the_answer(figures: Figures) -> None:
    file_id = figures.file()
    figures.share(file_id)
    first = figures.ask("retailer", "files", scope="visible")
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = _with_tag(figures, tag)
    assert (again.status, again.body, again.headers["ETag"]) == (304, None, tag)
    assert _with_tag(figures, f'"other", W/{tag}').status == 304
    figures.platform.query(
        "update file_shares set revoked_at = now() where file_id = %s returning 1", file_id
    )
    after = _with_tag(figures, tag)
    assert after.status == 200
    assert str(file_id) not in {item["file_id"] for item in after.body["items"]}


def _with_tag(figures: Figures, tag: str):
    from functions.analytics import http
    from tests import lambdas

    figures.platform.login("ddp_api")
    event = lambdas.http_event(
        "GET",
        "/analytics/files",
        caller=lambdas.claims(figures.platform.users["retailer"]),
        headers={"if-none-match": tag},
        scope="visible",
    )
    return lambdas.answer(http.handler(event, lambdas.Context()))


def test_only_administrators_see_everything(figures: Figures) -> None:
    for name in FIGURES:
        if "all" in FIGURES[name].listing.reasons:
            assert figures.ask("brand", name, scope="all").status == 403, name


def test_another_tenants_id_is_404(figures: Figures) -> None:
    file_id = figures.file("brand")
    assert figures.ask("brand", "files", id=file_id).body["items"][0]["file_id"] == str(file_id)
    for scope in ("own", "visible"):
        answer = figures.ask("rival", "files", id=file_id, scope=scope)
        assert (answer.status, answer.code) == (404, "not-found")


def test_the_trash_is_shown_on_request(figures: Figures) -> None:
    file_id = figures.file(deleted_at="2026-10-02T00:00:00Z")
    assert figures.ask("brand", "files").body["items"] == []
    assert len(figures.ask("brand", "files", status="deleted").body["items"]) == 1
    assert len(figures.ask("brand", "files", id=file_id).body["items"]) == 1


def test_a_period(figures: Figures) -> None:
    for number in range(5):
        figures.file(number=number)
    period = {"from": "2026-10-01T14:00:00+01:00", "until": "2026-10-01T15:00:00Z"}
    assert names(figures.pages("brand", "files", **period)) == [["002.png", "001.png"]]


def test_days(figures: Figures) -> None:
    brand = figures.platform.users["brand"]
    for day in range(1, 8):
        figures.day("user", brand, "file_views", f"2026-10-{day:02}", day)
    pages = figures.pages(
        "brand", "daily", **{"from": "2026-10-02T00:00:00Z", "until": "2026-10-07T00:00:00Z"}
    )
    assert [[item["file_views"] for item in page] for page in pages] == [[6, 5, 4], [3, 2]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-10-02T00:00:00Z", "until": "2026-10-01T00:00:00Z"}, "from"),
        ({"from": "1626-10-02T00:00:00Z", "until": "2026-10-01T00:00:00Z"}, "from"),
        ({"from": "0001-01-02T00:00:00Z"}, "from"),
        ({"until": "0001-01-02T00:00:00Z"}, "until"),
        ({"from": "9999-12-31T00:00:00Z"}, "from"),
        ({"from": "2026-10-02"}, "query.from"),
        ({"from": "2026-10-02T00:00:00"}, "query.from"),
        ({"sort": "file_size; drop table files"}, "query.sort"),
        ({"order": "sideways"}, "query.order"),
        ({"scope": "everyone"}, "query.scope"),
        ({"limit": "201"}, "query.limit"),
        ({"limit": "1e12"}, "query.limit"),
        ({"id": "' or true --"}, "query.id"),
        ({"colour": "red"}, "query.colour"),
        ({"cursor": "x" * 3000}, "query.cursor"),
    ],
)
def test_bad_input_is_refused_with_what_to_mend(figures: Figures, query: dict, field: str) -> None:
    answer = figures.ask("brand", "files", **query)
    assert answer.status == 422, answer
    assert answer.body["detail"].startswith(f"{field}:")


def test_a_cursor_of_another_order_or_list_is_refused(figures: Figures) -> None:
    for number in range(3):
        figures.file(number=number)
    cursor = figures.ask("brand", "files", limit=1).body["next_cursor"]
    key = str(uuid4())

    def made(*values: object) -> str:
        return cursors.encode_values("public.file_analytics", "own", *values)

    assert (
        figures.ask("brand", "files", cursor=made("created_at", "desc", "2026-10-01T00:00:00Z", key)).status
        == 200
    )
    for query in (
        {"cursor": cursor, "order": "asc"},
        {"cursor": cursor, "sort": "view_count"},
        {"cursor": cursor, "scope": "visible"},
        {"cursor": "rubbish"},
        {"cursor": made("created_at", "desc", "x", key)},
        {"cursor": made("created_at", "desc", "2026-10-01T00:00:00", key)},
        {"cursor": made("view_count", "desc", 2**63, key), "sort": "view_count"},
        {"cursor": made("view_count", "desc", "1", key), "sort": "view_count"},
        {"cursor": made("created_at", "desc", "2026-10-01T00:00:00Z", "no id")},
        {"cursor": cursors.encode_values("created_at", "desc", "2026-10-01T00:00:00Z", key)},
    ):
        answer = figures.ask("brand", "files", **query)
        assert (answer.status, answer.code) == (422, "invalid-cursor"), query
    for name in ("campaigns", "social-posts", "collections"):  # also in the order (created_at, id)
        answer = figures.ask("brand", name, cursor=cursor)
        assert (answer.status, answer.code) == (422, "invalid-cursor"), name


def test_a_stolen_cursor_shows_only_ones_own(figures: Figures) -> None:
    for number in range(3):
        figures.file(number=number)
    cursor = figures.ask("brand", "files", limit=1).body["next_cursor"]
    assert figures.ask("rival", "files", cursor=cursor).body["items"] == []


def _csv(figures: Figures, path: str, **query):
    from functions.analytics import http
    from tests import lambdas

    figures.platform.login("ddp_api")
    event = lambdas.http_event(
        "GET",
        f"/analytics/{path}",
        caller=lambdas.claims(figures.platform.users["brand"]),
        headers={"accept": "text/csv"},
        **query,
    )
    return http.handler(event, lambdas.Context())


def test_csv(figures: Figures) -> None:
    figures.file(number=1, views=4, file_name="=1+1.png")
    figures.file(number=2)
    answer = _csv(figures, "files", limit=1)
    assert answer["statusCode"] == 200, answer
    assert answer["headers"]["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["headers"]["ETag"]
    rows = list(csv.DictReader(io.StringIO(answer["body"].removeprefix("\ufeff"))))
    assert [row["file_name"] for row in rows] == ["002.png", "'=1+1.png"]
    assert rows[1]["view_count"] == "4"
    assert rows[1]["created_at"] == "2026-10-01T13:00:00Z"
    assert rows[0]["last_action_at"] == ""


def test_too_long_for_csv(figures: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    from functions.analytics.routes import lists

    monkeypatch.setattr(lists, "CSV_ROWS", 2)
    for number in range(3):
        figures.file(number=number)
    answer = _csv(figures, "files")
    assert answer["statusCode"] == 413
    assert "POST /analytics/exports" in answer["body"]


def test_every_list_can_be_exported() -> None:
    assert set(get_args(ListName)) == set(FIGURES)
