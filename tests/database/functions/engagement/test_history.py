"""The numbers of a post over HTTP: how they stood at each reading, who sees them, and which questions make no sense."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.database.functions.engagement.conftest import NOW, Measured

HOUR = timedelta(hours=1)
# A day that is over, so that no hour of it is cut.
NOON = datetime.combine((NOW - timedelta(days=2)).date(), datetime.min.time(), UTC) + timedelta(hours=12)


def path(post: str) -> str:
    return f"/social-posts/{post}/engagement"


def items(measured: Measured, post: str, user: str = "brand", **query: Any) -> list[tuple[str, str, int]]:
    answer = measured.get(path(post), user, **query)
    assert answer.status == 200, answer
    return [(item["at"], item["metric"], item["count"]) for item in answer.body["measurements"]]


def shown(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


@pytest.fixture
def post(measured: Measured) -> str:
    """Read at noon, ten minutes later, an hour later, and on the next day."""
    made = measured.post(published_at=NOON - HOUR)
    measured.count(made, NOON, like=3, view=50)
    measured.count(made, NOON + timedelta(minutes=10), like=5)
    measured.count(made, NOON + HOUR, like=4)
    measured.count(made, NOON + timedelta(days=1), like=9, view=90)
    return made


def test_each_reading_is_shown_oldest_first(measured: Measured, post: str) -> None:
    assert items(measured, post) == [
        (shown(NOON), "like", 3),
        (shown(NOON), "view", 50),
        (shown(NOON + timedelta(minutes=10)), "like", 5),
        (shown(NOON + HOUR), "like", 4),
        (shown(NOON + timedelta(days=1)), "like", 9),
        (shown(NOON + timedelta(days=1)), "view", 90),
    ]
    assert not measured.get(path(post)).body["is_cut"]


def test_of_an_hour_or_a_day_the_last_reading_counts(measured: Measured, post: str) -> None:
    assert items(measured, post, metric="like", interval="hour") == [
        (shown(NOON), "like", 5),
        (shown(NOON + HOUR), "like", 4),
        (shown(NOON + timedelta(days=1)), "like", 9),
    ]
    midnight = NOON - 12 * HOUR
    assert items(measured, post, interval="day") == [
        (shown(midnight), "like", 4),
        (shown(midnight), "view", 50),
        (shown(midnight + timedelta(days=1)), "like", 9),
        (shown(midnight + timedelta(days=1)), "view", 90),
    ]


def test_only_what_was_asked_for(measured: Measured, post: str) -> None:
    until, since = shown(NOON + HOUR), shown(NOON + timedelta(minutes=10))
    assert items(measured, post, **{"from": since, "to": until}) == [(since, "like", 5)]
    assert [item[1] for item in items(measured, post, metric="view")] == ["view", "view"]
    assert items(measured, post, metric="share") == []


def test_a_long_history_is_cut_and_says_so(
    measured: Measured, post: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.engagement.routes import figures

    monkeypatch.setattr(figures, "MOST", 5)
    answer = measured.get(path(post)).body
    assert (len(answer["measurements"]), answer["is_cut"]) == (5, True)
    monkeypatch.setattr(figures, "MOST", 6)
    assert not measured.get(path(post)).body["is_cut"]


def test_it_says_when_it_was_read_and_why_not(measured: Measured) -> None:
    post = measured.post()
    measured.posting.platform.run(
        "update ddp.social_polls set measured_at = %s, due_at = %s where post_id = %s and kind = 'counters'",
        NOON, NOW + HOUR, post,
    )  # fmt: skip
    measured.posting.platform.run(
        "update ddp.social_polls set due_at = null, reason = 'not_offered' where post_id = %s and kind = 'insights'",
        post,
    )
    assert measured.get(path(post)).body["readings"] == [
        {"kind": "counters", "measured_at": shown(NOON), "due_at": shown(NOW + HOUR), "reason": None},
        {"kind": "insights", "measured_at": None, "due_at": None, "reason": "not_offered"},
    ]
    measured.posting.platform.run(
        "update social_accounts set status = 'reconnect' where account_id = %s", measured.account
    )
    (counters, _) = measured.get(path(post)).body["readings"]
    assert (counters["due_at"], counters["reason"]) == (None, "account")


def test_a_post_that_is_gone_keeps_its_numbers(measured: Measured, post: str) -> None:
    measured.posting.platform.query("select ddp.delete_on_platform(array[%s::uuid])", post)
    body = measured.get(path(post)).body
    assert body["deleted_on_platform_at"] is not None
    assert {reading["reason"] for reading in body["readings"]} == {"gone"}
    assert len(body["measurements"]) == 6


def test_other_tenants_see_nothing(measured: Measured, post: str) -> None:
    for user in ("rival", "retailer", "other"):
        answer = measured.get(path(post), user)
        assert (answer.status, answer.code) == (404, "post-not-found"), user
    assert measured.get(path(post), None).status == 401
    assert items(measured, post, "admin")


def test_a_campaigns_creator_sees_the_numbers_of_what_is_scheduled_or_later(measured: Measured) -> None:
    posting = measured.posting
    campaign, account = posting.campaign("brand"), posting.account(user="retailer")
    posting.platform.run(
        "insert into campaign_participants (campaign_id, retailer_id) values (%s, %s)",
        campaign, posting.platform.users["retailer"],
    )  # fmt: skip
    of_campaign = {"account": account, "campaign_id": campaign}
    draft = measured.post(**of_campaign, status="draft", published_at=None)
    scheduled = measured.post(
        **of_campaign, status="scheduled", published_at=None, scheduled_at=NOW + timedelta(days=9)
    )
    out = measured.post(**of_campaign)
    measured.count(out, NOW, like=7)
    assert measured.get(path(draft)).status == 404
    assert items(measured, scheduled) == []
    assert [item[2] for item in items(measured, out)] == [7]
    assert {reading["kind"] for reading in measured.get(path(out)).body["readings"]} == {
        "counters",
        "insights",
    }
    assert measured.get(path(out), "rival").status == 404
    # Its numbers are not the account's: that is the retailer's own.
    assert measured.get(f"/social-accounts/{account}/engagement").status == 404
    assert posting.act(out, "measure").status == 404


def test_members_see_what_the_account_sees(measured: Measured, post: str) -> None:
    viewer = measured.posting.member("viewer")
    assert measured.get(path(post), "other", **viewer).status == 200
    assert measured.get(f"/social-accounts/{measured.account}/engagement", "other", **viewer).status == 200


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"metric": "applause"}, "'watch_seconds'"),
        ({"interval": "fortnight"}, "'reading', 'hour' or 'day'"),
        ({"from": "yesterday"}, "query.from"),
        ({"from": "2026-11-30T00:00:00"}, "from needs a zone, such as"),
        ({"to": "2026-11-30T00:00:00"}, "to needs a zone, such as"),
        ({"from": "2026-11-02T00:00:00Z", "to": "2026-11-01T00:00:00Z"}, "from must be before to."),
        ({"from": "2026-11-02T00:00:00Z", "to": "2026-11-02T00:00:00Z"}, "from must be before to."),
        (
            {"from": "2025-01-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"},
            "from and to may be at most 400 days apart.",
        ),
        ({"from": "0001-01-01T00:00:00Z"}, "from must be in a year from 2000 to 2099."),
        ({"to": "0001-01-01T00:00:00Z"}, "to must be in a year from 2000 to 2099."),
        ({"to": "9999-12-31T23:59:59Z"}, "to must be in a year from 2000 to 2099."),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    measured: Measured, post: str, query: dict[str, str], words: str
) -> None:
    for asked in (path(post), f"/social-accounts/{measured.account}/engagement"):
        if "interval" in query and "accounts" in asked:
            continue
        answer = measured.get(asked, **query)
        assert answer.status == 422, (asked, answer)
        assert words in str(answer.body), answer.body


@pytest.mark.parametrize("post_id", ["x", "00000000-0000-0000-0000-000000000000"])
def test_a_post_that_there_is_not(measured: Measured, post_id: str) -> None:
    assert measured.get(path(post_id)).status == (422 if post_id == "x" else 404)
