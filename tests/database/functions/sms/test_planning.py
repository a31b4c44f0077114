"""Planning SMS: numbers, rejections with their sentences, and what each message takes and costs."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest

from ddp.addresses import phone_hash
from tests.database.functions.sms.conftest import Texting
from tests.sms import CA, DE, FR, GB, US


def test_each_number_has_its_identity_parts_and_price(texting: Texting) -> None:
    plan = texting.text(US, GB, FR, "(202) 555-0101", default_country="US", content="Sale " + "x" * 160)
    assert texting.work(plan) == []
    found = texting.sends(plan, "recipient_phone, country, bucket, encoding, units, price")
    assert found == [
        (US, "US", "sms:72645", "GSM", 2, Decimal("0.01766")),
        (FR, "FR", "sms:FR:DEMO", "GSM", 2, Decimal("0.13000")),
        (GB, "GB", "sms:+447860019001", "GSM", 2, Decimal("0.09040")),
    ]
    assert texting.totals(plan) == (4, 3, 0, 1, 0)
    assert texting.row(plan, "planned_at is not null, estimated_cost") == (True, Decimal("0.23806"))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (" ", "empty"), ("call me", "not-a-number"), ("07911 123456", "no-country"), ("+1202555", "too-short"),
        ("+4479111234567890", "too-long"), ("+44 7700 900123", "invalid"), ("+1 202 555 0101 ext. 5", "extension"),
        ("4.47911E+11", "spreadsheet-number"), ("+33140205050", "landline"), ("+33899123456", "premium-rate"),
        ("+18005550123", "toll-free"), ("+88213123456789", "satellite"), ("+5491123456789", "country-not-enabled"),
        ("+46701234567", "no-sender"), ("+31612345678", "no-price"),
    ],
)  # fmt: skip
def test_an_unusable_number_is_rejected_with_a_sentence(texting: Texting, number: str, code: str) -> None:
    plan = texting.text(US, number)
    assert texting.work(plan) == []
    assert texting.rejections(plan) == [(2, code)]
    (reason,) = texting.reasons(plan).values()
    assert reason.endswith(".")
    assert len(texting.sends(plan)) == 1


def test_what_cannot_be_sent_to_somebody_is_rejected_and_the_others_get_it(texting: Texting) -> None:
    content = (
        "{% if kind == 'long' %}{% for n in (1..200) %}0123456789{% endfor %}{% else %}{{ text }}{% endif %}"
        "{{ kind | divided_by: zero }}"
    )
    plan = texting.text(
        {"phone": US, "template_data": {"text": "Hello", "zero": 1}},
        {"phone": GB, "template_data": {"kind": "long", "zero": 1}},
        {"phone": FR, "template_data": {"text": "x", "zero": 0}},
        {"phone": CA, "template_data": {"text": "\u4f60" * 300, "zero": 1}},
        content=content,
    )
    assert texting.work(plan) == []
    assert texting.rejections(plan) == [(2, "too-many-parts"), (3, "template-invalid"), (4, "too-many-parts")]


def test_nothing_is_due_before_all_is_planned(texting: Texting) -> None:
    plan = texting.text(US)
    assert texting.row(plan, "starts_when_planned") == (True,)


def test_promotional_messages_need_recorded_consent(texting: Texting) -> None:
    brand = texting.platform.users["brand"]
    texting.run(
        "insert into phone_consents (owner_user_id, phone_hash, source, wording, given_at)"
        " values (%s, %s, 'web-form', 'Yes, text me', now())",
        brand, phone_hash(US),
    )  # fmt: skip
    texting.run(
        "insert into phone_consents (owner_user_id, phone_hash, source, wording, given_at, ended_at, ended_by)"
        " values (%s, %s, 'web-form', 'Yes, text me', now(), now(), 'stop')",
        brand, phone_hash(GB),
    )  # fmt: skip
    plan = texting.text(US, GB, FR, consent="required")
    assert texting.work(plan) == []
    assert texting.sends(plan) == [(US, "pending")]
    assert texting.rejections(plan) == [(2, "no-consent"), (3, "no-consent")]
    assert "POST /phone-consents" in texting.reasons(plan)["no-consent"]


def test_words_for_opting_out_are_added_where_the_text_lacks_them(texting: Texting) -> None:
    """Two-way identities say STOP; others have a link of the recipient's own."""
    plan = texting.text(US, FR)
    texting.work(plan)
    codes = dict(texting.sends(plan, "recipient_phone, link_code"))
    assert codes[US] is None
    assert len(codes[FR]) == 10


def test_short_links_are_numbered_and_each_recipient_has_a_code(texting: Texting) -> None:
    content = """New: {{ "https://shop.example/a" | short_link }} and {{ 'https://shop.example/b?x=1' | short_link }}"""
    plan = texting.text(US, GB, content=content)
    texting.work(plan)
    codes = [code for (code,) in texting.sends(plan, "link_code")]
    assert len(set(codes)) == 2
    links = texting.query("select link_no, url from ddp.plan_links where send_plan_id = %s order by 1", plan)
    assert links == [(1, "https://shop.example/a"), (2, "https://shop.example/b?x=1")]


