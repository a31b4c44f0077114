"""Senders of SMS: what they may spend in a month, and what of it is used; HTTP on a real database."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest


def test_administrators_set_budgets_and_everybody_sees_their_own(mailing):
    user = mailing.platform.users["retailer"]
    own = mailing.ask("retailer", "GET", "/senders/me/sms").body
    assert (own["monthly_budget"], own["may_send_transactional"], own["reserved"]) == (None, False, "0")
    path = f"/senders/{user}/sms"
    limits = {"monthly_budget": "250.50", "may_send_transactional": True}
    assert mailing.ask("retailer", "PUT", path, limits).code == "not-an-admin"
    assert mailing.ask("rival", "GET", path).code == "user-not-found"
    set_ = mailing.ask("admin", "PUT", path, limits).body
    assert (set_["monthly_budget"], set_["may_send_transactional"]) == ("250.50000", True)
    mailing.platform.query(
        "insert into ddp.budgets (scope, owner_id, period, cap, reserved, charged) values"
        " ('sms_month', %s, to_char(now() at time zone 'UTC', 'YYYY-MM'), 250.5, 1.5, 2.25),"
        " ('sms_month', %s, '2026-01', 250.5, 0, 99) returning 1",
        user, user,
    )  # fmt: skip
    own = mailing.ask("retailer", "GET", "/senders/me/sms").body
    assert (own["reserved"], own["charged"], own["month"]) == (
        "1.50000",
        "2.25000",
        f"{datetime.now(UTC):%Y-%m}",
    )
    assert mailing.ask("retailer", "GET", path).body == own
    assert mailing.ask("retailer", "GET", "/senders/me").body["max_per_second"] is None, "e-mail is its own"
    mailing.ask("admin", "PUT", path, {"monthly_budget": None})
    assert mailing.platform.query(
        "select period, cap from ddp.budgets where owner_id = %s order by period", user
    ) == [("2026-01", 250.5), (own["month"], 0)], "no budget: no SMS, from now on"
    trail = mailing.ask("admin", "GET", "/audit-logs", record_id=user, table_name="senders").body["items"]
    last = mailing.ask("admin", "GET", f"/audit-logs/{trail[0]['log_id']}").body
    assert last["changed_by"]["name"] == "admin"


def test_a_paused_sender_of_sms_is_resumed_by_administrators(mailing):
    user = mailing.platform.users["brand"]
    mailing.platform.query(
        "insert into senders (user_id, channel, paused_at, pause_code, pause_reason)"
        " values (%s, 'sms', now(), 'spam', 'Too many reports.') returning 1",
        user,
    )
    assert mailing.ask("brand", "GET", "/senders/me/sms").body["is_paused"] is True
    assert mailing.ask("brand", "GET", "/senders/me").body["is_paused"] is False
    assert mailing.ask("brand", "POST", f"/senders/{user}/sms/resume").code == "not-an-admin"
    assert mailing.ask("admin", "POST", f"/senders/{user}/sms/resume").body["is_paused"] is False


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"monthly_budget": -1},
        {"monthly_budget": "1e9"},
        {"monthly_budget": 1_000_000_000},
        {"monthly_budget": "0.000001"},
        {"monthly_budget": "much"},
        {"monthly_budget": 5, "may_send_transactional": "yes"},
        {"monthly_budget": 5, "max_per_second": 0},
        {"monthly_budget": 5, "charged": 0},
    ],
)
def test_what_is_no_budget(mailing, wrong):
    path = f"/senders/{mailing.platform.users['brand']}/sms"
    assert mailing.ask("admin", "PUT", path, wrong).status == 422
    assert mailing.ask("admin", "PUT", f"/senders/{uuid4()}/sms", {"monthly_budget": 1}).status == 404
