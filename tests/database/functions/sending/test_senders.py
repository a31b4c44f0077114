"""Senders: why one is paused, who resumes it, and its limits; HTTP on a real database."""

from __future__ import annotations

from uuid import uuid4


def test_a_paused_sender_sees_why_and_an_administrator_resumes_it(mailing):
    user = mailing.platform.users["retailer"]
    message = mailing.sent()
    mailing.ledger(message, ["pending"])
    mailing.told("send")
    own = mailing.ask("retailer", "GET", "/senders/me").body
    assert (own["is_paused"], own["max_per_second"]) == (False, None)
    mailing.platform.query(
        "insert into senders (user_id, channel, paused_at, pause_code, pause_reason)"
        " values (%s, 'email', now(), 'complaints', 'Too many complaints.') returning 1",
        user,
    )
    own = mailing.ask("retailer", "GET", "/senders/me").body
    assert (own["is_paused"], own["pause_code"], own["pause_reason"]) == (
        True,
        "complaints",
        "Too many complaints.",
    )
    path = f"/senders/{user}"
    assert mailing.ask("retailer", "POST", f"{path}/resume").code == "not-an-admin"
    assert mailing.ask("rival", "GET", path).status == 404
    assert str(user) in [
        s["user_id"] for s in mailing.ask("admin", "GET", "/senders", is_paused="true").body["items"]
    ]
    assert mailing.ask("admin", "POST", f"{path}/resume").body["is_paused"] is False
    assert mailing.platform.query(
        "select s.resumed_at is not null, p.resumed_at > now() - interval '1 minute', c.queued_at from senders s"
        " join send_plans p on p.created_by_user_id = s.user_id join ddp.send_chunks c using (send_plan_id)"
        " where s.user_id = %s", user
    ) == [(True, True, None)]  # fmt: skip
    assert mailing.ask("admin", "POST", f"{path}/resume").status == 200, "twice is harmless"


def test_administrators_limit_senders(mailing):
    path = f"/senders/{mailing.platform.users['brand']}"
    limits = {"max_per_second": 2.5}
    assert mailing.ask("brand", "PUT", path, limits).code == "not-an-admin"
    seen = mailing.ask("admin", "PUT", path, limits).body
    assert seen["max_per_second"] == 2.5
    assert mailing.ask("brand", "GET", "/senders/me").body["max_per_second"] == 2.5
    assert mailing.ask("admin", "PUT", path, {"max_per_second": None}).status == 200
    for wrong in ({}, {"max_per_second": 0}, {"max_per_second": None, "ses_tenant_name": "brand-1"}):
        assert mailing.ask("admin", "PUT", path, wrong).status == 422
    assert mailing.ask("admin", "PUT", f"/senders/{uuid4()}", limits).status == 404
