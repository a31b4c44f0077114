"""E-mail over HTTP: drafts, requests, test sends, previews. The real handler, a real database, moto's queues."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import boto3
import pytest
from psycopg.types.json import Jsonb

from ddp.attachments import LIMIT
from ddp.links import hosted_images
from tests import lambdas
from tests.database.functions.messaging import SENDER, recipients
from tests.database.platform import PDF

TOMORROW = datetime.now(UTC) + timedelta(days=1)
EMAIL = {"subject": "New: {{ model }}", "html": "<p>Dear {{ name }}</p>", "text": "Dear {{ name }}"}


def draft(mailing, user="retailer", **changes):
    body = {
        "campaign_id": mailing.campaign_id,
        "email_subject": "Hello",
        "email_content": "<p>Hello</p>",
        "sender_email": SENDER,
    }
    return mailing.ask(user, "POST", "/email-campaigns", body | changes)


def test_a_draft_is_made_changed_and_deleted(mailing):
    message = mailing.draft(sender_name="Shop  ")
    path = f"/email-campaigns/{message}"
    seen = mailing.ask("retailer", "GET", path).body
    assert (seen["sender_name"], seen["requested_at"], seen["text_content"]) == ("Shop", None, None)
    changed = mailing.ask(
        "retailer", "PATCH", path, {"text_content": "Hello", "sender_email": "Shop@BRAND.example"}
    ).body
    assert (changed["text_content"], changed["sender_email"], changed["email_subject"]) == (
        "Hello",
        "shop@brand.example",
        "Hello {{ name }}",
    )
    listed = mailing.ask("retailer", "GET", "/email-campaigns").body["items"]
    assert [item["email_campaign_id"] for item in listed] == [message]
    of_campaign = mailing.ask("brand", "GET", "/email-campaigns", campaign_id=mailing.campaign_id).body[
        "items"
    ]
    assert [item["email_campaign_id"] for item in of_campaign] == [message]
    assert mailing.ask("brand", "GET", "/email-campaigns").body["items"] == []
    assert mailing.ask("retailer", "DELETE", path).status == 200
    assert mailing.ask("retailer", "GET", path).status == 404


def test_a_draft_from_a_template(mailing):
    body = {"template_name": "Launch", "template_type": "email", "template_content": EMAIL}
    template = mailing.ask("brand", "POST", "/templates", body).body["template_id"]
    made = draft(mailing, template_id=template, email_subject=None, email_content="<p>Own</p>")
    assert made.status == 201, made
    assert (made.body["email_subject"], made.body["email_content"], made.body["text_content"]) == (
        EMAIL["subject"],
        "<p>Own</p>",
        EMAIL["text"],
    )
    assert draft(mailing, template_id=str(uuid4())).status == 404
    sms = {"template_name": "x", "template_type": "sms", "template_content": {"text": "Hi"}}
    other = mailing.ask("brand", "POST", "/templates", sms).body["template_id"]
    assert draft(mailing, template_id=other).code == "template-not-found"


def test_the_same_draft_is_made_once(mailing):
    body = {
        "campaign_id": mailing.campaign_id,
        "email_subject": "s",
        "email_content": "c",
        "sender_email": SENDER,
    }
    first = mailing.ask("retailer", "POST", "/email-campaigns", body, key="d")
    again = mailing.ask("retailer", "POST", "/email-campaigns", body, key="d")
    assert (first.status, again.body) == (201, first.body)
    assert mailing.platform.count("email_campaigns", "retailer") == 1


HOSTILE = [
    {"email_subject": "Hello\r\nBcc: all@example.com"},
    {"email_subject": "Hello\nX"},
    {"email_subject": "Hello\u2028X"},
    {"email_subject": "a\x00"},
    {"email_subject": ""},
    {"email_subject": "x" * 501},
    {"email_content": ""},
    {"email_content": "a\x00b"},
    {"email_content": "\ud800"},
    {"email_content": "{{ name"},
    {"email_content": "{% for i in (1..99999999) %}{{ i }}{% endfor %}"},
    {"email_subject": "{{ 'a' | unknown }}"},
    {"text_content": "{% if %}"},
    {"sender_name": "Shop\r\nBcc: x@example.com"},
    {"sender_name": "Shop\x1b[2J"},
    {"sender_name": "service@bank.example"},
    {"sender_name": "Bank <service"},
    {"sender_name": "service\uff20bank.example"},
    {"sender_email": "shop"},
    {"sender_email": "shop@localhost"},
    {"sender_email": "a@example.com, b@example.com"},
    {"sender_email": "a@example.com\r\nBcc: b@example.com"},
    {"sender_email": "straße@example.com"},
    {"attachments": ["x"]},
    {"attachments": [str(UUID(int=n)) for n in range(11)]},
    {"created_by_user_id": str(UUID(int=1))},
    {"requested_at": None},
    {"campaign_id": "x"},
]


@pytest.mark.parametrize("changes", HOSTILE, ids=lambda changes: ascii(changes)[:70])
def test_drafts_that_cannot_be(mailing, changes):
    answer = draft(mailing, **changes)
    assert answer.status == 422, answer
    assert answer.body["detail"]
    assert mailing.platform.count("email_campaigns", "retailer") == 0


@pytest.mark.parametrize(
    "changes", [c for c in HOSTILE if "campaign_id" not in c], ids=lambda c: ascii(c)[:70]
)
def test_changes_that_cannot_be(mailing, changes):
    message = mailing.draft()
    before = mailing.ask("retailer", "GET", f"/email-campaigns/{message}").body
    assert mailing.ask("retailer", "PATCH", f"/email-campaigns/{message}", changes).status == 422
    assert mailing.ask("retailer", "GET", f"/email-campaigns/{message}").body == before


def test_ten_megabytes_are_refused_unread_where_only_recipients_are_many(mailing):
    body = '{"email_content": "' + "x" * 10_000_000 + '"}'
    for path in (
        "/email-campaigns",
        f"/email-campaigns/{uuid4()}/send",
        f"/email-campaigns/{uuid4()}/preview",
    ):
        assert mailing.ask("retailer", "POST", path, body).code == "body-too-large"
    middling = '{"email_content": "' + "x" * 300_000 + '"}'
    assert mailing.ask("retailer", "POST", "/email-campaigns", middling).status == 413
    assert mailing.ask("retailer", "POST", f"/email-campaigns/{uuid4()}/send", middling).status == 422


def test_international_domains_are_kept_in_ascii(mailing):
    assert (
        draft(mailing, sender_email="Info@Bücher.example").body["sender_email"]
        == "info@xn--bcher-kva.example"
    )


def test_attachments_are_own_files_that_fit(mailing):
    platform = mailing.platform
    one, foreign = platform.file("retailer"), platform.file("brand", PDF + b"2")
    made = draft(mailing, attachments=[one])
    assert made.body["attachments"] == [one]
    assert draft(mailing, attachments=[foreign]).code == "attachment-not-found"
    assert draft(mailing, attachments=[one, one]).code == "attachment-twice"
    resize = "update files set file_size = %s, file_name = 'Menu.pdf' where file_id = %s returning 1"
    platform.query(resize, LIMIT + 1, one)
    assert draft(mailing, attachments=[one]).code == "attachments-too-large"
    message = made.body["email_campaign_id"]
    assert mailing.send(message).code == "attachments-too-large", "as they are when it is sent"
    platform.query(resize, LIMIT, one)
    assert mailing.send(message).status == 202
    plan = platform.query("select attachments from send_plans where email_campaign_id = %s", message)[0][0]
    assert plan == [{"file_id": one, "file_name": "Menu.pdf"}]


def test_an_attached_asset_that_ends_is_told_before_and_refused_after(mailing):
    platform = mailing.platform
    file_id = platform.file("brand", PDF + b"ends")
    ends = (TOMORROW + timedelta(hours=12)).replace(microsecond=0)
    asset = {"file_id": file_id, "asset_name": "Key visual", "asset_type": "logo"}
    published = platform.call("brand", "POST", "/brand-assets", asset | {"available_until": ends.isoformat()})
    assert published.status == 201, published
    message = draft(mailing, "brand", attachments=[file_id]).body["email_campaign_id"]
    preview = mailing.ask("brand", "POST", f"/email-campaigns/{message}/preview", {}).body
    (told,) = preview["warnings"]
    assert "Key visual" in told
    assert f"{ends:%Y-%m-%d %H:%M} UTC" in told

    late = mailing.send(message, "brand", scheduled_at=(ends + timedelta(hours=1)).isoformat())
    assert (late.status, late.code, late.body["file_id"]) == (409, "asset-ended", file_id)
    at_the_end = mailing.send(message, "brand", scheduled_at=ends.isoformat())
    assert at_the_end.code == "asset-ended"
    sent = mailing.send(message, "brand", scheduled_at=(ends - timedelta(hours=1)).isoformat())
    assert sent.status == 202, sent
    assert sent.body["warnings"] == [told], "its messages may be a day late"
    uses = platform.call("brand", "GET", "/brand-assets", ends_before=(ends + timedelta(days=1)).isoformat())
    (use,) = next(item["uses"] for item in uses.body["items"] if item["file_id"] == file_id)
    assert (use["kind"], use["status"], use["name"]) == ("send", "requested", "Hello")


@pytest.fixture
def shown(mailing):
    """An image that the brand published until an hour: its asset, file, public address and end."""
    ends = (TOMORROW + timedelta(hours=12)).replace(microsecond=0)
    (file_id,) = mailing.query(
        "insert into files (file_name, file_type, file_size, file_path, content_type, created_by_user_id)"
        " values ('a.png', 'image', 10, 'files/' || gen_random_uuid(), 'image/png', %s) returning file_id::text",
        mailing.platform.users["brand"],
    )[0]
    asset = {"file_id": file_id, "asset_name": "Key visual", "asset_type": "logo"}
    published = mailing.platform.call(
        "brand", "POST", "/brand-assets", asset | {"available_until": ends.isoformat()}
    )
    assert published.status == 201, published
    (token,) = mailing.query("select token from ddp.hosted_images where file_id = %s", file_id)[0]
    address = f"{lambdas.PUBLIC_URL}/i/{token}"
    mailing.query("select ddp.image_hosted(%s, 'image/png', %s)", token, address)
    return published.body["asset_id"], file_id, address, ends


def showing(mailing, place: str, address: str) -> str:
    """A retailer's draft that shows the image there. Returns its id."""
    image = f'<p>{{{{ name }}}} <a href="https://shop.example">Shop</a></p><img src="{address}" alt="">'
    if place == "content":
        return draft(mailing, "retailer", email_content=image).body["email_campaign_id"]
    if place == "variant":
        link = '<p>{{ name }} <a href="https://shop.example">Shop</a></p>'
        message = draft(mailing, "retailer", email_content=link).body["email_campaign_id"]
        test = {
            "share_percent": 10, "decide_after_seconds": 60, "metric": "clicks", "if_unclear": "a",
            "variants": [{"variant": "B", "email_content": image}],
        }  # fmt: skip
        put = mailing.ask("retailer", "PUT", f"{mailing.path}/{message}/ab-test", test)
        assert put.status == 200, put
        return message
    slot = {"name": "picture", "kind": "image"} | ({"default": address} if place == "default" else {})
    body = {
        "template_name": "Spring", "template_type": "email", "slots": [slot], "is_locked": True,
        "template_content": {"subject": "Hello", "html": '<p>{{ name }}</p><img src="{{ slot.picture }}" alt="">'},
    }  # fmt: skip
    made = mailing.ask("brand", "POST", "/templates", body)
    assert made.status == 201, made
    body = {
        "campaign_id": mailing.campaign_id, "template_id": made.body["template_id"], "sender_email": SENDER,
        "slots": {"picture": address} if place == "slot" else {},
    }  # fmt: skip
    answer = mailing.ask("retailer", "POST", mailing.path, body)
    assert answer.status == 201, answer
    return answer.body["email_campaign_id"]


