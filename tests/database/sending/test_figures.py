"""What dashboards show of both channels, and alarms of e-mail: what is left to do, and events that do not come."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from ddp.channels import EMAIL
from ddp.outcomes import Outcome
from ddp.queries.email.figures import figures
from ddp.queries.sending import reconciliation
from tests.database.sending.ledger import Ledger, Plan, calls_of, results_of

HOUR = timedelta(hours=1)


def gauges(ledger: Ledger) -> dict[str, int]:
    with ledger.working() as cursor:
        return reconciliation.gauges(cursor, ledger.channel)


def late(ledger: Ledger) -> int:
    with ledger.working() as cursor:
        return figures(cursor)["events_late_seconds"]


def accepted(ledger: Ledger, ago: timedelta) -> Plan:
    """A plan of five whose messages were accepted that long ago."""
    plan = ledger.plan(5)
    claimed = ledger.claim()
    ledger.start(calls_of(claimed))
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.ACCEPTED))
    ledger.query(
        "update email_sends set sent_at = now() - %s where email_campaign_id = %s",
        ago, plan.channel_campaign_id,
    )  # fmt: skip
    return plan


def test_recipients_are_unsettled_until_their_call_has_ended(ledger: Ledger) -> None:
    before = gauges(ledger)["unsettled"]
    ledger.plan(5)
    assert gauges(ledger)["unsettled"] == before + 5
    claimed = ledger.claim()
    ledger.start(calls_of(claimed))
    assert gauges(ledger)["unsettled"] == before + 5
    ledger.record(calls_of(claimed), results_of(claimed, Outcome.ACCEPTED))
    assert gauges(ledger)["unsettled"] == before


def test_tokens_are_those_of_the_channels_buckets_and_a_quota_is_shown_where_there_is_one(
    ledger: Ledger,
) -> None:
    ledger.query(
        "update ddp.rate_buckets set tokens = 0, filled_at = now() + interval '1 hour', daily_left = null"
    )
    assert gauges(ledger)["tokens_left"] == 0
    assert "quota_left" not in gauges(ledger)
    ledger.query("update ddp.rate_buckets set tokens = 7, daily_left = 1000")
    assert gauges(ledger)["tokens_left"] >= 7
    assert gauges(ledger)["quota_left"] >= 1000


@pytest.fixture
def email(ledger: Ledger) -> Ledger:
    """A ledger of e-mail, of which no message of other tests counts."""
    if ledger.channel != EMAIL:
        pytest.skip("SMS has a figure of its own: test_sms_figures.py")
    ledger.query(
        "update send_plans set completed_at = now() - interval '2 days' where started_at is not null"
    )
    return ledger


def test_events_are_late_where_an_hour_after_acceptance_there_is_none(email: Ledger) -> None:
    accepted(email, HOUR + timedelta(minutes=5))
    assert 3_900 <= late(email) < 4_200


def test_events_are_not_late_before(email: Ledger) -> None:
    accepted(email, timedelta(minutes=55))
    assert late(email) == 0


def test_one_event_of_a_plan_shows_that_events_come(email: Ledger) -> None:
    plan = accepted(email, 2 * HOUR)
    assert late(email) > 0
    email.query(
        "insert into email_events (event_id, occurred_at, email_send_id, attempt, event_type)"
        " select %s, now() - interval '1 hour', s.email_send_id, 1, 'SEND' from email_sends s"
        " where s.email_campaign_id = %s limit 1",
        uuid4(), plan.channel_campaign_id,
    )  # fmt: skip
    assert late(email) == 0


def test_what_a_person_settled_as_sent_proves_nothing(email: Ledger) -> None:
    plan = accepted(email, 2 * HOUR)
    email.query(
        "update email_sends set accepted_attempts = 0 where email_campaign_id = %s", plan.channel_campaign_id
    )
    assert late(email) == 0


def test_a_plan_of_long_ago_is_not_looked_at(email: Ledger) -> None:
    accepted(email, timedelta(days=3))
    assert late(email) == 0
