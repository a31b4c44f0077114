"""`ddp migrate`: its output and exit status."""

from __future__ import annotations

import pytest

from infra.cli.main import main


@pytest.fixture
def ddp(monkeypatch, capsys, schema):
    """Run `ddp migrate …` with the small schema; returns the status and what was printed."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr("functions.maintenance.commands.SCHEMA", schema.path)

    def run(*arguments: str) -> tuple[int, str]:
        status = main(["migrate", *arguments])
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    return run


def test_from_an_empty_database_to_a_verified_one(ddp, empty_database, schema):
    url = ("--database-url", empty_database.url)
    schema.write("fingerprints/18.json", "{}")
    assert ddp("status", *url) == (
        0,
        "applied: 0 migrations, 0 repeatable files\nto apply: migrations/0001_files.sql (new)\n",
    )
    assert ddp("plan", *url) == (0, "migrations/0001_files.sql (new)\n")

    status, output = ddp("apply", *url)

    assert status == 0
    assert output.startswith(
        "Applying migrations/0001_files.sql\nApplied 1 migrations and 0 repeatable files in "
    )
    assert ddp("apply", *url) == (0, "Nothing to do.\n")


def test_differences_give_status_1(ddp, empty_database, schema, server):
    url = ("--database-url", empty_database.url)
    ddp("apply", *url)
    shipped = '{"schema public": {"exists": "yes"}, "table public.lost": {"row level security": "on"}}'
    schema.write("fingerprints/18.json", shipped)
    schema.write(f"fingerprints/{server.kind.major}.json", shipped)

    status, output = ddp("verify", *url)

    assert status == 1
    assert "table public.lost: is missing\n" in output
    assert "differences. `ddp migrate apply --reapply` restores functions" in output


def test_the_database_may_be_named_by_the_environment(ddp, empty_database, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", empty_database.url)
    assert ddp("plan") == (0, "migrations/0001_files.sql (new)\n")


def test_no_database_is_a_wrong_call(ddp):
    sentence = (
        "ddp migrate: no database is named; give --database-url URL or --stage STAGE, or set DATABASE_URL.\n"
    )
    assert ddp("apply") == (2, sentence)


def test_what_cannot_be_reached_is_one_sentence_and_status_1(ddp):
    assert ddp("apply", "--database-url", "postgresql://me:secret@127.0.0.1:1/x") == (
        1,
        "ddp migrate: Cannot connect to 127.0.0.1:1/x as me: Connection refused.\n",
    )


def test_an_edited_migration_is_one_sentence_and_status_1(ddp, empty_database, schema):
    url = ("--database-url", empty_database.url)
    ddp("apply", *url)
    schema.write("migrations/0001_files.sql", "select 1;")

    status, output = ddp("apply", *url)

    assert status == 1
    assert output.startswith("ddp migrate: migrations/0001_files.sql was edited after it was applied.")
