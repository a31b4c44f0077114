"""What forecasts say of frequency caps, spreads, A/B tests and earlier sends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from ddp.addresses import email_hash
from tests.database.functions.forecasting import work_at_once
from tests.database.functions.messaging import Mailing, recipients
from tests.database.functions.sending.test_forecasts import ask, fast

__all__ = ["fast"]


@pytest.fixture(autouse=True)
def at_once(mailing: Mailing, monkeypatch: pytest.MonkeyPatch) -> None:
    work_at_once(mailing.platform, monkeypatch, "email")


def result(mailing: Mailing, message: str, audience: object, **changes: Any) -> dict[str, Any]:
    answer = ask(mailing, message, audience, **changes)
    assert (answer.status, answer.body["status"]) == (200, "ready"), answer.body
    found: dict[str, Any] = answer.body["result"]
    return found


def codes(found: dict[str, Any]) -> set[str]:
    return {note["code"] for note in found["notes"]}


def test_who_has_had_enough_is_counted_apart(mailing: Mailing) -> None:
    full, not_full = f"{uuid4().hex}@x.example", f"{uuid4().hex}@x.example"
    query, owner = mailing.platform.query, mailing.platform.users["retailer"]
    query(
        "insert into ddp.frequency_caps (channel, owner_id, messages, days) values ('email', %s, 2, 7) returning 1",
        owner,
    )
    for address, days in ((full, [1, 2]), (not_full, [1, 8])):
        query(
            "insert into ddp.recipient_counters"
            " (channel, owner_id, recipient_hash, send_ids, attempts, counted_at, last_at)"
            " select 'email', %s, %s, array_agg(gen_random_uuid()), array_agg(1),"
            " array_agg(now() - make_interval(days => d)), now() from unnest(%s::integer[]) d returning 1",
            owner,
            email_hash(address),
            days,
        )
    found = result(mailing, mailing.draft(), recipients(full, not_full, "new@x.example"))
    assert [(each["reason"], each["count"]["value"]) for each in found["suppressed"]] == [
        ("frequency-cap", 1)
    ]
    assert found["recipients"]["value"] == 2
    assert "frequency-cap" in codes(found)
    query("delete from ddp.frequency_caps where owner_id = %s returning 1", owner)
    assert result(mailing, mailing.draft(), recipients(full))["recipients"]["value"] == 1


def test_a_spread_moves_the_last_message(mailing: Mailing) -> None:
    at = (datetime.now(UTC) + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
    audience = recipients(*(f"{uuid4().hex}@x.example" for _ in range(96)))
    message = mailing.draft()
    spread = result(mailing, message, audience, scheduled_at=at.isoformat(), spread_over_seconds=6 * 3600)[
        "timing"
    ]
    assert datetime.fromisoformat(spread["first_at"]) == at
    last = datetime.fromisoformat(spread["last_at"])
    assert at + timedelta(hours=5, minutes=45) <= last < at + timedelta(hours=6)
    assert spread["bars"] == [16] * 6
    at_once = result(mailing, message, audience, scheduled_at=at.isoformat())["timing"]
    assert at_once["bars"] == [96]


def test_an_ab_test_is_said_and_everybody_is_counted(mailing: Mailing) -> None:
    message = mailing.draft(email_content='<p>{{ name }}</p><a href="https://shop.example">Look</a>')
    test = {
        "share_percent": 50, "decide_after_seconds": 3_600,
        "variants": [{"variant": "B", "email_subject": "B: {{ name }}"}],
    }  # fmt: skip
    assert mailing.ask("retailer", "PUT", f"/email-campaigns/{message}/ab-test", test).status == 200
    found = result(mailing, message, recipients(*(f"{uuid4().hex}@x.example" for _ in range(30))))
    assert found["recipients"]["value"] == 30
    assert "ab-test" in codes(found)
    assert mailing.platform.query("select count(*) from ddp.plan_variants v join send_plans p using (send_plan_id)"
        " where p.email_campaign_id = %s", message) == [(0,)]  # fmt: skip


def test_some_recipients_of_an_earlier_send(mailing: Mailing) -> None:
    earlier = mailing.sent()
    mailing.ledger(earlier, ["clicked", "sent", "delivered"])
    mailing.query(
        "update send_plans set planned_at = now() where email_campaign_id = %s returning 1", earlier
    )
    found = result(mailing, mailing.draft(), {"source": "send", "id": earlier, "who": "not_clicked"})
    assert (found["method"], found["recipients"]["value"]) == ("exact", 2)
