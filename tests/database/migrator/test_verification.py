"""`verify` finds manual changes and reports each in a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ddp import migrator
from ddp.migrator import HistoryConflict
from ddp.migrator.verification import compare
from tests.database.conftest import SCHEMA
from tests.database.migrator.conftest import read_only


@pytest.fixture(scope="session")
def fresh(template, tmp_path_factory) -> Path:
    """The schema directory with a new fingerprint, so that a stale one fails one test and not all."""
    directory = tmp_path_factory.mktemp("schema") / "schema"
    shutil.copytree(SCHEMA, directory)
    migrator.fingerprint(template.url, directory)
    return directory


@pytest.fixture
def sentences(database, fresh):
    """The report of verify on the test's database, through a connection that refuses writes."""
    return lambda: [str(difference) for difference in migrator.verify(read_only(database.url), fresh)]


def test_the_shipped_fingerprint_is_of_the_shipped_schema(database):
    stale = [str(difference) for difference in migrator.verify(database.url, SCHEMA)]
    assert stale == [], "the schema changed: run `ddp migrate fingerprint` and commit what it writes"


def test_a_function_with_another_body_is_named(database, sentences):
    connection = database.connect()
    (text,) = connection.execute("select pg_get_functiondef('public.soft_delete_file'::regproc)").fetchone()
    connection.execute(text.replace("begin", "begin perform 1;", 1))
    assert sentences() == [
        "function public.soft_delete_file(p_file_id uuid): body differs from the one shipped"
    ]


# Statement → what verify reports about it.
CHANGES = {
    "alter table public.devices alter column browser type text": (
        "column public.devices.browser: type is text, expected character varying(100)"
    ),
    "alter table public.files alter column file_size drop not null": (
        "column public.files.file_size: null is allowed, expected not allowed"
    ),
    "alter table public.users alter column created_at drop default": (
        "column public.users.created_at: default is none, expected now()"
    ),
    "alter table public.users add column by_hand int": "column public.users.by_hand: is not part of the schema",
    "create table public.by_hand (id int primary key)": "table public.by_hand: is not part of the schema",
    "drop table public.retailer_scores": "table public.retailer_scores: is missing",
    "create index by_hand_2 on public.users (user_name)": "index public.by_hand_2: is not part of the schema",
    "alter table public.files disable row level security": (
        "table public.files: row level security is off, expected on"
    ),
    "grant insert on public.audit_logs to anon": (
        "table public.audit_logs: privileges of anon is INSERT, expected none"
    ),
    "grant update (user_type) on public.users to authenticated": (
        "table public.users: privileges of authenticated on column user_type is UPDATE, expected none"
    ),
    "alter type public.file_type add value 'by hand'": (
        "type public.file_type: labels is image, video, pdf, document, audio, other, by hand, "
        "expected image, video, pdf, document, audio, other"
    ),
    "alter function public.soft_delete_file(uuid) stable": (
        "function public.soft_delete_file(p_file_id uuid): volatility is stable, expected volatile"
    ),
    "alter table public.files disable trigger set_updated_at": (
        "trigger set_updated_at on public.files: fires is no, expected yes"
    ),
}


def test_each_change_by_hand_is_named_and_nothing_else_is(database, sentences):
    connection = database.connect()
    for change in CHANGES:
        connection.execute(change)
    assert sorted(sentences()) == sorted(CHANGES.values())


def test_a_dropped_index_and_a_changed_policy_are_named(database, sentences):
    connection = database.connect()
    (index,) = connection.execute(
        "select indexrelid::regclass::text from pg_index i where indrelid = 'public.files'::regclass and not exists"
        " (select from pg_constraint where conindid = indexrelid) order by 1 limit 1"
    ).fetchone()
    (policy,) = connection.execute(
        "select polname from pg_policy where polrelid = 'public.files'::regclass and polqual is not null limit 1"
    ).fetchone()
    connection.execute(f"drop index {index}")
    connection.execute(f"alter policy {policy} on public.files using (true)")

    found = sentences()

    assert f"index public.{index}: is missing" in found
    assert any(
        sentence.startswith(f"policy {policy} on public.files: using is true, expected ")
        for sentence in found
    )


def test_partitions_by_date_are_no_difference_but_their_rights_are(database, sentences):
    connection = database.connect()
    ((schema, partition),) = connection.execute(
        """
        select relnamespace::regnamespace::text, relname from pg_class
        where relispartition and relkind = 'r' and oid in (
            select inhrelid from pg_inherits where inhparent = 'public.file_actions'::regclass
        ) order by relname limit 1
        """
    ).fetchall()
    connection.execute(
        "create table ddp.file_actions_2099_01 partition of public.file_actions"
        " for values from ('2099-01-01 00:00+00') to ('2099-02-01 00:00+00')"
    )
    connection.execute("alter table ddp.file_actions_2099_01 enable row level security")
    assert sentences() == []

    connection.execute(f'grant select on {schema}."{partition}" to anon')

    assert sentences() == ["partitions of public.file_actions: privileges of anon is SELECT, expected none"]


def test_a_superusers_and_the_platforms_own_grants_are_no_difference(database, server, sentences):
    with server.admin(database.name) as connection:
        connection.execute(
            "do $$ begin create role dashboard_user; exception when duplicate_object then end $$"
        )
        connection.execute("grant select on public.files to dashboard_user")
    assert sentences() == []


def test_a_database_that_is_behind_is_not_compared(applier, schema):
    applier.apply()
    schema.write("migrations/0002_next.sql", "select 1;")
    with pytest.raises(HistoryConflict, match=r"0002_next\.sql is not applied yet"):
        migrator.verify(applier.database.url, schema.path)


def test_what_is_inside_a_missing_or_extra_object_is_not_listed_again():
    inside = {"of": "table t", "type": "int"}
    whole = {"table t": {"kind": "table"}, "column t.a": inside}
    assert [str(difference) for difference in compare(whole, {})] == ["table t: is missing"]
    assert [str(difference) for difference in compare({}, whole)] == ["table t: is not part of the schema"]
