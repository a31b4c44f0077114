"""The fifteen views: correct numbers, for the right people, updated from what changed."""

# ruff: noqa: E501  (statements read better unbroken)

from __future__ import annotations

import threading
from decimal import Decimal

import psycopg
import pytest

from tests.database.schema.analytics import BENEATH, ROWS, ask, refresh, run
from tests.database.schema.platform import CALLERS, USERS, Platform, id_of, refused, with_ids
from tests.database.servers import Database

# -- who sees what ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("line", ROWS.strip().splitlines())
def test_a_view_shows_the_rows_that_its_table_shows(session, platform: Platform, line: str, caller: str):
    view, table, key, counters = line.split()
    role = {"worker": "service_role", "anonymous": "anon"}.get(caller, "authenticated")

    def keys(relation: str) -> set[object]:
        return {row[0] for row in session.execute(f"select {key} from {relation}".encode())}

    counted = keys(f"ddp.{counters}")
    assert counted or counters == "session_stats"  # nobody did anything in a session
    if caller in USERS or caller == "stranger":
        platform.become(session, caller)
    session.execute(f"set local role {role}".encode())
    if caller == "anonymous":
        with refused("42501"), session.transaction():
            keys(view)
        return
    visible = keys(table)
    assert keys(view) == visible
    assert keys(f"ddp.{counters}") == visible & counted


def test_a_leaky_condition_on_a_counter_sees_no_hidden_row(session, platform: Platform):
    run(
        session,
        "insert into file_actions (file_id, action_type) select @files/private, 'VIEW' from generate_series(1, 77)",
    )
    refresh(session)
    told: list[str] = []
    platform.become(session, "rival")
    session.execute("set local role authenticated")
    session.execute("""
        create function pg_temp.tell(bigint) returns boolean language plpgsql cost 0.0001
        as $$ begin raise notice '%', $1; return true; end $$
    """)
    session.add_notice_handler(lambda notice: told.append(notice.message_primary))
    session.execute("select from file_analytics where pg_temp.tell(view_count)")
    session.execute("select from ddp.file_stats where pg_temp.tell(view_count)")
    session.execute("reset role")
    assert told
    assert not any(int(number) >= 77 for number in told)


@pytest.mark.parametrize("table", ["file_user_stats", "retailer_stats", "metric_changes", "archived_metrics",
                                   "refresh_runs", "recompute_slices", *sorted({*BENEATH} - {"quarter_hours"})])  # fmt: skip
@pytest.mark.parametrize("caller", ["admin", "worker"])
def test_what_is_beneath_is_closed(platform: Platform, table: str, caller: str):
    with platform.acting(caller) as connection, refused("42501"):
        connection.execute(f"select from ddp.{table}".encode())


@pytest.mark.parametrize("caller", ["brand", "retailer", "asleep", "stranger", "claimless"])
@pytest.mark.parametrize("function", ["refresh_all_analytics", "cleanup_old_sessions", "cleanup_old_file_actions",
                                      "cleanup_old_audit_logs"])  # fmt: skip
def test_maintenance_is_for_workers_and_administrators(platform: Platform, function: str, caller: str):
    with platform.acting(caller) as connection, refused("PT403", code="not-an-admin"):
        connection.execute(f"select {function}()".encode())
    for allowed in ("admin", "worker"):
        with platform.acting(allowed) as connection:
            assert connection.execute(f"select {function}()".encode()).fetchone()[0] >= 0


# -- numbers ---------------------------------------------------------------------------------------------------------


def test_files_users_sessions_and_collections(session, platform: Platform):
    run(session, """
        insert into file_actions (file_id, user_id, action_type, session_id, action_timestamp) values
            (@files/public, @retailer, 'VIEW', @sessions/retailers, '2026-03-01 23:59:59+00'),
            (@files/public, @retailer, 'VIEW', @sessions/retailers, '2026-03-02 00:00:00+00'),
            (@files/public, @friend, 'VIEW', null, '2026-03-02 00:00:00+00'),
            (@files/public, null, 'VIEW', null, '2026-03-02 00:00:00+00'),
            (@files/public, @friend, 'DOWNLOAD', null, '2026-03-02 12:00:00+00'),
            (@files/public, @brand, 'SHARE', null, '2026-03-02 12:00:00+00');
        update sessions set started_at = now() - interval '10 minutes', ended_at = now() where session_id = @sessions/retailers;
    """)  # fmt: skip
    refresh(session)
    assert ask(platform, session, "brand", """
        select view_count, download_count, share_count, unique_users_count, download_rate, last_action_at = '2026-03-02 12:00+00'
        from file_analytics where file_id = @files/public
    """) == [(4, 1, 1, 3, Decimal("25.00"), True)]  # fmt: skip
    assert ask(platform, session, "brand", """
        select file_count, total_size, view_count, download_count, views_per_file
        from collection_analytics where collection_id = @collections/public
    """) == [(1, 1, 4, 1, Decimal("4.00"))]  # fmt: skip
    assert ask(platform, session, "retailer", """
        select session_count, total_session_seconds, average_session_seconds, view_count from user_analytics
    """) == [(1, 600, Decimal("600.0"), 2)]  # fmt: skip
    assert ask(platform, session, "retailer", """
        select duration_seconds, action_count, view_count, actions_per_minute from session_analytics
    """) == [(600, 2, 2, Decimal("0.20"))]  # fmt: skip
    own = "select date_recorded::text, file_views, file_downloads, active_users from daily_metrics_summary where date_recorded < '2026-04-01'"
    assert sorted(ask(platform, session, "brand", own)) == [("2026-03-01", 1, 0, 1), ("2026-03-02", 3, 1, 3)]
    assert sorted(ask(platform, session, "admin", own)) == [("2026-03-01", 1, 0, 1), ("2026-03-02", 3, 1, 3)]
    assert ask(platform, session, "rival", own) == []
    run(session, "insert into sessions (user_id, started_at) values (@admin, '2026-03-01 10:00+00')")
    refresh(session)
    started = "select sessions_started from daily_metrics_summary where date_recorded = '2026-03-01'"
    assert ask(platform, session, "admin", started) == [(1,)]  # the sum over all users