@pytest.mark.parametrize("place", ["content", "variant", "slot", "default"])
def test_a_shown_asset_that_ends_is_listed_told_before_and_refused_after(mailing, shown, place):
    asset_id, file_id, address, ends = shown
    message = showing(mailing, place, address)
    variant = {"variant": "B"} if place == "variant" else {}
    preview = mailing.ask("retailer", "POST", f"/email-campaigns/{message}/preview", variant)
    (told,) = preview.body["warnings"]
    assert "Key visual" in told
    assert f"{ends:%Y-%m-%d %H:%M} UTC" in told

    def uses(user: str) -> list[tuple[str, str]]:
        listed = mailing.platform.call(
            user, "GET", "/brand-assets", ends_before=(ends + timedelta(days=1)).isoformat()
        )
        (item,) = (item for item in listed.body["items"] if item["file_id"] == file_id)
        return [(use["kind"], use["status"]) for use in item["uses"]]

    assert uses("brand") == uses("retailer") == [("email_campaign", "draft")]
    late = mailing.send(message, scheduled_at=ends.isoformat())
    assert (late.status, late.code, late.body["file_id"]) == (409, "asset-ended", file_id), late
    other = showing(mailing, place, address)
    sent = mailing.send(other, scheduled_at=(ends - timedelta(hours=1)).isoformat())
    assert (sent.status, sent.body["warnings"]) == (202, [told]), sent
    assert sorted(uses("retailer")) == [("email_campaign", "draft"), ("send", "requested")]
    assert mailing.platform.call("brand", "DELETE", f"/brand-assets/{asset_id}").status < 300
    withdrawn = mailing.send(message)
    assert (withdrawn.status, withdrawn.code) == (409, "asset-ended"), "its address has ended"


