"""Old rows are removed: months by DROP, late rows by DELETE. What was counted stays counted."""

# ruff: noqa: E501  (statements read better unbroken)

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import errors as pg

from tests.database.schema.analytics import make_partitions, refresh, run, snapshot
from tests.database.schema.description import PARTITIONED
from tests.database.schema.platform import Platform, id_of, refused, with_ids
from tests.database.schema.retention import REASONS
from tests.database.servers import Database

NOW = datetime.now(UTC)
OLD = (NOW - timedelta(days=800)).replace(day=15)
LATE = OLD - timedelta(days=3000)  # no partition for its month


def count(connection, query: str) -> int:
    return connection.execute(with_ids(query)).fetchone()[0]


def cleaned(connection, call: str) -> int:
    """Call a cleanup, a step each time, until nothing is left. Returns the number of calls that did something."""
    for calls in range(100):
        if connection.execute(f"select {call}".encode()).fetchone()[0] == 0:
            return calls
    raise AssertionError("it does not come to an end")


@pytest.fixture
def aged(session):
    """Facts of now, of a month long ago, and of a time without a partition."""
    for table in ("file_actions", "audit_logs"):
        make_partitions(session, table, OLD.date(), OLD.date() + timedelta(days=1))
    for at in (NOW, OLD, LATE):
        session.execute(
            with_ids(
                "insert into file_actions (file_id, user_id, action_type, action_timestamp, session_id)"
                " select @files/published, @retailer, 'DOWNLOAD', %s, @sessions/retailers from generate_series(1, 3)"
            ),
            [at],
        )
        session.execute(
            "insert into audit_logs (table_name, action, changed_at) values ('files', 'UPDATE', %s)", [at]
        )
    return session


def test_old_actions_go_and_their_counts_stay(aged):
    session = aged
    session.execute("select ddp.recompute_analytics()")
    partition = f"ddp.file_actions_{OLD:%Y_%m}"
    before = (
        snapshot(session),
        count(session, "select download_count from brand_assets where asset_id = @brand_assets/published"),
    )
    indexes = count(session, f"select count(*) from pg_index where indrelid = '{partition}'::regclass")
    # Detach, archive, drop references, each index and the table; the late ones.
    assert cleaned(session, "cleanup_old_file_actions('24 months')") == 5 + indexes
    assert count(session, f"select (to_regclass('{partition}') is null)::int") == 1
    assert (
        count(
            session, "select count(*) from file_actions where action_timestamp < now() - interval '25 months'"
        )
        == 0
    )
    assert (
        count(
            session,
            "select count(*) from file_actions where action_type = 'DOWNLOAD' and file_id = @files/published",
        )
        == 4
    )
    refresh(session)
    assert (
        snapshot(session),
        count(session, "select download_count from brand_assets where asset_id = @brand_assets/published"),
    ) == before
    session.execute("select ddp.recompute_analytics()")
    assert snapshot(session) == before[0]
    assert count(session, "select cleanup_old_file_actions('24 months')") == 0


def test_actions_that_were_not_refreshed_yet_are_not_lost(aged):
    """They are dropped before a refresh saw them, but are in the queue and in the archive."""
    session = aged
    cleaned(session, "cleanup_old_file_actions('24 months')")
    refresh(session)
    downloads = "select download_count from ddp.file_stats where file_id = @files/published"
    assert count(session, downloads) == 10
    session.execute("select ddp.recompute_analytics()")
    assert count(session, downloads) == 10


def test_late_rows_after_the_drop_are_kept_and_counted(aged):
    session = aged
    cleaned(session, "cleanup_old_file_actions('24 months')")
    session.execute(with_ids("insert into file_actions (file_id, action_type, action_timestamp) values (@files/published, 'DOWNLOAD', %s)"), [OLD])  # fmt: skip
    refresh(session)
    assert count(session, "select download_count from ddp.file_stats where file_id = @files/published") == 11
    assert cleaned(session, "cleanup_old_file_actions('24 months')") == 1
    session.execute("select ddp.recompute_analytics()")
    assert count(session, "select download_count from ddp.file_stats where file_id = @files/published") == 11


def test_old_audit_logs_go(aged):
    assert cleaned(aged, "cleanup_old_audit_logs('24 months')") > 0
    assert count(aged, "select count(*) from audit_logs where changed_at < now() - interval '25 months'") == 0


