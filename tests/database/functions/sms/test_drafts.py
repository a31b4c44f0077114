"""Drafts of SMS over HTTP: the real handler, a real database."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from tests.database.functions.sms.conftest import Campaigning


def draft(campaigning: Campaigning, user: str = "retailer", **changes: object):
    body = {"campaign_id": str(campaigning.campaign_id), "sms_content": "Hello"} | changes
    return campaigning.ask(user, "POST", "/sms-campaigns", body)


def drafts_of(campaigning: Campaigning, user: str = "retailer") -> int:
    return campaigning.platform.count("sms_campaigns", user)


def test_a_draft_is_made_changed_and_deleted(campaigning):
    message = campaigning.draft(sms_content="Hello {{ name }}, " + "x" * 200)
    path = f"/sms-campaigns/{message}"
    seen = campaigning.ask("retailer", "GET", path).body
    assert (seen["sender_number"], seen["message_type"], seen["requested_at"]) == (
        "auto",
        "promotional",
        None,
    )
    changes = {"sms_content": "Hi", "sender_number": "72645", "dlt_template_id": "1107160000000000001"}
    changed = campaigning.ask("retailer", "PATCH", path, changes).body
    assert {name: changed[name] for name in changes} == changes
    assert changed["sms_excerpt"] == "Hi"
    kept = campaigning.ask("retailer", "PATCH", path, {"dlt_template_id": None}).body
    assert (kept["sms_content"], kept["dlt_template_id"]) == ("Hi", None)
    listed = campaigning.ask("retailer", "GET", "/sms-campaigns").body["items"]
    assert [(item["sms_campaign_id"], item["sms_excerpt"]) for item in listed] == [(message, "Hi")]
    of_campaign = campaigning.ask("brand", "GET", "/sms-campaigns", campaign_id=str(campaigning.campaign_id))
    assert [item["sms_campaign_id"] for item in of_campaign.body["items"]] == [message]
    assert campaigning.ask("brand", "GET", "/sms-campaigns").body["items"] == []
    assert campaigning.ask("retailer", "DELETE", path).body == {"sms_campaign_id": message}
    assert campaigning.ask("retailer", "GET", path).code == "sms-campaign-not-found"


def test_a_draft_from_a_template(campaigning):
    def template(kind: str, content: dict[str, object]) -> str:
        body = {"template_name": "Launch", "template_type": kind, "template_content": content}
        return campaigning.ask("brand", "POST", "/templates", body).body["template_id"]

    made = draft(campaigning, template_id=template("sms", {"text": "New: {{ model }}"}), sms_content=None)
    assert (made.status, made.body["sms_content"]) == (201, "New: {{ model }}")
    own = draft(campaigning, template_id=template("sms", {"text": "New"}), sms_content="Own")
    assert own.body["sms_content"] == "Own"
    for content, code in (
        ({"body": "x"}, "incomplete-template"),
        ({"text": " "}, "incomplete-template"),
        ({"text": 7}, "incomplete-template"),
        ({"text": "{{ name"}, "template-invalid"),
    ):
        found = draft(campaigning, template_id=template("sms", content), sms_content=None)
        assert (found.status, found.code) == (422, code), content
    email = {"subject": "s", "html": "<p>h</p>"}
    assert draft(campaigning, template_id=template("email", email)).code == "template-not-found"
    assert draft(campaigning, template_id=str(uuid4())).status == 404


def test_the_same_draft_is_made_once(campaigning):
    body = {"campaign_id": str(campaigning.campaign_id), "sms_content": "s"}
    first = campaigning.ask("retailer", "POST", "/sms-campaigns", body, key="d")
    again = campaigning.ask("retailer", "POST", "/sms-campaigns", body, key="d")
    assert (first.status, again.body) == (201, first.body)
    assert drafts_of(campaigning) == 1


HOSTILE = [
    {"sms_content": ""},
    {"sms_content": None},
    {"sms_content": "a\x00b"},
    {"sms_content": "\ud800"},
    {"sms_content": "{{ name"},
    {"sms_content": "{% for i in (1..99999999) %}{{ i }}{% endfor %}"},
    {"sms_content": "{{ 'a' | unknown }}"},
    {"sms_content": "x" * 8_193},
    {"sms_content": "é" * 4_097},
    {"sms_content": "See https://bit.ly/x"},
    {"sms_content": "{{ url | short_link }}"},
    {"sender_number": ""},
    {"sender_number": "+1"},
    {"sender_number": "a/b"},
    {"sender_number": "A brand that is long"},
    {"sender_number": "Bränd"},
    {"sender_number": "Brand\n"},
    {"message_type": "urgent"},
    {"dlt_template_id": "x" * 51},
    {"dlt_template_id": "1 2"},
    {"dlt_template_id": "12\n"},
    {"created_by_user_id": str(UUID(int=1))},
    {"requested_at": None},
    {"campaign_id": "x"},
]


@pytest.mark.parametrize("changes", HOSTILE, ids=lambda changes: ascii(changes)[:70])
def test_drafts_that_cannot_be(campaigning, changes):
    answer = draft(campaigning, **changes)
    assert answer.status == 422, answer
    assert answer.body["detail"]
    assert drafts_of(campaigning) == 0


@pytest.mark.parametrize(
    "changes", [c for c in HOSTILE if "campaign_id" not in c], ids=lambda c: ascii(c)[:70]
)
def test_changes_that_cannot_be(campaigning, changes):
    path = f"/sms-campaigns/{campaigning.draft()}"
    before = campaigning.ask("retailer", "GET", path).body
    assert campaigning.ask("retailer", "PATCH", path, changes).status == 422
    assert campaigning.ask("retailer", "GET", path).body == before


def test_transactional_needs_an_administrators_leave(campaigning):
    path = f"/sms-campaigns/{campaigning.draft()}"
    for _ in range(2):
        refused = draft(campaigning, message_type="transactional")
        assert (refused.status, refused.code) == (403, "transactional-not-allowed")
        assert campaigning.ask("retailer", "PATCH", path, {"message_type": "transactional"}).status == 403
        # Leave for another account, or for e-mail, is none.
        campaigning.run("update senders set may_send_transactional = true where user_id = %s",
                        campaigning.platform.users["brand"])  # fmt: skip
    campaigning.run("update senders set may_send_transactional = true")
    assert draft(campaigning, message_type="transactional").status == 201
    changed = campaigning.ask("retailer", "PATCH", path, {"message_type": "transactional"})
    assert changed.body["message_type"] == "transactional"
    campaigning.run("update senders set may_send_transactional = false")
    message = changed.body["sms_campaign_id"]
    assert campaigning.requested(message).code == "transactional-not-allowed", "as it is when it is sent"


def test_a_requested_sms_is_frozen(campaigning):
    path = f"/sms-campaigns/{campaigning.sent()}"
    for change in (
        {"sms_content": "x"},
        {"sender_number": "72645"},
        {"dlt_template_id": "1"},
    ):
        assert campaigning.ask("retailer", "PATCH", path, change).code == "frozen", change
    campaigning.run("update senders set may_send_transactional = true")
    assert campaigning.ask("retailer", "PATCH", path, {"message_type": "transactional"}).code == "frozen"
    assert campaigning.ask("retailer", "DELETE", path).code == "frozen"


ROLES = {
    "retailer": 200,
    "admin": 200,
    "brand": 200,
    "editor": 200,
    "viewer": 200,
    "rival": 404,
    "friend": 404,
}


def test_who_sees_and_changes_a_draft(campaigning):
    path = f"/sms-campaigns/{campaigning.draft()}"
    known = campaigning.platform.users
    for user, status in ROLES.items():
        if user not in known:
            continue
        assert campaigning.ask(user, "GET", path).status == status, user
        if user != "retailer":
            assert campaigning.ask(user, "PATCH", path, {"sms_content": "x"}).status in {403, 404}, user
            assert campaigning.ask(user, "DELETE", path).status in {403, 404}, user
    assert campaigning.ask(None, "GET", path).status == 401
    assert campaigning.ask("retailer", "GET", path).body["sms_content"] == "Hello {{ name }}"
    assert draft(campaigning, "rival").code == "campaign-not-found"


def test_ten_megabytes_are_refused_unread_where_only_recipients_are_many(campaigning):
    body = '{"sms_content": "' + "x" * 10_000_000 + '"}'
    middling = '{"sms_content": "' + "x" * 300_000 + '"}'
    for path in ("/sms-campaigns", f"/sms-campaigns/{uuid4()}/test"):
        assert campaigning.ask("retailer", "POST", path, middling).status == 413
    for path in (f"/sms-campaigns/{uuid4()}/send", f"/sms-campaigns/{uuid4()}/preview"):
        assert campaigning.ask("retailer", "POST", path, body).code == "body-too-large"
        assert campaigning.ask("retailer", "POST", path, middling).status == 422


def test_a_list_is_whole_whatever_the_length_of_its_pages(campaigning):
    made = [campaigning.draft() for _ in range(5)]
    seen, query = [], {}
    while True:
        page = campaigning.ask("retailer", "GET", "/sms-campaigns", limit=2, **query).body
        seen += [item["sms_campaign_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query = {"cursor": page["next_cursor"]}
    assert seen == made[::-1]
    oldest = campaigning.ask("retailer", "GET", "/sms-campaigns", order="asc", limit=1).body["items"]
    assert oldest[0]["sms_campaign_id"] == made[0]
    assert campaigning.ask("retailer", "GET", "/sms-campaigns", is_requested="true").body["items"] == []
