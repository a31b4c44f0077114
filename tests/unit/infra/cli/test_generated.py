"""Generated files: which ones are stale, and what the user is told."""

from __future__ import annotations

import pytest

from infra.cli import generated


@pytest.fixture
def files(tmp_path):
    """One file that is current, one with other content, one that is missing."""
    contents = {tmp_path / name: f"new {name}\n" for name in ("current", "other", "new/missing")}
    (tmp_path / "current").write_text("new current\n")
    (tmp_path / "other").write_text("old other\n")
    return contents


def test_a_stale_file_fails_the_check_and_the_command_that_renews_it_is_named(files, tmp_path, capsys):
    assert generated.check(files) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{tmp_path / name} is stale: run `ddp generate` and commit the result"
        for name in ("other", "new/missing")
    ]
    assert (tmp_path / "other").read_text() == "old other\n"


def test_after_writing_all_are_current_and_only_what_changed_was_written(files, tmp_path, capsys):
    before = (tmp_path / "current").stat().st_mtime_ns
    generated.write(files)
    assert capsys.readouterr().out.count("written") == 2
    assert (tmp_path / "current").stat().st_mtime_ns == before
    assert generated.check(files) == 0


def test_paths_of_the_repository_are_shown_from_its_root():
    assert generated.shown(generated.ROOT / "schema" / "diagram.md") == "schema/diagram.md"
