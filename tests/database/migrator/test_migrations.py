"""Ordered migrations: applied once, entirely or not at all, and never rewritten."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from ddp import migrator
from ddp.migrator import ApplyFailed, HistoryConflict
from ddp.migrator.connection import LOCK_KEY


def test_migrations_are_applied_once_and_in_order(applier, schema):
    schema.write("migrations/0002_owner.sql", "alter table files add column owner_id int;")

    applied = applier.apply()

    assert applied.migrations == ("migrations/0001_files.sql", "migrations/0002_owner.sql")
    assert applier.apply().migrations == ()
    assert applier.query("select name from ddp.applied_migrations order by 1") == list(applied.migrations)


def test_with_nothing_to_do_nothing_is_written_and_no_lock_is_taken(applier):
    applier.apply()
    other = applier.database.connect()
    other.execute("select pg_advisory_lock(%s)", [LOCK_KEY])

    assert applier.apply_read_only() == migrator.Applied()


def test_plan_and_status_change_nothing(applier, schema):
    schema.write("views/names.sql", "create view public.names as select name from public.files;")

    plan = migrator.plan(applier.database.url, schema.path)

    assert [(step.file.name, step.reason) for step in plan.steps] == [
        ("migrations/0001_files.sql", "new"),
        ("views/names.sql", "new"),
    ]
    assert applier.query("select to_regnamespace('ddp')::text, to_regclass('public.files')::text") == [
        (None, None)
    ]


def test_an_edited_migration_is_refused_by_name(applier, schema):
    applier.apply()
    schema.write("migrations/0001_files.sql", "create table public.files (file_id bigint primary key);")

    with pytest.raises(
        HistoryConflict, match=r"0001_files\.sql was edited .* put the change into a new migration"
    ):
        applier.apply()


def test_line_ends_are_no_edit(applier, schema):
    schema.write("migrations/0002_two_lines.sql", "alter table files\n add column a int;")
    applier.apply()
    (schema.path / "migrations/0002_two_lines.sql").write_bytes(b"alter table files\r\n add column a int;")
    assert applier.apply() == migrator.Applied()


def test_a_migration_numbered_before_an_applied_one_is_refused(applier, schema):
    schema.write("migrations/0003_later.sql", "select 1;")
    applier.apply()
    schema.write("migrations/0002_earlier.sql", "select 1;")

    with pytest.raises(HistoryConflict, match=r"0002_earlier\.sql is new, but migrations/0003_later\.sql"):
        applier.apply()


def test_histories_of_two_branches_are_refused(applier, schema):
    schema.write("migrations/0002_one_branch.sql", "select 1;")
    applier.apply()
    schema.remove("migrations/0002_one_branch.sql")
    schema.write("migrations/0003_another.sql", "select 1;")

    with pytest.raises(HistoryConflict, match="different branches"):
        applier.apply()


def test_a_removed_migration_is_refused(applier, schema):
    schema.write("migrations/0002_next.sql", "select 1;")
    applier.apply()
    schema.remove("migrations/0001_files.sql")

    with pytest.raises(HistoryConflict, match=r"0001_files\.sql was applied, but its file is missing"):
        applier.apply()


def test_an_older_release_changes_nothing_and_succeeds(applier, schema):
    schema.write("views/names.sql", "create view public.names as select name from public.files;")
    schema.write("migrations/0002_size.sql", "alter table files add column size int;")
    applier.apply()
    schema.remove("migrations/0002_size.sql")
    schema.write("views/names.sql", "create view public.names as select 'old' as name;")

    applied = applier.apply_read_only()

    assert applied == migrator.Applied(newer=("migrations/0002_size.sql",))


def test_a_failing_migration_leaves_the_last_whole_step(applier, schema):
    schema.write("migrations/0002_half.sql", "create table public.half (a int);\nselect no_such_column;\n")
    schema.write("migrations/0003_after.sql", "create table public.after (a int);")

    with pytest.raises(ApplyFailed, match=r'0002_half\.sql, line 2: column "no_such_column" does not exist'):
        applier.apply()

    assert applier.query("select to_regclass('public.half')::text, to_regclass('public.after')::text") == [
        (None, None)
    ]
    assert applier.query("select name from ddp.applied_migrations") == ["migrations/0001_files.sql"]
    schema.write("migrations/0002_half.sql", "create table public.half (a int);")
    assert applier.apply().migrations == ("migrations/0002_half.sql", "migrations/0003_after.sql")


def test_a_table_in_use_is_waited_for(applier, schema, monkeypatch):
    monkeypatch.setattr("ddp.migrator.applying.LOCK_TIMEOUT", "50ms")
    applier.apply()
    schema.write("migrations/0002_size.sql", "alter table files add column size int;")
    user = applier.database.connect(autocommit=False)
    user.execute("select from files")  # an open transaction that read the table
    lines = []

    def release(line: str) -> None:
        lines.append(line)
        if "waits for a lock" in line:
            user.rollback()

    assert applier.apply(report=release).migrations == ("migrations/0002_size.sql",)
    assert any("waits for a lock, attempt 1" in line for line in lines)


def test_another_applier_at_work_is_waited_for_and_reported(applier, monkeypatch):
    monkeypatch.setattr("ddp.migrator.connection.REPORT_SECONDS", 0.0)
    other = applier.database.connect()
    other.execute("select pg_advisory_lock(%s)", [LOCK_KEY])

    with pytest.raises(ApplyFailed, match="Another applier has been at work"):
        applier.apply(wait_seconds=0.2)

    lines = []

    def release(line: str) -> None:
        lines.append(line)
        if line.startswith("Waiting"):
            other.execute("select pg_advisory_unlock_all()")

    assert applier.apply(report=release).migrations
    assert lines[0].startswith("Waiting for another applier")


class TestOutsideOfATransaction:
    """Files headed `-- transaction: none`."""

    INDEX = "-- transaction: none\ncreate unique index concurrently if not exists files_name on public.files (name);\n"

    def test_a_failed_index_build_is_repaired_and_completed(self, applier, schema):
        applier.apply()
        applier.query("insert into files values (1, 'same'), (2, 'same')")
        schema.write("migrations/0002_index.sql", self.INDEX)
        with pytest.raises(ApplyFailed, match=r"0002_index\.sql: could not create unique index"):
            applier.apply()
        assert self._validity(applier) == [False]
        applier.query("delete from files where file_id = 2")

        assert applier.apply().migrations == ("migrations/0002_index.sql",)

        assert self._validity(applier) == [True]

    def test_an_index_that_was_finished_but_not_recorded_is_kept(self, applier, schema):
        applier.apply()
        applier.query("create unique index files_name on public.files (name)")
        before = applier.query("select 'files_name'::regclass::oid::int")
        schema.write("migrations/0002_index.sql", self.INDEX)

        applier.apply()

        assert applier.query("select 'files_name'::regclass::oid::int") == before

    def test_the_index_of_a_partitioned_table_is_built_piece_by_piece(self, applier, schema):
        schema.write(
            "migrations/0002_actions.sql",
            "create table public.actions (id int, day int) partition by range (day);\n"
            "create table public.actions_1 partition of public.actions for values from (1) to (2);",
        )
        schema.write(
            "migrations/0003_parent.sql",
            "create index if not exists actions_id on only public.actions (id);",
        )
        schema.write(
            "migrations/0004_part.sql",
            "-- transaction: none\ncreate index concurrently if not exists actions_1_id on public.actions_1 (id);",
        )
        schema.write(
            "migrations/0005_attach.sql",
            "alter index public.actions_id attach partition public.actions_1_id;",
        )

        applier.apply()

        indexes = "select indexrelid::regclass::text, indisvalid from pg_index"
        assert sorted(applier.query(f"{indexes} where indrelid::regclass::text ~ 'actions'")) == [
            ("actions_1_id", True),
            ("actions_id", True),
        ]

    def test_a_block_commits_piece_by_piece_and_is_run_again_after_a_failure(self, applier, schema):
        applier.apply()
        applier.query("insert into files values (1, 'one'), (2, 'two')")
        schema.write(
            "migrations/0002_upper.sql",
            "-- transaction: none\n"
            "do $$\ndeclare v_id int;\nbegin\n"
            "    for v_id in select file_id from public.files where name = lower(name) order by 1 loop\n"
            "        update public.files set name = upper(name) where file_id = v_id;\n"
            "        commit;\n"
            "        perform 1 / (select count(*) from public.files where file_id > v_id and name <> 'two');\n"
            "    end loop;\nend\n$$;",
        )
        with pytest.raises(ApplyFailed, match=r"0002_upper\.sql: division by zero"):
            applier.apply()
        assert sorted(applier.query("select name from files")) == ["ONE", "two"]
        applier.query("insert into files values (3, 'THREE')")

        assert applier.apply().migrations == ("migrations/0002_upper.sql",)

        assert sorted(applier.query("select name from files")) == ["ONE", "THREE", "TWO"]

    def test_several_statements_are_refused(self, applier, schema):
        schema.write("migrations/0002_two.sql", "-- transaction: none\nselect 1; select 2;")
        with pytest.raises(ApplyFailed, match=r"0002_two\.sql: cannot insert multiple commands"):
            applier.apply()

    def test_a_build_and_an_applier_that_waits_for_it_do_not_block_each_other(self, applier, schema):
        applier.apply()
        schema.write("migrations/0002_index.sql", self.INDEX)
        writer = applier.database.connect(autocommit=False)
        writer.execute("insert into files values (1, 'open transaction')")

        with ThreadPoolExecutor() as pool:
            builder = pool.submit(applier.apply)
            self._until(applier, "wait_event = 'virtualxid'", 1)
            waiter = pool.submit(applier.apply)
            self._until(applier, "application_name = 'ddp migrate'", 2)
            time.sleep(0.3)  # it polls
            writer.rollback()

        assert builder.result().migrations == ("migrations/0002_index.sql",)
        assert waiter.result() == migrator.Applied()

    @staticmethod
    def _until(applier, condition: str, number: int) -> None:
        for _ in range(200):
            activity = f"select from pg_stat_activity where datname = current_database() and {condition}"
            if len(applier.database.connect().execute(activity).fetchall()) == number:
                return
            time.sleep(0.05)
        pytest.fail(f"never seen: {number} with {condition}")

    @staticmethod
    def _validity(applier):
        return applier.query(
            "select indisvalid from pg_index where indexrelid = 'public.files_name'::regclass"
        )


def test_a_connection_can_be_given_instead_of_a_url(applier, schema):
    with psycopg.connect(applier.database.url, autocommit=True) as connection:
        assert migrator.apply(connection, schema.path).migrations == ("migrations/0001_files.sql",)
