"""Kits over HTTP: what a campaign gives its participants, the drafts that it becomes, and what they do with them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from ddp import db
from ddp.queries.campaigns import items
from tests.database.functions.messaging import Mailing
from tests.database.functions.social.posts_world import Posting
from tests.database.functions.social.posts_world import later as days_later
from tests.lambdas import Answer

EMAIL = {"subject": "Opening", "html": "<p>Dear {{ name }}</p>", "text": "Dear {{ name }}"}


def later(**delta: float) -> str:
    return (datetime.now(UTC) + timedelta(**(delta or {"days": 3}))).isoformat()


def template(mailing: Mailing, user: str = "brand", kind: str = "email", content: Any = None) -> str:
    body = {"template_name": "Spring", "template_type": kind, "template_content": content or EMAIL}
    answer = mailing.ask(user, "POST", "/templates", body)
    assert answer.status == 201, answer
    return answer.body["template_id"]


def add(mailing: Mailing, user: str = "brand", **item: Any) -> Answer:
    return mailing.ask(user, "POST", f"/campaigns/{mailing.campaign_id}/items", {"title": "Spring"} | item)


def added(mailing: Mailing, **item: Any) -> str:
    answer = add(mailing, **item)
    assert answer.status == 201, answer
    return answer.body["item_id"]


def kit(mailing: Mailing, user: str = "retailer") -> list[dict[str, Any]]:
    answer = mailing.ask(user, "GET", f"/campaigns/{mailing.campaign_id}/items")
    assert answer.status == 200, answer
    return answer.body["items"]


def response(mailing: Mailing, item: str, user: str = "retailer") -> dict[str, Any] | None:
    return next(one["response"] for one in kit(mailing, user) if one["item_id"] == item)


def act(mailing: Mailing, item: str, verb: str, user: str = "retailer", **body: Any) -> Answer:
    path = f"/campaigns/{mailing.campaign_id}/items/{item}/{verb}"
    return mailing.ask(user, "POST", path, body if verb == "accept" else None)


def offer(mailing: Mailing) -> int:
    """What reconciliation does each minute."""
    mailing.platform.login("ddp_worker")
    with db.transaction(role="service_role") as cursor:
        return items.offer_due(cursor, limit=50)


def activation(mailing: Mailing) -> list[tuple[int, int, int, int]]:
    answer = mailing.ask("brand", "GET", f"/campaigns/{mailing.campaign_id}/items/activation")
    assert answer.status == 200, answer
    return [(one["offered"], one["accepted"], one["declined"], one["sent"]) for one in answer.body["items"]]


def asset(mailing: Mailing, user: str = "brand") -> str:
    (row,) = mailing.platform.query(
        "with f as (insert into files (file_name, file_type, content_type, file_size, file_path, created_by_user_id)"
        " values ('a.png', 'image', 'image/png', 10, 'files/' || gen_random_uuid(), %s) returning file_id,"
        " created_by_user_id) insert into brand_assets (asset_name, asset_type, file_id, created_by_user_id)"
        " select 'a', 'logo', file_id, created_by_user_id from f returning file_id",
        mailing.platform.users[user],
    )
    return str(row[0])


def test_a_brand_makes_orders_changes_and_removes_items(mailing: Mailing) -> None:
    first, second, third = (added(mailing, title=f"{n}", template_id=template(mailing)) for n in (1, 2, 3))
    assert [one["title"] for one in kit(mailing)] == ["1", "2", "3"]
    path = f"/campaigns/{mailing.campaign_id}/items"
    ordered = mailing.ask("brand", "PUT", f"{path}/order", {"item_ids": [third, first, second]})
    assert [(one["title"], one["position"]) for one in ordered.body["items"]] == [
        ("3", 0),
        ("1", 1),
        ("2", 2),
    ]
    for wrong in ([first, second], [first, second, second], [first, second, third, first]):
        assert mailing.ask("brand", "PUT", f"{path}/order", {"item_ids": wrong}).code == "other-items"
    changed = mailing.ask("brand", "PATCH", f"{path}/{first}", {"title": "Neu"})
    assert (changed.status, changed.body["title"], changed.body["position"]) == (200, "Neu", 1)
    assert mailing.ask("brand", "DELETE", f"{path}/{third}").status == 200
    assert mailing.ask("brand", "DELETE", f"{path}/{third}").status == 404
    assert [one["title"] for one in kit(mailing)] == ["Neu", "2"]
    last = added(mailing, title="last", file_id=asset(mailing))
    assert [one["item_id"] for one in kit(mailing)][-1] == last


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({}, "invalid-item"),
        ({"template_id": "own", "file_id": "asset"}, "invalid-item"),
        ({"template_id": "rival"}, "template-not-found"),
        ({"file_id": "private"}, "not-an-asset"),
        ({"file_id": "asset", "due_at": later()}, "invalid-due"),
        ({"template_id": "web", "due_at": later()}, "invalid-due"),
        ({"template_id": "social", "due_at": later()}, "incomplete-template"),
        ({"template_id": "no media", "due_at": later()}, "invalid-media"),
        ({"template_id": "private media", "due_at": later()}, "not-an-asset"),
        ({"template_id": "own", "due_at": later(), "available_until": later(hours=1)}, "invalid-dates"),
        (
            {"template_id": "own", "available_from": later(), "available_until": later(hours=1)},
            "invalid-dates",
        ),
        ({"post": {"text": ""}}, "invalid-content"),
        ({"post": {"text": "x", "media": [{"file_id": "private"}]}}, "not-an-asset"),
    ],
)
def test_what_cannot_be_used_is_refused(mailing: Mailing, item: dict[str, Any], code: str) -> None:
    private = mailing.platform.query(
        "insert into files (file_name, file_type, file_size, file_path, created_by_user_id)"
        " values ('x', 'image', 1, 'files/' || gen_random_uuid(), %s) returning file_id",
        mailing.platform.users["brand"],
    )[0][0]
    ids = {
        "own": lambda: template(mailing), "rival": lambda: template(mailing, "rival"), "asset": lambda: asset(mailing),
        "web": lambda: template(mailing, kind="web", content={"a": 1}), "private": lambda: str(private),
        "social": lambda: social(mailing, "Hello {{ name }}"),
        "no media": lambda: social(mailing, template_content={"text": "x", "media": "x"}),
        "private media": lambda: social(mailing, template_content={"text": "x", "media": [{"file_id": str(private)}]}),
    }  # fmt: skip

    def filled(given: Any) -> Any:
        if isinstance(given, dict):
            return {name: filled(value) for name, value in given.items()}
        if isinstance(given, list):
            return [filled(one) for one in given]
        return ids[given]() if given in ids else given

    answer = add(mailing, **filled(item))
    assert (answer.status in (404, 409, 422), answer.code) == (True, code), answer


def test_only_the_brand_makes_a_kit_and_others_see_nothing(mailing: Mailing) -> None:
    item = added(mailing, template_id=template(mailing), due_at=later())
    offer(mailing)
    path = f"/campaigns/{mailing.campaign_id}/items"
    for user, status in (("retailer", 403), ("rival", 404), ("other", 404)):
        assert add(mailing, user, template_id=template(mailing)).status == status
        assert mailing.ask(user, "PATCH", f"{path}/{item}", {"title": "x"}).status == status
        assert mailing.ask(user, "DELETE", f"{path}/{item}").status == status
        assert mailing.ask(user, "PUT", f"{path}/order", {"item_ids": [item]}).status == status
        assert mailing.ask(user, "GET", f"{path}/activation").status == status
    for user in ("rival", "other"):
        assert mailing.ask(user, "GET", path).status == 404
        assert mailing.ask(user, "GET", f"{path}/{item}/responses").status == 404
        assert act(mailing, item, "accept", user).status == act(mailing, item, "decline", user).status == 404
    assert act(mailing, item, "accept", "brand").status == 404, "it was offered to participants"
    other = mailing.ask("brand", "POST", "/campaigns", {"campaign_name": "x"}).body["campaign_id"]
    assert mailing.ask("brand", "DELETE", f"/campaigns/{other}/items/{item}").status == 404


def test_roles_of_the_brand(mailing: Mailing) -> None:
    body = {"title": "x", "template_id": template(mailing)}
    users, path = mailing.platform.users, f"/campaigns/{mailing.campaign_id}/items"
    asked = {"account": users["brand"]}
    member = (
        "insert into account_members (account_id, member_id, member_role, accepted_at, ended_at)"
        " values (%s, %s, %s, now() - interval '1 day', %s)"
    )
    mailing.platform.run(member, users["brand"], users["other"], "owner", datetime.now(UTC))
    assert mailing.ask("other", "POST", path, body, **asked).status == 403, "a former member"
    mailing.platform.run(member, users["brand"], users["other"], "viewer", None)
    assert mailing.ask("other", "GET", path, **asked).status == 200
    assert mailing.ask("other", "POST", path, body, **asked).status == 403
    mailing.platform.run(
        "update account_members set member_role = 'editor' where ended_at is null and member_id = %s",
        users["other"],
    )
    assert mailing.ask("other", "POST", path, body, **asked).status == 201


def test_an_email_and_an_sms_become_one_draft_each(mailing: Mailing) -> None:
    due = later()
    email = added(mailing, template_id=template(mailing), due_at=due)
    sms = added(mailing, template_id=template(mailing, kind="sms", content={"text": "Hello"}), due_at=due)
    assert response(mailing, email) is None
    assert [offer(mailing), offer(mailing)] == [2, 0]
    drafts = response(mailing, email), response(mailing, sms)
    assert [one["state"] for one in drafts] == ["offered", "offered"]
    draft = mailing.ask("retailer", "GET", f"/email-campaigns/{drafts[0]['email_campaign_id']}").body
    assert (draft["email_subject"], draft["email_content"], draft["text_content"]) == tuple(EMAIL.values())
    assert draft["template_id"]
    text = mailing.ask("retailer", "GET", f"/sms-campaigns/{drafts[1]['sms_campaign_id']}").body
    assert (text["sms_content"], text["sender_number"]) == ("Hello", "auto")
    assert activation(mailing) == [(1, 0, 0, 0), (1, 0, 0, 0)]


def test_a_draft_is_changed_accepted_and_sent_at_its_time(mailing: Mailing) -> None:
    due = later()
    item = added(mailing, template_id=template(mailing), due_at=due)
    offer(mailing)
    for _ in range(2):
        accepted = act(mailing, item, "accept")
        assert (accepted.status, accepted.body["state"]) == (200, "accepted")
    message = accepted.body["email_campaign_id"]
    assert mailing.send(message, scheduled_at=due).code == "sender-not-verified", "there was none to choose"
    change = {"sender_email": "news@brand.example", "email_subject": "Ours"}
    assert mailing.ask("retailer", "PATCH", f"/email-campaigns/{message}", change).status == 200
    assert mailing.send(message, scheduled_at=due).status == 202
    assert activation(mailing) == [(1, 1, 0, 1)]
    assert act(mailing, item, "decline").code == "accepted-already"
    listed = mailing.ask("brand", "GET", f"/campaigns/{mailing.campaign_id}/items/{item}/responses").body
    assert [(one["retailer"]["name"], one["state"], one["is_sent"]) for one in listed["items"]] == [
        ("retailer", "accepted", True)
    ]
    assert "recipients" not in str(listed)


def test_a_sender_that_was_used_before_is_the_drafts(mailing: Mailing) -> None:
    mailing.sent()
    item = added(mailing, template_id=template(mailing), due_at=later())
    offer(mailing)
    message = response(mailing, item)["email_campaign_id"]
    assert (
        mailing.ask("retailer", "GET", f"/email-campaigns/{message}").body["sender_email"]
        == "news@brand.example"
    )


def test_declining_is_no_end(mailing: Mailing) -> None:
    item = added(mailing, template_id=template(mailing), due_at=later())
    offer(mailing)
    assert act(mailing, item, "decline").body["state"] == "declined"
    assert activation(mailing) == [(1, 0, 1, 0)]
    assert act(mailing, item, "accept").body["state"] == "accepted"


def test_who_joins_later_gets_the_same_once(mailing: Mailing) -> None:
    item = added(mailing, template_id=template(mailing), due_at=later())
    to_come = added(
        mailing, template_id=template(mailing), due_at=later(days=9), available_from=later(days=5)
    )
    offer(mailing)
    for _ in range(2):
        assert mailing.ask("other", "POST", f"/campaigns/{mailing.campaign_id}/join").status == 200
    assert response(mailing, item, "other")["state"] == "offered"
    assert to_come not in [one["item_id"] for one in kit(mailing, "other")], "not available yet"
    assert offer(mailing) == 0
    assert activation(mailing)[0] == (2, 0, 0, 0)
    mailing.ask("other", "POST", f"/campaigns/{mailing.campaign_id}/leave")
    assert act(mailing, item, "accept", "other").status == 404, "it no longer takes part"
    mailing.ask("other", "POST", f"/campaigns/{mailing.campaign_id}/join")
    assert activation(mailing)[0] == (2, 0, 0, 0), "coming back makes no second draft"
    mailing.platform.run(
        "update campaign_items set available_from = now(), offer_at = now() where item_id = %s", to_come
    )
    assert offer(mailing) == 2


def test_nothing_is_made_before_the_campaign_is_active_or_after_the_time(mailing: Mailing) -> None:
    item = added(mailing, template_id=template(mailing), due_at=later())
    added(mailing, template_id=template(mailing), due_at=later(seconds=-5))
    mailing.ask("brand", "POST", f"/campaigns/{mailing.campaign_id}/status", {"status": "paused"})
    assert offer(mailing) == 0
    mailing.ask("brand", "POST", f"/campaigns/{mailing.campaign_id}/status", {"status": "active"})
    assert offer(mailing) == 1
    assert response(mailing, item)


def test_an_item_that_gets_a_time_later_becomes_a_draft(mailing: Mailing) -> None:
    item = added(mailing, template_id=template(mailing))
    assert offer(mailing) == 0
    path = f"/campaigns/{mailing.campaign_id}/items/{item}"
    assert mailing.ask("brand", "PATCH", path, {"due_at": later()}).status == 200
    assert offer(mailing) == 1
    assert mailing.ask("brand", "PATCH", path, {"due_at": later(days=4)}).status == 200
    assert offer(mailing) == 0, "drafts stay as they are"


def test_a_ready_post_is_scheduled_through_the_participants_account(
    mailing: Mailing, posting: Posting
) -> None:
    due, picture = later(), asset(mailing)
    post = {
        "text": "We open",
        "media": [{"file_id": picture, "alt_text": "A door"}],
        "first_comment": "Come!",
    }
    account = posting.account("facebook", "retailer")
    item = added(mailing, post=post, platform="facebook", due_at=due)
    path = f"/campaigns/{mailing.campaign_id}/items/{item}"
    assert mailing.ask("retailer", "GET", path).body["post"]["text"] == "We open"
    assert mailing.ask("other", "GET", path).status == 404
    assert offer(mailing) == 1
    draft = response(mailing, item)["post_id"]
    shown = mailing.ask("retailer", "GET", f"/social-posts/{draft}").body
    assert (shown["status"], shown["account_id"], shown["text"], shown["post_type"]) == (
        "draft",
        account,
        "We open",
        "image",
    )
    assert mailing.platform.query(
        "select content from social_post_parts where post_id = %s and part_no = 1", draft
    ) == [("Come!",)]
    assert mailing.platform.query(
        "select file_id::text, alt_text from social_post_media where post_id = %s", draft
    ) == [(picture, "A door")]
    assert act(mailing, item, "accept").body["post_id"] == draft
    scheduled = mailing.ask("retailer", "GET", f"/social-posts/{draft}").body
    assert scheduled["status"] == "scheduled"
    assert datetime.fromisoformat(scheduled["scheduled_at"]) == datetime.fromisoformat(due)
    assert mailing.platform.query("select step from ddp.social_work where post_id = %s", draft) == [
        ("validate",)
    ]
    assert activation(mailing) == [(1, 1, 0, 0)]


def test_without_an_account_the_participant_names_one(mailing: Mailing, posting: Posting) -> None:
    item = added(mailing, post={"text": "We open"}, platform="facebook", due_at=later())
    assert offer(mailing) == 1
    assert response(mailing, item)["post_id"] is None
    assert act(mailing, item, "accept").code == "account-needed"
    assert response(mailing, item)["state"] == "offered"
    twitter, facebook = posting.account("twitter", "retailer"), posting.account("facebook", "retailer")
    assert act(mailing, item, "accept", account_id=twitter).code == "wrong-platform"
    assert act(mailing, item, "accept", account_id=posting.account("facebook", "other")).status == 404
    accepted = act(mailing, item, "accept", account_id=facebook)
    assert (accepted.status, accepted.body["state"]) == (200, "accepted")
    assert (
        mailing.ask("retailer", "GET", f"/social-posts/{accepted.body['post_id']}").body["status"]
        == "scheduled"
    )


SLOTS = [
    {"name": "headline", "kind": "text", "limit": 40, "required": True},
    {"name": "picture", "kind": "image"},
]
FILLED_IN = "{{ slot.headline }} at {{ sender.store_name }}"


def social(mailing: Mailing, text: str = "We open", **values: Any) -> str:
    body = {"template_name": "Spring", "template_type": "social", "template_content": {"text": text}} | values
    answer = mailing.ask("brand", "POST", "/templates", body)
    assert answer.status == 201, answer
    return answer.body["template_id"]


def post_of(mailing: Mailing, post_id: str) -> tuple[Any, ...]:
    columns = "status::text, template_id::text, post_content, title, post_type, is_composed"
    return mailing.platform.query(f"select {columns} from social_posts where post_id = %s", post_id)[0]


def lakeside(mailing: Mailing) -> None:
    mailing.platform.run(
        """update users set profile_data = '{"sender": {"store_name": "Lakeside"}}' where user_id = %s""",
        mailing.platform.users["retailer"],
    )


@pytest.mark.parametrize("has_account", [True, False])
def test_a_post_from_a_template_keeps_it(mailing: Mailing, posting: Posting, has_account: bool) -> None:
    account = posting.account("facebook", "retailer") if has_account else None
    of_template = social(mailing, template_content={"text": "We open", "title": "News"})
    item = added(mailing, template_id=of_template, due_at=later())
    offer(mailing)
    chosen = {} if account else {"account_id": posting.account("facebook", "retailer")}
    post = act(mailing, item, "accept", **chosen).body["post_id"]
    assert response(mailing, item)["post_id"] == post
    assert post_of(mailing, post) == ("scheduled", of_template, "We open", "News", "text", False)


@pytest.mark.parametrize("has_account", [True, False])
def test_a_locked_template_becomes_a_draft_that_changes_in_its_slots(
    mailing: Mailing, posting: Posting, has_account: bool
) -> None:
    lakeside(mailing)
    account = posting.account("facebook", "retailer") if has_account else None
    locked = social(mailing, FILLED_IN, slots=SLOTS, is_locked=True)
    item = added(mailing, template_id=locked, due_at=later())
    offer(mailing)
    chosen = {} if account else {"account_id": posting.account("facebook", "retailer")}
    accepted = act(mailing, item, "accept", **chosen)
    assert (accepted.status, accepted.body["state"]) == (200, "accepted")
    post = accepted.body["post_id"]
    assert post_of(mailing, post) == ("draft", locked, None, None, "text", True)
    path = f"/social-posts/{post}"
    when = {"when": days_later()}
    assert posting.ask("retailer", "PUT", f"{path}/schedule", when).code == "slots-missing"
    assert posting.ask("retailer", "PATCH", path, {"revision": 1, "text": "Mine"}).code == "locked-template"
    filled = {"headline": "Open", "picture": posting.file("retailer")}
    changed = posting.ask("retailer", "PATCH", path, {"revision": 1, "slots": filled})
    assert changed.status == 200, changed
    scheduled = posting.ask("retailer", "PUT", f"{path}/schedule", when)
    assert scheduled.status == 200, scheduled
    assert post_of(mailing, post) == ("scheduled", locked, "Open at Lakeside", None, "image", True)
    assert act(mailing, item, "accept").body["state"] == "accepted", "harmless when repeated"


def test_an_open_template_is_filled_in_until_the_participant_writes(
    mailing: Mailing, posting: Posting
) -> None:
    lakeside(mailing)
    posting.account("facebook", "retailer")
    content = {"text": FILLED_IN, "title": "At {{ sender.store_name }}"}
    of_template = social(mailing, template_content=content, slots=SLOTS)
    drafts = []
    for _ in range(2):
        item = added(mailing, template_id=of_template, due_at=later())
        offer(mailing)
        drafts.append(act(mailing, item, "accept").body["post_id"])
    filled = {"revision": 1, "slots": {"headline": "Open"}}
    for post in drafts:
        assert posting.ask("retailer", "PATCH", f"/social-posts/{post}", filled).status == 200
    kept, changed = drafts
    own = posting.ask("retailer", "PATCH", f"/social-posts/{changed}", {"revision": 2, "text": "Ours"})
    assert own.status == 200, own
    claims = json.dumps({"sub": str(mailing.platform.users["retailer"]), "role": "authenticated"})
    with mailing.platform.database.connect("superuser") as connection:
        connection.execute("set role authenticated")
        connection.execute("select set_config('request.jwt.claims', %s, false)", [claims])
        with pytest.raises(psycopg.Error, match="composed from its template"):
            connection.execute(
                "select schedule_social_posts(array[%s]::uuid[], now() + interval '1 day')", [kept]
            )
    for post in drafts:
        when = {"when": days_later()}
        assert posting.ask("retailer", "PUT", f"/social-posts/{post}/schedule", when).status == 200
    assert post_of(mailing, kept)[2:4] == ("Open at Lakeside", "At Lakeside")
    assert post_of(mailing, changed)[2:] == ("Ours", "At Lakeside", "text", False)


def offered_templates(mailing: Mailing, user: str = "retailer") -> set[str]:
    items_ = mailing.ask(user, "GET", "/templates", scope="offered", limit=100).body["items"]
    return {
        one["template_id"]
        for one in items_
        if one["created_by_user_id"] == str(mailing.platform.users["brand"])
    }


def test_participants_see_the_templates_of_the_kit_and_without_a_kit_all(mailing: Mailing) -> None:
    other, in_kit, to_come = (template(mailing) for _ in range(3))
    assert {other, in_kit, to_come} <= offered_templates(mailing), "without a kit, as ever"
    before = mailing.draft(template_id=other)
    added(mailing, file_id=asset(mailing))
    assert other in offered_templates(mailing), "a kit without templates hides none"
    item = added(mailing, template_id=in_kit)
    added(mailing, template_id=to_come, available_from=later())
    assert offered_templates(mailing) == {in_kit}
    assert mailing.ask("retailer", "GET", f"/templates/{other}").status == 404
    body = {"campaign_id": mailing.campaign_id, "template_id": other, "sender_email": "news@brand.example"}
    assert mailing.ask("retailer", "POST", "/email-campaigns", body).status == 404
    change = {"email_subject": "Ours"}
    assert mailing.ask("retailer", "PATCH", f"/email-campaigns/{before}", change).status == 200, (
        "a draft of before"
    )
    second = mailing.ask("brand", "POST", "/campaigns", {"campaign_name": "Open", "is_open": True}).body[
        "campaign_id"
    ]
    mailing.ask("brand", "POST", f"/campaigns/{second}/status", {"status": "active"})
    mailing.ask("retailer", "POST", f"/campaigns/{second}/join")
    assert {other, in_kit, to_come} <= offered_templates(mailing), "a campaign without a kit shows all"
    mailing.ask("retailer", "POST", f"/campaigns/{second}/leave")
    mailing.ask("brand", "DELETE", f"/campaigns/{mailing.campaign_id}/items/{item}")
    assert offered_templates(mailing) == set()


def test_posts_are_made_of_templates_of_the_kit_only(mailing: Mailing, posting: Posting) -> None:
    """A browser calls the database, with ids that the participant may know from before."""
    shop = posting.account("facebook", "retailer")
    other, in_kit, to_come, ended = (
        template(mailing, kind="social", content={"text": name}) for name in ("a", "b", "c", "d")
    )
    claims = json.dumps({"sub": str(mailing.platform.users["retailer"]), "role": "authenticated"})

    def refusal(template_id: str) -> str | None:
        post = {"account_id": shop, "template_id": template_id, "content": "Mine"}
        with mailing.platform.database.connect("superuser") as connection, connection.transaction():
            connection.execute("set local role authenticated")
            connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
            try:
                connection.execute("select create_social_posts('{}', %s)", [json.dumps([post])])
            except psycopg.Error as error:
                return error.sqlstate
        return None

    assert [refusal(one) for one in (other, in_kit, to_come)] == [None] * 3, "without a kit, as ever"
    before = mailing.platform.query(
        "select post_id from social_posts where template_id = %s and account_id = %s", other, shop
    )[0][0]
    added(mailing, template_id=in_kit)
    added(mailing, template_id=to_come, available_from=later())
    added(mailing, template_id=ended, available_from=later(days=-2), available_until=later(days=-1))
    found = [refusal(one) for one in (other, in_kit, to_come, ended)]
    assert found == ["PT404", None, "PT404", "PT404"]
    asked = {"account_ids": [shop], "text": ..., "template_id": other}
    assert posting.make("retailer", **asked).status == 404
    scheduled = posting.ask("retailer", "PUT", f"/social-posts/{before}/schedule", {"when": days_later()})
    assert scheduled.status == 200, "a draft of before"
    mailing.ask("retailer", "POST", f"/campaigns/{mailing.campaign_id}/leave")
    assert refusal(in_kit) == "PT404"


def test_a_kits_draft_waits_for_approval_like_any_other(mailing: Mailing, posting: Posting) -> None:
    mailing.ask("brand", "PATCH", f"/campaigns/{mailing.campaign_id}", {"approval": "all"})
    posting.account("facebook", "retailer")
    item = added(mailing, post={"text": "We open"}, due_at=later())
    offer(mailing)
    post = act(mailing, item, "accept").body["post_id"]
    (request,) = mailing.ask("brand", "GET", "/approvals", campaign_id=mailing.campaign_id).body["items"]
    assert (request["post_id"], request["state"]) == (post, "waiting")