@pytest.mark.parametrize(
    "content",
    [
        "{{ 'https://shop.example' | short_link | upcase }}",
        "{{ url | short_link }}",
        "{{ 'ftp://shop.example' | short_link }}",
        "See bit.ly/x",
        "{{",
        "{% for a in (1..99999999) %}x{% endfor %}",
    ],
)
def test_a_template_that_cannot_be_used_fails_the_plan(texting: Texting, content: str) -> None:
    plan = texting.text(US, content=content)
    texting.work(plan)
    assert texting.failure(plan) == "unusable-content"


@pytest.mark.parametrize(
    "content",
    ["{{ opt_out | upcase }}", "https://evil.example/?c={{ opt_out }}", "{{ opt_out | slice: 0, 30 }}"],
)
def test_a_template_that_changes_a_recipients_link_is_refused(texting: Texting, content: str) -> None:
    plan = texting.text(FR, content=f"x {content}")
    texting.work(plan)
    assert texting.rejections(plan) == [(1, "unrenderable")]


def test_the_draft_can_name_the_identity(texting: Texting) -> None:
    plan = texting.text(US, GB, draft={"sender_number": "+447860019001"})
    texting.work(plan)
    assert texting.sends(plan, "recipient_phone, bucket") == [(GB, "sms:+447860019001")]
    assert texting.rejections(plan) == [(1, "no-sender")]


def test_an_identity_of_somebody_else_is_never_used(texting: Texting) -> None:
    texting.run(
        "update origination_identities set is_shared = false, assigned_to_user_id = %s where country = 'GB'",
        texting.platform.users["rival"],
    )
    for draft in ({}, {"sender_number": "+447860019001"}):
        plan = texting.text(GB, draft=draft)
        texting.work(plan)
        assert texting.rejections(plan) == [(1, "no-sender")]


def test_own_identities_come_before_shared_ones(texting: Texting) -> None:
    texting.run(
        "insert into origination_identities (identity, country, kind, message_type, status, parts_per_second,"
        " assigned_to_user_id) values ('OWN', 'DE', 'sender_id', 'promotional', 'active', 1, %s)",
        texting.platform.users["brand"],
    )
    plan = texting.text(DE)
    texting.work(plan)
    assert texting.sends(plan, "bucket") == [("sms:DE:OWN",)]


def test_india_needs_registered_ids(texting: Texting) -> None:
    plan = texting.text("+919812345678")
    texting.work(plan)
    assert texting.rejections(plan) == [(1, "no-sender")]
    plan = texting.text("+919812345678", draft={"dlt_template_id": "1707100000000000001"})
    texting.work(plan)
    assert texting.sends(plan) == [("+919812345678", "pending")]


def test_what_was_decided_once_stays(texting: Texting) -> None:
    """A price that changes while a plan is being planned does not change the plan's."""
    plan: UUID = texting.text(US)
    texting.work(plan)
    texting.run("update sms_prices set price_per_part = 5")
    texting.run("update send_plans set planned_at = null where send_plan_id = %s", plan)
    texting.work(plan)
    assert texting.query(
        "select price_per_part from ddp.plan_origins where send_plan_id = %s and country = 'US'", plan
    ) == [(Decimal("0.00883"),)]


def test_the_wrong_options_are_refused_by_name(texting: Texting) -> None:
    import psycopg

    for option, value in (
        ("default_country", "Germany"), ("max_cost", 0), ("max_cost", "1"), ("max_parts", 0), ("consent", "none"),
        ("transliterate", 1), ("ignore_windows", "yes"), ("ignore_windows", "later"), ("colour", "red"),
    ):  # fmt: skip
        with pytest.raises(psycopg.Error) as refused:
            texting.text(US, **{option: value})
        assert refused.value.sqlstate == "PT422"
        assert f'"{option}"' in str(refused.value.diag.message_detail)


def test_without_a_budget_nothing_is_sent(texting: Texting) -> None:
    import psycopg

    texting.run("update senders set monthly_budget = null where channel = 'sms'")
    with pytest.raises(psycopg.Error, match="no SMS budget"):
        texting.text(US)


def test_transactional_messages_need_leave(texting: Texting) -> None:
    import psycopg

    with pytest.raises(psycopg.Error, match="Transactional SMS need"):
        texting.text(US, draft={"message_type": "transactional"})
    texting.run("update senders set may_send_transactional = true where channel = 'sms'")
    plan = texting.text(US, draft={"message_type": "transactional"}, consent="required")
    assert texting.row(plan, "ignores_windows, ignores_law") == (True, True)
    texting.work(plan)
    assert texting.rejections(plan) == [(1, "no-sender")], "the identities are for promotional messages"
