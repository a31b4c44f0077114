"""Previews of SMS: the text, its parts, what makes it dear, and what an audience would cost."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.database.functions.sms.conftest import Campaigning, numbers
from tests.sms import DE, FR, GB, US


def preview(campaigning: Campaigning, message: str, user: str = "retailer", **body: object):
    return campaigning.ask(user, "POST", f"/sms-campaigns/{message}/preview", body)


def test_a_preview_shows_the_text_and_its_parts(campaigning):
    message = campaigning.draft(sms_content="Hello {{ name }}, {{ model }}")
    seen = preview(campaigning, message, template_data={"name": "Ann"}).body
    assert seen["text"] == "Hello Ann, Reply STOP"
    assert (seen["encoding"], seen["units"], seen["parts"], seen["forced"]) == ("GSM", 21, 1, [])
    assert seen["undefined"] == ["model"]
    assert (seen["audience"], seen["countries"], seen["total"]) == (None, [], None)


def test_each_character_that_makes_it_dear_is_shown_with_its_replacement(campaigning):
    message = campaigning.draft(sms_content="“Hi” 🛑 " + "x" * 60)
    seen = preview(campaigning, message).body
    assert (seen["encoding"], seen["parts"]) == ("UCS-2", 2)
    assert seen["forced"] == [
        {"place": 0, "character": "“", "replacement": '"'},
        {"place": 3, "character": "”", "replacement": '"'},
        {"place": 5, "character": "🛑", "replacement": None},
    ]
    quoted = campaigning.draft(sms_content="“Hi” " + "x" * 60)
    assert preview(campaigning, quoted).body["encoding"] == "UCS-2", (
        "nothing is replaced that nobody asked for"
    )
    replaced = preview(campaigning, quoted, transliterate=True).body
    assert (replaced["encoding"], replaced["parts"], replaced["forced"]) == ("GSM", 1, [])
    assert replaced["text"].startswith('"Hi"')


def test_a_short_link_has_its_length_and_no_code_that_leads_anywhere(campaigning):
    message = campaigning.draft(sms_content='Sale: {{ "https://shop.example/a-long-address" | short_link }}')
    seen = preview(campaigning, message).body
    assert "https://ddp.example.com/l/" in seen["text"]
    assert "shop.example" not in seen["text"]


def test_a_list_is_estimated_by_country(campaigning):
    message = campaigning.draft(sms_content="x" * 140)
    audience = numbers(US, "+1 202 555 0102", GB, FR, "+31612345678", "+8613912345678", US, "nobody", "")
    seen = preview(campaigning, message, audience=numbers(*[n or " " for n in phones(audience)])).body
    countries = {each["country"]: each for each in seen["countries"]}
    assert {c: (e["recipients"], e["identity"], e["parts"], e["cost"]) for c, e in countries.items()} == {
        # "Reply STOP" makes 151 characters of it, a link more than 160.
        "US": (2, "72645", 1, "0.01766"),
        "GB": (1, "+447860019001", 1, "0.04520"),
        "FR": (1, "DEMO", 2, "0.13000"),
        "NL": (1, None, None, None),
        "CN": (1, None, None, None),
    }
    assert countries["NL"]["problem"]["code"] == "no-price"
    assert countries["CN"]["problem"]["code"] == "country-not-enabled"
    assert "(NL)" in countries["NL"]["problem"]["reason"]
    assert (seen["audience"]["recipient_count"], seen["duplicates"]) == (6, 1)
    assert {each["code"]: each["count"] for each in seen["rejected"]} == {"not-a-number": 1, "empty": 1}
    assert Decimal(seen["total"]) == Decimal("0.01766") + Decimal("0.0452") + Decimal("0.13")


def phones(audience: dict) -> list[str]:
    return [entry["phone"] for entry in audience["recipients"]]


@pytest.fixture
def no_windows(campaigning: Campaigning) -> Iterator[None]:
    """A database without windows, for one test."""
    campaigning.run("create table ddp.kept_windows as table sending_windows")
    campaigning.run("delete from sending_windows")
    yield
    campaigning.run("delete from sending_windows")
    campaigning.run("insert into sending_windows select * from ddp.kept_windows")
    campaigning.run("drop table ddp.kept_windows")


@pytest.mark.usefixtures("no_windows")
def test_windows_are_told_in_words(campaigning):
    campaigning.run(
        "insert into sending_windows (country, region, days, opens, closes, on_holidays, status, valid_from, source)"
        " values ('FR', '', '123456', '08:00', '20:00', false, 'law', '2020-01-01', 'x'),"
        " ('US', '', '1234567', '08:00', '21:00', true, 'law', '2020-01-01', 'x'),"
        " ('US', 'FL', '1234567', '08:00', '20:00', true, 'law', '2020-01-01', 'x'),"
        " ('*', '', '12345', '09:00', '20:00', true, 'custom', '2020-01-01', 'x'),"
        " ('*', '', '67', '10:00', '18:00', true, 'custom', '2020-01-01', 'x'),"
        " ('*', '', '1234567', '00:00', '01:00', true, 'custom', '2999-01-01', 'x')"
    )
    seen = preview(campaigning, campaigning.draft(), audience=numbers(US, FR, DE)).body["countries"]
    assert {each["country"]: each["window"] for each in seen} == {
        "FR": "Monday to Saturday 08:00 to 20:00, never on holidays (law), by the recipient's clock.",
        "US": "Every day 08:00 to 21:00 (law), by the recipient's clock. Some regions have other hours.",
        "DE": "Monday to Friday 09:00 to 20:00 (custom); Saturday and Sunday 10:00 to 18:00 (custom), by the"
        " recipient's clock.",
    }
    campaigning.run("update senders set may_send_transactional = true")
    campaigning.run("update origination_identities set message_type = 'transactional'")
    message = campaigning.draft(message_type="transactional")
    seen = preview(campaigning, message, audience=numbers(US)).body
    assert (seen["text"], seen["countries"][0]["window"]) == ("Hello", "At any hour.")


def test_ten_thousand_numbers_are_estimated_in_one_request(campaigning):
    many = numbers(*[f"+1202555{n:04}" for n in range(10_000)])
    seen = preview(campaigning, campaigning.draft(), audience=many)
    assert (seen.status, seen.body["audience"]["recipient_count"]) == (200, 10_000)
    assert seen.body["total"] == "88.30000"
    many["recipients"].append({"phone": GB})
    assert preview(campaigning, campaigning.draft(), audience=many).status == 422


def test_files_and_target_audiences_have_their_size(campaigning):
    message = campaigning.draft()
    file = campaigning.file(b"phone\n+12025550101\n", user="retailer")["file_id"]
    seen = preview(campaigning, message, audience={"source": "file", "file_id": file}).body["audience"]
    assert seen == {"source": "file", "recipient_count": None, "file_size": 19, "warnings": []}
    target = {"source": "target_audience"}
    assert preview(campaigning, message, audience=target).code == "audience-not-yours"
    brands = campaigning.draft("brand")
    assert preview(campaigning, brands, "brand", audience=target).body["audience"]["recipient_count"] == 0


@pytest.mark.parametrize(
    ("content", "data", "code"),
    [
        ("{% if name %}{% endif %}", {}, "unrenderable"),
        ("{{ name }}", {"name": "x" * 1_601}, "too-many-parts"),
        ("{{ opt_out | upcase }} {{ 'https://shop.example' | short_link | upcase }}", {}, "template-invalid"),
        ("{{ name }}", {"name": "https://bit.ly/x"}, "public-shortener"),
    ],
)
def test_what_cannot_be_rendered_says_why(campaigning, content, data, code):
    drafted = campaigning.ask(
        "retailer",
        "POST",
        "/sms-campaigns",
        {"campaign_id": str(campaigning.campaign_id), "sms_content": content},
    )
    if drafted.status == 201:
        drafted = preview(campaigning, drafted.body["sms_campaign_id"], template_data=data)
    assert (drafted.status, drafted.code) == (422, code)


def test_only_its_sender_estimates_a_draft(campaigning):
    message = campaigning.draft()
    for user, status in (("admin", 200), ("brand", 403), ("rival", 404)):
        assert preview(campaigning, message, user, audience=numbers(US)).status == status, user