def test_what_only_looks_like_an_image_of_an_asset_is_nobodys(mailing, shown):
    _, _, address, ends = shown
    bogus = hosted_images.address(address.rpartition("/")[2][:22] + "A" * 21)
    message = draft(mailing, "retailer", email_content=f'<img src="{bogus}" alt="">')
    sent = mailing.send(
        message.body["email_campaign_id"], scheduled_at=(ends + timedelta(hours=1)).isoformat()
    )
    assert sent.status == 202, "whoever knows a file's id learns nothing of its asset"


def test_an_attached_asset_that_is_far_from_its_end_is_not_worth_a_word(mailing):
    platform = mailing.platform
    file_id = platform.file("brand", PDF + b"far")
    asset = {"file_id": file_id, "asset_name": "Key visual", "asset_type": "logo"}
    until = (TOMORROW + timedelta(days=30)).isoformat()
    assert platform.call("brand", "POST", "/brand-assets", asset | {"available_until": until}).status == 201
    message = draft(mailing, "brand", attachments=[file_id]).body["email_campaign_id"]
    assert mailing.send(message, "brand").body["warnings"] == []


def test_nobody_else_does_anything_with_a_draft_or_a_send(mailing):
    message = mailing.sent()
    sends = mailing.ledger(message, ["unknown"])
    for user, status in (("rival", 404), ("other", 404), ("brand", 403)):
        for method, path, body in (
            ("POST", "/pause", None),
            ("POST", "/resume", None),
            ("POST", "/cancel", None),
            ("POST", "/retry", {}),
            ("POST", "/unknown", {"action": "mark_sent", "email_send_ids": [str(sends[0])]}),
            ("GET", "/sends", None),
            ("GET", f"/sends/{sends[0]}", None),
            ("POST", "/exports", {}),
            ("POST", "/test", {"recipients": ["x@example.com"]}),
        ):
            answer = mailing.ask(user, method, f"/email-campaigns/{message}{path}", body)
            assert answer.status == status, (user, method, path, answer)
    for user in ("rival", "other"):
        for method, path, body in (
            ("GET", "", None),
            ("PATCH", "", {"email_subject": "x"}),
            ("DELETE", "", None),
            ("POST", "/preview", {}),
            ("POST", "/send", {"audience": recipients("a@example.com")}),
            ("GET", "/progress", None),
            ("GET", "/tests", None),
            ("GET", "/exports", None),
            ("GET", f"/exports/{uuid4()}", None),
        ):
            answer = mailing.ask(user, method, f"/email-campaigns/{message}{path}", body)
            assert answer.status == 404, (user, method, path, answer)
    for method, path, body in (
        ("PATCH", "", {"email_subject": "x"}),
        ("DELETE", "", None),
        ("POST", "/send", {"audience": recipients("a@example.com")}),
    ):
        assert mailing.ask("brand", method, f"/email-campaigns/{message}{path}", body).status == 404
    assert mailing.statuses(message) == ["unknown"]


