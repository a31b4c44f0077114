"""The schema directory is read and checked before any connection to a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from ddp.migrator import InvalidFiles
from ddp.migrator.files import read_schema


@pytest.fixture
def read(tmp_path: Path):
    """Read a schema directory that holds these files."""
    (tmp_path / "migrations").mkdir()

    def read(files: dict[str, str]):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return read_schema(tmp_path)

    return read


def test_repeatables_come_in_the_order_of_their_requirements_then_of_folders_and_names(read):
    files = read(
        {
            "policies/a.sql": "-- requires: functions/z.sql",
            "views/b.sql": "-- about it\n--\n-- requires: views/c, functions/z.sql\nselect 1;",
            "views/c.sql": "",
            "functions/z.sql": "",
            "triggers/t.sql": "select 1;\n-- requires: functions/nothing (not a header: below the first statement)",
        }
    )
    names = [file.name for file in files.repeatables]
    assert names == ["functions/z.sql", "triggers/t.sql", "views/c.sql", "views/b.sql", "policies/a.sql"]


def test_a_checksum_changes_with_what_is_required_however_far(read):
    chain = {
        "functions/a.sql": "",
        "functions/b.sql": "-- requires: functions/a",
        "views/c.sql": "-- requires: functions/b",
    }
    before = {file.name: file.checksum for file in read(chain).repeatables}
    after = {file.name: file.checksum for file in read({**chain, "functions/a.sql": "-- other"}).repeatables}
    assert all(before[name] != after[name] for name in chain)


def test_folders_below_a_kind_change_neither_names_nor_order_nor_checksums(read, tmp_path):
    flat = {
        "functions/a.sql": "-- requires: functions/z",
        "functions/b.sql": "-- its own text",
        "functions/z.sql": "",
        "views/v.sql": "-- requires: functions/a",
    }
    before = read(flat).repeatables
    for name, place in [("a", "access"), ("b", "users"), ("z", "access/deeper")]:
        (tmp_path / "functions" / place).mkdir(parents=True, exist_ok=True)
        (tmp_path / f"functions/{name}.sql").rename(tmp_path / f"functions/{place}/{name}.sql")

    after = read({}).repeatables

    assert [(file.name, file.checksum) for file in after] == [(file.name, file.checksum) for file in before]
    assert {file.path for file in after} == {
        "functions/access/a.sql",
        "functions/users/b.sql",
        "functions/access/deeper/z.sql",
        "views/v.sql",
    }


def test_one_name_may_stand_in_several_kinds(read):
    names = {file.name for file in read({"views/in/a.sql": "", "policies/a.sql": ""}).repeatables}
    assert names == {"views/a.sql", "policies/a.sql"}


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"migrations/first.sql": ""}, "migrations/first.sql is not named like 0001_what_it_does.sql."),
        (
            {"migrations/0001_a.sql": "", "migrations/0001_b.sql": ""},
            "migrations/0001_a.sql and migrations/0001_b.sql have the same number: renumber the newer one.",
        ),
        (
            {"views/a.sql": "-- requires: views/b"},
            "views/a.sql requires views/b.sql, which does not exist.",
        ),
        (
            {"views/x/a.sql": "", "views/v.sql": "-- requires: views/x/a"},
            "views/v.sql requires views/x/a.sql, which does not exist. Write views/a.sql, without the sub-folder.",
        ),
        (
            {"functions/y/f.sql": "", "functions/x/f.sql": ""},
            "functions/x/f.sql and functions/y/f.sql have the same name, and sub-folders do not count: rename one.",
        ),
        (
            {"migrations/x/0001_a.sql": "", "migrations/y/0002_a.sql": "", "migrations/z/0001_b.sql": ""},
            "migrations/x/0001_a.sql and migrations/z/0001_b.sql have the same number: renumber the newer one.",
        ),
        (
            {"views/a.sql": "-- requires: views/b", "views/b.sql": "-- requires: views/a"},
            "These files require each other in a circle: views/a.sql → views/b.sql → views/a.sql.",
        ),
        (
            {"migrations/0001_a.sql": "create table a ();\nCOMMIT;"},
            "migrations/0001_a.sql says `COMMIT;`, but the migrator opens and ends the transaction: remove it.",
        ),
        (
            {"migrations/0001_a.sql": "-- transaction: none\ncreate index concurrently i on t (c);"},
            "migrations/0001_a.sql could not be run again after a crash: write `index concurrently if not exists`.",
        ),
        (
            {"views/a.sql": "create materialized view counts as select 1;"},
            "views/a.sql must create at most one materialized view, and name it with its schema.",
        ),
    ],
)
def test_contradictions_are_refused_by_name(read, files, sentence):
    with pytest.raises(InvalidFiles) as caught:
        read(files)
    assert str(caught.value) == sentence


def test_a_directory_without_migrations_is_refused(tmp_path):
    with pytest.raises(InvalidFiles, match="it has no folder `migrations`"):
        read_schema(tmp_path)


def test_a_body_may_begin_and_end_blocks(read):
    (migration,) = read({"migrations/0001_a.sql": "do $$\nbegin\n  null;\nend\n$$;"}).migrations
    assert migration.in_transaction
