"""Old rows are removed: months by DROP, late rows by DELETE. What was counted stays counted."""

# ruff: noqa: E501  (statements read better unbroken)

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import errors as pg

from tests.database.schema.analytics import refresh, run, snapshot
from tests.database.schema.description import PARTITIONED
from tests.database.schema.platform import Platform, id_of, refused, with_ids
from tests.database.servers import Database

NOW = datetime.now(UTC)
OLD = (NOW - timedelta(days=800)).replace(day=15)
LATE = OLD - timedelta(days=3000)  # no partition for its month


def count(connection, query: str) -> int:
    return connection.execute(with_ids(query)).fetchone()[0]


@pytest.fixture
def aged(session, platform: Platform):
    """Facts of now, of a month long ago, and of a time without a partition."""
    session.execute(
        f"set local role {platform.database.owner}".encode()
    )  # who owns the partitions in a deployment
    for table in ("file_actions", "audit_logs"):
        session.execute(
            "select ddp.ensure_partitions(%s, %s, %s)", [table, OLD.date(), OLD.date() + timedelta(days=1)]
        )
    session.execute("reset role")
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
    assert count(session, "select cleanup_old_file_actions('24 months')") == 6
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
    session.execute("select cleanup_old_file_actions('24 months')")
    refresh(session)
    downloads = "select download_count from ddp.file_stats where file_id = @files/published"
    assert count(session, downloads) == 10
    session.execute("select ddp.recompute_analytics()")
    assert count(session, downloads) == 10


def test_late_rows_after_the_drop_are_kept_and_counted(aged):
    session = aged
    session.execute("select cleanup_old_file_actions('24 months')")
    session.execute(with_ids("insert into file_actions (file_id, action_type, action_timestamp) values (@files/published, 'DOWNLOAD', %s)"), [OLD])  # fmt: skip
    refresh(session)
    assert count(session, "select download_count from ddp.file_stats where file_id = @files/published") == 11
    assert count(session, "select cleanup_old_file_actions('24 months')") == 1
    session.execute("select ddp.recompute_analytics()")
    assert count(session, "select download_count from ddp.file_stats where file_id = @files/published") == 11


def test_old_audit_logs_go(aged):
    assert count(aged, "select cleanup_old_audit_logs('24 months')") == 2
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
    session.execute(
        "select ddp.ensure_partitions('social_engagement', %s, %s)",
        [OLD.date(), OLD.date() + timedelta(days=1)],
    )
    session.execute(
        with_ids(
            "insert into social_engagement (post_id, engagement_type, engagement_count, recorded_at) values"
            " (@social_posts/brands, 'share', 5, %(old)s), (@social_posts/brands, 'share', 4, %(old)s + interval '1 hour'),"
            " (@social_posts/brands, 'share', 9, %(late)s), (@social_posts/brands, 'like', 77, %(old)s)"
        ),
        {"old": OLD, "late": LATE},
    )
    assert count(session, "select ddp.drop_old_partitions('social_engagement', '24 months')") == 4
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
        platform.owner.execute("select ddp.drop_old_partitions(%s, '1 day')", [table])
        after = platform.owner.execute(months, [table]).fetchone()
    assert 0 <= before[0] - after[0] <= 1  # last month's, if all of it is older than a day


def test_default_partitions_empty_themselves(session):
    run(session, """
        insert into file_actions (file_id, action_type, action_timestamp) values
            (@files/private, 'VIEW', now() - interval '5 months'), (@files/private, 'VIEW', now() - interval '3 years'),
            (@files/private, 'VIEW', '1990-01-01'), (@files/private, 'VIEW', 'infinity'),
            (@files/private, 'VIEW', now() + interval '2 years');
        insert into daily_analytics (date_recorded, entity_type, metric_name, metric_value)
        values (date_trunc('month', now() - interval '5 months'), 'test', 'x', 1);
    """)  # fmt: skip
    everything = count(session, "select count(*) from file_actions")
    waiting = count(session, "select count(*) from ddp.file_actions_default")
    assert count(session, "select ddp.maintain_partitions()") >= 3
    assert count(session, "select count(*) from ddp.file_actions_default") == waiting - 2 == 3
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


def test_dropping_gives_way_to_a_long_reader(database: Database):
    """A waiting drop would block everyone, so it gives up after two seconds and can be called again."""
    owner, reader = database.connect(), database.connect(autocommit=False)
    owner.execute("select ddp.ensure_partitions('file_actions', '2020-01-01', '2020-01-02')")
    reader.execute("select count(*) from file_actions where action_timestamp < '2020-02-01'")
    waited: list[float] = []

    def read_meanwhile() -> None:
        time.sleep(0.3)
        began = time.monotonic()
        database.connect().execute("select count(*) from file_actions")
        waited.append(time.monotonic() - began)

    thread = threading.Thread(target=read_meanwhile)
    thread.start()
    with pytest.raises(pg.LockNotAvailable):
        owner.execute("select ddp.drop_old_partitions('file_actions', '24 months')")
    thread.join()
    assert waited[0] < 5
    reader.rollback()
    assert owner.execute("select ddp.drop_old_partitions('file_actions', '24 months')").fetchone() == (0,)
    assert owner.execute("select to_regclass('ddp.file_actions_2020_01')").fetchone() == (None,)
