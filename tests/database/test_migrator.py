"""The migrator against a real server."""

from __future__ import annotations


def test_the_template_is_cloned_for_a_test(database):
    with database.connect() as connection:
        assert connection.execute("select current_user").fetchone() is not None
