"""Changing posts over HTTP: by revision, by schedule, one or a group, and what a person settles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.database.functions.social.posts_world import (
    PATH,
    budget,
    codes,
    later,
    refused,
)

GROUPS = "/social-post-groups"


def patch(posting, post, user="brand", **changes):
    body = {"revision": post["revision"]} | changes
    return posting.ask(user, "PATCH", f"{PATH}/{post['post_id']}", body)


def test_a_change_names_the_revision_that_it_is_made_to(posting):
    post = posting.made(when=later())
    changed = patch(posting, post, text="Changed", first_comment="First")
    assert (changed.status, changed.body["excerpt"], changed.body["revision"]) == (
        200,
        "Changed",
        post["revision"] + 1,
    )
    stale = patch(posting, post, text="Stale")
    assert (stale.status, stale.code, stale.body["revision"]) == (409, "post-changed", post["revision"] + 1)
    posting.state(post["post_id"], "claimed")
    late = patch(posting, changed.body, text="Late")
    assert (late.status, late.code) == (409, "wrong-status")
    detail = posting.ask("brand", "GET", f"{PATH}/{post['post_id']}").body
    assert (detail["text"], detail["parts"][1]["content"]) == ("Changed", "First")


def test_what_is_scheduled_stays_right(posting):
    budget(posting, "5")
    post = posting.made(account_ids=[posting.twitter], when=later())
    answer = patch(posting, post, text="x" * 281)
    assert refused(answer) == {posting.twitter: {("text", "too-long")}}
    draft = posting.made(account_ids=[posting.twitter])
    taken = patch(posting, draft, text="x" * 281)
    assert (taken.status, codes(taken.body["problems"])) == (200, {("text", "too-long")})
    answer = posting.ask("brand", "PUT", f"{PATH}/{draft['post_id']}/schedule", {"when": later()})
    assert refused(answer) == {posting.twitter: {("text", "too-long")}}
    assert refused(posting.act(draft, "publish")) == {posting.twitter: {("text", "too-long")}}
    assert posting.row(draft["post_id"])[0] == "draft"


def test_other_media_make_another_type(posting):
    post = posting.made()
    changed = patch(posting, post, media=[{"file_id": posting.file()}])
    assert (changed.status, changed.body["post_type"]) == (200, "image"), changed
    reel = posting.made(media=[{"file_id": posting.file(content_type="video/mp4")}], post_type="reel")
    changed = patch(posting, reel, media=[{"file_id": posting.file(content_type="video/mp4")}])
    assert changed.body["post_type"] == "reel"
    foreign = patch(posting, post | {"revision": 2}, media=[{"file_id": posting.file("rival")}])
    assert refused(foreign) == {posting.facebook: {("media[0]", "file-not-found")}}


@pytest.mark.parametrize("changes", [{}, {"post_type": None}, {"media": None}, {"revision": 0, "text": "x"}])
def test_changes_that_cannot_be(posting, changes):
    assert patch(posting, posting.made(), **changes).status == 422


def test_a_post_is_scheduled_moved_and_taken_off(posting):
    post = posting.made()
    path = f"{PATH}/{post['post_id']}/schedule"
    first = posting.ask("brand", "PUT", path, {"when": later()})
    assert (first.status, first.body["status"]) == (200, "scheduled"), first
    moved = posting.ask("brand", "PUT", path, {"when": later(3)})
    assert moved.body["scheduled_at"] > first.body["scheduled_at"]
    wrong = posting.ask("brand", "PUT", path, {"when": {"kind": "at", "at": "2020-01-01T09:00Z"}})
    assert refused(wrong) == {posting.facebook: {("when.at", "time-passed")}}
    off = posting.ask("brand", "DELETE", path)
    assert (off.body["status"], off.body["scheduled_at"], off.body["local_time"]) == ("draft", None, None)
    soon = (datetime.now(UTC) + timedelta(minutes=15, seconds=30)).isoformat()
    assert posting.told() == []
    posting.ask("brand", "PUT", path, {"when": {"kind": "at", "at": soon}})
    assert posting.told() == [post["post_id"]]


def test_each_post_gets_the_next_free_slot_of_its_account(posting):
    assert refused(posting.make(when={"kind": "next_slot"})) == {posting.facebook: {("when", "no-slots")}}
    posting.platform.run(
        "insert into social_slots (account_id, weekday, local_time)"
        " select %s, d, '09:30' from generate_series(1, 7) d",
        posting.facebook,
    )
    posting.platform.run(
        "update social_accounts set time_zone = 'Asia/Tokyo' where account_id = %s", posting.facebook
    )
    first = posting.made(when={"kind": "next_slot"})
    second = posting.made(when={"kind": "next_slot"}, text="Second")
    assert (first["local_time"][10:], first["time_zone"]) == ("T09:30:00", "Asia/Tokyo")
    days = [datetime.fromisoformat(post["scheduled_at"]) for post in (first, second)]
    assert days[1] - days[0] == timedelta(days=1)


def test_cancel_publish_and_retry(posting):
    post = posting.made(when=later())
    assert posting.act(post, "cancel", key="c").body["status"] == "cancelled"
    assert posting.act(post, "cancel", key="c").headers["Idempotency-Replayed"] == "true"
    published = posting.act(post, "publish")
    assert (published.status, published.body["status"]) == (200, "scheduled")
    assert posting.told() == [post["post_id"]]
    refusal = posting.act(post, "retry")
    assert (refusal.status, refusal.code) == (409, "wrong-status")
    posting.state(post["post_id"], "failed")
    assert posting.act(post, "retry").body["status"] == "scheduled"
    assert posting.told() == [post["post_id"]]
    posting.state(post["post_id"], "publishing")
    for action in ("cancel", "publish", "retry"):
        assert posting.act(post, action).code == "wrong-status", action
    assert posting.told() == []
    assert posting.act(str(uuid4()), "cancel").code == "post-not-found"


def test_what_is_wrong_is_not_published_even_after_it_was_cancelled(posting):
    post = posting.made(account_ids=[posting.twitter], text="x" * 281)
    posting.act(post, "cancel")
    assert ("text", "too-long") in refused(posting.act(post, "publish"))[posting.twitter]


def unconfirmed(posting) -> str:
    post_id = posting.made(when=later())["post_id"]
    posting.state(post_id, "unconfirmed")
    posting.platform.run("update social_post_parts set status = 'unconfirmed' where post_id = %s", post_id)
    return post_id


def test_a_person_settles_what_nobody_knows(posting):
    first, second = unconfirmed(posting), unconfirmed(posting)
    for body in (
        {},
        {"is_published": True},
        {"is_published": False, "external_id": "1"},
        {"is_published": True, "external_id": ""},
        {"is_published": True, "external_id": "x" * 256},
        {"is_published": True, "external_id": "1", "part_no": 2},
    ):
        assert posting.act(first, "settle", body=body).status == 422, body
    assert posting.act(first, "settle", user="rival", body={"is_published": False}).status == 404
    settled = posting.act(first, "settle", body={"is_published": True, "external_id": "42"}, key="s")
    assert (settled.status, settled.body["status"]) == (200, "published"), settled
    detail = posting.ask("brand", "GET", f"{PATH}/{first}").body
    assert detail["external_post_id"] == detail["parts"][0]["external_id"] == "42"
    again = posting.act(first, "settle", body={"is_published": False})
    assert (again.status, again.code) == (409, "wrong-status")
    assert posting.act(second, "settle", body={"is_published": False}).body["status"] == "failed"
    assert posting.act(second, "retry").body["status"] == "scheduled"
    trail = posting.platform.query(
        "select count(*) from audit_logs where record_id = %s and new_values ->> 'external_id' = '42'", first
    )
    assert trail == [(1,)]


@pytest.fixture
def group(posting):
    budget(posting, "5")
    answer = posting.make(account_ids=[posting.facebook, posting.twitter], when=later())
    assert answer.status == 201, answer
    return answer.body


def test_a_group_tries_again_only_what_failed(posting, group):
    path = f"{GROUPS}/{group['group_id']}"
    first, second = (post["post_id"] for post in group["posts"])
    posting.state(first, "published")
    nothing = posting.ask("brand", "POST", f"{path}/retry")
    assert (nothing.status, nothing.code) == (409, "nothing-to-do")
    posting.state(second, "failed")
    retried = posting.ask("brand", "POST", f"{path}/retry", key="r")
    assert [(p["post_id"], p["status"]) for p in retried.body["posts"]] == [(second, "scheduled")]
    assert posting.told() == [second]
    assert posting.row(first)[0] == "published"
    posting.platform.run(
        "insert into social_post_parts (post_id, part_no, content, status) values (%s, 1, 'x', 'failed')",
        first,
    )
    comment = posting.ask("brand", "POST", f"{path}/retry")
    assert [p["post_id"] for p in comment.body["posts"]] == [first]
    posting.state(second, "unconfirmed")
    assert posting.ask("brand", "POST", f"{path}/retry").code == "nothing-to-do"


def test_a_group_is_scheduled_published_and_cancelled_at_once(posting, group):
    path = f"{GROUPS}/{group['group_id']}"
    first, second = (post["post_id"] for post in group["posts"])
    seen = posting.ask("brand", "GET", path).body
    assert {post["post_id"] for post in seen["posts"]} == {first, second}
    posting.ask("brand", "DELETE", f"{path}/schedule")
    assert {posting.row(post)[0] for post in (first, second)} == {"draft"}
    assert posting.ask("brand", "DELETE", f"{path}/schedule").code == "nothing-to-do"
    answer = posting.ask("brand", "PUT", f"{path}/schedule", {"when": later(5)})
    assert {post["status"] for post in answer.body["posts"]} == {"scheduled"}
    posting.act(first, "cancel")
    published = posting.ask("brand", "POST", f"{path}/publish")
    assert [post["post_id"] for post in published.body["posts"]] == [second], "what was cancelled stays so"
    assert posting.told() == [second]
    assert posting.ask("brand", "POST", f"{path}/cancel").status == 200
    assert posting.ask("brand", "POST", f"{path}/cancel").code == "nothing-to-do"
    for user in ("rival", "retailer"):
        assert posting.ask(user, "POST", f"{path}/cancel").code == "post-group-not-found"
        assert posting.ask(user, "GET", path).status == 404


def test_posts_of_a_group_are_changed_alike_or_not_at_all(posting, group):
    path = f"{GROUPS}/{group['group_id']}"
    first, second = group["posts"]
    revisions = {post["post_id"]: post["revision"] for post in group["posts"]}

    def patched(**body):
        return posting.ask("brand", "PATCH", path, body)

    too_long = patched(revisions=revisions, text="x" * 281)
    assert refused(too_long) == {posting.twitter: {("text", "too-long")}}
    stale = patched(revisions=revisions | {second["post_id"]: 7}, text="Stale")
    assert (stale.status, stale.code) == (409, "post-changed")
    other = posting.made(text="Alone")
    assert patched(revisions=revisions | {other["post_id"]: 1}, text="x").status == 404
    assert patched(revisions=revisions).status == 422
    assert patched(revisions={}, text="x").status == 422
    assert {posting.row(post)[1] for post in revisions} == set(revisions.values()), "nothing was changed"
    changed = patched(revisions=revisions, text="Changed")
    assert {post["excerpt"] for post in changed.body["posts"]} == {"Changed"}
    alone = patched(revisions={first["post_id"]: first["revision"] + 1}, text="Only this")
    assert [post["excerpt"] for post in alone.body["posts"]] == ["Only this"]


def test_only_its_own_people_change_a_post(posting):
    campaign = posting.campaign("retailer")
    posting.platform.run(
        "insert into campaign_participants (campaign_id, retailer_id) values (%s, %s) on conflict do nothing",
        campaign, posting.platform.users["other"],
    )  # fmt: skip
    post = posting.made(when=later())
    posting.platform.run(
        "update social_posts set campaign_id = %s where post_id = %s", campaign, post["post_id"]
    )
    assert posting.ask("retailer", "GET", f"{PATH}/{post['post_id']}").status == 200, (
        "it is for their campaign"
    )
    for user in ("rival", "retailer"):
        assert patch(posting, post, user, text="x").status == 404
        assert posting.act(post, "cancel", user).code == "post-not-found"
        assert posting.act(post, "preview", user).status == 404
        schedule = posting.ask(user, "PUT", f"{PATH}/{post['post_id']}/schedule", {"when": later()})
        assert schedule.status == 404
    viewer = posting.member("viewer", "rival")
    assert posting.ask("rival", "POST", f"{PATH}/{post['post_id']}/cancel", **viewer).status == 403
    assert posting.row(post["post_id"])[0] == "scheduled"
    assert patch(posting, post, "admin", text="By an administrator").status == 200
    assert posting.act(post, "cancel", "admin").status == 200
