"""Messages made from a locked template, over HTTP: its content and its slots, of which nothing gets out."""

from __future__ import annotations

import json

import pytest

from ddp.channels import EMAIL, SMS
from tests.database.functions.email.test_sender import letter_of
from tests.database.functions.messaging import Mailing

CONTENT = {
    "email": {
        "subject": "{{ slot.headline }}",
        "html": '<h1>{{ slot.headline }}</h1><a href="{{ slot.link }}" title="{{ slot.headline }}">{{ name }}</a>',
    },
    "sms": {"text": "{{ slot.headline }} {{ slot.link }} {{ sender.store_name }}"},
}
SLOTS = [
    {"name": "headline", "kind": "text", "limit": 60, "required": True},
    {"name": "link", "kind": "url", "default": "https://brand.example/spring"},
]


@pytest.fixture(params=[EMAIL, SMS], ids=["email", "sms"])
def both(mailing, request) -> Mailing:
    """Each channel, in which the retailer may send."""
    mailing.channel = request.param
    mailing.platform.run(
        "insert into senders (user_id, channel, monthly_budget) values (%s, 'sms', 100)"
        " on conflict (user_id, channel) do update set monthly_budget = 100",
        mailing.platform.users["retailer"],
    )
    return mailing


def template(mailing: Mailing, **changes: object) -> str:
    kind = mailing.channel.name
    body = {
        "template_name": "Spring", "template_type": kind, "template_content": CONTENT[kind], "slots": SLOTS,
        "is_locked": True,
    }  # fmt: skip
    answer = mailing.ask("brand", "POST", "/templates", body | changes)
    assert answer.status == 201, answer
    return answer.body["template_id"]


def make(mailing: Mailing, template_id: str, user: str = "retailer", **changes: object):
    sender = {"sender_email": "news@brand.example"} if mailing.channel is EMAIL else {}
    body = {"campaign_id": mailing.campaign_id, "template_id": template_id} | sender | changes
    return mailing.ask(user, "POST", mailing.path, body)


def made(mailing: Mailing, template_id: str, **changes: object) -> str:
    answer = make(mailing, template_id, **changes)
    assert answer.status == 201, answer
    return answer.body[f"{mailing.channel.name}_campaign_id"]


def frozen(mailing: Mailing, message: str):
    return mailing.query("select content, slots from send_plans where email_campaign_id = %s", message)[0]


def test_a_message_is_composed_from_the_template_and_its_slots(both):
    message = made(both, template(both), slots={"headline": "Open on Sunday"})
    seen = both.ask("retailer", "POST", f"{both.path}/{message}/preview", {}).body
    shown = seen["html"] if both.channel is EMAIL else seen["text"]
    assert "Open on Sunday" in shown
    assert "https://brand.example/spring" in shown
    assert [(slot["name"], slot["value"], slot["origin"]) for slot in seen["slots"]] == [
        ("headline", "Open on Sunday", "own"),
        ("link", "https://brand.example/spring", "default"),
    ]
    assert both.send(message).status == 202
    values = {"headline": "Open on Sunday", "link": "https://brand.example/spring"}
    content = CONTENT[both.channel.name]
    assert frozen(both, message) == (content.get("html") or content.get("text"), values)


@pytest.mark.parametrize("what", ["html", "text", "both"])
def test_content_of_its_own_is_refused_with_a_sentence(both, what):
    own = {
        "email": {
            "html": {"email_content": "<p>Mine</p>"},
            "text": {"text_content": "Mine"},
            "both": {"email_subject": "Mine", "email_content": "<p>Mine</p>"},
        },
        "sms": {each: {"sms_content": "Mine"} for each in ("html", "text", "both")},
    }[both.channel.name][what]
    locked = template(both)
    refused = make(both, locked, slots={"headline": "Open"}, **own)
    assert (refused.status, refused.code) == (422, "locked-template")
    assert "fill in its slots" in refused.body["detail"]
    message = made(both, locked, slots={"headline": "Open"})
    changed = both.ask("retailer", "PATCH", f"{both.path}/{message}", own)
    assert (changed.status, changed.code) == (422, "locked-template")


def test_a_required_slot_is_asked_for_by_name_before_anything_is_planned(both):
    message = made(both, template(both))
    refused = both.send(message)
    assert (refused.status, refused.code, refused.body["missing"]) == (409, "slots-missing", ["headline"])
    path = f"{both.path}/{message}"
    assert both.ask("retailer", "PATCH", path, {"slots": {"headline": "Open"}}).status == 200
    assert both.ask("retailer", "GET", path).body["slots"] == {"headline": "Open"}
    assert both.send(message).status == 202
    assert both.ask("retailer", "PATCH", path, {"slots": {"headline": "Shut"}}).code == "frozen"


@pytest.mark.parametrize(
    "value",
    ["x" * 10_000, "a\x00b", "\u202eevil", "a\r\nBcc: x@y.example", "", ["x"], {"a": 1}, 7],
)
def test_hostile_values_are_refused(both, value):
    refused = make(both, template(both), slots={"headline": value})
    assert refused.status == 422, refused
    assert "headline" in json.dumps(refused.body) or "slots" in refused.body["detail"]


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", 'https://a.example/"x', "https://a.example/<b>", "a b"]
)
def test_hostile_addresses_are_refused(both, value):
    refused = make(both, template(both), slots={"headline": "x", "link": value})
    assert (refused.status, refused.code, refused.body["slot"]) == (422, "invalid-slot", "link")


BOMBS = [
    "{{ name }}{% for i in (1..9) %}x{% endfor %}",
    "{% raw %}{{ sender.phone }}",
    '</h1></a><script>x</script>" onclick="x',
    "<!-- <style> </body>",
    "{{ unsubscribe_url }} %}{{",
]


