"""Repeatable files: applied again when they or what they require change, in the order of requirements."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from ddp import migrator
from ddp.migrator import ApplyFailed

NAMES = "create or replace view public.names as select name from public.files;"
FUNCTION = "create or replace function public.title(p_id int) returns text language sql as $$ select 'a' $$;"


def applied_again(applier) -> tuple[str, ...]:
    return applier.apply().repeatables


def definition(applier, function: str) -> str:
    return applier.query(f"select prosrc from pg_proc where oid = '{function}'::regproc")[0]


def test_only_what_changed_is_applied_again(applier, schema):
    schema.write("functions/title.sql", FUNCTION)
    schema.write("views/names.sql", NAMES)
    assert applied_again(applier) == ("functions/title.sql", "views/names.sql")
    assert applied_again(applier) == ()

    schema.write("functions/title.sql", FUNCTION.replace("'a'", "'b'"))

    assert applied_again(applier) == ("functions/title.sql",)
    assert applier.query("select public.title(1)") == ["b"]


def test_moving_files_between_folders_changes_nothing(applier, schema):
    schema.write("functions/title.sql", FUNCTION)
    schema.write("views/names.sql", f"-- requires: functions/title.sql\n{NAMES}")
    applier.apply()
    ledger = applier.query("select name, checksum, objects, applied_at from ddp.applied_repeatables")

    schema.move("functions/title.sql", "functions/files/title.sql")
    schema.move("views/names.sql", "views/files/names.sql")

    plan = migrator.plan(applier.database.url, schema.path)
    assert (plan.steps, plan.leftovers) == ((), ())
    assert applier.apply_read_only() == migrator.Applied()
    assert applier.query("select name, checksum, objects, applied_at from ddp.applied_repeatables") == ledger


def test_errors_and_reports_say_where_a_moved_file_lies(applier, schema):
    schema.write("functions/files/title.sql", FUNCTION)
    schema.write("views/files/names.sql", "create view public.names as select wrong from public.files;")
    lines: list[str] = []
    with pytest.raises(ApplyFailed, match=r"^views/files/names.sql, line 1: "):
        applier.apply(report=lines.append)
    assert "Applying functions/files/title.sql (new)" in lines


def test_what_requires_a_changed_file_is_applied_after_it(applier, schema):
    schema.write(
        "functions/z_base.sql", "create or replace function z() returns int language sql as $$ select 1 $$;"
    )
    schema.write(
        "functions/a_user.sql",
        "-- requires: functions/z_base.sql\n"
        "create or replace function a() returns int language sql as $$ select z() $$;",
    )
    schema.write(
        "views/last.sql", "-- requires: functions/a_user\ncreate or replace view last as select a();"
    )
    order = ("functions/z_base.sql", "functions/a_user.sql", "views/last.sql")
    assert applied_again(applier) == order

    schema.write(
        "functions/z_base.sql", "create or replace function z() returns int language sql as $$ select 2 $$;"
    )

    assert [step.reason for step in migrator.plan(applier.database.url, schema.path).steps] == [
        "changed",
        "functions/z_base.sql, which it requires, changed",
        "functions/a_user.sql, which it requires, changed",
    ]
    assert applied_again(applier) == order


@pytest.mark.parametrize(
    ("drop", "reason"),
    [
        ("drop view public.names", "view public.names is missing"),
        ("drop policy mine on public.files", "policy mine on public.files is missing"),
        ("drop function public.title", "function public.title(integer) is missing"),
    ],
)
def test_a_missing_object_is_made_again(applier, schema, drop, reason):
    schema.write("views/names.sql", NAMES)
    schema.write("policies/files.sql", "create policy mine on public.files using (true);")
    schema.write("functions/title.sql", FUNCTION)
    applier.apply()
    applier.query(drop)

    (step,) = migrator.plan(applier.database.url, schema.path).steps

    assert step.reason == reason
    assert applied_again(applier) == (step.file.name,)
    assert applied_again(applier) == ()


def test_a_view_that_a_migration_dropped_is_made_again_in_the_same_apply(applier, schema):
    schema.write("views/names.sql", NAMES)
    applier.apply()
    schema.write(
        "migrations/0002_longer.sql",
        "drop view public.names; alter table public.files alter column name type varchar(10);",
    )
    assert applied_again(applier) == ("views/names.sql",)


def test_what_a_file_no_longer_makes_is_dropped(applier, schema):
    schema.write(
        "policies/files.sql", "create policy a on files using (true); create policy b on files using (true);"
    )
    schema.write("functions/title.sql", FUNCTION)
    applier.apply()
    schema.write("policies/files.sql", "create policy b on files using (name is not null);")
    schema.write("functions/title.sql", FUNCTION.replace("p_id int", "p_id int, p_long boolean"))

    applier.apply()

    assert applier.query("select polname from pg_policy") == ["b"]
    assert applier.query("select oid::regprocedure::text from pg_proc where proname = 'title'") == [
        "title(integer,boolean)"
    ]


@pytest.mark.parametrize("order", ["old file first", "new file first"])
def test_objects_may_move_to_another_file(applier, schema, order):
    new = "policies/z.sql" if order == "old file first" else "policies/a.sql"
    policy = "drop policy if exists p on files; create policy p on files using (true);"
    schema.write("policies/m.sql", policy + FUNCTION)
    applier.apply()
    schema.write("policies/m.sql", "-- nothing left\n")
    schema.write(new, policy + FUNCTION)

    applier.apply()

    assert applier.query("select polname from pg_policy") == ["p"]
    assert applier.query("select public.title(1)") == ["a"]
    assert applied_again(applier) == ()


def test_a_function_that_moves_to_a_later_file_is_never_missing(applier, schema):
    schema.write("functions/title.sql", FUNCTION)
    applier.apply()

    schema.write("functions/title.sql", FUNCTION.replace("p_id int", "p_id text"))
    # Applied in between, like a caller who calls just then.
    schema.write(
        "functions/use.sql", "-- requires: functions/title.sql\ndo $$ begin perform public.title(1); end $$;"
    )
    old = FUNCTION.replace("'a'", "'old'")
    schema.write("functions/zz_old.sql", f"-- requires: functions/use.sql\n{old}")

    assert len(applied_again(applier)) == 3
    assert applier.query("select public.title(1)") == ["old"]
    assert applied_again(applier) == ()


def test_the_objects_of_a_removed_file_stay_and_are_shown(applier, schema):
    schema.write("views/names.sql", NAMES)
    applier.apply()
    schema.remove("views/names.sql")

    assert applier.apply_read_only() == migrator.Applied()
    assert migrator.plan(applier.database.url, schema.path).leftovers == (
        "view public.names (made by views/names.sql, which no longer exists)",
    )


def test_a_renamed_file_leaves_nothing_over(applier, schema):
    schema.write("views/names.sql", NAMES)
    applier.apply()
    schema.remove("views/names.sql")
    schema.write("views/file_names.sql", NAMES)
    applier.apply()
    assert migrator.plan(applier.database.url, schema.path).leftovers == ()


class TestRefusedReplacements:
    """If CREATE OR REPLACE is refused, the object and its dependents are dropped and rebuilt."""

    @pytest.fixture
    def chain(self, schema):
        """A function, a view on it, a view on that, a trigger function's grant, and a policy."""
        schema.write(
            "functions/owner.sql",
            "create or replace function owner_of(int) returns int language sql as 'select 1';",
        )
        schema.write("policies/grants.sql", "grant execute on function owner_of(int) to pg_monitor;")
        schema.write(
            "policies/files.sql", "create policy own on public.files using (owner_of(file_id) is not null);"
        )
        schema.write(
            "views/owned.sql", "create or replace view owned as select owner_of(file_id) as owner from files;"
        )
        schema.write(
            "views/z_top.sql",
            "-- requires: views/owned\ncreate or replace view top as select max(owner::text) as top from owned;",
        )
        return schema

    def test_another_return_type(self, applier, chain):
        applier.apply()
        chain.write(
            "functions/owner.sql",
            "create or replace function owner_of(int) returns text language sql as $$select 'me'$$;",
        )

        applied = applier.apply()

        assert applied.repeatables[0] == "functions/owner.sql"
        assert set(applied.repeatables[1:]) == {
            "policies/grants.sql",
            "policies/files.sql",
            "views/owned.sql",
            "views/z_top.sql",
        }
        applier.query("insert into files values (1, 'x')")
        assert applier.query("select top from top") == ["me"]
        assert applier.query("select polname from pg_policy") == ["own"]
        assert applier.query("select has_function_privilege('pg_monitor', 'owner_of(int)', 'execute')") == [
            True
        ]
        assert applied_again(applier) == ()

    def test_a_dependent_that_now_requires_a_new_file(self, applier, chain):
        applier.apply()
        chain.write(
            "functions/owner.sql",
            "create or replace function owner_of(int) returns text language sql as $$select 'me'$$;",
        )
        chain.write(
            "functions/z_new.sql", "create function z_new() returns text language sql as $$select 'new'$$;"
        )
        chain.write(
            "views/owned.sql",
            "-- requires: functions/z_new\n"
            "create or replace view owned as select owner_of(file_id), z_new() as owner from files;",
        )

        applied = applier.apply().repeatables

        assert applied.index("functions/z_new.sql") < applied.index("views/owned.sql")
        applier.query("insert into files values (1, 'x')")
        assert applier.query("select top from top") == ["new"]
        assert applied_again(applier) == ()

    def test_another_column_of_a_view(self, applier, chain):
        applier.apply()
        chain.write(
            "views/owned.sql", "create or replace view owned as select 1::bigint as id, 'x'::text as owner;"
        )

        assert applier.apply().repeatables == ("views/owned.sql", "views/z_top.sql")
        assert applier.query("select top from top") == ["x"]

    def test_a_view_becomes_a_materialized_one(self, applier, chain):
        applier.apply()
        chain.write("views/owned.sql", "create materialized view public.owned as select 7 as owner;")

        assert applier.apply().repeatables == ("views/owned.sql", "views/z_top.sql")
        assert applier.query("select relkind from pg_class where relname = 'owned'") == ["m"]
        assert applied_again(applier) == ()

    def test_a_dependent_of_a_migration_is_named_and_nothing_changes(self, applier, schema):
        schema.write("functions/title.sql", FUNCTION)
        applier.apply()
        schema.write(
            "migrations/0002_default.sql", "alter table files alter column name set default public.title(1);"
        )
        applier.apply()
        schema.write("functions/title.sql", FUNCTION.replace("returns text", "returns varchar"))

        with pytest.raises(ApplyFailed, match="default value for column name of table files"):
            applier.apply()

        assert applier.query("select public.title(1)") == ["a"]

    def test_a_view_made_by_hand_is_not_dropped(self, applier, chain):
        applier.apply()
        applier.query("create view by_hand as select * from owned")
        chain.write("views/owned.sql", "create or replace view owned as select 'x'::text as owner;")

        with pytest.raises(ApplyFailed, match="view by_hand, which no other file made"):
            applier.apply()

        assert applier.query("select count(*) from by_hand") == [0]

    def test_a_mistake_in_the_text_is_told_as_it_is(self, applier, schema):
        schema.write("functions/title.sql", FUNCTION)
        applier.apply()
        schema.write("functions/title.sql", FUNCTION.replace("select 'a'", "select 1, 2"))

        with pytest.raises(ApplyFailed, match=r"functions/title\.sql.*return type mismatch"):
            applier.apply()


