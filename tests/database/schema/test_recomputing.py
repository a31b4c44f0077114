"""Slices of a recomputation: each has few facts, and each fact counts once, however slices are cut and whoever writes."""

# ruff: noqa: E501  (statements read better unbroken)

from __future__ import annotations

import psycopg
import pytest

from tests.database.schema.analytics import make_partitions
from tests.database.schema.platform import id_of
from tests.database.servers import Database

# Older than quarter hours are kept: there the queue has no quarter hours.
OLD = "date_trunc('day', now(), 'UTC') - interval '150 days'"
SLICE = (
    "select step, source_name, lower_bound, upper_bound from ddp.recompute_slices order by position limit 1"
)
CUT = "select ddp.cut_slice()"


@pytest.fixture
def owner(database: Database) -> psycopg.Connection:
    owner = database.connect()
    owner.execute(
        "insert into users (user_id, user_email, user_name, user_type, is_active) values (%s, 'a@x', 'a', 'admin', true)",
        [id_of("admin")],
    )
    owner.execute(
        "insert into files (file_id, file_name, file_type, file_size, file_path, created_by_user_id)"
        " select md5(n::text)::uuid, 'f', 'pdf', 1, 'x', %s from generate_series(1, 40) n",
        [id_of("admin")],
    )
    return owner


def view(connection: psycopg.Connection, at: str, times: int = 1) -> None:
    """One statement with that many views of one file, each a quarter hour and a minute later than the one before."""
    connection.execute(
        "insert into file_actions (file_id, action_type, action_timestamp)"
        f" select md5('1')::uuid, 'VIEW', {at} + n * interval '16 minutes' from generate_series(0, %s) n".encode(),
        [times - 1],
    )


def bounds(connection: psycopg.Connection, source: str) -> list[tuple[str | None, str | None]]:
    return connection.execute(
        "select lower_bound, upper_bound from ddp.slices_of(%s) order by lower_bound nulls first", [source]
    ).fetchall()


def test_what_one_statement_did_in_two_slices_counts_once(owner: psycopg.Connection) -> None:
    """Between all slices, somebody does something in what is counted already and in what is not, at once."""
    view(owner, OLD, times=40)
    view(owner, "now() - interval '20 hours'", times=40)
    owner.execute("select ddp.start_recompute()")
    written, cuts = 80, 0
    while owner.execute("select ddp.is_recomputing()").fetchone() == (True,):
        while owner.execute(SLICE).fetchone()[1] == "file_actions" and owner.execute(CUT).fetchone() == (
            True,
        ):
            cuts += 1
        owner.execute("select ddp.refresh_portion()")
        view(owner, OLD, times=40)
        view(owner, "now() - interval '20 hours'", times=40)
        written += 80
    assert cuts > 60
    owner.execute("select ddp.refresh_analytics()")
    assert owner.execute("select sum(view_count) from ddp.file_stats").fetchone() == (written,)
    by_day = """
        select date_recorded, metric_value from daily_analytics
        where entity_type = 'file' and metric_name = 'views' order by 1
    """
    facts = (
        "select (action_timestamp at time zone 'UTC')::date, count(*) from file_actions group by 1 order by 1"
    )
    assert owner.execute(by_day).fetchall() == owner.execute(facts).fetchall()


def test_an_order_that_moves_from_one_slice_to_another_counts_once(owner: psycopg.Connection) -> None:
    owner.execute("insert into campaigns (campaign_id, campaign_name, created_by_user_id) values (%s, 'c', %s)",
                  [id_of("campaign"), id_of("admin")])  # fmt: skip
    owner.execute(
        "insert into conversions (campaign_id, retailer_id, order_id, kind, value, currency, occurred_at)"
        f" select %s, %s, n::text, 'order', 1, 'EUR', {OLD} + n * interval '1 hour' from generate_series(1, 20) n".encode(),
        [id_of("campaign"), id_of("admin")],
    )
    owner.execute("select ddp.start_recompute()")
    while owner.execute("select ddp.is_recomputing()").fetchone() == (True,):
        while owner.execute(SLICE).fetchone()[1] == "conversions" and owner.execute(CUT).fetchone() == (
            True,
        ):
            pass
        owner.execute("select ddp.refresh_portion()")
        owner.execute(
            f"update conversions set occurred_at = {OLD} + ({OLD} + interval '21 hours' - occurred_at)".encode()
        )
    owner.execute("select ddp.refresh_analytics()")
    assert owner.execute("select sum(conversions) from ddp.campaign_stats").fetchone() == (20,)
    days = "select sum(metric_value) from daily_analytics where entity_type = 'campaign' and metric_name = 'conversions'"
    assert owner.execute(days).fetchone() == (20,)


