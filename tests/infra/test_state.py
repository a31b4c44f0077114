"""Finished folders appear in one step, and old ones are removed."""

from __future__ import annotations

import os

import pytest

from infra.state import keep_newest, make_once


def test_an_interrupted_build_leaves_nothing(tmp_path):
    def make(folder):
        folder.mkdir()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_once(tmp_path / "built", make)
    assert list(tmp_path.iterdir()) == []


def test_of_two_builds_at_once_the_first_stays(tmp_path):
    def make(folder):
        folder.mkdir()
        (tmp_path / "built").mkdir()
        (tmp_path / "built" / "by").write_text("another process")

    assert (make_once(tmp_path / "built", make) / "by").read_text() == "another process"
    assert [p.name for p in tmp_path.iterdir()] == ["built"]


def test_only_the_most_recently_used_are_kept(tmp_path):
    for age in range(5):
        (tmp_path / f"dev-rds-{age}").mkdir()
        os.utime(tmp_path / f"dev-rds-{age}", (1000 - age, 1000 - age))
    (tmp_path / "dev-aurora-9").mkdir()
    make_once(tmp_path / "dev-rds-4", pytest.fail)  # using one makes it new
    keep_newest(tmp_path, "dev-rds-", 3)
    assert {p.name for p in tmp_path.iterdir()} == {"dev-rds-0", "dev-rds-1", "dev-rds-4", "dev-aurora-9"}


def test_a_folder_that_is_still_being_made_is_left_alone(tmp_path):
    for name in (".new-x", "a", "b"):
        (tmp_path / name).mkdir()
    keep_newest(tmp_path, "", 0)
    assert [p.name for p in tmp_path.iterdir()] == [".new-x"]
