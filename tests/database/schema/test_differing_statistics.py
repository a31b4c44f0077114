"""The sample of statistics that is compared with the facts finds a drift of each figure, and nothing else."""

# ruff: noqa: E501  (statements read better unbroken)

from __future__ import annotations

import psycopg
import pytest

from tests.database.schema.analytics import refresh, run

FACTS = """
    insert into file_actions (file_id, action_type) values (@files/public, 'VIEW'), (@files/public, 'DOWNLOAD');
    insert into email_sends (email_campaign_id, recipient_email, sent_at, delivered_at, opened_at, clicked_at)
    values (@email_campaigns/retailers, 'a@x', now(), now(), now(), now());
    insert into sms_sends (sms_campaign_id, recipient_phone, sent_at, delivered_at, clicked_at)
    values (@sms_campaigns/retailers, '+12025550177', now(), now(), now());
    insert into social_engagement (post_id, engagement_type, engagement_count, recorded_at)
    values (@social_posts/brands, 'like', 10, now()), (@social_posts/brands, 'like', 7, now() - interval '1 hour');
    insert into conversions (campaign_id, retailer_id, email_campaign_id, order_id, kind, value, currency, occurred_at)
    values (@campaigns/brands, @retailer, @email_campaigns/retailers, 'o', 'order', 10, 'EUR', now());
    insert into conversions (campaign_id, retailer_id, sms_campaign_id, order_id, kind, value, currency, occurred_at)
    values (@campaigns/brands, @retailer, @sms_campaigns/retailers, 'p', 'order', 10, 'EUR', now());
"""
FIGURES = """
file_stats            view_count download_count
email_campaign_stats  sent delivered opened clicked conversions
sms_campaign_stats    sent delivered clicked conversions
social_post_stats     like_count view_count watch_seconds
"""
DRIFTS = [(line.split()[0], column) for line in FIGURES.strip().splitlines() for column in line.split()[1:]]


def differing(session: psycopg.Connection) -> int:
    return session.execute("select ddp.differing_statistics(1)").fetchone()[0]


@pytest.fixture
def counted(session: psycopg.Connection) -> psycopg.Connection:
    session.execute(
        "select ddp.recompute_analytics()"
    )  # without the rows that the fixture wrote into rollups
    run(session, FACTS)
    return session


def test_what_waits_and_what_is_counted_agree_with_the_facts(counted: psycopg.Connection) -> None:
    assert differing(counted) == 0
    refresh(counted)
    assert differing(counted) == 0
    run(
        counted,
        """
        insert into file_actions (file_id, action_type) values (@files/public, 'VIEW');
        update email_sends set clicked_at = null, opened_at = null;
        update sms_sends set clicked_at = null;
        insert into social_engagement (post_id, engagement_type, engagement_count, recorded_at)
        values (@social_posts/brands, 'like', 11, now() + interval '1 minute');
        """,
    )
    assert differing(counted) == 0
    counted.execute("select ddp.recompute_analytics()")
    assert differing(counted) == 0


def test_a_drift_of_each_figure_is_found(counted: psycopg.Connection) -> None:
    refresh(counted)
    for table, column in DRIFTS:
        with counted.transaction(force_rollback=True):
            counted.execute(
                f"update ddp.{table} t set {column} = {column} + 1 where t.ctid = (select ctid from ddp.{table} limit 1)".encode()
            )
            assert differing(counted) == 1, (table, column)
    counted.execute("delete from ddp.email_campaign_stats where sent > 0")
    assert differing(counted) == 1


def test_the_queue_is_read_once(counted: psycopg.Connection) -> None:
    """However many files are compared."""
    scans = "select seq_scan from pg_stat_xact_user_tables where relid = 'ddp.metric_changes'::regclass"
    before = counted.execute(scans).fetchone()[0]
    assert differing(counted) == 0
    assert counted.execute(scans).fetchone()[0] == before + 1


def test_nothing_is_compared_during_a_recomputation(counted: psycopg.Connection) -> None:
    refresh(counted)
    counted.execute("update ddp.file_stats set view_count = view_count + 1")
    counted.execute("select ddp.start_recompute()")
    assert differing(counted) == 0
