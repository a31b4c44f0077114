"""Frequency caps over HTTP; what they leave in progress, lists and exports; and how counters go."""

from __future__ import annotations

from uuid import uuid4

import pytest

CAP = {"messages": 3, "days": 7}
NONE = {"messages": None, "days": None, "set_at": None}


@pytest.fixture(autouse=True)
def no_caps(mailing):
    yield
    mailing.platform.query("delete from ddp.frequency_caps where true returning 1")
    mailing.platform.query("delete from ddp.recipient_counters where true returning 1")


def path(whose):
    return f"/senders/{whose}/frequency-cap"


def shown(answer):
    assert answer.status == 200, answer
    return {name: answer.body[name] for name in ("messages", "days")}


def test_a_sender_sets_its_own_cap_by_channel(mailing):
    assert mailing.ask("retailer", "GET", path("me")).body == NONE
    assert shown(mailing.ask("retailer", "PUT", path("me"), CAP, channel="sms")) == CAP
    assert mailing.ask("retailer", "GET", path("me")).body == NONE, "of e-mail"
    since = mailing.ask("retailer", "GET", path("me"), channel="sms").body["set_at"]
    assert mailing.ask("retailer", "PUT", path("me"), CAP, channel="sms").body["set_at"] == since, "unchanged"
    own = path(mailing.platform.users["retailer"])
    assert shown(mailing.ask("retailer", "PUT", own, CAP | {"days": 90}, channel="sms")) == CAP | {"days": 90}
    assert mailing.ask("brand", "GET", path("me"), channel="sms").body == NONE
    for _ in range(2):
        assert mailing.ask("retailer", "DELETE", path("me"), channel="sms").body == NONE
    changes = mailing.platform.query(
        "select action, old_values ->> 'days', new_values ->> 'days' from audit_logs"
        " where table_name = 'frequency_caps' and record_id = %s order by changed_at",
        mailing.platform.users["retailer"],
    )
    assert changes == [("INSERT", None, "7"), ("UPDATE", "7", "90"), ("DELETE", "90", None)]


def test_administrators_set_that_of_any_sender_and_of_the_platform(mailing):
    whose = path(mailing.platform.users["retailer"])
    assert shown(mailing.ask("admin", "PUT", whose, CAP)) == CAP
    assert shown(mailing.ask("retailer", "GET", path("me"))) == CAP
    assert shown(mailing.ask("admin", "PUT", path("all"), CAP | {"messages": 1})) == CAP | {"messages": 1}
    assert shown(mailing.ask("admin", "GET", path("all"))) == CAP | {"messages": 1}
    assert mailing.ask("admin", "DELETE", path("all")).body == NONE
    assert mailing.ask("admin", "PUT", path(uuid4()), CAP).code == "user-not-found"
    assert mailing.ask("admin", "GET", path(uuid4())).code == "user-not-found"


def test_nobody_else_sees_or_sets_one(mailing):
    whose = path(mailing.platform.users["retailer"])
    mailing.ask("admin", "PUT", path("all"), CAP)
    assert mailing.ask("rival", "GET", whose).code == "user-not-found"
    for method, body in (("PUT", CAP), ("DELETE", None)):
        assert mailing.ask("rival", method, whose, body).code == "not-an-admin"
        assert mailing.ask("retailer", method, path("all"), body).code == "not-an-admin"
    assert mailing.ask("retailer", "GET", path("all")).code == "not-an-admin"
    assert shown(mailing.ask("admin", "GET", path("all"))) == CAP


@pytest.mark.parametrize(
    "wrong",
    [{}, {"messages": 3}, CAP | {"messages": 0}, CAP | {"messages": 101}, CAP | {"days": 91}, CAP | {"days": 1.5},
     CAP | {"days": True}, CAP | {"messages": None}, CAP | {"hours": 1}],
)  # fmt: skip
def test_bad_caps(mailing, wrong):
    answer = mailing.ask("retailer", "PUT", path("me"), wrong)
    assert (answer.status, answer.code) == (422, "invalid-request")
    assert mailing.ask("retailer", "PUT", path("nobody"), CAP).status in {404, 422}
    assert mailing.ask("retailer", "PUT", path("me"), CAP, channel="fax").status == 422


def test_who_was_held_back_stands_in_progress_list_and_export(mailing):
    message = mailing.sent()
    mailing.ledger(
        message, ["missed", "missed", "sent"], failure_code="frequency-cap", failure_reason="Too many."
    )
    progress = mailing.ask("retailer", "GET", f"/email-campaigns/{message}/progress").body
    assert (progress["missed"], progress["missed_by_cap"], progress["spread_until"]) == (2, 2, None)
    sends = mailing.ask("retailer", "GET", f"/email-campaigns/{message}/sends", status="missed").body["items"]
    assert [(send["failure_code"], send["failure_reason"]) for send in sends] == [
        ("frequency-cap", "Too many.")
    ] * 2
    history = mailing.ask(
        "retailer", "GET", f"/email-campaigns/{message}/sends/{sends[0]['email_send_id']}"
    ).body  # fmt: skip
    assert history["failure_code"] == "frequency-cap"


def test_a_window_beyond_the_end_of_the_campaign_is_refused(mailing):
    mailing.platform.query(
        "update campaigns set end_date = now() + interval '5 hours' where campaign_id = %s returning 1",
        mailing.campaign_id,
    )
    try:
        message = mailing.draft()
        answer = mailing.send(message, spread_over_seconds=6 * 3600)
        assert (answer.status, answer.code) == (422, "invalid-option")
        assert "The campaign ends at" in answer.body["detail"]
        assert mailing.send(message, spread_over_seconds=59).code == "invalid-request"
        assert mailing.send(message, spread_over_seconds=259_201).code == "invalid-request"
        assert mailing.send(message, spread_over_seconds=4 * 3600).status == 202
    finally:
        mailing.platform.query(
            "update campaigns set end_date = null where campaign_id = %s returning 1", mailing.campaign_id
        )
    progress = mailing.ask("retailer", "GET", f"/email-campaigns/{message}/progress").body
    assert progress["spread_until"] > progress["scheduled_at"]
    assert mailing.platform.query(
        "select spread_over::text from send_plans where email_campaign_id = %s", message
    ) == [("04:00:00",)]