class TestMaterializedViews:
    """A new one is built while the old one serves, then they are swapped."""

    COUNTS = """
        create materialized view public.counts as select count(*) as files, {extra} as extra from public.files;
        create unique index counts_key on public.counts (files);
    """

    def test_it_is_swapped_with_its_indexes_and_dependents(self, applier, schema):
        schema.write("views/counts.sql", self.COUNTS.format(extra="1"))
        schema.write(
            "views/reader.sql",
            "-- requires: views/counts\ncreate or replace view reader as select extra from counts;",
        )
        applier.apply()
        schema.write("views/counts.sql", self.COUNTS.format(extra="'two'::text"))

        assert applied_again(applier) == ("views/counts.sql", "views/reader.sql")

        assert applier.query("select extra from reader") == ["two"]
        assert applier.query(
            "select indexrelid::regclass::text from pg_index where indrelid = 'counts'::regclass"
        ) == ["counts_key"]
        assert applier.query("select to_regnamespace('ddp_build')::text") == [None]
        assert applied_again(applier) == ()

    def test_the_old_one_is_read_while_the_new_one_is_built(self, applier, schema, monkeypatch):
        monkeypatch.setattr("ddp.migrator.applying.LOCK_TIMEOUT", "30s")
        schema.write("views/counts.sql", self.COUNTS.format(extra="1"))
        applier.apply()
        gate = applier.database.connect()
        gate.execute("select pg_advisory_lock(1)")
        schema.write("views/counts.sql", self.COUNTS.format(extra="(select 2 from pg_advisory_xact_lock(1))"))
        builder = threading.Thread(target=applier.apply)
        builder.start()
        self._until_it_waits(gate)

        reader = applier.database.connect()
        reader.execute("set lock_timeout = '100ms'")
        during = reader.execute("select extra from counts").fetchall()
        gate.execute("select pg_advisory_unlock(1)")
        builder.join()

        assert during == [(1,)]
        assert applier.query("select extra from counts") == [2]

    @staticmethod
    def _until_it_waits(connection: psycopg.Connection) -> None:
        waiting = (
            "select from pg_stat_activity where application_name = 'ddp migrate' and wait_event = 'advisory'"
        )
        for _ in range(200):
            if connection.execute(waiting).fetchone() is not None:
                return
            time.sleep(0.05)
        pytest.fail("the build never began")


def test_reapply_restores_what_was_changed_by_hand(applier, schema):
    schema.write("functions/title.sql", FUNCTION)
    applier.apply()
    applier.query(FUNCTION.replace("'a'", "'by hand'"))

    assert applier.apply(reapply=True).repeatables == ("functions/title.sql",)

    assert applier.query("select public.title(1)") == ["a"]
