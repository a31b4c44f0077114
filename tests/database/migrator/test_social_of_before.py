"""A database of the release in which nothing was published: accounts and posts get their true status."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from ddp import migrator
from tests.database.servers import SCHEMA, Database

pytestmark = pytest.mark.slow  # two schemas, one after the other

FIRST_OF_PUBLISHING = "0260"
BEFORE = """
    with owner as (
        insert into users (user_email, user_name, user_type, is_active) values ('b@example.com', 'brand', 'brand', true)
        returning user_id
    ), accounts as (
        insert into social_accounts (user_id, platform, account_handle, is_active)
        select user_id, 'facebook', handle, handle = 'on' from owner, unnest(array['on', 'off']) handle
        returning account_id, account_handle
    )
    insert into social_posts (account_id, post_content, scheduled_at, published_at, external_post_id)
    select account_id, content, scheduled_at, published_at, case when published_at is not null then 'x' end
    from accounts, (values
        ('published', now() - interval '2 days', now() - interval '2 days'),
        ('soon', now() + interval '1 minute', null), ('late', now() - interval '1 day', null), ('draft', null, null)
    ) posts (content, scheduled_at, published_at)
    where account_handle = 'on'
"""


@pytest.fixture(scope="module")
def upgraded(of_before: Callable[[str], Database]):
    database = of_before(FIRST_OF_PUBLISHING)
    with database.connect() as connection:
        connection.execute(BEFORE)
        migrator.apply(database.url, SCHEMA)
        yield connection


def test_existing_rows_have_a_true_status(upgraded: psycopg.Connection) -> None:
    accounts = upgraded.execute(
        "select account_handle, status::text, is_active from social_accounts order by 1"
    )
    assert accounts.fetchall() == [("off", "disconnected", False), ("on", "reconnect", False)]
    posts = upgraded.execute("""
        select p.post_content, p.status::text, p.error_code, problems -> 0 ->> 'code', t.status, t.external_id
        from social_posts p join social_post_parts t using (post_id) order by 1
    """)
    assert posts.fetchall() == [
        ("draft", "draft", None, None, "waiting", None),
        ("late", "missed", "missed", None, "waiting", None),
        ("published", "published", None, None, "published", "x"),
        ("soon", "draft", None, "not-validated", "waiting", None),
    ]


def test_nothing_of_them_goes_out_and_nobody_is_named_for_it(upgraded: psycopg.Connection) -> None:
    assert upgraded.execute("select * from ddp.due_social_steps('1 hour', 10)").fetchall() == []
    reconciled = upgraded.execute("select ddp.reconcile_social()").fetchone()
    assert reconciled
    assert not any(reconciled[0].values())
    assert upgraded.execute("select from ddp.social_work").rowcount == 0
    changes = upgraded.execute("select from audit_logs where table_name ~ '^social' and action = 'UPDATE'")
    assert changes.rowcount == 0
