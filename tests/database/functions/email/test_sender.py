"""What messages show of their sender: frozen with the request, asked for by templates; and where answers go."""

from __future__ import annotations

import pytest

from ddp import rendering
from ddp.channels import EMAIL, SMS
from tests.database.functions.messaging import Mailing

ADDRESS = "1 Market Street, Springfield"
PHONE = "+44 20 7946 0018"
SHOWN = "<p>{{ name }}: {{ sender.phone }} {{ sender.store_name }}</p>"


@pytest.fixture
def as_it_was(mailing):
    yield
    say(mailing, None)


def say(mailing: Mailing, sender: dict[str, object] | None) -> None:
    """The retailer says this of itself; None: what it says before each test."""
    patch = {"profile_data": {"sender": sender or {"postal_address": ADDRESS}}}
    assert mailing.ask("retailer", "PATCH", "/me", patch).status == 200


def letter_of(mailing: Mailing, message: str):
    """What the first recipient of a requested e-mail gets, as email-send composes it."""
    from functions.email import letter

    plan = mailing.plan(message)
    content, text = mailing.query(
        "select content, text_content from send_plans where send_plan_id = %s", plan
    )[0]
    prepared = rendering.prepare(content, text)
    mailing.query(
        "update send_plans set prepared_html = %s, prepared_text = %s, call_size = 1 where send_plan_id = %s"
        " returning 1",
        prepared.html, prepared.text, plan,
    )  # fmt: skip
    mailing.platform.login("ddp_worker")
    return letter.of_plan(plan, None).write(
        address="ann@example.com", name="Ann", data={}, url="https://ddp.example/u/1", tags={}
    )


def test_without_a_postal_address_no_email_is_sent_and_the_refusal_says_what_to_do(mailing, as_it_was):
    say(mailing, {"phone": PHONE})
    message = mailing.draft()
    refused = mailing.send(message)
    assert (refused.status, refused.code) == (409, "sender-fields-missing")
    assert refused.body["missing"] == ["postal_address"]
    assert "PATCH /me" in refused.body["detail"]
    body = {"audience": {"source": "list", "recipients": [{"email": "a@example.com"}]}}
    assert mailing.ask("retailer", "POST", f"/email-campaigns/{message}/forecasts", body).status == 409
    assert mailing.query("select 1 from send_plans where email_campaign_id = %s", message) == []
    assert mailing.ask("retailer", "PATCH", "/me", {"sender": {"postal_address": ADDRESS}}).status == 200
    assert mailing.send(message).status == 202


def test_what_the_sender_says_is_frozen_with_the_request(mailing, as_it_was):
    say(mailing, {"postal_address": "1 Lake St\n<8001> Zürich", "phone": PHONE, "store_name": "{{ name }}"})
    message = mailing.draft(email_content=SHOWN)
    assert mailing.send(message).status == 202
    say(mailing, {"postal_address": "2 Hill Road", "phone": "000000"})
    made = letter_of(mailing, message)
    assert f"Ann: {PHONE} {{{{ name }}}}" in made.html, "a value is data, never Liquid"
    assert "1 Lake St<br>&lt;8001&gt; Zürich" in made.html
    assert "1 Lake St\n<8001> Zürich" in made.text
    assert made.html.count("Unsubscribe") == 1
    assert "Hill" not in made.html + made.text


def test_an_address_that_the_content_shows_is_not_appended(mailing):
    message = mailing.draft(email_content="<p>{{ name }}</p><address>{{ sender.postal_address }}</address>")
    assert mailing.send(message).status == 202
    made = letter_of(mailing, message)
    assert made.html.count(ADDRESS) == made.text.count(ADDRESS) == 1
    hidden = mailing.draft(email_content="<p>{{ name }}</p><!-- {{ sender.postal_address }} -->")
    assert mailing.send(hidden).status == 202
    assert f">{ADDRESS}</p>" in letter_of(mailing, hidden).html


def test_a_list_with_a_column_of_that_name_shows_its_own(mailing):
    message = mailing.draft(email_content="<p>From {{ sender }}</p>")
    assert mailing.send(message).status == 202
    letter_of(mailing, message)
    from functions.email import letter

    made = letter.of_plan(mailing.plan(message), None).write(
        address="a@example.com", name=None, data={"sender": "Bob"}, url="https://ddp.example/u/1", tags={}
    )
    assert "From Bob" in made.html


