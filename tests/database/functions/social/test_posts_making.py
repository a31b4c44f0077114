"""Making posts over HTTP: a row for each account, everything that is wrong at once, once for each key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from botocore.exceptions import EndpointConnectionError

from tests import lambdas
from tests.database.functions.social.posts_world import (
    PATH,
    budget,
    codes,
    later,
    refused,
)


def test_one_request_makes_a_group_with_a_post_for_each_account(posting):
    budget(posting, "5")
    image = posting.file()
    answer = posting.make(
        account_ids=[posting.facebook, posting.twitter],
        media=[{"file_id": image, "alt_text": "A watch"}],
        first_comment="More: https://example.com",
        campaign_id=posting.campaign(),
        overrides={
            "twitter": {"text": "Short", "first_comment": None, "options": {"reply_settings": "following"}}
        },
        when=later(),
    )
    assert answer.status == 201, answer
    first, second = answer.body["posts"]
    assert first["group_id"] == second["group_id"] == answer.body["group_id"] is not None
    names = ("platform", "excerpt", "post_type", "status", "time_zone", "problems")
    assert [[post[name] for name in names] for post in (first, second)] == [
        ["facebook", "Hello", "image", "scheduled", "Europe/Zurich", []],
        ["twitter", "Short", "image", "scheduled", "Europe/Zurich", []],
    ]
    detail = posting.ask("brand", "GET", f"{PATH}/{second['post_id']}").body
    assert (detail["text"], detail["options"], len(detail["parts"])) == (
        "Short",
        {"reply_settings": "following"},
        1,
    )
    assert [(m["file_id"], m["alt_text"], m["is_available"]) for m in detail["media"]] == [
        (image, "A watch", True)
    ]
    detail = posting.ask("brand", "GET", f"{PATH}/{first['post_id']}").body
    assert detail["parts"][1]["content"] == "More: https://example.com"
    assert detail["next_step"]["step"] == "prepare"
    assert detail["local_time"].endswith("T12:00:00")


def test_posts_keep_the_id_of_the_request_that_scheduled_them(posting):
    request_id = lambdas.http_event("GET", "/")["requestContext"]["requestId"]
    answer = posting.make(account_ids=[posting.facebook, posting.account()], when=later())
    kept = "select request_id from social_posts where group_id = %s"
    assert posting.platform.query(kept, answer.body["group_id"]) == [(request_id,)] * 2
    draft = posting.make(account_ids=[posting.facebook]).body["posts"][0]["post_id"]
    assert posting.platform.query("select request_id from social_posts where post_id = %s", draft) == [
        (None,)
    ]


def test_an_override_of_an_account_goes_before_that_of_its_platform(posting):
    other = posting.account()
    answer = posting.make(
        account_ids=[posting.facebook, other],
        overrides={"facebook": {"text": "Pages"}, other.upper(): {"text": "Other"}},
    )
    assert [post["excerpt"] for post in answer.body["posts"]] == ["Pages", "Other"]
    alone = posting.make()
    assert alone.body["group_id"] is None


def test_all_problems_come_at_once_by_account(posting):
    deleted, foreign = posting.file(), posting.file("rival")
    posting.platform.run("update files set deleted_at = now() where file_id = %s", deleted)
    answer = posting.make(
        account_ids=[posting.facebook, posting.twitter],
        text="x" * 300,
        media=[{"file_id": deleted}, {"file_id": foreign}],
        options={"mood": "good"},
        first_comment="First",
        campaign_id=str(uuid4()),
        when={"kind": "at", "at": "2020-01-01T09:00:00Z"},
    )
    of_all = {
        ("media[0]", "file-deleted"), ("media[1]", "file-not-found"), ("options.mood", "unknown-option"),
        ("campaign_id", "campaign-not-found"), ("when.at", "time-passed"),
    }  # fmt: skip
    assert refused(answer) == {
        posting.facebook: of_all,
        posting.twitter: of_all
        | {("text", "too-long"), ("first_comment", "no-first-comment"), ("account", "no-budget")},
    }
    (too_long,) = (p for p in answer.body["posts"][1]["problems"] if p["code"] == "too-long")
    assert too_long["limit"] == 280
    assert "300" in too_long["sentence"]
    assert "13 problems" in answer.body["detail"]
    assert posting.platform.count("social_posts") == 0


@pytest.mark.parametrize(("kind", "sentence"), [("story", "Stories are not"), ("thread", "Threads are not")])
def test_what_the_first_version_does_not_publish_is_refused_with_a_sentence(posting, kind, sentence):
    accounts = [posting.account(platform) for platform in ("facebook", "instagram", "twitter")]
    answer = posting.make(account_ids=accounts, post_type=kind, when={"kind": "now"})
    problems = [post["problems"] for post in answer.body["posts"]]
    assert [codes(found) >= {("post_type", "post-type")} for found in problems] == [True] * 3
    assert all(any(one["sentence"].startswith(sentence) for one in found) for found in problems)


def test_a_draft_may_be_wrong_but_not_unstorable(posting):
    draft = posting.make(account_ids=[posting.twitter], text="x" * 300)
    assert draft.status == 201, draft
    assert codes(draft.body["posts"][0]["problems"]) == {("text", "too-long"), ("account", "no-budget")}
    assert posting.told() == []
    gone = posting.make(media=[{"file_id": posting.file("rival")}])
    assert refused(gone) == {posting.facebook: {("media[0]", "file-not-found")}}
    foreign = posting.account(user="rival")
    assert refused(posting.make(account_ids=[foreign])) == {foreign: {("account", "account-not-found")}}
    waiting = posting.account(status="reconnect", status_reason="Sign in again.")
    answer = posting.make(account_ids=[waiting])
    assert refused(answer) == {waiting: {("account", "account-reconnect")}}
    assert "Sign in again." in answer.body["detail"]


HOSTILE = [
    ({"text": "a\x00b"}, "NUL"),
    ({"text": "x" * 63_207}, "63,206"),
    ({"title": "x" * 301}, "300"),
    ({"overrides": {"myspace": {"text": "x"}}}, "“myspace” is neither"),
    ({"overrides": {"facebook": {"mood": "x"}}}, "is not a field"),
    ({"account_ids": []}, "at least 1"),
    ({"account_ids": ["x"]}, "must be an id"),
    ({"media": [{"file_id": "x"}]}, "must be an id"),
    ({"media": [{}]}, "is required"),
    ({"when": {"kind": "soon"}}, "must have a 'kind' that is one of"),
    ({"when": {"at": "2027-01-01T09:00"}}, "must have the field"),
    ({"when": {"kind": "at"}}, "is required"),
    ({"options": {"link": "\ud800"}}, "cannot be stored"),
    ({"post_type": "poem"}, "must be"),
    ({"template_data": {"x": float("1e400")}}, ""),
]


@pytest.mark.parametrize(("changes", "words"), HOSTILE, ids=lambda given: ascii(given)[:60])
def test_requests_that_cannot_be(posting, changes, words):
    for path in (PATH, f"{PATH}/validate"):
        body = {"account_ids": [posting.facebook], "text": "Hello"} | changes
        answer = posting.ask("brand", "POST", path, body)
        assert answer.status == 422, answer
        assert words in answer.body["detail"], answer
    assert posting.platform.count("social_posts") == 0


def test_the_longest_text_of_all_is_taken(posting):
    assert posting.make(text="x" * 63_206, when=later()).status == 201


def test_the_same_request_makes_posts_once(posting):
    first = posting.make(key="k", when={"kind": "now"})
    again = posting.make(key="k", when={"kind": "now"})
    assert (first.status, again.body, again.headers["Idempotency-Replayed"]) == (201, first.body, "true")
    assert posting.platform.count("social_posts") == 1
    assert posting.told() == [first.body["posts"][0]["post_id"]]
    other = posting.make(key="k", text="Other")
    assert (other.status, other.code) == (422, "idempotency-key-reused")


def test_the_answer_about_the_largest_group_can_be_kept_for_its_key(posting):
    accounts = [posting.account("twitter") for _ in range(50)]
    body = {"account_ids": accounts, "text": "x" * 300, "options": {f"option{n}": 1 for n in range(20)}}
    first = posting.make(key="large", **body)
    assert first.status == 201, first
    problems = [len(post["problems"]) for post in first.body["posts"]]
    assert problems[0] == 22
    assert problems[-1] == 0
    assert posting.make(key="large", **body).body == first.body


def test_validation_writes_nothing_and_says_the_same(posting):
    checked = posting.check(account_ids=[posting.facebook, posting.twitter], text="é" * 281, when=later())
    assert checked["is_valid"] is False
    assert [codes(post["problems"]) for post in checked["posts"]] == [
        set(),
        {("text", "too-long"), ("account", "no-budget")},
    ]
    assert [(p["text_length"], p["text_limit"], p["post_type"]) for p in checked["posts"]] == [
        (281, 63_206, "text"),
        (281, 280, "text"),
    ]
    assert posting.check(when=later())["is_valid"] is True
    assert posting.platform.count("social_posts") == 0
    assert posting.told() == []
    foreign = posting.account(user="rival")
    unknown = posting.check(account_ids=[foreign])["posts"][0]
    assert (unknown["platform"], codes(unknown["problems"])) == (None, {("account", "account-not-found")})


def test_a_template_stands_in_for_the_text(posting):
    def template(kind: str, content: dict[str, object]) -> str:
        body = {"template_name": "Launch", "template_type": kind, "template_content": content}
        return posting.ask("brand", "POST", "/templates", body).body["template_id"]

    launch = template("social", {"text": "New: {{ model }}{{ colour }}"})
    made = posting.make(text=..., template_id=launch, template_data={"model": "M1"})
    (post,) = made.body["posts"]
    assert post["excerpt"] == "New: M1"
    assert codes(post["problems"]) == {("template_data", "undefined-variables")}
    assert "colour" in post["problems"][0]["sentence"]
    own = posting.make(template_id=template("social", {"text": "New", "title": "T"}))
    assert [(p["excerpt"], p["title"]) for p in own.body["posts"]] == [("Hello", "T")]
    for content, code in (
        ({"body": "x"}, "incomplete-template"),
        ({"text": " "}, "incomplete-template"),
        ({"text": "{{ name"}, "template-invalid"),
        ({"text": "{{ 'a' | unknown }}"}, "template-invalid"),
    ):
        answer = posting.make(text=..., template_id=template("social", content))
        assert (answer.status, answer.code) == (422, code), content
    wrong = posting.make(template_id=template("email", {"subject": "s", "html": "<p>h</p>"}))
    assert wrong.code == "wrong-template"
    assert posting.make(template_id=str(uuid4())).code == "template-not-found"


def test_the_type_follows_from_the_media(posting):
    image, video = posting.file(), posting.file(content_type="video/mp4")
    for media, link, expected in (
        ([], None, "text"),
        ([], "https://example.com", "link"),
        ([image], None, "image"),
        ([video], None, "video"),
        ([image, image], None, "carousel"),
    ):
        changes = {"options": {"link": link}} if link else {}
        post = posting.made(media=[{"file_id": file} for file in media], **changes)
        assert post["post_type"] == expected
    assert posting.made(media=[{"file_id": video}], post_type="reel")["post_type"] == "reel"


def test_what_goes_out_soon_is_told_at_once(posting):
    now = posting.made(when={"kind": "now"})
    assert posting.messages() == [({"type": "DoStep", "post_id": now["post_id"]}, 0)]
    soon = (datetime.now(UTC) + timedelta(minutes=16)).isoformat()
    post = posting.made(when={"kind": "at", "at": soon}, text="Soon")
    ((message, delay),) = posting.messages()
    assert message["post_id"] == post["post_id"]
    assert 30 < delay <= 60, "preparation begins a quarter of an hour before"
    far = (datetime.now(UTC) + timedelta(minutes=18)).isoformat()
    posting.made(when={"kind": "at", "at": far}, text="Later")
    assert posting.told() == []


def test_a_queue_that_fails_loses_nothing(posting, monkeypatch):
    from functions.social import hints

    def down(_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://sqs")

    monkeypatch.setattr(hints, "tell", down)
    post = posting.made(when={"kind": "now"})
    with posting.platform.database.using("superuser") as connection, connection.transaction():
        connection.execute("set local role service_role")
        due = connection.execute(
            "select post_id::text from ddp.due_social_steps('2 minutes', 1000)"
        ).fetchall()
    assert (post["post_id"],) in due


def test_the_lead_is_that_of_the_database(posting):
    from functions.social.drafting.telling import LEAD

    assert posting.platform.query("select ddp.social_lead()") == [(LEAD,)]


def test_the_same_text_within_a_day_is_a_warning(posting):
    when = later()
    posting.made(when=when)
    again = posting.made(when=when)
    assert codes(again["problems"]) == {("text", "same-text")}
    assert again["problems"][0]["is_warning"] is True
    assert posting.check(when=when)["is_valid"] is True
    assert posting.made(when=later(4))["problems"] == []


def test_who_makes_posts(posting):
    assert posting.make("rival").status == 422
    assert posting.make("admin").status == 422, "nobody acts for another tenant"
    assert posting.ask(None, "POST", PATH, {"account_ids": [posting.facebook], "text": "x"}).status == 401
    viewer = posting.member("viewer")
    body = {"account_ids": [posting.facebook], "text": "x"}
    assert posting.ask("other", "POST", PATH, body, **viewer).status == 403
    posting.platform.run(
        "update account_members set member_role = 'editor' where member_id = %s",
        posting.platform.users["other"],
    )
    made = posting.ask("other", "POST", PATH, body, **viewer)
    assert made.status == 201
    assert posting.platform.count("social_posts") == 1
