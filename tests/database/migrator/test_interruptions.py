"""Several appliers at once, and killed appliers: the database always ends consistent."""

from __future__ import annotations

import random
import time

import pytest

from ddp import migrator
from ddp.migrator.verification import own_schemas, take_fingerprint
from tests.database.conftest import SCHEMA
from tests.database.migrator.conftest import go, read_only, start_applier


@pytest.mark.parametrize("number", [3, pytest.param(10, marks=pytest.mark.slow)])
def test_of_several_appliers_one_applies_and_none_fails(empty_database, number):
    appliers = [start_applier(empty_database.url, SCHEMA) for _ in range(number)]
    for process in appliers:
        go(process)
    outputs = [process.communicate(timeout=120) for process in appliers]

    assert [errors for _, errors in outputs] == [""] * number
    assert [process.returncode for process in appliers] == [0] * number
    assert sorted(output == "0 0\n" for output, _ in outputs) == [False, *[True] * (number - 1)]


@pytest.fixture
def long_schema(schema):
    """Steps of every kind, each slow enough to be killed in the middle."""
    pause = "select pg_sleep(0.01);"
    schema.write(
        "migrations/0002_rows.sql", f"insert into files select i, i from generate_series(1, 2000) i; {pause}"
    )
    schema.write(
        "migrations/0003_index.sql",
        "-- transaction: none\ncreate index concurrently if not exists files_name on public.files (name);",
    )
    schema.write(
        "migrations/0004_more.sql", f"create table public.a (i int); {pause} create table public.b (i int);"
    )
    schema.write(
        "functions/f.sql", f"create or replace function f() returns int language sql as 'select 1'; {pause}"
    )
    schema.write("views/v.sql", f"-- requires: functions/f\ncreate view v as select f(); {pause}")
    schema.write("views/w.sql", "create materialized view public.w as select 1 as one from pg_sleep(0.01);")
    schema.write("policies/files.sql", f"create policy p on files using (f() = 1); {pause}")
    return schema


def test_killed_at_any_moment_the_next_apply_completes(server, long_schema):
    whole = server.create()
    began = time.monotonic()
    migrator.apply(whole.url, long_schema.path)
    duration = time.monotonic() - began
    expected = contents(whole)
    server.drop(whole)

    moments = random.Random(20261122)
    for attempt in range(8):
        moment = duration * (attempt + moments.random()) / 8
        database = server.create()
        kill_applier_after(moment, database.url, long_schema.path)
        migrator.apply(database.url, long_schema.path)
        assert contents(database) == expected, f"killed after {moment:.3f} s"
        assert migrator.apply(read_only(database.url), long_schema.path) == migrator.Applied()
        server.drop(database)


def kill_applier_after(seconds: float, url: str, schema) -> None:
    process = start_applier(url, schema)
    go(process)
    time.sleep(seconds)
    process.kill()
    process.communicate()


def contents(database):
    connection = database.connect()
    rows = connection.execute("select count(*) from public.files").fetchone()
    return rows, take_fingerprint(connection, own_schemas(connection))