def test_a_plan_from_before_goes_out_as_it_was_asked_for(mailing):
    message = mailing.draft(email_content="<p>Hello {{ sender }}</p>")
    assert mailing.send(message).status == 202
    mailing.query(
        "update send_plans set sender_profile = null where email_campaign_id = %s returning 1", message
    )
    made = letter_of(mailing, message)
    assert ADDRESS not in made.html + made.text
    assert "Hello </p>" in made.html


@pytest.mark.parametrize("channel", [EMAIL, SMS], ids=["email", "sms"])
def test_what_a_template_requires_is_asked_for_by_name(mailing, as_it_was, channel):
    mailing.channel = channel
    content = {"subject": "Hi", "html": SHOWN} if channel is EMAIL else {"text": "{{ sender.phone }}"}
    body = {
        "template_name": "Spring", "template_type": channel.name, "template_content": content,
        "requires": ["phone", "opening_hours"],
    }  # fmt: skip
    made = mailing.ask("brand", "POST", "/templates", body).body
    assert made["requires"] == ["phone", "opening_hours"]
    template = made["template_id"]
    message = mailing.draft(template_id=template)
    say(mailing, {"postal_address": ADDRESS, "phone": PHONE})
    mailing.platform.run(
        "insert into senders (user_id, channel, monthly_budget) values (%s, 'sms', 100)"
        " on conflict (user_id, channel) do update set monthly_budget = 100",
        mailing.platform.users["retailer"],
    )
    refused = mailing.send(message)
    assert (refused.status, refused.code) == (409, "sender-fields-missing")
    assert refused.body["missing"] == ["opening_hours"]
    assert "opening hours" in refused.body["detail"]
    assert mailing.ask("brand", "PATCH", f"/templates/{template}", {"requires": ["phone"]}).status == 200
    assert mailing.send(message).status == 202
    frozen = "select sender_profile from send_plans where email_campaign_id = %s"
    assert mailing.query(frozen, message) == [({"postal_address": ADDRESS, "phone": PHONE},)]


@pytest.fixture
def logo(mailing, as_it_was) -> str:
    """The id of an image that the retailer says is its logo."""
    (file_id,) = mailing.query(
        "insert into files (file_name, file_type, file_size, file_path, content_type, created_by_user_id)"
        " values ('logo.png', 'image', 10, 'files/' || gen_random_uuid(), 'image/png', %s) returning file_id::text",
        mailing.platform.users["retailer"],
    )[0]
    say(mailing, {"postal_address": ADDRESS, "logo_file_id": file_id})
    return file_id


def hosted(mailing, file_id: str) -> str:
    """What a worker does within a minute. Returns the logo's address."""
    address = f"https://ddp.example/i/{file_id}"
    mailing.query(
        "select ddp.image_hosted(token, 'image/png', %s) from ddp.hosted_images"
        " where file_id = %s and state = 'wanted' and by_owner",
        address, file_id,
    )  # fmt: skip
    return address


@pytest.mark.parametrize("channel", [EMAIL, SMS], ids=["email", "sms"])
def test_the_logo_is_hosted_when_it_is_set_and_shown_by_its_address(mailing, logo, channel):
    mailing.channel = channel
    shown = '<img src="{{ sender.logo_url }}" alt="">'
    content = {"subject": "Hi", "html": shown} if channel is EMAIL else {"text": "Look {{ sender.logo_url }}"}
    body = {
        "template_name": "Logo", "template_type": channel.name, "template_content": content,
        "requires": ["logo_file_id"],
    }  # fmt: skip
    template = mailing.ask("brand", "POST", "/templates", body).body["template_id"]
    mailing.platform.run(
        "insert into senders (user_id, channel, monthly_budget) values (%s, 'sms', 100)"
        " on conflict (user_id, channel) do update set monthly_budget = 100",
        mailing.platform.users["retailer"],
    )
    own = {"email_content": shown} if channel is EMAIL else {"sms_content": "Look {{ sender.logo_url }}"}
    message = mailing.draft(template_id=template, **own)
    preview = f"{mailing.path}/{message}/preview"
    assert mailing.ask("retailer", "POST", preview, {}).body["undefined"] == ["sender.logo_url"]
    refused = mailing.send(message)
    assert (refused.status, refused.code, refused.body["missing"]) == (
        409,
        "sender-fields-missing",
        ["logo_url"],
    )
    assert f"/files/{logo}/host" in refused.body["detail"]
    address = hosted(mailing, logo)
    seen = mailing.ask("retailer", "POST", preview, {}).body
    assert seen["undefined"] == []
    if channel is EMAIL:  # SMS shorten it
        assert address in seen["html"]
    assert mailing.send(message).status == 202
    mailing.platform.run("select ddp.revoke_hosted(array[%s::uuid])", logo)
    frozen = "select sender_profile from send_plans where email_campaign_id = %s"
    assert mailing.query(frozen, message) == [
        ({"postal_address": ADDRESS, "logo_file_id": logo, "logo_url": address},)
    ]
    if channel is EMAIL:
        assert f'<img src="{address}"' in letter_of(mailing, message).html