def test_old_sessions_go_and_their_sums_stay(session):
    run(session, """
        insert into sessions (user_id, started_at, ended_at) values
            (@retailer, now() - interval '2 years', now() - interval '2 years' + interval '1 minute'),
            (@retailer, now() - interval '2 years', null),
            (@retailer, now() - interval '2 years', now() - interval '1 day');
    """)  # fmt: skip
    session.execute("select ddp.recompute_analytics()")
    sums = snapshot(session)["user_analytics"], snapshot(session)["daily_analytics"]
    assert count(session, "select cleanup_old_sessions('1 year')") == 2
    refresh(session)
    assert (snapshot(session)["user_analytics"], snapshot(session)["daily_analytics"]) == sums
    session.execute("select ddp.recompute_analytics()")
    assert (snapshot(session)["user_analytics"], snapshot(session)["daily_analytics"]) == sums
    assert count(session, "select cleanup_old_sessions('1 year')") == 0


def test_the_last_measurement_of_engagement_stays(session):
    make_partitions(session, "social_engagement", OLD.date(), OLD.date() + timedelta(days=1))
    session.execute(
        with_ids(
            "insert into social_engagement (post_id, engagement_type, engagement_count, recorded_at) values"
            " (@social_posts/brands, 'share', 5, %(old)s), (@social_posts/brands, 'share', 4, %(old)s + interval '1 hour'),"
            " (@social_posts/brands, 'share', 9, %(late)s), (@social_posts/brands, 'like', 77, %(old)s)"
        ),
        {"old": OLD, "late": LATE},
    )
    cleaned(session, "ddp.drop_old_partitions('social_engagement', '24 months')")
    assert (
        count(
            session, "select count(*) from social_engagement where recorded_at < now() - interval '25 months'"
        )
        == 0
    )
    refresh(session)
    shares = "select share_count * 1000 + like_count from ddp.social_post_stats where post_id = @social_posts/brands"
    assert count(session, shares) == 4001  # the newest measurements, both kept and dropped
    session.execute("select ddp.recompute_analytics()")
    assert count(session, shares) == 4001


@pytest.mark.parametrize(
    "call",
    [
        "cleanup_old_file_actions('29 days')", "cleanup_old_audit_logs('89 days')", "cleanup_old_sessions('6 days')",
        "cleanup_old_file_actions('-1 day')", "cleanup_old_sessions(null)",
    ],
)  # fmt: skip
def test_a_retention_that_is_too_short_is_refused(platform: Platform, call: str):
    with platform.acting("admin") as connection, refused("PT422", code="retention-too-short"):
        connection.execute(f"select {call}".encode())


# -- partitions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", PARTITIONED)
def test_months_that_are_kept_are_not_touched(platform: Platform, table: str):
    months = "select count(*) from pg_inherits where inhparent = %s::regclass"
    with platform.owner.transaction(force_rollback=True):
        before = platform.owner.execute(months, [table]).fetchone()
        cleaned(platform.owner, f"ddp.drop_old_partitions('{table}', '400 days')")
        assert platform.owner.execute(months, [table]).fetchone() == before


def test_default_partitions_empty_themselves(session):
    run(session, """
        insert into file_actions (file_id, action_type, action_timestamp) values
            (@files/private, 'VIEW', now() - interval '5 months'), (@files/private, 'VIEW', now() - interval '1 year'),
            (@files/private, 'VIEW', now() - interval '3 years'),  -- older than actions are kept
            (@files/private, 'VIEW', '1990-01-01'), (@files/private, 'VIEW', 'infinity'),
            (@files/private, 'VIEW', now() + interval '2 years');
        insert into daily_analytics (date_recorded, entity_type, metric_name, metric_value)
        values (date_trunc('month', now() - interval '5 months'), 'test', 'x', 1);
    """)  # fmt: skip
    everything = count(session, "select count(*) from file_actions")
    waiting = count(session, "select count(*) from ddp.file_actions_default")
    assert count(session, "select ddp.maintain_partitions()") >= 3
    assert count(session, "select count(*) from ddp.file_actions_default") == waiting - 2 == 4
    assert count(session, "select count(*) from ddp.daily_analytics_default") == 0
    assert count(session, "select count(*) from file_actions") == everything
    assert count(session, "select ddp.maintain_partitions()") == 0