def test_rates_come_from_timestamps_and_divide_by_nothing(session, platform: Platform):
    run(session, """
        insert into email_sends (email_campaign_id, recipient_email, status, sent_at, delivered_at, opened_at, clicked_at, bounced_at)
        values
            (@email_campaigns/retailers, 'a@x', 'complained', now(), now(), now(), now(), null),
            (@email_campaigns/retailers, 'b@x', 'bounced', now(), now(), now(), null, now()),
            (@email_campaigns/retailers, 'c@x', 'delivered', now(), now(), null, null, null),
            (@email_campaigns/retailers, 'd@x', 'sent', now(), null, null, null, null),
            (@email_campaigns/retailers, 'e@x', 'clicked', null, null, null, null, null);
        insert into sms_sends (sms_campaign_id, recipient_phone, sent_at, delivered_at) values
            (@sms_campaigns/retailers, '+12025550177', now(), now()),
            (@sms_campaigns/retailers, '+12025550178', now(), null);
        insert into campaign_expenses (campaign_id, amount, created_by_user_id) values (@campaigns/brands, 50, @brand);
        update campaigns set budget_allocated = budget_spent * 4 where campaign_id = @campaigns/brands;
    """)  # fmt: skip
    refresh(session)
    assert ask(platform, session, "retailer", """
        select recipient_count, sent_count, delivered_count, opened_count, clicked_count, bounced_count,
            delivery_rate, open_rate, click_rate, click_to_open_rate, bounce_rate
        from email_campaign_analytics where email_campaign_id = @email_campaigns/retailers
    """) == [(6, 4, 3, 2, 1, 1, 75, Decimal("66.67"), Decimal("33.33"), 50, 25)]  # fmt: skip
    assert ask(platform, session, "retailer", """
        select recipient_count, sent_count, delivered_count, delivery_rate, round(progress)
        from sms_campaign_analytics where sms_campaign_id = @sms_campaigns/retailers
    """) == [(3, 2, 1, 50, 67)]  # fmt: skip
    assert ask(platform, session, "brand", """
        select emails_sent, emails_clicked, email_click_rate, sms_sent, sms_delivery_rate, participant_count, budget_utilization
        from campaign_analytics where campaign_id = @campaigns/brands
    """) == [(4, 1, Decimal("33.33"), 2, 50, 1, 25)]  # fmt: skip
    nothing = "select {} from email_campaign_analytics where email_campaign_id = @email_campaigns/ready"
    columns = "delivery_rate, open_rate, click_rate, click_to_open_rate, bounce_rate"
    assert ask(platform, session, "retailer", nothing.format(columns)) == [(0, 0, 0, 0, 0)]


def test_a_send_that_is_corrected_is_counted_as_it_is(session, platform: Platform):
    mine = "select recipient_count, sent_count, opened_count from email_campaign_analytics where email_campaign_id = @email_campaigns/retailers"
    run(session, "update email_sends set sent_at = now(), opened_at = now()")
    refresh(session)
    assert ask(platform, session, "retailer", mine) == [(1, 1, 1)]
    run(session, "update email_sends set opened_at = null, sent_at = now() - interval '40 days'")
    refresh(session)
    assert ask(platform, session, "retailer", mine) == [(1, 1, 0)]
    assert ask(platform, session, "retailer", "select sum(emails_sent), sum(emails_opened) from daily_metrics_summary") == [(1, 0)]  # fmt: skip
    run(session, "delete from email_sends")
    refresh(session)
    assert ask(platform, session, "retailer", mine) == [(0, 0, 0)]


def test_engagement_is_the_newest_measurement_of_each_kind(session, platform: Platform):
    run(
        session,
        """
        insert into social_engagement (post_id, engagement_type, engagement_count, recorded_at) values
            (@social_posts/brands, 'like', 10, now() + interval '1 hour'),
            (@social_posts/brands, 'like', 7, now() + interval '2 hours'),
            (@social_posts/brands, 'comment', 3, now() + interval '1 hour'),
            (@social_posts/brands, 'save', 2, now() + interval '1 hour'),
            (@social_posts/brands, 'view', 900, now() + interval '1 hour');
    """,
    )
    refresh(session)
    mine = "select like_count, comment_count, share_count, total_engagement from social_post_analytics where post_id = @social_posts/brands"
    assert ask(platform, session, "brand", mine) == [(7, 3, 0, 12)]


def test_products(session, platform: Platform):
    run(
        session,
        """
        insert into product_variants (product_id, variant_title, price, compare_at_price, inventory_quantity) values
            (@products/published, 'Red', 90, 100, 4), (@products/published, 'Green', 120, 120, 0);
    """,
    )
    refresh(session)
    query = """
        select variant_count, in_stock_variant_count, inventory_quantity, availability_rate, lowest_price, highest_price,
            discounted_variant_count
        from product_analytics where product_id = @products/published
    """
    expected = [(3, 1, 4, Decimal("33.33"), 90, 120, 1)]
    assert ask(platform, session, "brand", query) == expected
    assert ask(platform, session, "retailer", query) == expected  # published
    run(session, "delete from product_variants where variant_title = 'Red'")
    refresh(session)
    assert ask(platform, session, "brand", query) == [(2, 0, 0, 0, 120, 120, 0)]