def test_a_logo_that_is_no_longer_hosted_is_said_to_be_missing(mailing, logo):
    hosted(mailing, logo)
    mailing.platform.run("update files set deleted_at = now() where file_id = %s", logo)
    template = mailing.ask(
        "brand", "POST", "/templates",
        {"template_name": "Logo", "template_type": "email", "template_content": {"subject": "a", "html": "b"},
         "requires": ["logo_file_id"]},
    ).body["template_id"]  # fmt: skip
    assert mailing.send(mailing.draft(template_id=template)).body["missing"] == ["logo_url"]
    assert mailing.send(mailing.draft()).status == 202, "nobody asked for it"


def test_a_version_requires_what_the_one_before_did(mailing):
    body = {"template_name": "S", "template_type": "email", "template_content": {"subject": "a", "html": "b"}}
    first = mailing.ask("brand", "POST", "/templates", body | {"requires": ["phone"]}).body
    path = f"/templates/{first['template_id']}/versions"
    content = {"template_content": {"subject": "a", "html": "c"}}
    assert mailing.ask("brand", "POST", path, content).body["requires"] == ["phone"]
    assert mailing.ask("brand", "POST", path, content | {"requires": []}).body["requires"] == []
    assert mailing.ask("brand", "POST", path, content | {"requires": ["fax"]}).status == 422


def test_previews_show_the_sender(mailing, as_it_was):
    say(mailing, {"postal_address": ADDRESS, "phone": PHONE})
    message = mailing.draft(email_content=SHOWN)
    seen = mailing.ask("retailer", "POST", f"/email-campaigns/{message}/preview", {}).body
    assert PHONE in seen["html"]
    assert ADDRESS in seen["html"]
    assert seen["undefined"] == ["sender.store_name"]
    unsaved = {"template_content": {"subject": "a", "html": SHOWN}}
    assert PHONE in mailing.ask("retailer", "POST", "/templates/preview", unsaved).body["html"]
    text = {"campaign_id": mailing.campaign_id, "sms_content": "Call {{ sender.phone }}"}
    draft = mailing.ask("retailer", "POST", "/sms-campaigns", text).body["sms_campaign_id"]
    shown = mailing.ask("retailer", "POST", f"/sms-campaigns/{draft}/preview", {}).body
    assert shown["text"].startswith(f"Call {PHONE}")
    assert shown["undefined"] == []


def test_answers_go_where_the_draft_says(mailing):
    message = mailing.draft(reply_to="Shop@LAKESIDE.example")
    path = f"/email-campaigns/{message}"
    assert mailing.ask("retailer", "GET", path).body["reply_to"] == "shop@lakeside.example"
    assert mailing.ask("retailer", "PATCH", path, {"reply_to": None}).body["reply_to"] is None
    assert (
        mailing.ask("retailer", "PATCH", path, {"reply_to": "a@b.example\r\nBcc: x@y.example"}).status == 422
    )
    assert mailing.ask("retailer", "PATCH", path, {"reply_to": "b@lakeside.example"}).status == 200
    assert mailing.ask("retailer", "PATCH", path, {"sender_name": "Lakeside"}).status == 200
    assert mailing.send(message).status == 202
    (reply_to,) = letter_of(mailing, message).reply_to
    assert str(reply_to) == "b@lakeside.example"
    assert mailing.ask("retailer", "PATCH", path, {"reply_to": None}).code == "frozen"
    plain = mailing.sent()
    assert letter_of(mailing, plain).reply_to == ()