def test_without_a_token_nothing_is_there(mailing):
    message = mailing.draft()
    for method, path in (
        ("GET", "/email-campaigns"),
        ("GET", f"/email-campaigns/{message}/progress"),
        ("POST", f"/email-campaigns/{message}/cancel"),
        ("GET", "/senders/me"),
        ("GET", "/suppressions"),
        ("GET", "/sender-identities"),
    ):
        assert mailing.ask(None, method, path).status == 401, path


def test_a_campaign_that_is_not_seen_gets_no_drafts(mailing):
    for user in ("rival", "other"):
        assert draft(mailing, user).code == "campaign-not-found"


def test_a_send_is_requested_once_frozen_and_the_planner_told(mailing):
    message = mailing.draft(text_content="Hi", sender_name="Shop")
    options = {
        "scheduled_at": TOMORROW.isoformat(),
        "max_lateness_seconds": 7200,
        "time_zone": "Europe/Zurich",
        "in_recipient_time_zone": True,
        "quiet_from": "21:00",
        "quiet_until": "08:00",
        "unknown_policy": "retry",
        "unknown_retry_after_seconds": 7200,
    }
    answer = mailing.send(message, key="s1", **options)
    assert answer.status == 202, answer
    plan_id = answer.body["send_plan_id"]
    assert mailing.told("plan") == [{"type": "PlanSend", "send_plan_id": plan_id}]
    assert mailing.platform.query(
        "select text_content, sender_name, extract(epoch from max_lateness)::int, time_zone, in_recipient_time_zone,"
        " quiet_from::text, quiet_until::text, unknown_policy::text, extract(epoch from unknown_retry_after)::int,"
        " scheduled_at, recipients_masked, queued_at from send_plans where send_plan_id = %s",
        plan_id,
    ) == [
        (
            "Hi",
            "Shop",
            7200,
            "Europe/Zurich",
            True,
            "21:00:00",
            "08:00:00",
            "retry",
            7200,
            TOMORROW,
            False,
            None,
        )
    ]
    again = mailing.send(message, key="s1", **options)
    assert (again.status, again.body) == (202, answer.body)
    refused = mailing.send(message)
    assert (refused.code, refused.body["send_plan_id"]) == ("already-requested", plan_id)
    for method, body in (("PATCH", {"text_content": None}), ("PATCH", {"attachments": []}), ("DELETE", None)):
        expected = 200 if body == {"attachments": []} else 409  # which changes nothing
        assert mailing.ask("retailer", method, f"/email-campaigns/{message}", body).status == expected
    assert mailing.told("plan") == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"max_lateness_seconds": 59}, "invalid-request"),
        ({"max_lateness_seconds": 2_592_001}, "invalid-request"),
        ({"time_zone": "Mars/Olympus"}, "invalid-option"),
        ({"time_zone": "EST5EDT,M3.2.0,M11.1.0"}, "invalid-option"),
        ({"time_zone": "europe/zurich'; drop table users"}, "invalid-option"),
        ({"in_recipient_time_zone": True}, "invalid-option"),
        ({"quiet_from": "21:00"}, "invalid-option"),
        ({"quiet_from": "21:00", "quiet_until": "21:00"}, "invalid-option"),
        ({"quiet_from": "24:00", "quiet_until": "08:00"}, "invalid-request"),
        ({"unknown_policy": "forget"}, "invalid-request"),
        ({"unknown_retry_after_seconds": 60}, "invalid-request"),
        ({"scheduled_at": "2020-01-01T00:00:00Z"}, "invalid-schedule"),
        ({"scheduled_at": "2090-01-01T00:00:00Z"}, "invalid-schedule"),
        ({"scheduled_at": "2027-01-01T00:00:00"}, "invalid-request"),
        ({"urgent": True}, "invalid-request"),
        ({"audience": {"source": "everybody"}}, "invalid-request"),
        ({"audience": {"source": "list", "recipients": []}}, "invalid-request"),
        ({"audience": {"source": "list", "recipients": [{"email": 1}]}}, "invalid-request"),
        ({"audience": {"source": "list", "recipients": [{"email": "x" * 1_001}]}}, "invalid-request"),
        (
            {"audience": {"source": "list", "recipients": [{"email": "a@b.c", "name": "A\r\nBcc: x"}]}},
            "invalid-request",
        ),
        (
            {"audience": {"source": "list", "recipients": [{"email": "a@b.c", "name": "\x00"}]}},
            "invalid-request",
        ),
        ({"audience": {"source": "list", "recipients": [{"email": "a@b.c", "to": "x"}]}}, "invalid-request"),
        ({"audience": {"source": "file", "file_id": "x"}}, "invalid-request"),
    ],
    ids=lambda value: ascii(value)[:70],
)
def test_sends_that_cannot_be(mailing, changes, code):
    message = mailing.draft()
    answer = mailing.send(message, **changes)
    assert (answer.status, answer.code) == (422, code), answer
    assert mailing.ask("retailer", "GET", f"/email-campaigns/{message}").body["requested_at"] is None
    assert mailing.told("plan") == []


