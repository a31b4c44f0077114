"""The steps of a cleanup: none ends before its work does."""

from __future__ import annotations

import re

import pytest

from tests.database.schema.analytics import run

SENDS = """
    with messages as (
        insert into email_campaigns (campaign_id, email_subject, email_content, sender_email, created_by_user_id)
        select @campaigns/brands, 'Hello', '<p>Hello</p>', 'shop@example.com', @retailer from generate_series(1, 5)
        returning email_campaign_id
    ), plans as (
        insert into send_plans (
            campaign_id, email_campaign_id, created_by_user_id, subject, content, sender, audience, scheduled_at,
            completed_at
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
    waiting = f"select count(*) from send_plans where completed_at < now() - interval '2 years' and {column} is null"
    left = []
    for _ in range(10):
        portion = session.execute("select * from ddp.clean(gen_random_uuid(), %s, 2)", [step]).fetchone()
        left.append(session.execute(waiting.encode()).fetchone()[0])
        assert portion[1] <= 2
        if not portion[2]:
            break
    assert left[-1] == 0, left
    assert len(left) > 2


# The tables of a step whose foreign keys remove them together with its own.
CASCADING = """
    with recursive gone (relation) as (
        select o.relation::oid from ddp.old_rows(%s) o
        union
        select k.conrelid from gone g
        join pg_constraint k on k.confrelid = g.relation and k.contype = 'f' and k.confdeltype = 'c'
    )
    select format('%%s.%%s', c.relnamespace::regnamespace, c.relname) from gone g join pg_class c on c.oid = g.relation
"""


def test_each_step_that_removes_rows_has_one_line_which_reaches_all_its_tables(session):
    """A second line under the same name would be ignored."""
    steps = session.execute("select step, tables from ddp.cleanup_steps() where kind = 'rows'").fetchall()
    assert len({step for step, _ in steps}) == len(steps)
    for step, tables in steps:
        lines = session.execute("select relation::oid from ddp.old_rows(%s)", [step]).fetchall()
        assert len(lines) == 1, step
        reached = {row[0] for row in session.execute(CASCADING, [step])}
        assert set(tables) <= reached, (step, reached)


def test_no_line_is_without_a_step(session):
    """Each name that stands in ddp.old_rows is one of ddp.cleanup_steps."""
    source = session.execute(
        "select prosrc from pg_proc where oid = 'ddp.old_rows(text)'::regprocedure"
    ).fetchone()[0]
    named = re.findall(r"^ {12}\('(\w+)'", source, re.MULTILINE)
    steps = {row[0] for row in session.execute("select step from ddp.cleanup_steps() where kind = 'rows'")}
    assert sorted(named) == sorted(steps)


def test_done_requests_to_forget_a_person_go_and_open_ones_stay(session):
    run(session, """
        insert into ddp.social_deletions (code, platform, external_user_hash, done_at) values
            ('done long ago 000', 'instagram', sha256('a'), now() - interval '91 days'),
            ('done just now 000', 'instagram', sha256('b'), now()),
            ('not done yet 0000', 'instagram', sha256('c'), null);
    """)  # fmt: skip
    assert session.execute("select ddp.count_old(gen_random_uuid(), 'social_deletions')").fetchone() == (1,)
    assert session.execute(
        "select removed from ddp.clean(gen_random_uuid(), 'social_deletions', 10)"
    ).fetchone() == (1,)
    assert session.execute("select code from ddp.social_deletions order by code").fetchall() == [
        ("done just now 000",),
        ("not done yet 0000",),
    ]
