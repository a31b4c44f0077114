"""The function `migrate` seeds databases that nothing else reaches: `ddp seed … --stage`."""

from __future__ import annotations

import pytest

from tests.database.migrator.test_function import CONTEXT, secrets  # noqa: F401 - fixture

UNTIL = "2026-10-31"


@pytest.fixture
def ask(secrets, database):  # noqa: F811
    """Send a command to the function; returns its answer."""
    function = secrets(migrator={"url": database.url})

    def asked(command: str, **arguments: object) -> dict:
        return function.handler({"command": command, **arguments}, CONTEXT)

    return asked


def users(database) -> int:
    return database.connect().execute("select count(*) from users").fetchone()[0]


def test_an_empty_database_gets_development_data_once(ask, database):
    answer = ask("seed-development", file_actions=100, until=UNTIL)
    assert answer["succeeded"]
    assert f"users: {users(database):,} rows" in answer["lines"]
    again = ask("seed-development", file_actions=100, until=UNTIL, force=False)
    assert not again["succeeded"]
    assert "This database has users" in again["lines"][0]
    assert "geography: 0 rows added or changed" in ask("seed-reference")["lines"]


@pytest.mark.parametrize("stage", ["prod", "production"])
def test_no_other_stage_gets_any_whatever_the_options(ask, database, monkeypatch, stage):
    monkeypatch.setenv("DDP_STAGE", stage)
    monkeypatch.setattr("functions.maintenance.logins.migrator_url", lambda: database.url)
    answer = ask("seed-development", file_actions=100, until=UNTIL, force=True)
    assert answer["lines"] == (f"Stage {stage} holds real data: it gets no development data.",)
    assert not answer["succeeded"]
    assert users(database) == 0
    assert ask("seed-reference")["succeeded"]