def test_a_malformed_address_is_left_to_planning(mailing):
    """It is rejected by itself there, and the rest goes on: test_planning.py."""
    people = [{"email": "a@b.c"}, {"email": "x"}, {"email": "a@b.c\r\nBcc: d@e.f"}]
    answer = mailing.send(mailing.draft(), audience={"source": "list", "recipients": people})
    assert answer.status == 202, answer


def test_a_browsers_own_call_is_checked_just_so(mailing):
    """PostgREST calls the SQL function without the HTTP function's checks."""
    message = mailing.draft()
    plain = "select send_email_campaign(%s, %s)"
    claims = {"sub": str(mailing.platform.users["retailer"])}
    for audience, options, code in (
        (
            '{"source": "list", "recipients": [{"email": "a@b.c", "name": "A\\r\\nBcc: x"}]}',
            "{}",
            "invalid-recipient",
        ),
        ('{"source": "list", "recipients": [{"email": "a@b.c"}]}', '{"urgent": 1}', "invalid-option"),
        ('{"source": "list", "recipients": [{"email": "a@b.c"}]}', "[]", "invalid-option"),
        (
            '{"source": "list", "recipients": [{"email": "a@b.c"}]}',
            '{"max_lateness_seconds": 1e9}',
            "invalid-option",
        ),
        ('{"source": "list", "recipients": [{"email": "a@b.c"}]}', '{"time_zone": 1}', "invalid-option"),
        (
            '{"source": "list", "recipients": [{"email": "a@b.c"}]}',
            '{"quiet_from": "x", "quiet_until": "y"}',
            "invalid-option",
        ),
        (
            json.dumps(
                {
                    "source": "list",
                    "recipients": [{"email": "a@b.c", "template_data": {"x": "y" * 2**16}}] * 200,
                }
            ),
            "{}",
            "invalid-audience",
        ),
    ):
        with (
            pytest.raises(Exception, match=r".") as caught,
            mailing.platform.database.as_user(claims) as connection,
        ):
            connection.execute("select send_email_campaign(%s, %s, null, %s)", [message, audience, options])
        assert code in caught.value.diag.message_detail
    with mailing.platform.database.as_user(
        claims
    ) as connection:  # the call without options, which have defaults
        connection.execute(plain, [message, '{"source": "list", "recipients": [{"email": "a@b.c"}]}'])


