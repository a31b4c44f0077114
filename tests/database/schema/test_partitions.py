"""Monthly partitions: where rows go, how partitions are created ahead, and that nothing is lost meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from psycopg import errors as pg

from tests.database.schema.description import PARTITIONED
from tests.database.schema.platform import Platform, id_of

ADD = (
    "insert into file_actions (file_id, action_type, action_timestamp) values (%s, 'VIEW', %s)"
    " returning tableoid::regclass::text"
)


def add(connection, timestamp):
    return connection.execute(ADD, [id_of("files/private"), timestamp]).fetchone()[0]


@pytest.fixture
def owner(platform: Platform):
    with platform.owner.transaction(force_rollback=True):
        yield platform.owner


def test_rows_go_to_their_month(owner):
    now = datetime.now(UTC)
    assert add(owner, now) == f"ddp.file_actions_{now:%Y_%m}"


@pytest.mark.parametrize("timestamp", ["2001-01-01 00:00+00", "2100-01-01 00:00+00", "infinity", "-infinity"])
def test_late_and_far_future_rows_are_kept(owner, timestamp):
    assert add(owner, timestamp) == "ddp.file_actions_default"


def test_months_are_utc_months_whatever_the_session_says(owner):
    owner.execute("set local timezone = 'Pacific/Kiritimati'")  # 14 hours ahead
    owner.execute("select ddp.ensure_partitions('file_actions', '2030-01-01', '2030-03-01')")
    assert add(owner, "2030-01-31 23:59:59.999999+00") == "ddp.file_actions_2030_01"
    assert add(owner, "2030-02-01 00:00:00+00") == "ddp.file_actions_2030_02"


@pytest.mark.parametrize("table", PARTITIONED)
def test_a_year_ahead_is_there(owner, table):
    names = {
        row[0]
        for row in owner.execute(
            "select inhrelid::regclass::text from pg_inherits where inhparent = %s::regclass", [table]
        )
    }
    today = datetime.now(UTC)
    months = [divmod(today.year * 12 + today.month - 1 + offset, 12) for offset in range(-1, 13)]
    assert {f"ddp.{table}_{year}_{month + 1:02}" for year, month in months} <= names
    assert f"ddp.{table}_default" in names


@pytest.mark.parametrize("table", PARTITIONED)
def test_making_them_again_makes_none(owner, table):
    made = owner.execute("select ddp.ensure_partitions(%s)", [table]).fetchone()[0]
    assert made in (0, 1)  # one, if the month changed since the migration
    assert owner.execute("select ddp.ensure_partitions(%s)", [table]).fetchone()[0] == 0


def test_rows_that_wait_in_the_default_partition_move_into_their_month(owner):
    assert add(owner, "2001-05-15 00:00+00") == "ddp.file_actions_default"
    made = owner.execute(
        "select ddp.ensure_partitions('file_actions', '2001-05-31', '2001-06-02')"
    ).fetchone()[0]
    assert made == 2
    rows = owner.execute(
        "select tableoid::regclass::text from file_actions where action_timestamp < '2002-01-01'"
    )
    assert rows.fetchall() == [("ddp.file_actions_2001_05",)]


def test_a_new_partition_is_closed_indexed_and_bound_by_the_foreign_keys(owner):
    owner.execute("select ddp.ensure_partitions('file_actions', '2030-01-01', '2030-02-01')")
    secured, acl, indexes = owner.execute("""
        select relrowsecurity, relacl::text, (select count(*) from pg_index where indrelid = c.oid)
        from pg_class c where oid = 'ddp.file_actions_2030_01'::regclass
    """).fetchone()
    whole = owner.execute(
        "select count(*) from pg_index where indrelid = 'file_actions'::regclass"
    ).fetchone()[0]
    assert (secured, indexes) == (True, whole)
    assert "authenticated" not in (acl or "")
    assert "service_role" not in (acl or "")
    with pytest.raises(pg.ForeignKeyViolation), owner.transaction():
        owner.execute(ADD, [id_of("no file"), "2030-01-15 00:00+00"])


def test_one_metric_a_day_and_entity(owner):
    """Unique also if the entity is null, as in platform totals."""
    insert = (
        "insert into daily_analytics (date_recorded, entity_type, metric_name, metric_value)"
        " values (%s, 'platform', 'views', 1)"
    )
    owner.execute(insert, ["2001-01-01"])
    with pytest.raises(pg.UniqueViolation):
        owner.execute(insert, ["2001-01-01"])