def test_foreign_keys_and_unique_rules_hold_in_months_made_from_the_default(session):
    day = (NOW - timedelta(days=200)).date()
    insert = "insert into daily_analytics (date_recorded, entity_type, metric_name, metric_value) values (%s, 'test', 'x', 1)"
    session.execute(insert, [day])
    session.execute(with_ids("insert into file_actions (file_id, action_type, action_timestamp) values (@files/private, 'VIEW', %s)"), [day])  # fmt: skip
    session.execute("select ddp.maintain_partitions()")
    with pytest.raises(pg.UniqueViolation), session.transaction():
        session.execute(insert, [day])
    with pytest.raises(pg.ForeignKeyViolation), session.transaction():
        session.execute("insert into file_actions (file_id, action_type, action_timestamp) values (%s, 'VIEW', %s)", [id_of("no file"), day])  # fmt: skip
    with pytest.raises(pg.ForeignKeyViolation), session.transaction():
        session.execute(with_ids("delete from files where file_id = @files/private"))


def test_removing_a_month_gives_way_to_a_long_reader(database: Database):
    """A waiting step would block everyone, so it gives up after a tenth of a second and can be called again."""
    owner, reader = database.connect(), database.connect(autocommit=False)
    owner.execute("select ddp.ensure_partitions('file_actions', '2020-01-01', '2020-01-02')")
    reader.execute("select count(*) from file_actions where action_timestamp < '2020-02-01'")
    began = time.monotonic()
    with pytest.raises(pg.LockNotAvailable):
        owner.execute("select ddp.drop_old_partitions('file_actions', '24 months')")
    assert time.monotonic() - began < 5
    assert owner.execute("select count(*) from ddp.detached_months").fetchone() == (0,)
    reader.rollback()
    cleaned(owner, "ddp.drop_old_partitions('file_actions', '24 months')")
    assert owner.execute("select to_regclass('ddp.file_actions_2020_01')").fetchone() == (None,)


def test_only_the_first_piece_of_a_month_waits_for_readers_of_what_it_refers_to(database: Database):
    """Removing its files takes longest, and locks nobody out."""
    owner, reader = database.connect(), database.connect(autocommit=False)
    owner.execute("select ddp.ensure_partitions('file_actions', '2020-01-01', '2020-01-02')")
    step = "select ddp.clean_months('file_actions', '24 months', 10)"
    owner.execute(step)  # detached; an empty month needs no archive
    reader.execute("select count(*) from files")
    with pytest.raises(pg.LockNotAvailable):
        owner.execute(step)
    reader.rollback()
    owner.execute(step)
    reader.execute("select count(*) from files")
    pieces = "select count(*) from pg_index where indrelid = to_regclass('ddp.file_actions_2020_01')"
    left = []
    while owner.execute("select count(*) from ddp.detached_months").fetchone() == (1,):
        left += owner.execute(pieces).fetchone()
        owner.execute(step)
    assert left == list(range(left[0], -1, -1))
    assert left[0] > 1
    assert owner.execute("select to_regclass('ddp.file_actions_2020_01')").fetchone() == (None,)


# -- every table -----------------------------------------------------------------------------------------------------


def test_every_table_has_a_retention_or_a_reason(platform: Platform):
    tables = {
        row[0]
        for row in platform.owner.execute(
            "select format('%s.%s', c.relnamespace::regnamespace, c.relname) from pg_class c"
            " where c.relkind in ('r', 'p') and not c.relispartition"
            " and c.relnamespace in ('public'::regnamespace, 'ddp'::regnamespace)"
        )
    }
    cleaned_tables = {
        row[0] for row in platform.owner.execute("select unnest(s.tables) from ddp.cleanup_steps() s")
    }
    assert tables == cleaned_tables | set(REASONS)
    assert not cleaned_tables & set(REASONS)


def test_every_step_has_a_retention_and_can_be_counted(session):
    steps = session.execute("select s.step, r.keep from ddp.cleanup_steps() s left join ddp.retention r using (subject)").fetchall()  # fmt: skip
    assert [step for step, keep in steps if keep is None] == []
    subjects = (
        "select subject from ddp.retention where subject not in (select subject from ddp.cleanup_steps())"
    )
    assert session.execute(subjects).fetchall() == []
    for step, _ in steps:
        assert session.execute("select ddp.count_old(gen_random_uuid(), %s)", [step]).fetchone() is not None
        assert (
            session.execute("select (ddp.clean(gen_random_uuid(), %s, 10)).is_left", [step]).fetchone()
            is not None
        )


def test_every_partitioned_table_drops_months(platform: Platform):
    months = "select s.tables[1] from ddp.cleanup_steps() s where s.kind = 'months'"
    assert {row[0].removeprefix("public.") for row in platform.owner.execute(months)} == {
        row[0] for row in platform.owner.execute("select ddp.partitioned_tables()")
    }