@pytest.mark.parametrize("value", BOMBS)
def test_a_value_is_text_whatever_it_looks_like(mailing, value):
    message = made(mailing, template(mailing), slots={"headline": value})
    assert mailing.send(message).status == 202
    letter = letter_of(mailing, message)
    from html import escape

    assert letter.subject == value
    assert f"<h1>{escape(value)}</h1>".replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in letter.html
    assert "<script>" not in letter.html
    assert letter.html.count("<a ") == 2, "the template's link, and the one to unsubscribe"


def test_recipients_bring_in_no_slot_and_no_sender(mailing):
    html = "<p>{{ slot.headline }}|{{ slot.link }}|{{ sender.store_name }}</p>"
    message = made(
        mailing,
        template(
            mailing,
            template_content={"subject": "s", "html": html},
            slots=[SLOTS[0], {"name": "link", "kind": "url"}],
        ),
        slots={"headline": "Open"},
    )
    assert mailing.send(message).status == 202
    letter_of(mailing, message)
    from functions.email import letter

    data = {"slot": {"headline": "Mine", "link": "Mine"}, "sender": {"store_name": "Mine"}}
    one = letter.of_plan(mailing.plan(message), None).write(
        address="a@example.com", name=None, data=data, url="https://ddp.example/u/1", tags={}
    )
    assert "Open||" in one.html
    assert "Mine" not in one.html + one.text + one.subject


def test_what_was_requested_keeps_its_slots_when_the_template_changes(both):
    locked = template(both)
    sent, kept = (made(both, locked, slots={"headline": "Open"}) for _ in range(2))
    assert both.send(sent).status == 202
    renamed = [{"name": "title", "kind": "text"}]
    assert both.ask("brand", "PATCH", f"/templates/{locked}", {"slots": renamed}).body["slots"] == [
        renamed[0] | {"limit": None, "default": None, "required": False}
    ]
    assert frozen(both, sent)[1] == {"headline": "Open", "link": "https://brand.example/spring"}
    refused = both.send(kept)
    assert (refused.status, refused.code, refused.body["slot"]) == (422, "unknown-slot", "headline")
    assert "title" in refused.body["detail"]


def test_a_draft_from_before_the_lock_keeps_nothing_of_its_own(both):
    open_one = template(both, is_locked=False, slots=[])
    own = {"email_content": "<p>Mine</p>"} if both.channel is EMAIL else {"sms_content": "Mine"}
    mine, theirs = made(both, open_one, **own), made(both, open_one)
    assert both.ask("brand", "PATCH", f"/templates/{open_one}", {"is_locked": True}).status == 200
    refused = both.send(mine)
    assert (refused.status, refused.code) == (409, "locked-template")
    test = {"recipients": ["a@example.com"] if both.channel is EMAIL else ["+12025550101"]}
    assert both.ask("retailer", "POST", f"{both.path}/{mine}/test", test).code == "locked-template"
    assert both.send(theirs).status == 202


def test_a_new_version_is_locked_as_the_one_before(both):
    locked = template(both)
    body = {"template_content": CONTENT[both.channel.name]}
    path = f"/templates/{locked}/versions"
    version = both.ask("brand", "POST", path, body).body
    assert (version["is_locked"], [slot["name"] for slot in version["slots"]]) == (True, ["headline", "link"])
    refused = both.ask("retailer", "POST", path, body)
    assert (refused.status, refused.code) == (403, "locked-template")
    assert both.ask("brand", "POST", path, body | {"is_locked": False, "slots": []}).body["slots"] == []


def test_statistics_of_a_template_leave_out_what_replaces_its_content(mailing):
    used = template(mailing, is_locked=False, slots=[])
    own, same = made(mailing, used, email_content="<p>Mine</p>"), made(mailing, used)
    for message in (own, same):
        assert mailing.send(message).status == 202
        mailing.ledger(message, ["sent"])
        mailing.query(
            "update email_sends set sent_at = now() where email_campaign_id = %s returning 1", message
        )
    mailing.platform.run("select refresh_all_analytics()")
    counts = "select usage_count, unique_recipients_count from campaign_templates where template_id = %s"
    assert mailing.query(counts, used) == [(1, 1)]
    sends = "select total_sends from template_retailer_usage where template_id = %s"
    assert mailing.query(sends, used) == [(1,)]


def test_templates_are_previewed_with_values_in_their_slots(mailing):
    locked = template(mailing)
    path = f"/templates/{locked}/preview"
    seen = mailing.ask("brand", "POST", path, {"slots": {"headline": "<b>Open"}}).body
    assert "&lt;b&gt;Open" in seen["html"]
    assert "https://brand.example/spring" in seen["html"]
    body = {"template_content": CONTENT["email"], "slots": {"headline": "Open"}}
    assert "Open" in mailing.ask("brand", "POST", "/templates/preview", body).body["html"]


def test_test_sends_show_the_slots(both):
    message = made(both, template(both), slots={"headline": "Open"})
    to = ["a@example.com"] if both.channel is EMAIL else ["+12025550101"]
    asked = both.ask("retailer", "POST", f"{both.path}/{message}/test", {"recipients": to})
    assert asked.status == 202, asked
    from ddp import db
    from ddp.queries.messages import test_sends

    name = both.channel.name
    both.platform.login("ddp_worker")
    with db.transaction(role="service_role") as cursor:
        begun = test_sends.begin(cursor, both.channel, asked.body["items"][0][f"{name}_test_send_id"])
    assert begun.slots == {"headline": "Open", "link": "https://brand.example/spring"}
    assert begun.sender_profile == {"postal_address": "1 Market Street, Springfield"}
