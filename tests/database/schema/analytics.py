"""Querying the analytics in one transaction: as any caller, or everything at once."""

from __future__ import annotations

import psycopg

from tests.database.schema.platform import Platform, with_ids

# The view, the table that owns the rows, and the table of counters.
ROWS = """
file_analytics            files            file_id            file_stats
user_analytics            users            user_id            user_stats
campaign_analytics        campaigns        campaign_id        campaign_stats
email_campaign_analytics  email_campaigns  email_campaign_id  email_campaign_stats
sms_campaign_analytics    sms_campaigns    sms_campaign_id    sms_campaign_stats
social_post_analytics     social_posts     post_id            social_post_stats
product_analytics         products         product_id         product_stats
session_analytics         sessions         session_id         session_stats
collection_analytics      collections      collection_id      collection_stats
"""
TOPS = """
top_downloaded_assets top_active_retailers_assets top_templates_coverage top_campaign_performance top_wish_list_items
"""
ROLLUPS = """
daily_analytics daily_asset_downloads retailer_asset_activity template_retailer_usage retailer_scores
regional_wish_lists campaign_templates
"""
# What lists, series and counts are read from; closed to everybody.
BENEATH = (
    "asset_stats",
    "retailer_totals",
    "template_reach",
    "template_senders",
    "daily_visitors",
    "unlisted_activity",
)
# What is kept by day. A sum that has come back to nothing is as good as none.
DAYS = {
    "social_post_days": "ddp.social_post_days",
    "social_account_days": "(select d.* from ddp.social_account_days d where d.gained <> 0)",
}
# Columns of rollups that are new each time a rollup is derived; and those by which lists are ordered, which are null
# where there is no row of statistics, and 0 where there is one with nothing in it.
NOT_COMPARED = (
    "counted_owner_id",
    "counted_views",
    "counted_downloads",
    "counted_performance",
    "analytics_id",
    "activity_id",
    "usage_id",
    "score_id",
    "regional_wish_id",
    "updated_at",
    "calculated_at",
)


def run(connection: psycopg.Connection, statements: str) -> None:
    connection.execute(with_ids(statements))


def refresh(connection: psycopg.Connection) -> int:
    """Take a portion; returns how many changes and slices are left."""
    return connection.execute("select public.refresh_all_analytics()").fetchone()[0]


def ask(platform: Platform, connection: psycopg.Connection, caller: str, query: str) -> list[tuple]:
    """Query as a signed-in caller, in the middle of the superuser's transaction."""
    platform.become(connection, caller)
    connection.execute("set local role authenticated")
    try:
        return connection.execute(with_ids(query)).fetchall()
    finally:
        connection.execute("reset role")


def snapshot(connection: psycopg.Connection) -> dict[str, list[str]]:
    """All rows of the analytics, without the ids and times of derived rows."""
    names = [line.split()[0] for line in ROWS.strip().splitlines()] + TOPS.split() + ROLLUPS.split()
    shown = {name: f"public.{name}" for name in [*names, "daily_metrics_summary"]}
    beneath = {f"ddp.{name}": f"ddp.{name}" for name in (*BENEATH, "retailer_stats")}
    return {
        name: sorted(
            row[0]
            for row in connection.execute(
                f"select (to_jsonb(t) - %s::text[])::text from {source} t".encode(), [list(NOT_COMPARED)]
            )
        )
        for name, source in {**shown, **beneath, **DAYS}.items()
    }


# Each waits for the time-out of locks, a fifth of a second.
_TRIES = 50


def make_partitions(session, table, first, last):
    """Make the months of these days, as the owner of the tables, who owns partitions in a deployment."""
    (owner,) = session.execute(
        "select relowner::regrole::text from pg_class where oid = 'public.file_actions'::regclass"
    ).fetchone()
    session.execute(f"set local role {owner}".encode())
    for attempt in range(_TRIES):
        # Autovacuum may be at work on the default partition: as in a deployment, who is not served soon tries again.
        try:
            with session.transaction():
                session.execute("select ddp.ensure_partitions(%s, %s, %s)", [table, first, last])
            break
        except psycopg.errors.LockNotAvailable:
            if attempt == _TRIES - 1:
                raise
    session.execute("reset role")