def test_a_month_is_cut_by_what_is_in_it_even_if_it_was_never_analyzed(
    owner: psycopg.Connection, database: Database
) -> None:
    make_partitions(owner, "file_actions", "2025-03-01", "2025-05-01")
    march = [each for each in bounds(owner, "file_actions") if str(each[0]).startswith("2025-03")]
    assert march == [("2025-03-01 00:00:00+00", "2025-04-01 00:00:00+00")]
    superuser = database.connect("superuser")
    superuser.execute("set session_replication_role = replica")
    superuser.execute(
        "insert into file_actions (file_id, action_type, action_timestamp, metadata)"
        " select md5('1')::uuid, 'VIEW', '2025-03-05', jsonb_build_object('x', repeat('x', 900)) from generate_series(1, 9000)"
    )
    superuser.execute(
        "update pg_class set reltuples = -1, relpages = 0 where relname = 'file_actions_2025_03'"
    )
    march = [each for each in bounds(owner, "file_actions") if str(each[0]).startswith("2025-03")]
    assert march[:2] == [
        ("2025-03-01 00:00:00+00", "2025-03-02 00:00:00+00"),
        ("2025-03-02 00:00:00+00", "2025-03-03 00:00:00+00"),
    ]
    assert len(march) == 31
    superuser.execute("update pg_class set reltuples = 50e6, relpages = pg_relation_size(oid) / 8192"
                  " where relname = 'file_actions_2025_03'")  # fmt: skip
    march = [each for each in bounds(owner, "file_actions") if str(each[0]).startswith("2025-03")]
    assert len(march) == 31 * 24


@pytest.mark.parametrize(
    ("rows", "length"),
    [(0, "1 mon"), (100_000, "1 mon"), (100_001, "1 day"), (3_000_001, "06:00:00"), (42_000_000, "01:00:00"),
     (10**9, "00:15:00")],
)  # fmt: skip
def test_slices_are_shorter_where_there_is_more(session: psycopg.Connection, rows: int, length: str) -> None:
    assert session.execute("select ddp.slice_length(%s)::text", [rows]).fetchone() == (length,)


def test_a_slice_of_entities_is_cut_until_each_has_one(owner: psycopg.Connection) -> None:
    owner.execute("select ddp.start_recompute()")
    assert owner.execute(CUT).fetchone() == (False,)  # it clears a table
    owner.execute("delete from ddp.recompute_slices where source_name <> 'files'")
    slices = owner.execute("select slices from ddp.recomputation").fetchone()[0]
    done = 0
    while owner.execute("select ddp.is_recomputing()").fetchone() == (True,):
        while owner.execute(CUT).fetchone() == (True,):
            slices += 1
        owner.execute("select ddp.refresh_portion()")
        done += 1
    assert done == 40
    assert owner.execute("select slices, ended_at is not null from ddp.recomputation").fetchone() == (
        slices,
        True,
    )


def test_whoever_refreshes_until_nothing_is_left_ends_a_recomputation(owner: psycopg.Connection) -> None:
    """Slices that clear tables take no change; they are left all the same."""
    view(owner, OLD, times=3)
    owner.execute("select ddp.start_recompute()")
    left = [owner.execute("select refresh_all_analytics()").fetchone()[0]]
    while left[-1]:
        left.append(owner.execute("select refresh_all_analytics()").fetchone()[0])
    assert left == sorted(left, reverse=True)
    assert owner.execute("select ddp.is_recomputing(), count(*) from ddp.metric_changes").fetchone() == (
        False,
        0,
    )
    assert owner.execute("select view_count from file_analytics order by 1 desc limit 1").fetchone() == (3,)


def test_a_slice_under_way_is_not_cut(database: Database, owner: psycopg.Connection) -> None:
    owner.execute("select ddp.start_recompute()")
    with database.connect(autocommit=False) as other:
        other.execute("select ddp.refresh_portion()")
        assert owner.execute(CUT).fetchone() == (False,)
