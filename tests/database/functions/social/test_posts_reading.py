"""Reading posts over HTTP: the calendar, who sees what, the history, previews."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.database.functions.social.posts_world import (
    PATH,
    budget,
    codes,
    later,
)


def calendar(posting, user: str = "brand", **query: Any) -> list[str]:
    """The ids of all posts that the calendar has, page by page."""
    found: list[str] = []
    while True:
        answer = posting.ask(user, "GET", PATH, **query)
        assert answer.status == 200, answer
        found += [item["post_id"] for item in answer.body["items"]]
        if answer.body["next_cursor"] is None:
            return found
        query["cursor"] = answer.body["next_cursor"]


def test_the_calendar_has_every_post_at_its_time(posting):
    draft = posting.made()["post_id"]
    days = {day: posting.made(when=later(day), text=f"In {day} days")["post_id"] for day in (5, 3, 4)}
    x = posting.made(account_ids=[posting.twitter])["post_id"]
    posting.make("rival", account_ids=[posting.account(user="rival")])
    everything = [draft, x, days[3], days[4], days[5]]
    assert calendar(posting) == calendar(posting, limit=2) == everything
    assert calendar(posting, limit=2, order="desc") == everything[::-1]
    since = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    until = (datetime.now(UTC) + timedelta(days=4)).date().isoformat() + "T00:00:00Z"
    assert calendar(posting, **{"from": since, "limit": 1}) == [days[3], days[4], days[5]]
    assert calendar(posting, **{"from": since, "to": until}) == [days[3]]
    assert calendar(posting, status="draft") == [draft, x]
    assert calendar(posting, platform="twitter") == calendar(posting, account_id=posting.twitter) == [x]
    assert calendar(posting, platform="youtube") == []
    for wrong in ({"status": "x"}, {"platform": "x"}, {"from": "x"}, {"since": since}, {"cursor": "x"}):
        assert posting.ask("brand", "GET", PATH, **wrong).status == 422, wrong
    assert posting.ask(None, "GET", PATH).status == 401


def test_a_campaigns_creator_sees_posts_from_scheduled_on(posting):
    campaign = posting.campaign("brand")
    account = posting.account(user="retailer")
    posting.platform.query(
        "insert into campaign_participants (campaign_id, retailer_id) values (%s, %s) returning 1",
        campaign, posting.platform.users["retailer"],
    )  # fmt: skip
    made = posting.make("retailer", account_ids=[account], campaign_id=campaign)
    assert made.status == 201, made
    post = made.body["posts"][0]["post_id"]
    path = f"{PATH}/{post}"
    assert calendar(posting, campaign_id=campaign) == []
    assert posting.ask("brand", "GET", path).status == 404
    posting.ask("retailer", "PUT", f"{path}/schedule", {"when": later()})
    assert calendar(posting, campaign_id=campaign) == [post]
    assert calendar(posting, campaign_id=campaign, platform="facebook") == [post]
    assert calendar(posting, campaign_id=campaign, platform="twitter") == []
    seen = posting.ask("brand", "GET", path).body
    assert (seen["platform"], seen["account_handle"], seen["status"]) == ("facebook", "shop", "scheduled")
    assert calendar(posting) == [], "the brand's own calendar has its own posts"
    assert calendar(posting, "rival", campaign_id=campaign) == []
    assert calendar(posting, "admin", campaign_id=campaign) == [post]
    assert posting.ask("rival", "GET", path).status == 404


def test_members_read_what_the_account_has(posting):
    post = posting.made()["post_id"]
    viewer = posting.member("viewer")
    listed = posting.ask("other", "GET", PATH, **viewer)
    assert [item["post_id"] for item in listed.body["items"]] == [post]
    assert posting.ask("other", "GET", f"{PATH}/{post}", **viewer).status == 200
    assert posting.ask("other", "POST", f"{PATH}/{post}/preview", **viewer).status == 200


def test_the_history_of_a_post(posting):
    campaign = posting.campaign("rival")
    post = posting.made(when=later())["post_id"]
    posting.platform.run("update social_posts set campaign_id = %s where post_id = %s", campaign, post)
    posting.platform.run(
        "insert into ddp.social_calls (post_id, part_no, attempt, worker, leased_until, started_at, ended_at, outcome,"
        " code, reason, price, budget_month, reservation) values (%s, 0, 1, gen_random_uuid(), now(), now(), now(),"
        " 'unknown', 'no-answer', 'No answer.', 0.2, '2026-11', 'charged')",
        post,
    )
    detail = posting.ask("brand", "GET", f"{PATH}/{post}").body
    (call,) = detail["calls"]
    assert (call["outcome"], call["code"], call["price"], call["is_charged"]) == (
        "unknown", "no-answer", "0.20000", True,
    )  # fmt: skip
    assert detail["next_step"]["step"] == "prepare"
    (theirs,) = posting.ask("rival", "GET", f"{PATH}/{post}").body["calls"]
    assert (theirs["outcome"], theirs["price"], theirs["is_charged"]) == ("unknown", None, None)


def test_why_a_post_was_taken_off_the_schedule(posting):
    post = posting.made()["post_id"]
    posting.platform.run(
        "update social_posts set problems = %s::jsonb where post_id = %s",
        '[{"field": "text", "code": "too-long", "sentence": "Shorten it.", "limit": 5, "is_warning": false},'
        ' {"field": "scheduled_at", "code": "not-validated", "message": "Schedule it again."}]',
        post,
    )
    detail = posting.ask("brand", "GET", f"{PATH}/{post}").body
    assert [(p["code"], p["sentence"], p["limit"]) for p in detail["problems"]] == [
        ("too-long", "Shorten it.", 5),
        ("not-validated", "Schedule it again.", None),
    ]
    assert posting.ask("brand", "GET", PATH).body["items"][0]["problem_count"] == 2


def test_a_preview_shows_what_is_cut_and_how_images_are_converted(posting):
    budget(posting, "5")
    text = "See example.com/watch " + "é" * 300
    post = posting.made(account_ids=[posting.twitter], text=text, media=[{"file_id": posting.file()}])
    shown = posting.act(post, "preview").body
    assert shown["text"] + shown["cut"] == text
    assert (shown["text_length"], shown["text_limit"], len(shown["cut"])) == (328, 280, 48)
    assert (shown["links"], shown["price"]) == (["example.com/watch"], "0.200")
    assert ("text", "too-long") in codes(shown["problems"])
    (image,) = shown["media"]
    assert (image["width"], image["height"], image["conversion"]) == (1200, 600, "none")
    instagram = posting.account("instagram")
    for fit, shape in (
        ("pad", (1199, 628, "padded")),
        ("crop", (1146, 600, "cropped")),
        ("refuse", (1200, 600, "refused")),
    ):
        post = posting.made(
            account_ids=[instagram], media=[{"file_id": posting.file()}], options={"fit": fit}
        )
        shown = posting.act(post, "preview").body
        (image,) = shown["media"]
        assert (image["width"], image["height"], image["conversion"]) == shape
        assert (("media[0]", "media-ratio") in codes(shown["problems"])) == (fit == "refuse")


def test_a_preview_of_a_group(posting):
    made = posting.make(account_ids=[posting.facebook, posting.twitter]).body
    shown = posting.ask("brand", "POST", f"/social-post-groups/{made['group_id']}/preview").body
    assert {post["platform"] for post in shown["posts"]} == {"facebook", "twitter"}