# -- the top ten -----------------------------------------------------------------------------------------------------


ASSETS = """
    insert into files (file_id, file_name, file_type, file_size, file_path, created_by_user_id)
    select md5('file' || n)::uuid, 'f' || n, 'image', 1, 'x', case when n % 2 = 0 then @brand::uuid else @rival::uuid end
    from generate_series(1, 40) n;
    insert into brand_assets (asset_id, asset_name, asset_type, file_id, created_by_user_id, unpublished_at)
    select md5('asset' || n)::uuid, 'asset ' || n, 'logo', md5('file' || n)::uuid,
        case when n % 2 = 0 then @brand::uuid else @rival::uuid end, case when n > 35 then now() end
    from generate_series(1, 40) n;
    insert into file_actions (file_id, user_id, action_type)
    select md5('file' || n)::uuid, case when n % 3 = 0 then @friend::uuid else @retailer::uuid end, 'DOWNLOAD'
    from generate_series(1, 40) n, generate_series(1, greatest(n / 4, 1)) times;
"""


def test_top_assets_are_those_that_the_caller_sees(session, platform: Platform):
    run(session, ASSETS)
    refresh(session)
    query = "select asset_name, download_count from top_downloaded_assets order by position"
    ids = dict(
        session.execute(
            "select asset_name, asset_id from brand_assets where asset_name like 'asset %%'", []
        ).fetchall()
    )

    def best(numbers):
        ranked = sorted(numbers, key=lambda n: (-max(n // 4, 1), ids[f"asset {n}"]))
        return [(f"asset {n}", max(n // 4, 1)) for n in ranked[:10]]

    assert ask(platform, session, "admin", query) == best(range(1, 41))
    assert ask(platform, session, "brand", query) == best(range(2, 41, 2))
    assert ask(platform, session, "rival", query) == best(range(1, 41, 2))
    assert ask(platform, session, "retailer", query) == best(range(1, 36))  # only live assets
    assert ask(platform, session, "asleep", query) == ask(platform, session, "stranger", query) == []
    beneath = "select count(*) from ddp.top_assets_of_caller()"
    assert [ask(platform, session, caller, beneath)[0][0] for caller in ("admin", "brand", "retailer", "asleep")] == [
        41, 21, 36, 0,  # including the platform's published asset
    ]  # fmt: skip
    # An asset that was withdrawn since the refresh is missing at once, and the list is still full.
    run(session, "update brand_assets set unpublished_at = now() where asset_name = 'asset 35'")
    assert ask(platform, session, "retailer", query) == best(range(1, 35))


def test_top_retailers_by_whose_assets(session, platform: Platform):
    run(session, ASSETS)
    refresh(session)
    query = (
        "select retailer_name, download_count, asset_count from top_active_retailers_assets order by position"
    )

    def downloads(numbers):
        return sum(max(n // 4, 1) for n in numbers), len(list(numbers))

    everyone, friends = set(range(1, 41)), set(range(3, 41, 3))
    even = set(range(2, 41, 2))
    # The platform's own row: one download of @brand_assets/published by the retailer.
    total, count = downloads(everyone - friends)
    assert ask(platform, session, "admin", query) == [
        ("retailer", total + 1, count + 1),
        ("friend", *downloads(friends)),
    ]
    total, count = downloads(even - friends)
    assert ask(platform, session, "brand", query) == [
        ("retailer", total + 1, count + 1),
        ("friend", *downloads(even & friends)),
    ]
    assert ask(platform, session, "friend", query) == [("friend", *downloads(friends))]
    assert ask(platform, session, "asleep", query) == []


def test_top_templates_and_their_usage(session, platform: Platform):
    run(session, """
        insert into campaign_participants (campaign_id, retailer_id, campaign_owner_id)
        values (@campaigns/brands, @friend, @brand);
        update email_campaigns set template_id = @templates/brands where email_campaign_id = @email_campaigns/retailers;
        insert into email_sends (email_campaign_id, recipient_email, sent_at, delivered_at, clicked_at) values
            (@email_campaigns/retailers, 'a@x', now(), now(), now()),
            (@email_campaigns/retailers, 'b@x', now(), now(), null);
        insert into conversions (campaign_id, retailer_id, email_campaign_id, order_id, kind, value, currency, occurred_at) values
            (@campaigns/brands, @retailer, @email_campaigns/retailers, 'o', 'order', 10, 'EUR', now()),
            (@campaigns/brands, @retailer, @email_campaigns/retailers, 'o', 'refund', -10, 'EUR', now());
    """)  # fmt: skip
    refresh(session)
    top = "select template_name, usage_count, retailers_reached, retailers_total, coverage, conversion_rate from top_templates_coverage"
    assert ask(platform, session, "brand", top) == [("spring", 1, 1, 2, 50, 50)]
    assert ask(platform, session, "admin", top) == [("spring", 1, 1, 2, 50, 50)]
    assert ask(platform, session, "rival", top) == ask(platform, session, "retailer", top) == []
    usage = "select campaigns_joined, total_sends from template_retailer_usage where template_id = @templates/brands"
    assert ask(platform, session, "retailer", usage) == ask(platform, session, "brand", usage) == [(1, 2)]


def test_only_who_accepted_counts_as_taking_part(session, platform: Platform):
    count = "select participant_count from campaign_analytics where campaign_id = @campaigns/brands"
    refresh(session)
    for state, taking_part in (("invited", 0), ("accepted", 1), ("left", 0)):
        run(
            session,
            f"update campaign_participants set participant_state = '{state}' where retailer_id = @retailer",
        )
        refresh(session)
        assert ask(platform, session, "brand", count) == [(taking_part,)], state


def test_top_campaigns_of_who_takes_part(session, platform: Platform):
    run(session, """
        insert into campaigns (campaign_id, campaign_name, created_by_user_id)
        select md5('campaign' || n)::uuid, 'c' || n, case when n <= 12 then @brand::uuid else @rival::uuid end
        from generate_series(1, 15) n;
        insert into social_posts (post_id, account_id, campaign_id)
        select md5('post' || n)::uuid, @social_accounts/brands, md5('campaign' || n)::uuid from generate_series(1, 15) n;
        insert into social_engagement (post_id, engagement_type, engagement_count)
        select md5('post' || n)::uuid, 'like', 100 + n from generate_series(1, 15) n;
        insert into campaign_participants (campaign_id, retailer_id, campaign_owner_id)
        values (md5('campaign13')::uuid, @friend, @rival);
    """)  # fmt: skip
    refresh(session)
    top = "select campaign_name from top_campaign_performance order by position"
    names = {caller: [row[0] for row in ask(platform, session, caller, top)] for caller in USERS}
    assert names["admin"] == [f"c{n}" for n in range(15, 5, -1)]
    assert names["brand"] == [f"c{n}" for n in range(12, 2, -1)]
    assert names["rival"] == ["c15", "c14", "c13"]
    assert names["friend"] == ["c13"]
    assert names["asleep"] == []


def test_wishes_in_all_and_by_region(session, platform: Platform):
    run(
        session,
        """
        update users set profile_data = '{"region": "bavaria "}' where user_id = @retailer;
        insert into watch_models (model_id, model_name, created_by_user_id) values (@model/second, 'Second', @brand);
        update wish_list_items set wish_count = 2;
        insert into wish_list_items (model_id, retailer_id, wish_count) values
            (@model/second, @retailer, 5), (@model/second, @friend, 1);
    """,
    )
    refresh(session)
    top = "select model_name, wish_count, retailer_count from top_wish_list_items order by position"
    assert ask(platform, session, "brand", top) == [("Second", 6, 2), ("Watch", 2, 1)]
    assert ask(platform, session, "admin", top) == [("Second", 6, 2), ("Watch", 2, 1)]
    assert ask(platform, session, "retailer", top) == [("Second", 5, 1), ("Watch", 2, 1)]
    assert ask(platform, session, "friend", top) == [("Second", 1, 1)]
    assert ask(platform, session, "rival", top) == []
    regions = """
        select m.model_name, r.region, r.wish_count, r.rank_in_region from regional_wish_lists r
        join watch_models m using (model_id) order by region, rank_in_region
    """
    assert ask(platform, session, "brand", regions) == [
        ("Second", "Bayern, DE", 5, 1), ("Watch", "Bayern, DE", 2, 2), ("Second", "unknown", 1, 1),
    ]  # fmt: skip
    run(session, 'update users set profile_data = \'{"region": "SWITZERLAND"}\' where user_id = @retailer')
    refresh(session)
    assert [row[1:] for row in ask(platform, session, "brand", regions)] == [
        ("Switzerland", 5, 1),
        ("Switzerland", 2, 2),
        ("unknown", 1, 1),
    ]


def test_scores_fit_their_columns(session, platform: Platform):
    run(session, """
        update campaign_participants set joined_at = '2020-01-01', first_joined_at = '2020-01-01' where retailer_id = @retailer;
        update email_campaigns set sent_at = '2026-01-01' where created_by_user_id = @retailer;
        insert into email_sends (email_campaign_id, recipient_email, sent_at, delivered_at, clicked_at)
        select @email_campaigns/retailers, format('%s@x', n), now(), now(), case when n <= 2 then now() end from generate_series(1, 100) n;
        insert into social_posts (account_id, campaign_id, published_at)
        select @social_accounts/retailers, @campaigns/brands, p.published_at from generate_series(1, 500) n, (values ('2020-01-01 12:00+00'::timestamptz), (now())) p (published_at);
    """)  # fmt: skip
    refresh(session)
    scores = """
        select email_response_time_hours, social_response_time_hours, social_post_frequency_per_week,
            response_quality_grade, overall_rank
        from retailer_scores where brand_id = @brand
    """
    assert [(float(a), b, float(c), d, e) for a, b, c, d, e in ask(platform, session, "brand", scores)] == [
        (999.9, 12, 99.9, "B", 1)
    ]
    assert ask(platform, session, "rival", scores) == []


def test_rollups_of_assets_follow_the_assets_type(session, platform: Platform):
    run(
        session,
        """
        insert into file_actions (file_id, user_id, action_type, action_timestamp) values
            (@files/published, @retailer, 'DOWNLOAD', '2026-03-01 10:00+00'),
            (@files/published, @retailer, 'DOWNLOAD', '2026-03-01 11:00+00'),
            (@files/published, @brand, 'VIEW', '2026-03-01 11:00+00'),
            (@files/private, @friend, 'DOWNLOAD', '2026-03-01 11:00+00');
    """,
    )
    refresh(session)
    downloads = "select asset_type, download_count from daily_asset_downloads where download_date = '2026-03-01' order by 1"
    activity = "select activity_type, activity_date::text from retailer_asset_activity where activity_date < '2026-04-01' order by 1, 2"
    session.execute("set local timezone = 'UTC'")
    assert ask(platform, session, "brand", downloads) == [("logo", 2)]
    assert ask(platform, session, "retailer", activity) == [("download", "2026-03-01 00:00:00+00")]
    assert ask(platform, session, "friend", activity) == []
    run(session, """
        update brand_assets set asset_type = 'picture' where asset_id = @brand_assets/published;
        insert into brand_assets (asset_name, asset_type, file_id, created_by_user_id) values ('late', 'logo', @files/private, @brand);
    """)  # fmt: skip
    refresh(session)
    assert ask(platform, session, "brand", downloads) == [("logo", 1), ("picture", 2)]
    assert ask(platform, session, "friend", activity) == [("download", "2026-03-01 00:00:00+00")]


# -- incremental and exact (random histories: test_histories.py) ---------------------------------------------------


def test_recomputing_mends_what_was_done_around_the_triggers(session, platform: Platform):
    session.execute("set local session_replication_role = replica")
    run(session, "insert into file_actions (file_id, action_type) values (@files/private, 'DOWNLOAD')")
    session.execute("set local session_replication_role = origin")
    refresh(session)
    count = "select download_count from file_analytics where file_id = @files/private"
    assert ask(platform, session, "brand", count) == [(0,)]
    session.execute("select ddp.recompute_analytics()")
    assert ask(platform, session, "brand", count) == [(1,)]


def test_a_refresh_reads_what_changed(session):
    """It does not read all facts again: one new row does not cause a scan of a large table."""
    run(
        session,
        "insert into file_actions (file_id, user_id, action_type) select @files/private, @friend, 'VIEW' from generate_series(1, 20000)",
    )
    run(
        session,
        "insert into email_sends (email_campaign_id, recipient_email, sent_at) select @email_campaigns/brands, format('%s@x', n), now() from generate_series(1, 20000) n",
    )
    refresh(session)
    read = """
        select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) from pg_stat_xact_user_tables
        where relname ~ '^(file_actions|email_sends)'
    """
    run(
        session,
        "insert into file_actions (file_id, user_id, action_type) values (@files/private, @friend, 'VIEW')",
    )
    run(
        session,
        "insert into email_sends (email_campaign_id, recipient_email) values (@email_campaigns/brands, 'one@more')",
    )
    before = session.execute(read).fetchone()[0]
    taken = "select taken from ddp.refresh_runs order by run_id desc limit 1"
    refresh(session)
    assert 0 < session.execute(taken).fetchone()[0] < 10
    assert session.execute(read).fetchone()[0] == before
    refresh(session)
    assert session.execute(taken).fetchone() == (0,)


def test_recomputing_rebuilds_every_top_list(session):
    """Also lists whose entities are all deleted, which become empty."""
    run(session, ASSETS)
    refresh(session)
    session.execute("set local session_replication_role = replica")
    session.execute("delete from brand_assets")
    session.execute("set local session_replication_role = origin")
    session.execute("select ddp.recompute_analytics()")
    assert session.execute("select count(*) from ddp.asset_stats").fetchone() == (0,)


# -- at the same time ------------------------------------------------------------------------------------------------


@pytest.fixture
def facts(database: Database) -> Database:
    owner = database.connect()
    owner.execute("insert into users (user_id, user_email, user_name, user_type, is_active) values (%s, 'a@x', 'a', 'admin', true)", [id_of("admin")])  # fmt: skip
    owner.execute(
        "insert into files (file_id, file_name, file_type, file_size, file_path, created_by_user_id)"
        " values (%s, 'f', 'pdf', 1, 'x', %s)",
        [id_of("file"), id_of("admin")],
    )
    return database


def act(connection: psycopg.Connection) -> None:
    connection.execute("insert into file_actions (file_id, action_type) values (%s, 'VIEW')", [id_of("file")])


def views(database: Database) -> int:
    return database.connect().execute("select view_count from file_analytics").fetchone()[0]


def test_what_commits_after_a_refresh_is_not_lost(facts: Database):
    late, owner = facts.connect(autocommit=False), facts.connect()
    act(late)
    act(owner)
    owner.execute("select ddp.refresh_analytics()")
    assert views(facts) == 1
    late.commit()
    owner.execute("select ddp.refresh_analytics()")
    assert views(facts) == 2


def test_what_commits_during_a_recomputation_is_counted_once(facts: Database):
    late, computing, owner = facts.connect(autocommit=False), facts.connect(autocommit=False), facts.connect()
    act(owner)
    act(late)
    computing.execute("select ddp.recompute_analytics()")
    late.commit()
    computing.commit()
    assert views(facts) == 1
    owner.execute("select ddp.refresh_analytics()")
    assert views(facts) == 2


def test_what_is_rolled_back_does_not_count(facts: Database):
    undone = facts.connect(autocommit=False)
    act(undone)
    undone.rollback()
    facts.connect().execute("select ddp.refresh_analytics()")
    assert views(facts) == 0


def test_several_refreshes_while_others_write(facts: Database):
    failures: list[psycopg.Error] = []

    def repeat(work, times):
        try:
            connection = facts.connect()
            for _ in range(times):
                work(connection)
        except psycopg.Error as error:
            failures.append(error)

    threads = [threading.Thread(target=repeat, args=(act, 60)) for _ in range(2)]
    threads += [threading.Thread(target=repeat, args=(refresh_as_owner, 8)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    facts.connect().execute("select ddp.refresh_analytics()")
    assert views(facts) == 120


def refresh_as_owner(connection: psycopg.Connection) -> None:
    connection.execute("select refresh_all_analytics()")


def test_a_dump_does_not_stop_a_refresh(facts: Database):
    """It reads ddp.taken_changes for hours, which a refresh wants to empty."""
    dump, owner = facts.connect(autocommit=False), facts.connect()
    dump.execute("lock table ddp.taken_changes in access share mode")
    act(owner)
    owner.execute("set statement_timeout = '10s'; select ddp.refresh_portion()")
    assert views(facts) == 1
    assert owner.execute("select count(*) from ddp.taken_changes").fetchone() == (0,)
    dump.rollback()


def test_a_second_refresh_leaves_the_work_to_the_first(facts: Database):
    first, second = facts.connect(autocommit=False), facts.connect()
    act(second)
    first.execute("select ddp.refresh_portion()")
    assert second.execute("select taken, is_drained from ddp.refresh_portion()").fetchone() == (None, None)
    first.commit()
    assert second.execute("select taken, is_drained from ddp.refresh_portion()").fetchone() == (0, True)


def test_portions_take_a_backlog_and_say_when_it_is_drained(facts: Database):
    owner = facts.connect()
    for _ in range(5):
        act(owner)
    portions = [
        owner.execute("select taken, is_drained from ddp.refresh_portion(2)").fetchone() for _ in range(3)
    ]
    # Those of one quarter hour are one change.
    assert [is_drained for _, is_drained in portions] == [False, False, True]
    assert views(facts) == 5


def test_a_recomputation_that_is_interrupted_goes_on_with_the_next_refresh(facts: Database):
    """Facts that come between two slices count once, whether their slice is done or not."""
    owner = facts.connect()
    act(owner)
    owner.execute("select ddp.start_recompute()")
    slices = 0
    while owner.execute("select ddp.is_recomputing()").fetchone() == (True,):
        owner.execute("select ddp.refresh_portion()")
        act(owner)
        slices += 1
    owner.execute("select ddp.refresh_analytics()")
    assert views(facts) == 1 + slices


def test_as_of_is_the_beginning_of_a_run_that_took_all_that_it_found(facts: Database):
    owner = facts.connect()
    as_of = "select as_of from ddp.analytics_as_of() as_of"
    assert owner.execute(as_of).fetchone() == (None,)
    for _ in range(3):
        act(owner)
    run_id = owner.execute("select ddp.begin_refresh()").fetchone()[0]
    owner.execute("select ddp.start_recompute()")
    owner.execute("select ddp.refresh_of_run(%s)", [run_id])
    owner.execute("select ddp.end_refresh(%s, 'no time')", [run_id])
    assert owner.execute(as_of).fetchone() == (None,)  # slices are left
    owner.execute("select ddp.refresh_analytics()")
    owner.execute("select refresh_all_analytics()")
    began = owner.execute("select max(began) from ddp.refresh_runs").fetchone()
    assert owner.execute(as_of).fetchone() == began


# -- definitions -----------------------------------------------------------------------------------------------------


def test_rates_of_nothing_are_nothing(session, platform: Platform):
    rates = "select ddp.percentage(null, null), ddp.percentage(0, 0), ddp.percentage(null, 5), ddp.percentage(1, null, 999.99)"
    assert session.execute(rates.encode()).fetchone() == (0, 0, 0, 0)
    run(session, "update templates set template_name = 'unused' where template_id = @templates/brands")
    refresh(session)
    rate = "select conversion_rate from campaign_templates where template_id = @templates/brands"
    assert ask(platform, session, "brand", rate) == [(0,)]


def test_a_deleted_post_leaves_nothing(session, platform: Platform):
    run(
        session,
        "insert into social_posts (post_id, account_id, published_at) values (@post/x, @social_accounts/brands, now())",
    )
    refresh(session)
    mine = "select count(*), sum(metric_value) from daily_analytics where metric_name like '%%published' and date_recorded = current_date"
    before = ask(platform, session, "brand", mine)
    run(session, "delete from social_posts where post_id = @post/x")
    refresh(session)
    after = ask(platform, session, "brand", mine)
    assert before[0][0] - after[0][0] in (1, 2)
    orphans = "select count(*) from daily_analytics where entity_id = @post/x"
    assert ask(platform, session, "admin", orphans) == [(0,)]


def test_recipients_are_counted_once_by_sender_and_activity_moves_while_messages_go_out(
    session, platform: Platform
):
    run(session, """
        insert into email_campaigns (email_campaign_id, campaign_id, created_by_user_id, email_subject, email_content, sender_email, template_id, created_at)
        select id, @campaigns/brands, owner, 's', 'c', 'x@y', @templates/brands, '2026-01-01'
        from (values (@emails/a::uuid, @retailer::uuid), (@emails/b, @retailer), (@emails/c, @friend)) e (id, owner);
        insert into email_sends (email_campaign_id, recipient_email, sent_at) values
            (@emails/a, 'a@x', '2026-03-01 12:00+00'), (@emails/a, 'b@x', '2026-03-01 12:00+00'),
            (@emails/b, 'a@x', '2026-03-02 12:00+00'), (@emails/c, 'a@x', '2026-03-03 12:00+00');
    """)  # fmt: skip
    refresh(session)
    count = "select unique_recipients_count, unique_retailers_count from campaign_templates where template_id = @templates/brands"
    assert ask(platform, session, "brand", count) == [(3, 2)]
    usage = "select total_sends, last_active_date at time zone 'UTC', created_at at time zone 'UTC' from template_retailer_usage where template_id = @templates/brands"
    used = ask(platform, session, "retailer", usage)
    assert [(sends, str(last), str(first)) for sends, last, first in used] == [
        (3, "2026-03-02 00:00:00", "2026-01-01 00:00:00")
    ]
    session.execute("select ddp.recompute_analytics()")
    assert ask(platform, session, "retailer", usage) == used


def test_posts_count_as_uses_of_their_template_once_they_are_published(session, platform: Platform):
    run(session, """
        insert into templates (template_id, template_name, template_type, template_content, created_by_user_id, is_locked) values
            (@templates/open, 'o', 'social', '{"text": "We open"}', @brand, false),
            (@templates/locked, 'l', 'social', '{"text": "{{ sender.store_name }}"}', @brand, true);
        insert into social_posts (post_id, account_id, campaign_id, template_id, post_content, published_at, is_composed) values
            (@posts/same, @social_accounts/retailers, @campaigns/brands, @templates/open, 'We open ', '2026-03-01', false),
            (@posts/own, @social_accounts/retailers, @campaigns/brands, @templates/open, 'Ours', '2026-03-02', false),
            (@posts/draft, @social_accounts/retailers, @campaigns/brands, @templates/open, 'We open', null, false),
            (@posts/composed, @social_accounts/retailers, null, @templates/locked, 'Lakeside', '2026-03-03', true),
            (@posts/earlier, @social_accounts/retailers, @campaigns/brands, @templates/locked, 'Ours', '2026-03-04', false);
    """)  # fmt: skip
    refresh(session)
    used = """
        select t.template_name, t.usage_count, t.unique_retailers_count, t.unique_recipients_count, u.total_sends,
            (u.last_active_date at time zone 'UTC')::date::text
        from campaign_templates t join template_retailer_usage u using (template_id)
        where t.template_id in (@templates/open, @templates/locked) order by 1
    """
    found = [("l", 1, 1, 0, 1, "2026-03-03"), ("o", 1, 1, 0, 1, "2026-03-01")]
    assert ask(platform, session, "brand", used) == found
    run(session, """
        update social_posts set published_at = '2026-03-05' where post_id = @posts/draft;
        update social_posts set post_content = 'Changed' where post_id = @posts/same;
        delete from social_posts where post_id = @posts/composed;
    """)  # fmt: skip
    refresh(session)
    found = [("o", 1, 1, 0, 1, "2026-03-05")]
    assert ask(platform, session, "brand", used) == found
    # Erasing takes the text of a post, and not that it was published.
    run(session, "update social_posts set post_content = null where post_id in (@posts/draft, @posts/own)")
    refresh(session)
    assert ask(platform, session, "brand", used) == found
    session.execute("select ddp.recompute_analytics()")
    assert ask(platform, session, "brand", used) == found


def test_variants_with_content_of_their_own_are_not_the_templates(session, platform: Platform):
    run(session, """
        insert into email_campaigns (email_campaign_id, campaign_id, created_by_user_id, email_subject, email_content, sender_email, template_id)
        select id, @campaigns/brands, @retailer, 's', 'c', 'x@y', @templates/brands from (values (@emails/a::uuid), (@emails/b)) e (id);
        insert into send_plans (send_plan_id, campaign_id, email_campaign_id, created_by_user_id, subject, content, sender, audience, scheduled_at, test_share)
        values (@plans/a, @campaigns/brands, @emails/a, @retailer, 's', 'c', 'x@y', '{}', now(), 50);
        insert into ddp.plan_variants (send_plan_id, variant, subject, content) values (@plans/a, 2, null, 'own'), (@plans/a, 3, 'other', null);
        insert into email_sends (email_campaign_id, recipient_email, variant, sent_at, delivered_at) values
            (@emails/a, 'a@x', 1, now(), now()), (@emails/a, 'b@x', 2, now(), now()), (@emails/a, 'c@x', 3, now(), now()),
            (@emails/a, 'd@x', 2, now(), now());
        insert into conversions (campaign_id, retailer_id, email_campaign_id, email_send_id, order_id, kind, value, currency, occurred_at)
        select @campaigns/brands, @retailer, email_campaign_id, email_send_id, recipient_email, 'order', 1, 'EUR', now()
        from email_sends where email_campaign_id = @emails/a and recipient_email in ('a@x', 'b@x');
    """)  # fmt: skip
    refresh(session)
    count = "select unique_recipients_count, conversion_rate from campaign_templates where template_id = @templates/brands"
    assert ask(platform, session, "brand", count) == [(2, 50)]
    usage = "select total_sends from template_retailer_usage where template_id = @templates/brands"
    assert ask(platform, session, "retailer", usage) == [(2,)]
    # The same address, of the variant that does not count, and of another e-mail.
    run(session, "insert into email_sends (email_campaign_id, recipient_email, sent_at) values (@emails/b, 'b@x', now()), (@emails/b, 'a@x', now())")  # fmt: skip
    refresh(session)
    assert ask(platform, session, "brand", count)[0][0] == 3
    assert ask(platform, session, "retailer", usage) == [(4,)]
    session.execute("select ddp.recompute_analytics()")
    assert ask(platform, session, "brand", count)[0][0] == 3
    assert ask(platform, session, "retailer", usage) == [(4,)]


def test_recipients_of_a_large_sender_are_counted_between_portions_and_at_most_once_an_hour(session):
    run(session, """
        insert into email_campaigns (email_campaign_id, campaign_id, created_by_user_id, email_subject, email_content, sender_email, template_id)
        select id, @campaigns/brands, @retailer, 's', 'c', 'x@y', @templates/brands from (values (@emails/a::uuid), (@emails/b)) e (id);
        insert into email_sends (email_campaign_id, recipient_email, sent_at)
        select @emails/a, 'r@' || n, now() from generate_series(1, 10000) n;
        insert into email_sends (email_campaign_id, recipient_email, sent_at) values (@emails/b, 'r@1', now()), (@emails/b, 'q@1', now());
    """)  # fmt: skip
    count = "select recipients, behind_since is not null from ddp.template_senders"
    read = "select coalesce(sum(seq_tup_read + idx_tup_fetch), 0) from pg_stat_xact_user_tables where relname = 'email_sends'"

    def counted() -> bool:
        """As the worker does between portions."""
        template, user = session.execute(
            "select template_id, user_id from ddp.take_template_sender()"
        ).fetchone()
        if template is not None:
            session.execute("select ddp.count_template_sender(%s, %s)", [template, user])
        return template is not None

    before = session.execute(read).fetchone()
    refresh(session)
    assert session.execute(read).fetchone() == before
    assert session.execute(count).fetchall() == [(10000, True)]  # those of the larger campaign
    assert counted()
    assert session.execute(count).fetchall() == [(10001, False)]
    refresh(session)
    assert session.execute("select max(unique_recipients_count) from campaign_templates").fetchone() == (
        10001,
    )
    run(session, "insert into email_sends (email_campaign_id, recipient_email, sent_at) values (@emails/b, 'new@x', now())")  # fmt: skip
    before = session.execute(read).fetchone()
    refresh(session)
    assert not counted()  # nobody is due yet
    assert session.execute(read).fetchone() == before
    assert session.execute(count).fetchall() == [(10001, True)]
    session.execute("update ddp.template_senders set behind_since = now() - interval '61 minutes'")
    assert counted()
    assert session.execute(count).fetchall() == [(10002, False)]
    session.execute("select ddp.recompute_analytics()")
    assert session.execute(count).fetchall() == [(10002, False)]


def test_a_portion_counts_the_recipients_of_so_many_messages_and_leaves_the_rest(session):
    """80 senders of 9,000 messages each, as their statistics say, in two campaigns: 55 of them have 495,000."""
    run(session, """
        insert into templates (template_id, template_name, template_type, created_by_user_id)
        select md5('t' || n)::uuid, 't', 'email', @brand from generate_series(1, 80) n;
        insert into email_campaigns (email_campaign_id, campaign_id, created_by_user_id, email_subject, email_content, sender_email, template_id)
        select md5(n || 'e' || m)::uuid, @campaigns/brands, @retailer, 's', 'c', 'x@y', md5('t' || n)::uuid
        from generate_series(1, 80) n, generate_series(1, 2) m;
        insert into email_sends (email_campaign_id, recipient_email, sent_at)
        select md5(n || 'e' || m)::uuid, 'a@x', now() from generate_series(1, 80) n, generate_series(1, 2) m;
    """)  # fmt: skip
    refresh(session)
    assert session.execute(
        "select sum(recipients), count(behind_since) from ddp.template_senders"
    ).fetchone() == (80, 0)
    session.execute("update ddp.email_campaign_stats set sent = 4500 where sent = 1")
    run(session, "update email_campaigns set sent_at = now() where email_content = 'c' and template_id in (select md5('t' || n)::uuid from generate_series(1, 80) n)")  # fmt: skip
    refresh(session)
    behind = "select count(*) filter (where behind_since is null), count(*) filter (where behind_since = '-infinity') from ddp.template_senders"
    assert session.execute(behind).fetchone() == (55, 25)
    session.execute("select ddp.refresh_analytics()")
    assert session.execute(behind).fetchone() == (80, 0)


def test_wishes_for_models_that_are_not_visible_leave_no_gap(session, platform: Platform):
    run(session, """
        insert into watch_models (model_id, model_name, created_by_user_id, is_active)
        select md5('model' || n)::uuid, 'm' || n, @brand, n > 4 from generate_series(1, 16) n;
        insert into wish_list_items (model_id, retailer_id, wish_count)
        select md5('model' || n)::uuid, @retailer, 100 - n from generate_series(1, 16) n;
    """)  # fmt: skip
    refresh(session)
    top = "select model_name from top_wish_list_items order by position"
    assert ask(platform, session, "retailer", top) == [(f"m{n}",) for n in range(5, 15)]


def test_publishing_and_withdrawing_reads_no_fact(session, platform: Platform):
    run(
        session,
        "insert into file_actions (file_id, user_id, action_type, action_timestamp) select @files/private, @friend, 'VIEW', '2026-03-01' from generate_series(1, 2000)",
    )
    refresh(session)
    read = """
        select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) from pg_stat_xact_user_tables
        where relname ~ '^file_actions'
    """
    publish = "insert into brand_assets (asset_name, asset_type, file_id, created_by_user_id) values ('late', 'logo', @files/private, @brand)"
    run(session, publish)  # the trigger that counts downloads has looked at the facts
    before = session.execute(read).fetchone()[0]
    refresh(session)
    run(session, "update brand_assets set unpublished_at = now() where file_id = @files/private")
    refresh(session)
    assert session.execute(read).fetchone()[0] == before
    activity = "select count(*) from retailer_asset_activity where activity_date < '2026-03-02'"
    assert ask(platform, session, "friend", activity) == [(1,)]


def test_quarter_hours_add_up_to_days_of_any_zone(session, platform: Platform):
    run(session, """
        insert into file_actions (file_id, user_id, action_type, action_timestamp)
        select @files/public, @friend, 'VIEW', date_trunc('day', now(), 'UTC') - n * interval '47 minutes' from generate_series(1, 200) n
    """)  # fmt: skip
    refresh(session)
    for zone in ("UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/New_York"):
        by_day = f"""
            select (quarter at time zone '{zone}')::date, sum(metric_value) from ddp.quarter_hours
            where owner_user_id = @brand and metric_name = 'file_views' and quarter < date_trunc('day', now(), 'UTC')
            group by 1 order by 1
        """
        facts = f"""
            select (action_timestamp at time zone '{zone}')::date, count(*) from file_actions join files using (file_id)
            where created_by_user_id = @brand and action_type = 'VIEW' and action_timestamp < date_trunc('day', now(), 'UTC')
                and action_timestamp >= ddp.first_quarter()
            group by 1 order by 1
        """
        with_role = ask(platform, session, "brand", by_day)
        run(session, "reset role")
        assert with_role == session.execute(with_ids(facts)).fetchall(), zone
    assert ask(
        platform, session, "rival", "select count(*) from ddp.quarter_hours where owner_user_id = @brand"
    ) == [(0,)]
