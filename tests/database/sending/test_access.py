"""Who may see and control a send: its sender and administrators. The brand of its campaign sees the progress."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from tests.database.sending.ledger import Ledger

CONTROLS = [
    "pause_email_campaign(%(message)s)",
    "resume_email_campaign(%(message)s)",
    "cancel_email_campaign(%(message)s)",
    "retry_email_sends(%(message)s)",
    "settle_unknown_email_sends(%(message)s, 'mark_sent')",
    "request_email_export(%(message)s, 'recipients')",
]
PROGRESS = "email_campaign_progress(%(message)s)"


def refusal(ledger: Ledger, user: UUID, call: str, message: UUID) -> str | None:
    """The SQLSTATE that a user gets; None if the call succeeds."""
    with ledger.as_user(user) as cursor:
        try:
            cursor.execute(ledger.sql(f"select public.{call}"), {"message": message})
        except psycopg.Error as error:
            return error.sqlstate
    return None


@pytest.mark.parametrize("call", [*CONTROLS, PROGRESS])
def test_a_stranger_does_not_learn_that_a_send_exists(ledger: Ledger, call: str) -> None:
    plan = ledger.plan(2)
    before = ledger.query("select * from send_plans")
    assert refusal(ledger, ledger.user("retailer"), call, plan.channel_campaign_id) == "PT404"
    assert ledger.query("select * from send_plans") == before
    assert ledger.states(plan) == {"pending": 2}


@pytest.mark.parametrize("call", CONTROLS)
def test_the_brand_of_the_campaign_sees_the_progress_and_controls_nothing(ledger: Ledger, call: str) -> None:
    plan, brand = ledger.plan(2), ledger.user("brand")
    ledger.query(
        "update campaigns set created_by_user_id = %s where campaign_id = %s", brand, plan.campaign_id
    )
    assert refusal(ledger, brand, PROGRESS, plan.channel_campaign_id) is None
    assert refusal(ledger, brand, call, plan.channel_campaign_id) == "PT403"
    assert ledger.states(plan) == {"pending": 2}


@pytest.mark.parametrize("call", [*CONTROLS, PROGRESS])
def test_who_is_not_active_is_nobody(ledger: Ledger, call: str) -> None:
    plan = ledger.plan(2)
    ledger.query("update users set is_active = false where user_id = %s", plan.created_by_user_id)
    assert refusal(ledger, plan.created_by_user_id, call, plan.channel_campaign_id) == "PT401"


@pytest.mark.parametrize("call", [*CONTROLS, PROGRESS])
def test_a_send_of_the_other_channel_is_not_found(ledger: Ledger, call: str) -> None:
    other = Ledger(ledger.database, ledger.other_channel)
    plan = other.plan(1)
    assert refusal(ledger, plan.created_by_user_id, call, plan.channel_campaign_id) == "PT404"
    other.close()


@pytest.mark.parametrize("call", [*CONTROLS, PROGRESS])
def test_the_sender_and_administrators_may(ledger: Ledger, call: str) -> None:
    plan = ledger.plan(2)
    for user in (plan.created_by_user_id, ledger.user("admin")):
        assert refusal(ledger, user, call, plan.channel_campaign_id) is None
