"""Forecasts of SMS: the send that follows has the same recipients, parts, prices and hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ddp.addresses import phone_hash
from tests.database.functions.forecasting import foretold, planned, rows, work_at_once
from tests.database.functions.sms.conftest import Campaigning, numbers
from tests.sms import CA, DE, FR, GB, US

SOON = datetime.now(UTC) + timedelta(minutes=30)


def ask(campaigning: Campaigning, message: str, **body: Any) -> Any:
    given = {"audience": numbers(US, GB), "consent": "declared"} | body
    return campaigning.ask("retailer", "POST", f"/sms-campaigns/{message}/forecast", given)


@pytest.fixture(autouse=True)
def fast(campaigning: Campaigning, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rates at which nothing waits, and a worker at once."""
    campaigning.run("delete from ddp.send_forecasts")
    campaigning.run("update origination_identities set parts_per_second = 1000000")
    campaigning.run("select ddp.keep_sms_buckets()")
    campaigning.run(
        "update ddp.rate_buckets set tokens = 1e6, burst = 1e6, per_second = 1e6, filled_at = now(),"
        " stopped_until = null where channel = 'sms'"
    )
    work_at_once(campaigning.platform, monkeypatch, "sms")


AUDIENCE = {
    "source": "list",
    "recipients": [
        {"phone": US, "name": "Ann", "template_data": {"text": "x" * 200}},
        {"phone": "(202) 555-0101", "name": "again"},
        {"phone": GB, "name": "Bob", "time_zone": "Asia/Tokyo"},
        {"phone": FR, "template_data": {"text": "\u4f60" * 71}},
        {"phone": DE, "template_data": {"text": "y" * 900}},
        {"phone": CA},
        {"phone": "+33140205050"},
        {"phone": "+46701234567"},
        {"phone": "+31612345678"},
    ],
}


@pytest.mark.parametrize("consent", ["declared", "required"])
@pytest.mark.parametrize("windows", [True, False])
def test_the_send_that_follows_equals_the_forecast(
    campaigning: Campaigning, monkeypatch: pytest.MonkeyPatch, consent: str, *, windows: bool
) -> None:
    if windows:
        campaigning.run(
            "insert into sending_windows (country, days, opens, closes, on_holidays, status, source)"
            " values ('*', '1234567', '11:00', '12:00', true, 'custom', 'test')"
        )
    campaigning.run(
        "insert into phone_consents (owner_user_id, phone_hash, source, wording, given_at)"
        " values (%s, %s, 'web', 'Yes', now())",
        campaigning.platform.users["retailer"],
        phone_hash(FR),
    )
    campaigning.run(
        "insert into suppressions (channel, address_hash, owner_user_id, reason) values ('sms', %s, null, 'stop')",
        phone_hash(CA),
    )
    message = campaigning.draft(
        sms_content="Hello {{ name }} {{ text }} {{ 'https://x.example' | short_link }}"
    )
    options = {
        "audience": AUDIENCE,
        "consent": consent,
        "default_country": "US",
        "scheduled_at": SOON.isoformat(),
    }
    before = rows(campaigning.platform)
    answer = ask(campaigning, message, **options)
    assert (answer.status, answer.body["failure"]) == (200, None), answer.body
    assert rows(campaigning.platform) == before
    monkeypatch.undo()
    sent = campaigning.requested(message, **options)
    assert sent.status == 202, sent
    campaigning.work(campaigning.plan_of(message))
    expected, found = planned(campaigning.platform, "sms", message), foretold(answer.body["result"])
    assert found["last_at"] - expected["last_at"] < timedelta(seconds=1)
    found["last_at"] = expected["last_at"]
    assert found == expected
    assert expected["recipients"] == (3 if consent == "declared" else 1)
    assert {"landline", "no-sender", "no-price", "too-many-parts"} <= expected["rejected"].keys()
    campaigning.run("delete from sending_windows where country = '*' and opens = '11:00'")


def test_what_would_be_over_a_budget(campaigning: Campaigning) -> None:
    message = campaigning.draft(sms_content="Hello")
    result = ask(campaigning, message, max_cost="0.05").body["result"]
    assert result["cost"]["currency"] == "USD"
    amount = Decimal(result["cost"]["amount"]["value"])
    assert amount == Decimal("0.05403")
    budgets = {each["scope"]: each for each in result["cost"]["budgets"]}
    assert Decimal(budgets["send_plan"]["exceeded_by"]) == Decimal("0.00403")
    assert Decimal(budgets["sms_month"]["exceeded_by"]) == 0
    (note,) = (note for note in result["notes"] if note["code"] == "over-budget")
    assert "max_cost leaves $0.05" in note["text"]
    roomy = ask(campaigning, message, max_cost="0.06").body["result"]
    assert not [note for note in roomy["notes"] if note["code"] == "over-budget"]
    countries = {each["country"]: each for each in roomy["cost"]["countries"]}
    assert (countries["US"]["identity"], countries["US"]["parts"]["value"]) == ("72645", 1)


def test_a_daily_cap_puts_the_rest_off_until_tomorrow(campaigning: Campaigning) -> None:
    campaigning.run("delete from ddp.send_chunks where bucket = 'sms:72645'")  # what others have waiting
    campaigning.run("update origination_identities set daily_cap = 10 where identity = '72645'")
    campaigning.run("delete from ddp.rate_buckets b where b.bucket = 'sms:72645' and not exists"
                    " (select from ddp.bucket_senders s where s.bucket = b.bucket)")  # fmt: skip
    campaigning.run("select ddp.keep_sms_buckets()")
    message = campaigning.draft(sms_content="Hello")
    audience = numbers(*(f"+1202555{number:04}" for number in range(100, 125)))
    result = ask(campaigning, message, audience=audience, ignore_windows=True).body["result"]
    if result["recipients"]["value"] != 25:
        pytest.fail(str(result["rejected"]))
    last = datetime.fromisoformat(result["timing"]["last_at"])
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    assert midnight + timedelta(days=2) <= last < midnight + timedelta(days=2, hours=20)


def test_a_stranger_learns_nothing(campaigning: Campaigning) -> None:
    message = campaigning.draft()
    for method, path in (("POST", "forecast"), ("POST", "forecasts"), ("GET", f"forecasts/{message}")):
        body = {"audience": numbers(US)} if method == "POST" else None
        answer = campaigning.ask("rival", method, f"/sms-campaigns/{message}/{path}", body)
        assert (answer.status, answer.code) == (404, "sms-campaign-not-found")