# -- who may ask -----------------------------------------------------------------------------------------------------

FOR_ADMINISTRATORS = [
    "* from get_recomputation()", "* from request_recomputation()",
    "* from retention_settings()", "set_retention('sessions', '30 days')", "request_cleanup(true)",
    "* from list_cleanups(null, null, 10)", "* from get_cleanup(@brand)", "* from list_erasures(null, null, 10)",
    "* from get_erasure(@brand)", "request_erasure('user', @rival, null, null, false)",
    "request_erasure('recipient', null, 'a@example.com', sha256('a'), true)",
]  # fmt: skip


@pytest.mark.parametrize(
    "caller", ["brand", "retailer", "editor", "viewer", "former", "asleep", "stranger", "claimless"]
)
@pytest.mark.parametrize("call", FOR_ADMINISTRATORS)
def test_nobody_but_administrators_asks(platform: Platform, call: str, caller: str):
    with platform.acting(caller) as connection, refused("PT403", code="not-an-admin"):
        connection.execute(with_ids(f"select {call}"))


@pytest.mark.parametrize("call", FOR_ADMINISTRATORS)
def test_administrators_ask(platform: Platform, call: str):
    with platform.acting("admin") as connection:
        connection.execute(with_ids(f"select {call}"))


@pytest.mark.parametrize(
    ("caller", "call", "state", "code"),
    [
        ("admin", "set_retention('sessions', '6 days')", "PT422", "retention-too-short"),
        ("admin", "set_retention('audit_logs', '-1 day')", "PT422", "retention-too-short"),
        ("admin", "set_retention('audit_logs', '101 years')", "PT422", "retention-too-long"),
        ("admin", "set_retention('everything', '1 year')", "PT404", "retention-not-found"),
        ("admin", "request_erasure('user', @admin, null, null, false)", "PT409", "own-account"),
        (
            "admin",
            "request_erasure('user', @brand, 'a@example.com', null, false)",
            "PT422",
            "invalid-erasure",
        ),
        ("admin", "request_erasure('recipient', null, null, sha256('a'), false)", "PT422", "invalid-erasure"),
        ("worker", "ddp.drop_old_partitions('file_actions', '29 days')", "PT422", "retention-too-short"),
        ("worker", "ddp.drop_old_partitions('daily_analytics', '399 days')", "PT422", "retention-too-short"),
        ("worker", "ddp.drop_old_partitions('email_sends', '24 months')", "PT422", "invalid-table"),
        ("worker", "ddp.maintain_partitions_of('email_sends')", "PT422", "invalid-table"),
    ],
)
def test_what_is_refused(platform: Platform, caller: str, call: str, state: str, code: str):
    with platform.acting(caller) as connection, refused(state, code=code):
        connection.execute(with_ids(f"select {call}"))


def test_the_database_enforces_the_floors(session):
    with pytest.raises(pg.CheckViolation):
        session.execute("update ddp.retention set keep = '1 day' where subject = 'file_actions'")


def test_days_dropped_from_daily_analytics_do_not_come_back_nor_half(session):
    """A late fact, or one of a send whose days are gone, counts in totals and makes no day anew."""
    run(session, """
        insert into file_actions (file_id, user_id, action_type, action_timestamp)
            values (@files/published, @retailer, 'VIEW', now() - interval '500 days');
        update email_sends set sent_at = now() - interval '500 days' where email_campaign_id = @email_campaigns/retailers;
    """)  # fmt: skip
    refresh(session)
    old = "select count(*) from daily_analytics where date_recorded < now() - interval '450 days'"
    assert count(session, old) > 0
    cleaned(session, "ddp.drop_old_partitions('daily_analytics', '400 days')")
    assert count(session, old) == 0
    views = "select view_count from ddp.file_stats where file_id = @files/published"
    before = count(session, views)
    run(session, """
        insert into file_actions (file_id, user_id, action_type, action_timestamp)
            values (@files/published, @retailer, 'VIEW', now() - interval '500 days');
        update email_sends set delivered_at = now() - interval '500 days' where email_campaign_id = @email_campaigns/retailers;
    """)  # fmt: skip
    refresh(session)
    assert (count(session, old), count(session, views)) == (0, before + 1)
    session.execute("select ddp.recompute_analytics()")
    assert (count(session, old), count(session, views)) == (0, before + 1)