@pytest.mark.parametrize("column", ["email_content", "text_content"])
def test_a_browsers_own_draft_is_as_small_as_any(mailing, column):
    message = mailing.draft()
    claims = {"sub": str(mailing.platform.users["retailer"])}
    for call, size in (
        ('send_email_campaign(%s, \'{"source": "list", "recipients": [{"email": "a@b.cd"}]}\')', 2**19),
        ("request_test_sends(%s, '{a@b.cd}')", 2**19),
        ("request_test_sends(%s, '{a@b.cd}')", 2**19 - 1),
    ):
        with mailing.platform.database.as_user(claims) as connection:
            connection.execute(
                f"update email_campaigns set {column} = repeat('é', %s) || 'x' where email_campaign_id = %s",
                [size // 2, message],
            )
            if size % 2:
                connection.execute(f"select {call}", [message])
                continue
            with pytest.raises(Exception, match="512 KiB") as caught:
                connection.execute(f"select {call}", [message])
            assert "message-too-large" in caught.value.diag.message_detail


def test_a_refusal_is_short_however_much_is_wrong(mailing):
    """Lambda answers with at most 6 MB, and reporting every mistake in a long body takes a gigabyte of memory."""
    path = f"/email-campaigns/{mailing.draft()}/send"
    many = {"email": "a@b.cd"} | dict.fromkeys(map(str, range(1_000)), 1)
    for recipients_, most in (([many] * 300, 100), ([{"email": 1}] * 10_000, 1)):
        body = {"audience": {"source": "list", "recipients": recipients_}}
        answer = mailing.ask("retailer", "POST", path, body)
        assert answer.status == 422
        assert len(answer.body["errors"]) == most


def test_ten_thousand_recipients_fit_and_one_more_does_not(mailing):
    people = [
        {
            "email": f"customer.number.{n}@some-mail-provider.example",
            "name": f"Customer {n} Ünïcødé",
            "time_zone": "UTC",
        }
        for n in range(10_001)
    ]
    message = mailing.draft()
    too_many = mailing.send(message, audience={"source": "list", "recipients": people})
    assert (too_many.status, too_many.code) == (422, "invalid-request")
    assert mailing.send(message, audience={"source": "list", "recipients": people[:-1]}).status == 202
    assert mailing.platform.query(
        "select jsonb_array_length(audience -> 'recipients') from send_plans where email_campaign_id = %s",
        message,
    ) == [(10_000,)]


def test_a_file_is_an_audience_if_it_is_ones_own(mailing):
    message = mailing.draft()
    foreign = mailing.platform.file("brand")
    assert mailing.send(message, audience={"source": "file", "file_id": foreign}).status == 404
    own = mailing.platform.file("retailer", PDF + b"1")
    assert mailing.send(message, audience={"source": "file", "file_id": own}).status == 202


def test_retailers_do_not_write_to_users_of_the_platform(mailing):
    answer = mailing.send(mailing.draft(), audience={"source": "target_audience"})
    assert (answer.status, answer.code) == (403, "audience-not-yours")


def test_a_brands_target_audience_is_read_when_its_time_has_come_and_masked(mailing):
    message = mailing.draft("brand")
    answer = mailing.send(
        message, "brand", audience={"source": "target_audience"}, scheduled_at=TOMORROW.isoformat()
    )
    assert answer.status == 202, answer
    assert mailing.told("plan") == []
    mailing.ledger(
        message, ["sent", "bounced"], bounce_reason="550 r0000@example.com unknown", recipient_name="Ann"
    )
    rows = mailing.ask("brand", "GET", f"/email-campaigns/{message}/sends").body["items"]
    assert [row["recipient_email"] for row in rows] == ["r***@e***.com"] * 2
    assert {row["recipient_name"] for row in rows} | {row["bounce_reason"] for row in rows} == {None}
    path = f"/email-campaigns/{message}"
    assert (
        mailing.ask("brand", "GET", f"{path}/sends", address="r0000@example.com").code == "recipients-masked"
    )
    assert mailing.ask("brand", "POST", f"{path}/exports", {}).code == "recipients-masked"
    mailing.platform.query(
        "insert into email_events (event_id, occurred_at, email_send_id, attempt, event_type, detail)"
        " values (gen_random_uuid(), now(), %s, 1, 'Bounce', %s) returning 1",
        rows[0]["email_send_id"], '{"diagnosis": "550 r0000@example.com unknown"}',
    )  # fmt: skip
    life = mailing.ask("brand", "GET", f"{path}/sends/{rows[0]['email_send_id']}").body
    assert (life["recipient_email"], life["suppressions"]) == ("r***@e***.com", None)
    assert [(event["event_type"], event["detail"]) for event in life["events"]] == [("Bounce", None)]
    life = mailing.ask("admin", "GET", f"{path}/sends/{rows[0]['email_send_id']}").body
    assert life["events"][0]["detail"] == {"diagnosis": "550 r0000@example.com unknown"}
    seen = mailing.ask("admin", "GET", f"{path}/sends").body["items"]
    assert [row["recipient_email"] for row in seen] == ["r0000@example.com", "r0001@example.com"]
    page = mailing.ask("brand", "GET", f"{path}/sends", limit=1).body
    rest = mailing.ask("brand", "GET", f"{path}/sends", cursor=page["next_cursor"]).body
    assert {page["items"][0]["email_send_id"], rest["items"][0]["email_send_id"]} == {
        row["email_send_id"] for row in seen
    }


def test_only_verified_senders_send(mailing):
    message = mailing.draft(sender_email="shop@unproved.example")
    answer = mailing.send(message)
    assert (answer.status, answer.code, answer.body["domain"]) == (
        409,
        "sender-not-verified",
        "unproved.example",
    )
    assert "sender identity" in answer.body["detail"]
    test = mailing.ask(
        "retailer", "POST", f"/email-campaigns/{message}/test", {"recipients": ["me@example.com"]}
    )
    assert test.code == "sender-not-verified"
    query = (
        "insert into sender_identities (identity, created_by_user_id, status) values (%s, %s, %s)"
        " on conflict (identity, created_by_user_id) do update set status = excluded.status,"
        " created_by_user_id = excluded.created_by_user_id returning 1"
    )
    users = mailing.platform.users
    mailing.platform.query(query, "unproved.example", users["retailer"], "pending")
    assert mailing.send(message).code == "sender-not-verified"
    mailing.platform.query(query, "unproved.example", users["brand"], "verified")
    assert mailing.send(message).code == "sender-not-verified", "another's proof"
    mailing.platform.query(query, "shop@unproved.example", users["retailer"], "verified")
    assert mailing.send(message).status == 202
    mailing.platform.query(query, "unproved.example", users["retailer"], "verified")
    for sender, status in (("a@news.unproved.example", 202), ("a@notunproved.example", 409)):
        assert mailing.send(mailing.draft(sender_email=sender)).status == status, sender


def test_two_sends_at_once_leave_one_plan(mailing):
    message, answers = mailing.draft(), []
    with mailing.platform.database.connect(autocommit=False) as held:
        held.execute("select from email_campaigns where email_campaign_id = %s for update", [message])
        second = threading.Thread(target=lambda: answers.append(mailing.send(message)))
        second.start()
        mailing.platform.wait_for_a_lock()
        with mailing.platform.database.as_user({"sub": str(mailing.platform.users["retailer"])}) as _:
            pass
        held.execute(
            "select set_config('request.jwt.claims', %s, true)",
            ['{"sub": "' + str(mailing.platform.users["retailer"]) + '"}'],
        )
        held.execute(
            "select send_email_campaign(%s, %s)",
            [message, '{"source": "list", "recipients": [{"email": "a@b.c"}]}'],
        )
        held.commit()
    second.join()
    assert [(answer.status, answer.code) for answer in answers] == [(409, "already-requested")]
    assert len(mailing.platform.query("select 1 from send_plans where email_campaign_id = %s", message)) == 1


def test_a_queue_that_does_not_answer_changes_nothing(mailing, monkeypatch):
    """The plan is in the database, and reconciliation finds it because its queued_at is null."""
    from functions.email.routes import sends
    from functions.sending.operations import exports

    gone = "https://sqs.eu-central-1.amazonaws.com/123456789012/gone"
    monkeypatch.setattr(sends, "PLAN_QUEUE_URL", gone)
    monkeypatch.setattr(sends, "SEND_QUEUE_URL", gone)
    monkeypatch.setattr(exports, "EXPORT_QUEUE_URL", gone)
    message = mailing.draft()
    assert mailing.send(message).status == 202
    path = f"/email-campaigns/{message}"
    assert mailing.ask("retailer", "POST", f"{path}/test", {"recipients": ["me@example.com"]}).status == 202
    assert mailing.ask("retailer", "POST", f"{path}/exports", {}).status == 202
    mailing.platform.query(
        "update email_test_sends set created_at = now() - interval '2 minutes'"
        " where email_campaign_id = %s returning 1",
        message,
    )
    work = mailing.platform.query("select ddp.waiting_email_work(100)")[0][0]
    assert str(mailing.plan(message)) in work["plans"]
    tests, files = (
        [str(row[0]) for row in mailing.platform.query(query, message)]
        for query in (
            "select email_test_send_id from email_test_sends where email_campaign_id = %s",
            "select send_export_id from send_exports join send_plans using (send_plan_id) where email_campaign_id = %s",
        )
    )
    assert set(tests) <= set(work["tests"])
    assert set(files) <= set(work["exports"])


def test_the_planner_is_told_after_the_commit(mailing, monkeypatch):
    """A worker that is told before the commit would find no plan."""
    from ddp import queues

    seen = []

    def look(url, bodies, **_):
        seen.append(
            len(mailing.platform.query("select 1 from send_plans where email_campaign_id = %s", message))
        )

    monkeypatch.setattr(queues, "send", look)
    message = mailing.draft()
    mailing.send(message)
    assert seen == [1]


def test_test_sends_go_to_five_addresses_once_each(mailing):
    message = mailing.draft()
    path = f"/email-campaigns/{message}/test"
    body = {"recipients": ["Me@Example.com", "you@bücher.example"], "template_data": {"name": "Ann"}}
    answer = mailing.ask("retailer", "POST", path, body, key="t1")
    assert [item["recipient_email"] for item in answer.body["items"]] == [
        "me@example.com",
        "you@xn--bcher-kva.example",
    ]
    told = mailing.told("send")
    assert sorted(m["test_send_id"] for m in told) == sorted(
        i["email_test_send_id"] for i in answer.body["items"]
    )
    assert {m["type"] for m in told} == {"SendTest"}
    again = mailing.ask("retailer", "POST", path, body, key="t1")
    assert (again.body, mailing.told("send")) == (answer.body, [])
    listed = mailing.ask("retailer", "GET", f"/email-campaigns/{message}/tests").body["items"]
    assert {item["status"] for item in listed} == {"pending"}
    assert len(listed) == 2
    tested = mailing.draft()
    mailing.ask("retailer", "POST", f"/email-campaigns/{tested}/test", {"recipients": ["me@example.com"]})
    assert mailing.ask("retailer", "DELETE", f"/email-campaigns/{tested}").status == 200, (
        "a tested draft is one still"
    )
    for wrong in ([], ["a@b.c"] * 6, ["a@example.com", "A@EXAMPLE.com"], ["x"], ["a@b.c\r\nBcc: x@y.z"]):
        assert mailing.ask("retailer", "POST", path, {"recipients": wrong}).status == 422, wrong


def test_test_sends_are_limited_by_the_day(mailing):
    message = mailing.draft()
    mailing.platform.query(
        "insert into email_test_sends (email_campaign_id, created_by_user_id, recipient_email)"
        " select %s, %s, 'x@example.com' from generate_series(1, 98) returning 1",
        message,
        mailing.platform.users["retailer"],
    )
    path = f"/email-campaigns/{message}/test"
    assert mailing.ask("retailer", "POST", path, {"recipients": ["a@b.cd", "b@b.cd"]}).status == 202
    answer = mailing.ask("retailer", "POST", path, {"recipients": ["a@b.cd"]})
    assert (answer.status, answer.code) == (429, "too-many-tests")
    assert mailing.ask("retailer", "DELETE", f"/email-campaigns/{message}").status == 200
    path = f"/email-campaigns/{mailing.draft()}/test"
    again = mailing.ask("retailer", "POST", path, {"recipients": ["a@b.cd"]})
    assert again.code == "too-many-tests", "a deleted draft's samples were sent all the same"


def test_a_preview_shows_the_message_and_who_it_would_reach(mailing):
    message = mailing.draft()
    path = f"/email-campaigns/{message}/preview"
    seen = mailing.ask("retailer", "POST", path, {"template_data": {"name": "<i>Ann\r\nX: y"}}).body
    assert seen["subject"] == "Hello <i>Ann X: y"
    assert "&lt;i&gt;Ann" in seen["html"]
    assert (seen["undefined"], seen["is_sender_verified"], seen["audience"]) == ([], True, None)
    target = {"audience": {"source": "target_audience"}}
    brands = mailing.draft("brand", sender_email="x@unproved2.example")
    counted = mailing.ask("brand", "POST", f"/email-campaigns/{brands}/preview", target).body
    assert (counted["audience"]["recipient_count"], counted["is_sender_verified"]) == (0, False)
    file = mailing.platform.file("retailer")
    sized = mailing.ask("retailer", "POST", path, {"audience": {"source": "file", "file_id": file}}).body
    expected = {"source": "file", "recipient_count": None, "file_size": len(PDF), "warnings": []}
    assert sized["audience"] == expected
    foreign = mailing.platform.file("brand", PDF + b"3")
    assert (
        mailing.ask("retailer", "POST", path, {"audience": {"source": "file", "file_id": foreign}}).status
        == 404
    )


def test_a_preview_names_images_that_recipients_may_not_see(mailing):
    unknown = f"{lambdas.PUBLIC_URL}/i/{'A' * 43}"
    message = mailing.draft(
        email_content=f'<img src="logo.png"><img src="{unknown}"><img src="https://x.example/y">'
    )
    seen = mailing.ask("retailer", "POST", f"/email-campaigns/{message}/preview", {}).body["image_problems"]
    assert [problem["code"] for problem in seen] == ["local-file", "unknown-image", "foreign"]


def test_a_preview_counts_those_whom_the_message_would_reach(mailing):
    path = f"/email-campaigns/{mailing.draft('brand')}/preview"
    target = {"audience": {"source": "target_audience"}}

    def counted(profile, criteria):
        query = mailing.platform.query
        query("update users set profile_data = %s where user_id = %s returning 1", Jsonb(profile), retailer)
        query(
            "update campaigns set target_audience = %s where campaign_id = %s returning 1",
            Jsonb(criteria), mailing.campaign_id,
        )  # fmt: skip
        return mailing.ask("brand", "POST", path, target).body["audience"]["recipient_count"]

    retailer = mailing.platform.users["retailer"]
    agreed = {"marketing_consent": True, "region": "Bayern"}
    try:
        assert counted(agreed, {}) == 1
        assert counted(agreed, {"regions": ["Bayern"]}) == 1
        assert counted(agreed, {"region": "Switzerland"}) == 0
        assert counted({"region": "Bayern"}, {}) == 0, "no consent"
        refused = mailing.ask("retailer", "POST", f"/email-campaigns/{mailing.draft()}/preview", target)
        assert (refused.status, refused.code) == (403, "audience-not-yours")
    finally:
        counted({}, {})


def test_exports_are_asked_for_and_fetched_when_ready(mailing):
    message = mailing.sent()
    path = f"/email-campaigns/{message}/exports"
    asked = mailing.ask("retailer", "POST", path, {"statuses": ["failed", "bounced"]}, key="x1")
    again = mailing.ask("retailer", "POST", path, {"statuses": ["failed", "bounced"]}, key="x1")
    assert (asked.status, asked.body["status"], again.body) == (202, "pending", asked.body)
    export_id = asked.body["send_export_id"]
    assert mailing.told("export") == [{"type": "ExportSends", "send_export_id": export_id}]
    assert mailing.ask("retailer", "GET", f"{path}/{export_id}").body["url"] is None
    mailing.platform.query(
        "update send_exports set state = 'ready', object_key = 'exports/x.csv', row_count = 2, ended_at = now()"
        " where send_export_id = %s returning 1",
        export_id,
    )
    boto3.client("s3").put_object(Bucket="ddp-test-uploads", Key="exports/x.csv", Body=b"a,b")
    ready = mailing.ask("retailer", "GET", f"{path}/{export_id}")
    assert "exports/x.csv" in ready.body["url"]
    assert ready.headers["Cache-Control"] == "no-store"
    assert [item["send_export_id"] for item in mailing.ask("retailer", "GET", path).body["items"]] == [
        export_id
    ]
    for user in ("brand", "rival"):
        assert mailing.ask(user, "GET", f"{path}/{export_id}").status == 404, user
    other = mailing.sent()
    assert mailing.ask("retailer", "GET", f"/email-campaigns/{other}/exports/{export_id}").status == 404
    assert mailing.ask("retailer", "POST", path, {"kind": "everything"}).status == 422
    assert mailing.ask("retailer", "POST", path, {"statuses": ["gone"]}).status == 422
    for _ in range(5):
        last = mailing.ask("retailer", "POST", path, {"kind": "rejections"})
    assert last.status == 202
    assert mailing.ask("retailer", "POST", path, {"kind": "rejections"}).code == "too-many-exports"
    draft = mailing.draft()
    assert mailing.ask("retailer", "POST", f"/email-campaigns/{draft}/exports", {}).code == "not-requested"
