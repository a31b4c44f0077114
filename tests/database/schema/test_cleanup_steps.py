"""The steps of a cleanup: none ends before its work does."""

from __future__ import annotations

import pytest

from tests.database.schema.analytics import run

SENDS = """
    with messages as (
        insert into email_campaigns (campaign_id, email_subject, email_content, sender_email, created_by_user_id)
        select @campaigns/brands, 'Hello', '<p>Hello</p>', 'shop@example.com', @retailer from generate_series(1, 5)
        returning email_campaign_id
    ), plans as (
        insert into send_plans (
            campaign_id, email_campaign_id, created_by_user_id, subject, content, sender, audience, scheduled_at, completed_at
        )
        select @campaigns/brands, m.email_campaign_id, @retailer, 'Hello', '<p>Hello</p>', 'shop@example.com',
            '{"source": "list", "recipients": []}', now() - interval '3 years', now() - interval '3 years'
        from messages m
        returning email_campaign_id
    )
    insert into email_sends (email_campaign_id, recipient_email, created_by_user_id, status)
    select p.email_campaign_id, 'reader@example.com', @retailer, 'delivered'
    from (select p.email_campaign_id from plans p limit 1) p;
"""


@pytest.mark.parametrize(
    ("step", "column"), [("recipients", "recipients_erased_at"), ("plan_records", "records_removed_at")]
)
def test_a_portion_of_sends_with_fewer_rows_than_sends_says_that_more_is_left(session, step, column):
    """Five sends, one with a single row, in portions of two: each send counts, whatever it has."""
    run(session, SENDS)
    waiting = f"select count(*) from send_plans p where p.completed_at < now() - interval '2 years' and p.{column} is null"
    left = []
    for _ in range(10):
        portion = session.execute("select * from ddp.clean(gen_random_uuid(), %s, 2)", [step]).fetchone()
        left.append(session.execute(waiting.encode()).fetchone()[0])
        assert portion[1] <= 2
        if not portion[2]:
            break
    assert left[-1] == 0, left
    assert len(left) > 2
